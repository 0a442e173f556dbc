"""A token as it is kept, and the decision whether a request may use it: in a fixed order, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.access import Access, Scope
from app.core.audit import Deed, Event
from app.core.tokens import Kind, Pepper, Token, matches, nothing_stored

IDLE = timedelta(days=90)
"""A token that nobody uses for so long is dead."""
WORKFLOW = "a workflow"
"""The creator of tokens that workflows got for their own (`app/core/workflow.py`). No token has such an id."""


class Status(StrEnum):
    """The life of a token."""

    LIVE = "live"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"  # rotated, and the overlap is over
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    IDLE = "idle"


class Refusal(StrEnum):
    """Why a credential does not open a route; the codes of the API's errors."""

    INVALID = "invalid_token"  # unknown, or a wrong secret: nobody is told which
    REVOKED = "revoked_token"
    SUPERSEDED = "superseded_token"
    EXPIRED = "expired_token"
    SUSPENDED = "suspended_token"
    NETWORK = "ip_not_allowed"
    SCOPE = "insufficient_scope"


@dataclass(frozen=True, slots=True)
class Credential:
    """One token, without its secret. `family` is the id of the first token of a chain of rotations.

    `superseded_at` is when the overlap after a rotation ends, `superseded_by` the successor's id. `creator` is the id
    of the token that made it, or says which command did. Times are UTC.
    """

    id: str
    kind: Kind
    name: str
    access: Access
    family: str
    creator: str
    created_at: datetime
    expires_at: datetime
    digest: bytes = field(repr=False)
    pepper: str
    superseded_at: datetime | None = None
    superseded_by: str | None = None
    revoked_at: datetime | None = None
    revoked_why: str = ""
    suspended_at: datetime | None = None
    suspended_why: str = ""
    last_used_at: datetime | None = None

    def status(self, now: datetime) -> Status:
        """Its state at a moment; the moment of its end is past it."""
        if self.revoked_at is not None:
            return Status.REVOKED
        if self.superseded_at is not None and now >= self.superseded_at:
            return Status.SUPERSEDED
        if now >= self.expires_at:
            return Status.EXPIRED
        if self.suspended_at is not None:
            return Status.SUSPENDED
        if now >= (self.last_used_at or self.created_at) + IDLE:
            return Status.IDLE
        return Status.LIVE

    @property
    def is_exchanged(self) -> bool:
        """Whether a workflow got it for its own token: it ends within minutes and has no successor."""
        return self.creator == WORKFLOW

    @property
    def lifetime(self) -> timedelta:
        """How long it was meant to live."""
        return self.expires_at - self.created_at


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with a sentence for whoever holds the token, and the scope that is missing."""

    refusal: Refusal
    detail: str
    scope: Scope | None = None


def event_about(
    one: Credential,
    deed: Deed,
    at: datetime,
    detail: str = "",
    *,
    request: str = "",
    actor: str | None = None,
    network: str | None = None,
) -> Event:
    """What was done with this credential, as the audit keeps it."""
    installations = tuple(sorted(one.access.installations))
    return Event(at, deed, one.id, detail, request, installations, actor, network)


def authenticate(
    token: Token, found: Credential | None, peppers: Sequence[Pepper], now: datetime
) -> Credential | Refused:
    """Whether this text is that credential, alive.

    An unknown id takes the same way and time as a wrong secret, and gets the same answer. Only whoever holds the right
    secret is told why a token is dead.
    """
    stored, pepper = (found.digest, found.pepper) if found else (nothing_stored(), "")
    is_right = matches(token, stored, pepper, peppers)
    if found is None or not is_right or found.kind is Kind.WEBHOOK or found.kind is not token.kind:
        return Refused(Refusal.INVALID, "This token is not known here.")
    return _REFUSE_DEAD[found.status(now)](found) or found


def authorise(credential: Credential, scope: Scope | None, address: str) -> Refused | None:
    """Whether it may be used from this address for a route of this scope (None: any token will do)."""
    if not credential.access.admits(address):
        return Refused(Refusal.NETWORK, "This token may not be used from this address.")
    if scope is not None and scope not in credential.access.scopes:
        return Refused(Refusal.SCOPE, f"This route asks for the scope {scope}, which this token does not hold.", scope)
    return None


def _revoked(one: Credential) -> Refused:
    when = f" on {one.revoked_at:%Y-%m-%d %H:%M} UTC" if one.revoked_at else ""
    return Refused(Refusal.REVOKED, f"This token was revoked{when}. Ask whoever manages tokens for a new one.")


def _superseded(one: Credential) -> Refused:
    return Refused(
        Refusal.SUPERSEDED, f"This token was replaced by {one.superseded_by}, and the overlap is over. Use that one."
    )


def _expired(one: Credential) -> Refused:
    return Refused(
        Refusal.EXPIRED, f"This token expired on {one.expires_at:%Y-%m-%d %H:%M} UTC. Rotate tokens before they end."
    )


def _suspended(one: Credential) -> Refused:
    return Refused(
        Refusal.SUSPENDED,
        f"This token is suspended: {one.suspended_why or 'its use looked wrong'}. An operator can lift it.",
    )


def _idle(_one: Credential) -> Refused:
    return Refused(Refusal.EXPIRED, f"This token was not used for {IDLE.days} days and is dead. Create a new one.")


_REFUSE_DEAD = {
    Status.LIVE: lambda _one: None,
    Status.REVOKED: _revoked,
    Status.SUPERSEDED: _superseded,
    Status.EXPIRED: _expired,
    Status.SUSPENDED: _suspended,
    Status.IDLE: _idle,
}
