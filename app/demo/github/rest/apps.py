"""Calls of an App about itself: who it is, tokens, the log of its webhooks."""

from __future__ import annotations

from msgspec import UNSET

from app.demo.github.courier import Delivery
from app.demo.github.model import Installation
from app.demo.github.refusals import Refusal, malformed, not_found
from app.demo.github.rest.bodies import MintBody
from app.demo.github.rest.routes import Answer, Ask, Route, listed
from app.demo.github.shapes import people, repositories
from app.demo.github.shapes.addresses import Json, iso


def show_app(ask: Ask) -> Answer:
    """GET /app."""
    return Answer(200, people.app(ask.world, ask.app))


def mint(ask: Ask) -> Answer:
    """POST /app/installations/{id}/access_tokens: a token for some repositories with some permissions."""
    installation = ask.world.installations.get(ask.parts["installation"])
    if installation is None or installation.app is not ask.app:
        raise not_found()
    if installation.suspended:
        raise Refusal(403, "This installation has been suspended")
    body = ask.body(MintBody)
    chosen = _chosen(ask, installation, body)
    permissions = installation.permissions if body.permissions is UNSET else body.permissions
    token = ask.world.tokens.mint(installation, chosen, permissions)
    shown = [repositories.repository(ask.world, ask.world.repositories[number]) for number in sorted(chosen or ())]
    return Answer(201, people.token(token, shown))


def revoke(ask: Ask) -> Answer:
    """DELETE /installation/token."""
    assert ask.token is not None
    ask.world.tokens.revoke(ask.token)
    return Answer(204)


def list_deliveries(ask: Ask) -> Answer:
    """GET /app/hook/deliveries: what was sent, newest first; `status` is success or failure."""
    wanted = ask.query.get("status")
    made = [
        delivery
        for delivery in reversed(ask.world.deliveries)
        if delivery.app is ask.app
        and delivery.status_code is not None
        and (wanted is None or (wanted == "success") is (delivery.status_code < 400))
    ]
    return listed(ask, made, _delivery)


def show_delivery(ask: Ask) -> Answer:
    """GET /app/hook/deliveries/{id}."""
    delivery = _find_delivery(ask)
    more = {
        "url": delivery.app.webhook_url,
        "request": {"headers": delivery.headers, "payload": delivery.payload},
        "response": {"headers": {}, "payload": delivery.answer},
    }
    return Answer(200, _delivery(delivery) | more)


def redeliver(ask: Ask) -> Answer:
    """POST /app/hook/deliveries/{id}/attempts: send the same again with the same GUID."""
    ask.world.courier.redeliver(_find_delivery(ask))
    return Answer(202, {})


ROUTES = (
    Route("GET", "/app", show_app, needs=None),
    Route("POST", "/app/installations/<int:installation>/access_tokens", mint, needs=None),
    Route("DELETE", "/installation/token", revoke),
    Route("GET", "/app/hook/deliveries", list_deliveries, needs=None),
    Route("GET", "/app/hook/deliveries/<int:delivery>", show_delivery, needs=None),
    Route("POST", "/app/hook/deliveries/<int:delivery>/attempts", redeliver, needs=None),
)


def _chosen(ask: Ask, installation: Installation, body: MintBody) -> frozenset[int] | None:
    if body.repositories is UNSET and body.repository_ids is UNSET:
        return None if installation.repositories is None else frozenset(installation.repositories)
    there = {
        repository.id: repository
        for repository in ask.world.repositories.values()
        if repository.owner is installation.account
        and (installation.repositories is None or repository.id in installation.repositories)
    }
    ids = set() if body.repository_ids is UNSET else set(body.repository_ids)
    by_name = {repository.name.lower(): repository.id for repository in there.values()}
    names = [] if body.repositories is UNSET else body.repositories
    ids |= {by_name.get(name.lower(), 0) for name in names}
    if not ids or not ids <= there.keys():
        raise malformed(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return frozenset(ids)


def _find_delivery(ask: Ask) -> Delivery:
    for delivery in ask.world.deliveries:
        if delivery.id == ask.parts["delivery"] and delivery.app is ask.app:
            return delivery
    raise not_found()


def _delivery(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": iso(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": 0.1,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
    }
