"""What the store keeps about tokens: the socket, with an in-memory twin that passes the same tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.audit import Event, Link
from app.core.credentials import Credential
from app.core.watching import Habits, Signal


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a token. `route` is the route's template, `status` the HTTP status, `agent` the user agent's family.

    `network` is a prefix (`app.core.watching.prefix`), never an address.
    """

    token: str
    at: datetime
    route: str
    status: int
    network: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class HourOfUse:
    """One token's hour. `routes` are counts by (route, status class such as 2)."""

    hour: datetime
    routes: tuple[tuple[str, int, int], ...]
    networks: int
    agents: int


@dataclass(frozen=True, slots=True)
class TokenFilter:
    """Which tokens. None: all. `after` is the id after which a page begins (ordered by creation, then id).

    `unended_at` asks for those that are not revoked nor past their end then; suspended ones are among them.
    """

    family: str | None = None
    creator: str | None = None
    installation: int | None = None
    live_at: datetime | None = None
    unended_at: datetime | None = None


class Tokens(Protocol):
    """Token rows. Every method is one transaction, and every change brings its audit event with it."""

    def add(self, credential: Credential, event: Event) -> None:
        """Keep a new token; raise `ValueError` when its id is taken."""
        ...

    def get(self, token_id: str) -> Credential | None:
        """One token; tombstones too. Authoritative: never from a cache. `StoreUnavailable` when nobody can say."""
        ...

    def find(self, wanted: TokenFilter, limit: int, after: str | None = None) -> Sequence[Credential]:
        """Tokens by creation, at most `limit`, after the one of this id."""
        ...

    def rotate(
        self, old: Credential, before: Credential, new: Credential, revoked: Sequence[str], event: Event
    ) -> bool:
        """Keep a rotation: `old` as it becomes (it was `before`), the new token, and the revoked ones.

        False, and nothing is kept, when the old token is not any more what the decision was made on.
        """
        ...

    def spend(self, bootstrap_id: str, new: Credential, event: Event) -> bool:
        """Keep a token that a bootstrap token made, and revoke that; False when it was spent already."""
        ...

    def redeem(self, once: bytes, until: datetime, new: Credential, event: Event) -> bool:
        """Keep a token that was exchanged for another issuer's; False, and nothing is kept, when that was used before.

        `once` is a digest of what names the other token; it is remembered until then.
        """
        ...

    def revoke(self, token_ids: Sequence[str], why: str, now: datetime, event: Event) -> Sequence[str]:
        """Revoke those that are not revoked yet, and return their ids, each with an event of its own like `event`."""
        ...

    def suspend(self, token_id: str, why: str | None, now: datetime, event: Event) -> None:
        """Suspend a token with a reason, or lift it with None."""
        ...

    def rehash(self, token_id: str, digest: bytes, pepper: str) -> None:
        """The same token under today's pepper."""
        ...

    def note(self, use: Use) -> None:
        """Count a use; `last_used_at` is written at most once a minute. Never raises: counting stops nobody."""
        ...

    def habits(self, token_id: str, now: datetime) -> Habits:
        """How a token was used until now."""
        ...

    def recent(self, token_id: str, since: datetime) -> Sequence[Use]:
        """Refused uses (status 401 and 403) since then, the newest last; at most 100 are kept for a token."""
        ...

    def usage(self, token_id: str, since: datetime) -> Sequence[HourOfUse]:
        """Hours with any use since then, the oldest first."""
        ...

    def tell(self, token_id: str, signal: Signal, event: Event) -> bool:
        """Keep that a signal was told; False when another process told it within the quiet time."""
        ...

    def expire(self, now: datetime) -> Sequence[Credential]:
        """Tokens that ended since the last call, each with its event; tombstones of 400 days are removed,
        and counts of use past 90 days.
        """
        ...


class Audit(Protocol):
    """The chain of events."""

    def append(self, event: Event) -> Link:
        """Add an event at the end of the chain; concurrent writers get one after the other."""
        ...

    def read(
        self,
        limit: int,
        *,
        after: int = 0,
        actor: str | None = None,
        deed: str | None = None,
        token: str | None = None,
        installation: int | None = None,
        since: datetime | None = None,
    ) -> Sequence[Link]:
        """Links by number, after that number."""
        ...

    def erase(self, installation: int, now: datetime) -> int:
        """Null actor and network of an installation's events; return how many."""
        ...
