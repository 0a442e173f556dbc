"""Makes, changes and removes outgoing webhooks, and asks for what is to be sent to one of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.addresses import Origin, check_receiver
from app.core.access import Access
from app.core.audit import Deed, Event
from app.core.errors import QueueUnavailable
from app.core.notices import ping
from app.core.ports import Clock, Dispatch, Store
from app.core.sealing import NONCE, SealingKey, seal
from app.core.tokens import ENTROPY, Kind, mint
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import MOST, Health, HookDelivery, HookEvent, SealedSecret, Webhook, secret_place
from app.issuer import Actor

log = logging.getLogger(__name__)

TRIES = 5  # of a change, when somebody else changes the same webhook


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A webhook and the text of its new secret, which is shown once."""

    webhook: Webhook
    secret: str = field(repr=False)


class Keeper:
    """All that is done with webhooks but sending. `keys` seal secrets, today's first.

    `receivers` are the operator's own, `entropy` gives so many bytes of the operating system's generator.
    """

    def __init__(
        self,
        store: Store,
        dispatch: Dispatch,
        keys: Sequence[SealingKey],
        receivers: Set[Origin],
        *,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        if not keys:
            raise ValueError("the secrets of webhooks need a key")
        self._store = store
        self._dispatch = dispatch
        self._key = keys[0]
        self._receivers = receivers
        self._clock = clock
        self._entropy = entropy

    def check_url(self, url: str) -> None:
        """Raise `Refused` for what is never sent to. What its name resolves to is looked at when something is sent."""
        check_receiver(url, self._receivers)

    def is_full(self, access: Access) -> bool:
        """Whether there are as many webhooks as may be, of one of these installations or of all."""
        installations = access.installations or {0}
        found = (self._store.webhooks.find(WebhookFilter(installation=one), MOST) for one in installations)
        return any(len(webhooks) >= MOST for webhooks in found)

    def create(self, url: str, events: frozenset[HookEvent], access: Access, actor: Actor) -> MadeWebhook:
        """A new one, with its secret."""
        webhook_id = mint(Kind.WEBHOOK, self._entropy(ENTROPY)).id
        kept, secret = self._secret(webhook_id)
        now = self._clock()
        webhook = Webhook(webhook_id, url, events, access, actor.name, now, (kept,))
        self._store.webhooks.add(webhook, self._event(Deed.WEBHOOK_CREATED, webhook, actor, _about(webhook)))
        return MadeWebhook(webhook, secret)

    def change(
        self,
        webhook_id: str,
        actor: Actor,
        *,
        url: str | None = None,
        events: frozenset[HookEvent] | None = None,
        enabled: bool | None = None,
        allowed: frozenset[HookEvent] | None = None,
    ) -> Webhook | None:
        """Change what is told; None when it is gone. Another address, or switched on, it begins without failures.

        `allowed` is what the actor may have somebody told of: raise `Contended` when by now it is told more than that.
        """

        def changed(one: Webhook) -> Webhook:
            _check(one.events if events is None else events, allowed)
            return replace(
                one,
                url=one.url if url is None else url,
                events=one.events if events is None else events,
                enabled=one.enabled if enabled is None else enabled,
                disabled_why=f"It was switched off by {actor.name}." if enabled is False else one.disabled_why,
            )

        return self._alter(webhook_id, changed, Deed.WEBHOOK_CHANGED, actor)

    def rotate(
        self, webhook_id: str, overlap: timedelta, actor: Actor, *, allowed: frozenset[HookEvent] | None = None
    ) -> MadeWebhook | None:
        """Another secret; the one before it signs as well until the overlap is over. None when it is gone.

        `allowed` as in `change`.
        """
        kept, secret = self._secret(webhook_id)
        until = self._clock() + overlap

        def rotated(one: Webhook) -> Webhook:
            _check(one.events, allowed)
            return replace(one, secrets=(kept, replace(one.secrets[0], until=until)))

        webhook = self._alter(webhook_id, rotated, Deed.WEBHOOK_ROTATED, actor)
        return None if webhook is None else MadeWebhook(webhook, secret)

    def remove(self, webhook: Webhook, actor: Actor) -> bool:
        """Remove it and what waits to be sent."""
        event = self._event(Deed.WEBHOOK_DELETED, webhook, actor, _about(webhook))
        return self._store.webhooks.remove(webhook.id, event)

    def test(self, webhook: Webhook, request_id: str) -> HookDelivery | None:
        """Ask for a ping, which goes the way of everything else; None when the webhook is gone."""
        made = self._store.webhooks.tell_one(webhook.id, ping(webhook, request_id, self._clock()))
        if made is not None:
            self._ask(webhook.id)
        return made

    def redeliver(self, webhook: Webhook, delivery_id: str) -> bool:
        """Ask for a delivery once more; False when it is not there."""
        if not self._store.webhooks.redeliver(webhook.id, delivery_id, self._clock()):
            return False
        self._ask(webhook.id)
        return True

    def _ask(self, webhook_id: str) -> None:
        try:
            self._dispatch.webhook(webhook_id)
        except QueueUnavailable as error:  # the row waits, and the sweeper asks
            log.warning("queue out of reach", extra={"why": str(error)})

    def _alter(self, webhook_id: str, change: Callable[[Webhook], Webhook], deed: Deed, actor: Actor) -> Webhook | None:
        for _ in range(TRIES):
            before = self._store.webhooks.get(webhook_id)
            if before is None:
                return None
            after = change(before)
            if after == before:
                return before
            healthy = after.url != before.url or (after.enabled and not before.enabled)
            if healthy:
                after = replace(after, disabled_why="" if after.enabled else after.disabled_why, health=Health())
            detail = _difference(before, after)
            if self._store.webhooks.change(after, self._event(deed, after, actor, detail), healthy=healthy):
                return replace(after, version=before.version + 1)
        raise Contended

    def _secret(self, webhook_id: str) -> tuple[SealedSecret, str]:
        token = mint(Kind.WEBHOOK, self._entropy(ENTROPY))
        sealed = seal(token.text, secret_place(webhook_id, token.id), self._key, self._entropy(NONCE))
        return SealedSecret(token.id, self._key.id, sealed), token.text

    def _event(self, deed: Deed, one: Webhook, actor: Actor, detail: str) -> Event:
        installations = tuple(sorted(one.access.installations))
        at: datetime = self._clock()
        return Event(at, deed, one.id, detail, actor.request, installations, actor.name, actor.network)


class Contended(Exception):
    """Somebody else changes the same webhook all the time."""


def _check(events: frozenset[HookEvent], allowed: frozenset[HookEvent] | None) -> None:
    """What was allowed was decided on the webhook as it was read before; somebody may have added an event since."""
    if allowed is not None and not events <= allowed:
        raise Contended


def _about(one: Webhook) -> str:
    """For the audit: where it goes, without what may be a secret in it, and what it is told."""
    return f"{_host(one)}: {', '.join(sorted(one.events))}"


def _difference(before: Webhook, after: Webhook) -> str:
    said = []
    if after.url != before.url:
        said.append(f"sent to {_host(after)}, not {_host(before)}")
    if after.events != before.events:
        said.append(f"told {', '.join(sorted(after.events))}")
    if after.enabled != before.enabled:
        said.append("switched on" if after.enabled else "switched off")
    if after.secrets != before.secrets:
        said.append(f"{after.secrets[0].id} replaces {before.secrets[0].id}")
    return "; ".join(said)


def _host(one: Webhook) -> str:
    """Path and query of an address may be a secret of the receiver's."""
    return one.url.partition("//")[2].partition("/")[0].partition("?")[0][:100]
