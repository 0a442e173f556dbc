"""Makes, rotates and revokes API tokens: decisions of the core, carried out in the store with their events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.access import ADMIN, Access, Scope
from app.core.audit import Deed, Event
from app.core.credentials import WORKFLOW, Credential, event_about
from app.core.issuing import (
    OVERLAP,
    Denial,
    Denied,
    Lifetimes,
    Wanted,
    bootstrap_needed,
    issued,
    plan,
    rotate,
    successor,
)
from app.core.ports import Clock, Store
from app.core.token_store import TokenFilter
from app.core.tokens import ENTROPY, Kind, Malformed, Pepper, Token, matches, mint, nothing_stored, read_token
from app.core.workflow import LEEWAY, LIFETIME, Workflow

OPERATOR = "operator"
MOST = 10_000  # tokens that one command or request revokes
FAMILY = 1_000  # more than can come of ten rotations a day before tombstones go


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a token, or somebody without one. `request` and `network` go into the audit."""

    credential: Credential | None = None
    request: str = ""
    network: str | None = None
    called: str = OPERATOR  # how the audit calls somebody without a token

    @property
    def name(self) -> str:
        """How the audit calls it."""
        return self.called if self.credential is None else self.credential.id


@dataclass(frozen=True, slots=True)
class Made:
    """A new token, whose text is shown once, and what is kept of it."""

    token: Token
    credential: Credential


class Issuer:
    """All that is done with tokens. `entropy` gives so many bytes of the operating system's generator."""

    def __init__(
        self,
        store: Store,
        peppers: Sequence[Pepper],
        *,
        clock: Clock,
        entropy: Callable[[int], bytes],
        lifetimes: Lifetimes | None = None,
    ) -> None:
        if not peppers:
            raise ValueError("tokens need a pepper")
        self._store = store
        self.peppers = tuple(peppers)
        self._clock = clock
        self._entropy = entropy
        self.lifetimes = lifetimes or Lifetimes()

    def bootstrap(self) -> Made | Denied:
        """The first token of an installation: it makes exactly one other, and lives for a day."""
        now = self._clock()
        live = self._store.tokens.find(TokenFilter(live_at=now), MOST)
        denied = bootstrap_needed([one for one in live if ADMIN in one.access.scopes], now)
        if denied is not None:
            return denied
        access = Access(frozenset({Scope.TOKENS_CREATE}))
        ends = now + self.lifetimes.bootstrap
        return self._add(Kind.BOOTSTRAP, "bootstrap", access, ends, Actor())

    def create(self, wanted: Wanted, actor: Actor) -> Made | Denied:
        """A new token that allows no more than its creator's."""
        planned = plan(wanted, actor.credential, self.lifetimes, self._clock())
        if isinstance(planned, Denied):
            return planned
        access, ends = planned
        creator = actor.credential
        if creator is None or creator.kind is not Kind.BOOTSTRAP:
            return self._add(Kind.API, wanted.name, access, ends, actor)
        made = self._make(Kind.API, wanted.name, access, ends, actor)
        if not self._store.tokens.spend(creator.id, made.credential, self._event(Deed.CREATED, made.credential, actor)):
            return Denied(Denial.SPENT, "This bootstrap token has made its one token already.")
        return made

    def exchange(self, workflow: Workflow, access: Access, issuer: str, actor: Actor) -> Made | None:
        """A token for a workflow's own token of this issuer; None when that was exchanged before."""
        ends = self._clock() + LIFETIME
        made = self._make(Kind.API, workflow.title, access, ends, replace(actor, called=WORKFLOW))
        event = self._event(Deed.CREATED, made.credential, replace(actor, called=WORKFLOW), workflow.shown)
        once = hashlib.sha256(f"{issuer}\0{workflow.once}".encode()).digest()
        is_first = self._store.tokens.redeem(once, workflow.ends + LEEWAY, made.credential, event)
        return made if is_first else None

    def rotate(
        self,
        token_id: str,
        actor: Actor,
        *,
        overlap: timedelta = OVERLAP,
        scopes: frozenset[Scope] | None = None,
    ) -> Made | Denied | None:
        """Replace a token; None when there is none of this id. Reuse of a superseded one revokes its family."""
        for _ in range(3):  # somebody may rotate it at the same time
            now = self._clock()
            old = self._store.tokens.get(token_id)
            if old is None:
                return None
            family = self._store.tokens.find(TokenFilter(family=old.family), FAMILY)
            decided = rotate(old, family, self.lifetimes, now, overlap, scopes)
            if isinstance(decided, Denied):
                if decided.denial is Denial.REUSE:
                    self._revoke(family, "a replaced token was rotated again", actor)
                    self._store.audit.append(self._event(Deed.FAMILY_REVOKED, old, actor, decided.detail))
                return decided
            token = mint(Kind.API, self._entropy(ENTROPY))
            after, new = successor(token, self.peppers[0], decided, now)
            event = self._event(Deed.ROTATED, new, actor, f"replaces {old.id}")
            if self._store.tokens.rotate(after, old, new, decided.revoked, event):
                return Made(token, new)
        return Denied(Denial.TOO_OFTEN, "Somebody else rotates this token right now. Try again.")

    def revoke(self, token_ids: Sequence[str], why: str, actor: Actor) -> Sequence[str]:
        """Revoke tokens at once; the ids of those that were not revoked before."""
        found = map(self._store.tokens.get, token_ids)
        return self._revoke([one for one in found if one is not None], why, actor)

    def revoke_where(self, wanted: TokenFilter, why: str, actor: Actor) -> Sequence[str]:
        """Revoke a family, all that somebody created, or all of an installation."""
        return self._revoke(self._store.tokens.find(wanted, MOST), why, actor)

    def holder(self, text: str) -> Credential | None:
        """The credential of a whole token, dead or alive; None for anything else. For revoking by possession."""
        token = read_token(text)
        if isinstance(token, Malformed):
            return None
        found = self._store.tokens.get(token.id)
        stored, pepper = (found.digest, found.pepper) if found else (nothing_stored(), "")
        return found if matches(token, stored, pepper, self.peppers) else None

    def leaked(self, texts: Iterable[str], where: str, actor: Actor) -> Sequence[str]:
        """Revoke the families of tokens that were found somewhere; only whole ones count, ids are public.

        A family that is revoked already is not told of again, however often it is found.
        """
        revoked: list[str] = []
        for text in texts:
            found = self.holder(text)
            family = [] if found is None else self._store.tokens.find(TokenFilter(family=found.family), FAMILY)
            if found is not None and any(one.revoked_at is None for one in family):
                self._store.audit.append(self._event(Deed.LEAKED, found, actor, where[:300]))
                revoked += self._revoke(family, "it leaked", actor)
        return revoked

    def _revoke(self, found: Sequence[Credential], why: str, actor: Actor) -> list[str]:
        now = self._clock()
        revoked: list[str] = []
        for one in found:
            revoked += self._store.tokens.revoke([one.id], why, now, self._event(Deed.REVOKED, one, actor, why))
        return revoked

    def _add(self, kind: Kind, name: str, access: Access, ends: datetime, actor: Actor) -> Made:
        made = self._make(kind, name, access, ends, actor)
        self._store.tokens.add(made.credential, self._event(Deed.CREATED, made.credential, actor))
        return made

    def _make(self, kind: Kind, name: str, access: Access, ends: datetime, actor: Actor) -> Made:
        token = mint(kind, self._entropy(ENTROPY))
        return Made(token, issued(token, self.peppers[0], name, access, actor.name, self._clock(), ends))

    def _event(self, deed: Deed, one: Credential, actor: Actor, detail: str = "") -> Event:
        return event_about(
            one, deed, self._clock(), detail, request=actor.request, actor=actor.name, network=actor.network
        )
