"""What the routes about webhooks take and answer. The text of a secret is in one shape only: `MadeWebhookShape`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.core.tokens import Kind, shown
from app.core.webhooks import LONGEST_URL, OVERLAP, Attempt, DeliveryEnd, HookDelivery, HookEvent, Webhook
from app.web.api.paging import Cursor
from app.web.api.route import Query, Shape
from app.web.api.token_shapes import MOST, Number

Url = Annotated[
    str, Field(min_length=1, max_length=LONGEST_URL, description="Where to send: https to a public name, on port 443.")
]
Events = Annotated[
    tuple[HookEvent, ...],
    Field(min_length=1, max_length=len(HookEvent), description="What to be told of; `ping` comes to everybody."),
]
Webhooks = Annotated[int, Field(ge=1, le=200, description="How many at most.")]


class NewWebhook(Shape):
    """The webhook that is wanted. It is narrowed at least as the token that makes it."""

    url: Url
    events: Events
    installations: Annotated[tuple[Number, ...], Field(max_length=MOST, description="Numbers of GitHub's.")] = ()
    repositories: Annotated[tuple[Number, ...], Field(max_length=MOST, description="Numbers of GitHub's.")] = ()


class WebhookChange(Shape):
    """What is to change; what is not named stays. Switched on again, it begins without failures."""

    url: Url | None = None
    events: Events | None = None
    enabled: bool | None = None


class SecretChange(Shape):
    """How to replace the secret."""

    overlap_hours: Annotated[
        int, Field(ge=0, le=7 * 24, description="How long the old secret signs beside the new one.")
    ] = OVERLAP.days * 24


class WebhooksQuery(Query):
    """Which webhooks."""

    creator: Annotated[str | None, Field(max_length=100, description="Only those that this token made.")] = None
    enabled: Annotated[bool | None, Field(description="Only those that are on, or off.")] = None
    limit: Webhooks = 50
    cursor: Annotated[str | None, Field(max_length=16, description="Where the page before this one ended.")] = None


class DeliveriesQuery(Query):
    """Which deliveries."""

    state: Annotated[DeliveryEnd | None, Field(description="Only those that are so far.")] = None
    limit: Webhooks = 50
    cursor: Annotated[Cursor | None, Field(description="Where the page before this one ended.")] = None


class SecretShape(Shape):
    """A secret without its text. `signs_until` null: it is the current one."""

    id: str
    shown: str
    signs_until: datetime | None


class OutcomeShape(Shape):
    """How the last attempt ended. `status` null: no answer came. `failures` counts those in a row."""

    at: datetime
    status: int | None
    note: str
    failures: int
    failing_since: datetime | None


class WebhookShape(Shape):
    """A webhook without its secret. `last` null: nothing was sent yet."""

    id: str
    url: str
    events: tuple[HookEvent, ...]
    enabled: bool
    disabled_why: str
    installations: tuple[int, ...]
    repositories: tuple[int, ...]
    creator: str
    created_at: datetime
    secrets: tuple[SecretShape, ...]
    last: OutcomeShape | None


class MadeWebhookShape(Shape):
    """A new secret. `secret` is its text: keep it now, nobody can show it again."""

    secret: str
    record: WebhookShape


class WebhookPage(Shape):
    """Webhooks, and the cursor of the next page."""

    items: tuple[WebhookShape, ...]
    next: str | None


class RemovedShape(Shape):
    """It is gone, and so is what waited to be sent."""

    removed: str


class AttemptShape(Shape):
    """One attempt. `status` null: no answer came. Of the answer nothing else is kept."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    note: str


class DeliveryShape(Shape):
    """What is sent, and how it went: the last 20 attempts. `due` null: it is not tried any more.

    `body` null: the token that asks may not read what is told.
    """

    id: str
    event: HookEvent
    state: DeliveryEnd
    asked_at: datetime
    due: datetime | None
    attempts: int
    note: str
    log: tuple[AttemptShape, ...]
    body: str | None


class DeliveryPage(Shape):
    """Deliveries, what was asked for last first, and the cursor of the next page."""

    items: tuple[DeliveryShape, ...]
    next: str | None


def webhook_shape(one: Webhook, now: datetime) -> WebhookShape:
    """A webhook as people may see it."""
    health = one.health
    last = None
    if health.last_at is not None:
        last = OutcomeShape(
            at=health.last_at,
            status=health.status,
            note=health.note,
            failures=health.failures,
            failing_since=health.failing_since,
        )
    return WebhookShape(
        id=one.id,
        url=one.url,
        events=tuple(sorted(one.events)),
        enabled=one.enabled,
        disabled_why="" if one.enabled else one.disabled_why,
        installations=tuple(sorted(one.access.installations)),
        repositories=tuple(sorted(one.access.repositories)),
        creator=one.creator,
        created_at=one.created_at,
        secrets=tuple(
            SecretShape(id=secret.id, shown=shown(Kind.WEBHOOK, secret.id), signs_until=secret.until)
            for secret in one.signing(now)
        ),
        last=last,
    )


def delivery_shape(one: HookDelivery, attempts: Sequence[Attempt], *, readable: bool) -> DeliveryShape:
    """A delivery with its attempts; `readable`: and with what is sent."""
    log = tuple(
        AttemptShape(number=each.number, at=each.at, status=each.status, milliseconds=each.milliseconds, note=each.note)
        for each in attempts
    )
    return DeliveryShape(
        id=one.id,
        event=one.event,
        state=one.state,
        asked_at=one.asked_at,
        due=one.due if one.state is DeliveryEnd.WAITING else None,
        attempts=one.attempts,
        note=one.note,
        log=log,
        body=one.body if readable else None,
    )
