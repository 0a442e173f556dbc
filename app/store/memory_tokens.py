"""API tokens and their events in memory: the twin of `tokens`, `token_use` and `audit`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import RLock

from app.core.audit import Deed, Event, Link, linked
from app.core.credentials import Credential, Status, event_about
from app.core.token_store import HourOfUse, TokenFilter, Use
from app.core.watching import QUIET, SEEN, WEEK, Habits, Signal
from app.store.audit import cleaned
from app.store.pages import by_creation
from app.store.token_use import KEPT, REFUSED, hour_of
from app.store.tokens import EXCHANGED_TOMBSTONE, TOMBSTONE


class MemoryAudit:
    """`app.core.token_store.Audit`."""

    def __init__(self) -> None:
        self._links: list[Link] = []
        self._lock = RLock()

    def append(self, event: Event) -> Link:
        """Add an event at the end of the chain."""
        with self._lock:
            self._links.append(linked(cleaned(event), self._links[-1] if self._links else None))
            return self._links[-1]

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
        with self._lock:
            found = [
                link
                for link in self._links[after:]
                if (actor is None or link.event.actor == actor)
                and (deed is None or link.event.deed == deed)
                and (token is None or link.event.token == token)
                and (installation is None or installation in link.event.installations)
                and (since is None or link.event.at >= since)
            ]
        return found[:limit]

    def erase(self, installation: int, now: datetime) -> int:  # noqa: ARG002
        """Null actor and network of an installation's events."""
        with self._lock:
            mine = [link for link in self._links if installation in link.event.installations and not link.erased]
            for link in mine:
                event = replace(link.event, actor=None, network=None)
                self._links[link.sequence - 1] = replace(link, event=event, erased=True)
        return len(mine)


class MemoryTokens:
    """`app.core.token_store.Tokens`."""

    def __init__(self, audit: MemoryAudit) -> None:
        self._audit = audit
        self._rows: dict[str, Credential] = {}
        self._ended: dict[str, datetime] = {}
        self._uses: list[Use] = []
        self._redeemed: dict[bytes, datetime] = {}
        self._told: dict[tuple[str, Signal], datetime] = {}
        self._lock = RLock()

    def add(self, credential: Credential, event: Event) -> None:
        """Keep a new token."""
        with self._lock:
            if credential.id in self._rows:
                raise ValueError(f"the token {credential.id} is there already")
            self._rows[credential.id] = credential
            self._audit.append(event)

    def get(self, token_id: str) -> Credential | None:
        """One token; tombstones too."""
        return self._rows.get(token_id)

    def find(self, wanted: TokenFilter, limit: int, after: str | None = None) -> Sequence[Credential]:
        """Tokens by creation."""
        with self._lock:
            found = by_creation(self._rows.values(), after)
        return [
            one
            for one in found
            if (wanted.family is None or one.family == wanted.family)
            and (wanted.creator is None or one.creator == wanted.creator)
            and (wanted.installation is None or wanted.installation in one.access.installations)
            and (wanted.live_at is None or one.status(wanted.live_at) is Status.LIVE)
            and (wanted.unended_at is None or (one.revoked_at is None and one.expires_at > wanted.unended_at))
        ][:limit]

    def rotate(
        self, old: Credential, before: Credential, new: Credential, revoked: Sequence[str], event: Event
    ) -> bool:
        """Keep a rotation, unless something changed in between."""
        with self._lock:
            now = self._rows.get(before.id)
            if now is None or replace(now, last_used_at=before.last_used_at) != before:
                return False
            if any(self._rows[one].revoked_at is not None for one in revoked if one in self._rows):
                return False
            self._rows[old.id] = replace(now, superseded_at=old.superseded_at, superseded_by=old.superseded_by)
            self._revoke(revoked, "a newer token of its family replaced it", event.at, event)
            self._rows[new.id] = new
            self._audit.append(event)
            return True

    def spend(self, bootstrap_id: str, new: Credential, event: Event) -> bool:
        """Keep what a bootstrap token made, and revoke that."""
        with self._lock:
            if not self._revoke([bootstrap_id], "it made its one token", event.at, event):
                return False
            self._rows[new.id] = new
            self._audit.append(event)
            return True

    def redeem(self, once: bytes, until: datetime, new: Credential, event: Event) -> bool:
        """Keep a token that was exchanged for another, which was not used before."""
        with self._lock:
            if once in self._redeemed:
                return False
            self._redeemed[once] = until
            self._rows[new.id] = new
            self._audit.append(event)
            return True

    def revoke(self, token_ids: Sequence[str], why: str, now: datetime, event: Event) -> Sequence[str]:
        """Revoke those that are not revoked yet."""
        with self._lock:
            return self._revoke(token_ids, why, now, event)

    def suspend(self, token_id: str, why: str | None, now: datetime, event: Event) -> None:
        """Suspend a token, or lift it."""
        with self._lock:
            if (one := self._rows.get(token_id)) is not None:
                at = None if why is None else now
                self._rows[token_id] = replace(one, suspended_at=at, suspended_why=why or "")
                self._audit.append(event)

    def rehash(self, token_id: str, digest: bytes, pepper: str) -> None:
        """The same token under today's pepper."""
        with self._lock:
            if (one := self._rows.get(token_id)) is not None:
                self._rows[token_id] = replace(one, digest=digest, pepper=pepper)

    def note(self, use: Use) -> None:
        """Count a use."""
        with self._lock:
            one = self._rows.get(use.token)
            if one is None:
                return
            self._uses.append(use)
            fresh = one.last_used_at is None or (use.at - one.last_used_at).total_seconds() >= 60
            if use.status not in REFUSED and fresh:
                self._rows[use.token] = replace(one, last_used_at=use.at)

    def habits(self, token_id: str, now: datetime) -> Habits:
        """How a token was used until now."""
        with self._lock:
            mine = [use for use in self._uses if use.token == token_id]
            told = {signal: when for (token, signal), when in self._told.items() if token == token_id}
            last = self._rows[token_id].last_used_at if token_id in self._rows else None
        this_hour = hour_of(now)
        counts = Counter(hour_of(use.at) for use in mine if use.status // 100 == 2)
        return Habits(
            uses=sum(counts.values()),
            last_used_at=last,
            networks={use.network: use.at for use in mine if use.status not in REFUSED and use.at >= now - SEEN},
            hours=[number for hour, number in counts.items() if this_hour - WEEK <= hour < this_hour],
            this_hour=counts[this_hour],
            told=told,
        )

    def recent(self, token_id: str, since: datetime) -> Sequence[Use]:
        """Refused uses since then."""
        with self._lock:
            mine = [use for use in self._uses if use.token == token_id and use.at >= since]
        return [use for use in mine if use.status in REFUSED][:100]

    def usage(self, token_id: str, since: datetime) -> Sequence[HourOfUse]:
        """Hours with any use since then."""
        hours: dict[datetime, list[Use]] = defaultdict(list)
        with self._lock:
            for use in self._uses:
                if use.token == token_id and hour_of(use.at) >= hour_of(since):
                    hours[hour_of(use.at)].append(use)
        return [_hour(hour, hours[hour]) for hour in sorted(hours)]

    def tell(self, token_id: str, signal: Signal, event: Event) -> bool:
        """Keep that a signal was told, once in the quiet time."""
        with self._lock:
            told = self._told.get((token_id, signal))
            if told is not None and event.at - told < QUIET:
                return False
            self._told[token_id, signal] = event.at
            self._audit.append(event)
            return True

    def expire(self, now: datetime) -> Sequence[Credential]:
        """Notice ends, each once; remove tombstones and old counts."""
        dead = {Status.EXPIRED, Status.SUPERSEDED, Status.IDLE}
        with self._lock:
            for token_id, ended in list(self._ended.items()):
                if ended <= now - (EXCHANGED_TOMBSTONE if self._rows[token_id].is_exchanged else TOMBSTONE):
                    del self._ended[token_id], self._rows[token_id]
            self._redeemed = {once: until for once, until in self._redeemed.items() if until > now}
            self._uses = [use for use in self._uses if hour_of(use.at) >= hour_of(now) - KEPT]
            found = [one for one in self._rows.values() if one.id not in self._ended and one.status(now) in dead]
            for one in sorted(found, key=lambda each: each.id):
                self._ended[one.id] = now
                if not one.is_exchanged:  # its end was told when it was made
                    self._audit.append(event_about(one, Deed.EXPIRED, now, str(one.status(now))))
        return sorted(found, key=lambda each: each.id)

    def _revoke(self, token_ids: Sequence[str], why: str, now: datetime, event: Event) -> list[str]:
        found = [one for one in token_ids if one in self._rows and self._rows[one].revoked_at is None]
        for one in found:
            self._rows[one] = replace(self._rows[one], revoked_at=now, revoked_why=why)
            self._ended[one] = now
            self._audit.append(replace(event, deed=Deed.REVOKED, token=one, detail=why))
        return found


def _hour(hour: datetime, uses: Sequence[Use]) -> HourOfUse:
    routes = Counter((use.route, use.status // 100) for use in uses)
    accepted = [use for use in uses if use.status not in REFUSED]
    return HourOfUse(
        hour,
        tuple(sorted((route, status, number) for (route, status), number in routes.items())),
        len({use.network for use in accepted}),
        len({use.agent for use in accepted}),
    )
