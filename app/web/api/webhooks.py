"""Outgoing webhooks: subscribe, change, replace the secret, test, and look at what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from app.addresses import Refused
from app.core.access import Access
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import MOST, NEEDS, Attempt, HookDelivery, HookEvent, Webhook
from app.rate_limit import Limit
from app.web.api.paging import cursor, place, seen
from app.web.api.problems import Problem
from app.web.api.route import Call, Reply
from app.web.api.webhook_shapes import (
    DeliveriesQuery,
    DeliveryPage,
    DeliveryShape,
    MadeWebhookShape,
    NewWebhook,
    RemovedShape,
    SecretChange,
    WebhookChange,
    WebhookPage,
    WebhooksQuery,
    delivery_shape,
    webhook_shape,
)
from app.webhook_keeper import Contended, Keeper, MadeWebhook

OFF = "This installation sends no webhooks: its operator has not set ASSAY_SECRET_KEY."
SENDINGS = Limit("webhook sendings", 30)
"""Tests and repetitions that one token may ask for in a minute: each makes us connect to somebody."""
Found = TypeVar("Found")


def list_webhooks(call: Call, query: WebhooksQuery) -> Reply:
    """Webhooks by creation."""
    _keeper(call)
    wanted = WebhookFilter(query.creator, query.enabled)
    found, following = seen(
        lambda limit, after: call.house.store.webhooks.find(wanted, limit, after),
        lambda one: one.id,
        lambda one: call.holder.access.oversees(one.access),
        query.limit,
        query.cursor,
    )
    return Reply(WebhookPage(items=tuple(webhook_shape(one, call.now) for one in found), next=following), following)


def create_webhook(call: Call, body: NewWebhook) -> Reply:
    """Subscribe. The text of the secret is in this answer, and nowhere else."""
    keeper, mine = _keeper(call), call.holder.access
    _allow(call, body.events)
    _check_url(keeper, body.url)
    access = Access(
        frozenset(),
        frozenset(body.installations) or mine.installations,
        frozenset(body.repositories) or mine.repositories,
    )
    if not mine.oversees(access):
        raise Problem("more_than_creator", "A webhook cannot reach further than the token that creates it.")
    if keeper.is_full(access):
        raise Problem("too_many_webhooks", f"There are {MOST} webhooks already. Remove one that nobody needs.")
    return _made(call, keeper.create(body.url, frozenset(body.events), access, call.actor))


def get_webhook(call: Call, webhook_id: str) -> Reply:
    """One webhook, and how its last sending ended."""
    return Reply(webhook_shape(_find(call, webhook_id), call.now))


def change_webhook(call: Call, webhook_id: str, body: WebhookChange) -> Reply:
    """Change where and of what is told, or switch it on or off."""
    keeper, one = _keeper(call), _find(call, webhook_id)
    allowed = None
    if body.url is not None or body.events is not None or body.enabled:
        allowed = one.events if body.events is None else frozenset(body.events)
        _allow(call, allowed)
    if body.url is not None:
        _check_url(keeper, body.url)
    events = None if body.events is None else frozenset(body.events)
    try:
        after = keeper.change(one.id, call.actor, url=body.url, events=events, enabled=body.enabled, allowed=allowed)
    except Contended as error:
        raise _contended() from error
    return Reply(webhook_shape(_there(after), call.now))


def rotate_webhook(call: Call, webhook_id: str, body: SecretChange) -> Reply:
    """Replace the secret. Whoever gets it could speak in our name, so all that is told must be allowed."""
    keeper, one = _keeper(call), _find(call, webhook_id)
    _allow(call, one.events)
    try:
        made = keeper.rotate(one.id, timedelta(hours=body.overlap_hours), call.actor, allowed=one.events)
    except Contended as error:
        raise _contended() from error
    return _made(call, _there(made))


def remove_webhook(call: Call, webhook_id: str) -> Reply:
    """Unsubscribe."""
    one = _find(call, webhook_id)
    if not _keeper(call).remove(one, call.actor):
        raise _nothing()
    return Reply(RemovedShape(removed=one.id))


def ping_webhook(call: Call, webhook_id: str) -> Reply:
    """Send a ping, on the way that everything else takes."""
    one = _find(call, webhook_id)
    _refuse_off(one)
    return Reply(_shown(call, _there(_keeper(call).test(one, call.request_id))))


def list_deliveries(call: Call, webhook_id: str, query: DeliveriesQuery) -> Reply:
    """What was sent, and how it went."""
    one = _find(call, webhook_id)
    after = None if query.cursor is None else place(query.cursor)
    found = call.house.store.webhooks.deliveries(one.id, query.state, query.limit + 1, after)
    items = found[: query.limit]
    following = cursor(items[-1][0].asked_at, items[-1][0].id) if len(found) > query.limit else None
    return Reply(DeliveryPage(items=tuple(_shown(call, *item) for item in items), next=following), following)


def get_delivery(call: Call, webhook_id: str, delivery_id: str) -> Reply:
    """One delivery."""
    one = _find(call, webhook_id)
    found = call.house.store.webhooks.delivery(one.id, delivery_id)
    if found is None:
        raise Problem("not_found", "There is no delivery of this id.")
    return Reply(_shown(call, *found))


def redeliver(call: Call, webhook_id: str, delivery_id: str) -> Reply:
    """Send a delivery again, with the same id and the same bytes."""
    one = _find(call, webhook_id)
    _refuse_off(one)
    if not _keeper(call).redeliver(one, delivery_id):
        raise Problem("not_found", "There is no delivery of this id.")
    return get_delivery(call, webhook_id, delivery_id)


def _find(call: Call, webhook_id: str) -> Webhook:
    """A webhook of the caller's tenant; anything else is not there."""
    _keeper(call)
    one = call.house.store.webhooks.get(webhook_id)
    if one is None or not call.holder.access.oversees(one.access):
        raise _nothing()
    return one


def _there(found: Found | None) -> Found:
    """What was there a moment ago."""
    if found is None:
        raise _nothing()
    return found


def _keeper(call: Call) -> Keeper:
    if call.house.webhooks is None:
        raise Problem("webhooks_off", OFF, retry=3600)
    return call.house.webhooks


def _allow(call: Call, events: Iterable[HookEvent]) -> None:
    """Nobody has others told of what they may not read themselves."""
    for event in sorted(events):
        missing = sorted(NEEDS[event] - call.holder.access.scopes)
        if missing:
            detail = f"To have somebody told of {event}, your token has to hold {' and '.join(missing)}."
            raise Problem("more_than_creator", detail)


def _check_url(keeper: Keeper, url: str) -> None:
    try:
        keeper.check_url(url)
    except Refused as refused:
        raise Problem("bad_url", f"Assay does not send there: {refused}.") from refused


def _refuse_off(one: Webhook) -> None:
    if not one.enabled:
        raise Problem("webhook_disabled", "This webhook is switched off. Switch it on first: enabled true.")


def _shown(call: Call, one: HookDelivery, attempts: Sequence[Attempt] = ()) -> DeliveryShape:
    """A delivery; what it tells, to those who may read that."""
    return delivery_shape(one, attempts, readable=NEEDS[one.event] <= call.holder.access.scopes)


def _made(call: Call, made: MadeWebhook) -> Reply:
    shape = MadeWebhookShape(secret=made.secret, record=webhook_shape(made.webhook, call.now))
    return Reply(shape, made=f"/webhooks/{made.webhook.id}")


def _nothing() -> Problem:
    return Problem("not_found", "There is no webhook of this id.")


def _contended() -> Problem:
    return Problem("changed_meanwhile", "Somebody else changes this webhook right now. Look at it, and try again.")
