"""Outgoing webhooks: who is told of what, when a delivery is tried again, and when a receiver is given up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.core.access import Access, Scope

PAYLOAD_VERSION = 1
TRIES = 10
GIVEN_UP_AFTER = timedelta(hours=30)
"""A delivery that is older is not sent any more, however few tries it had: its receiver was left alone, or off."""
TOO_LATE = "It waited for too long: its receiver was switched off, or failed at everything before it."
DISABLED_AFTER = timedelta(days=3)
"""A receiver that has not taken anything for so long, although it was tried, is switched off."""
OVERLAP = timedelta(hours=24)
"""How long the secret that was replaced signs beside the new one."""
KEPT = timedelta(days=30)
"""How long deliveries that ended are kept."""
MOST = 50
"""Webhooks of one installation, and of those that are narrowed to none."""
LONGEST_URL = 2000

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)
_LONGEST_REST = timedelta(minutes=10)


class HookEvent(StrEnum):
    """What a webhook may ask to be told of. `PING` is sent when somebody asks for it, to whoever it is."""

    REVIEW_COMPLETED = "review.completed"
    PACKAGE_BLOCKED = "package.blocked"
    TOKEN_EXPIRING = "token.expiring"  # noqa: S105 (a name, no secret)
    TOKEN_LEAKED = "token.leaked"  # noqa: S105
    TOKEN_SUSPENDED = "token.suspended"  # noqa: S105
    TOKEN_ANOMALY = "token.anomaly"  # noqa: S105
    PING = "ping"


NEEDS: Mapping[HookEvent, frozenset[Scope]] = {
    HookEvent.REVIEW_COMPLETED: frozenset({Scope.REVIEWS_READ}),
    HookEvent.PACKAGE_BLOCKED: frozenset({Scope.FINDINGS_READ}),
    HookEvent.TOKEN_EXPIRING: frozenset({Scope.TOKENS_READ}),
    HookEvent.TOKEN_LEAKED: frozenset({Scope.TOKENS_READ, Scope.AUDIT_READ}),
    HookEvent.TOKEN_SUSPENDED: frozenset({Scope.TOKENS_READ}),
    HookEvent.TOKEN_ANOMALY: frozenset({Scope.TOKENS_READ, Scope.AUDIT_READ}),
    HookEvent.PING: frozenset(),
}
"""What a token has to hold, beside `webhooks:manage`, to have somebody told of it: nobody gives away more than that."""


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A signing secret as it is kept: encrypted. `id` is public, `key` says which key opens it.

    `until` is when it stops signing; None: it is the current one.
    """

    id: str
    key: str
    sealed: bytes = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How it goes with a receiver. `failures` counts those in a row, the first of them at `failing_since`.

    Nothing is sent before `rest_until`. `status` is of the last answer (None: there was none), `note` says the cause.
    """

    last_at: datetime | None = None
    status: int | None = None
    note: str = ""
    failures: int = 0
    failing_since: datetime | None = None
    rest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """One subscription. `access` holds the installations and repositories it is narrowed to, and no scopes.

    `creator` is the id of the token that made it. `version` counts its changes, so that no two are made on one state.
    """

    id: str
    url: str
    events: frozenset[HookEvent]
    access: Access
    creator: str
    created_at: datetime
    secrets: tuple[SealedSecret, ...]
    enabled: bool = True
    disabled_why: str = ""
    version: int = 1
    health: Health = Health()

    def wants(self, notice: Notice) -> bool:
        """Whether it is to be told of this: it asked for it, and what it is about is within its reach."""
        return self.enabled and notice.event in self.events and self.access.oversees(notice.about)

    def tells(self, event: HookEvent) -> bool:
        """Whether its receiver may read of this: whoever says where it goes was allowed all that it asks for."""
        return event is HookEvent.PING or event in self.events

    def signing(self, now: datetime) -> tuple[SealedSecret, ...]:
        """The secrets that sign now, the current one first."""
        return tuple(one for one in self.secrets if one.until is None or now < one.until)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened. `key` is the same whenever the same thing is told: a webhook is told of it once.

    `about` says whose it is; `data` is what receivers read.
    """

    event: HookEvent
    key: str
    at: datetime
    about: Access
    data: Mapping[str, Any]


class DeliveryEnd(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a delivery. `status` is None where no answer came; `note` says why, and quotes no answer."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    note: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One notice for one webhook: the same id and the same bytes at each attempt.

    `attempts` counts all of them, `tries` those since it was last asked for (`asked_at`).
    """

    id: str
    webhook: str
    event: HookEvent
    body: str = field(repr=False)
    asked_at: datetime
    due: datetime
    state: DeliveryEnd = DeliveryEnd.WAITING
    attempts: int = 0
    tries: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What an attempt led to: the delivery and the receiver as they are from now on, and why it is switched off."""

    delivery: HookDelivery
    health: Health
    disabled_why: str | None = None


def delivery_of(webhook: Webhook, notice: Notice) -> HookDelivery:
    """The delivery that tells this webhook of this. Its id is made of the two, so that it is the same again."""
    delivery_id = hashlib.sha256(f"{webhook.id}\0{notice.key}".encode()).hexdigest()[:32]
    body = {
        "version": PAYLOAD_VERSION,
        "event": notice.event,
        "delivery": delivery_id,
        "webhook": webhook.id,
        "at": notice.at.isoformat(timespec="seconds"),
        "data": notice.data,
    }
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return HookDelivery(delivery_id, webhook.id, notice.event, text, asked_at=notice.at, due=notice.at)


def secret_place(webhook_id: str, secret_id: str) -> str:
    """What a sealed secret is bound to."""
    return f"webhook secret {webhook_id} {secret_id}"


def settle(webhook: Webhook, delivery: HookDelivery, attempt: Attempt, chance: float) -> Settled:
    """Decide what becomes of a delivery and its receiver after this attempt. `chance` is in [0, 1), for the jitter."""
    tried = replace(delivery, attempts=attempt.number, tries=delivery.tries + 1, note=attempt.note)
    if attempt.succeeded:
        return Settled(replace(tried, state=DeliveryEnd.DELIVERED), Health(attempt.at, attempt.status))
    failures = webhook.health.failures + 1
    since = webhook.health.failing_since or attempt.at
    rest = min(timedelta(seconds=5) * 2 ** min(failures, 20), _LONGEST_REST)
    health = Health(attempt.at, attempt.status, attempt.note, failures, since, attempt.at + rest)
    due = attempt.at + wait_after(tried.tries, chance)
    if tried.tries >= TRIES or due >= delivery.asked_at + GIVEN_UP_AFTER:
        after = replace(tried, state=DeliveryEnd.GIVEN_UP)
    else:
        after = replace(tried, due=due)
    if attempt.at - since < DISABLED_AFTER:
        return Settled(after, health)
    why = f"It has failed since {since:%Y-%m-%d %H:%M} UTC, the last time so: {attempt.note}"
    return Settled(after, health, why)


def drop(webhook: Webhook, delivery: HookDelivery, attempt: Attempt) -> Settled:
    """Give up what is not sent for a reason that is not the receiver's."""
    after = replace(delivery, attempts=attempt.number, state=DeliveryEnd.GIVEN_UP, note=attempt.note)
    return Settled(after, webhook.health)


def wait_after(tries: int, chance: float) -> timedelta:
    """How long to wait after so many tries: 30 seconds, three times as long each time, six hours at most, give or take
    a fifth. Ten tries take about 21 hours.
    """
    wait: timedelta = min(_FIRST_WAIT * 3 ** min(tries - 1, 20), _LONGEST_WAIT)
    return wait * (0.8 + 0.4 * chance)
