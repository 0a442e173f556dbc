"""What was done with tokens and webhooks: events in a chain of hashes. Nobody takes one out or changes it unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = bytes(32)
"""What the first event of a chain is linked to."""


class Deed(StrEnum):
    """What happened."""

    CREATED = "created"
    FIRST_USED = "used-first-time"
    ROTATED = "rotated"
    SUPERSEDED_USE = "superseded-use"
    FAMILY_REVOKED = "family-revoked"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LEAKED = "leak-reported"
    SCOPE_DENIED = "scope-denied"
    ANOMALY = "anomaly"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    INSTALLATION_CHANGED = "installation-changed"
    ERASED = "erased"
    WEBHOOK_CREATED = "webhook-created"
    WEBHOOK_CHANGED = "webhook-changed"
    WEBHOOK_ROTATED = "webhook-rotated"
    WEBHOOK_DISABLED = "webhook-disabled"
    WEBHOOK_DELETED = "webhook-deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `token` is the id of the token or the webhook that it is about, never a secret.

    `actor` and `network` may be erased later: then they are None. `installations` are those that the token or webhook
    is narrowed to (empty: none). `at` is UTC.
    """

    at: datetime
    deed: Deed
    token: str
    detail: str = ""
    request: str = ""
    installations: tuple[int, ...] = ()
    actor: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An event as it is kept: with its own digest, and the chain's hash up to it (32 bytes each)."""

    sequence: int
    event: Event
    digest: bytes
    chain: bytes
    erased: bool = False


def linked(event: Event, before: Link | None) -> Link:
    """The next link after `before` (None: the first)."""
    digest = event_digest(event)
    sequence, chain = (before.sequence + 1, before.chain) if before else (1, GENESIS)
    return Link(sequence, event, digest, chained(chain, digest))


def event_digest(event: Event) -> bytes:
    """SHA-256 of the event's fields as JSON with sorted keys."""
    fields = {
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "deed": event.deed,
        "token": event.token,
        "detail": event.detail,
        "request": event.request,
        "installations": sorted(event.installations),
        "actor": event.actor,
        "network": event.network,
    }
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).digest()


def chained(before: bytes, digest: bytes) -> bytes:
    """The chain's hash after one more event."""
    return hashlib.sha256(before + digest).digest()


def first_break(links: Iterable[Link], before: bytes = GENESIS, sequence: int = 0) -> int | None:
    """The number of the first event that was changed, or that follows one which is gone; None when all is whole.

    An event whose actor and network were erased is held against its kept digest only.
    """
    for link in links:
        sequence += 1
        whole = link.sequence == sequence and link.chain == chained(before, link.digest)
        if not whole or (not link.erased and event_digest(link.event) != link.digest):
            return sequence
        before = link.chain
    return None
