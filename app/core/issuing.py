"""New tokens: who may make which, for how long; and rotation, as decisions that the store carries out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.access import ADMIN, DEFAULT_SCOPES, Access, Scope
from app.core.credentials import Credential, Status
from app.core.tokens import Kind, Pepper, Token, digest

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
ROTATIONS_A_DAY = 10
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long tokens live. Operators may shorten, never lengthen (`shortened`)."""

    default: timedelta = timedelta(days=30)
    longest: timedelta = timedelta(days=366)
    manager_default: timedelta = timedelta(days=7)
    manager_longest: timedelta = timedelta(days=30)
    bootstrap: timedelta = timedelta(hours=24)

    def shortened(self, longest: timedelta) -> Lifetimes:
        """No token lives longer than this."""
        return Lifetimes(
            min(self.default, longest),
            min(self.longest, longest),
            min(self.manager_default, longest),
            min(self.manager_longest, longest),
            min(self.bootstrap, longest),
        )

    def of(self, access: Access) -> tuple[timedelta, timedelta]:
        """Default and longest life of a token with this access."""
        if access.manages_tokens:
            return self.manager_default, self.manager_longest
        return self.default, self.longest


class Denial(StrEnum):
    """Why a token is not made."""

    SCOPE = "insufficient_scope"
    SUBSET = "more_than_creator"
    LIFETIME = "lifetime_too_long"
    NAME = "bad_name"
    SPENT = "bootstrap_spent"
    ADMIN_EXISTS = "admin_exists"
    NOT_LIVE = "not_live"
    SUCCESSOR_IN_USE = "successor_in_use"
    TOO_OFTEN = "too_many_rotations"
    OVERLAP = "bad_overlap"
    REUSE = "superseded_reuse"
    EXCHANGED = "exchanged_token"


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal with a sentence for whoever asked. With `REUSE` the whole family has to be revoked."""

    denial: Denial
    detail: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for. No access: the default scopes, narrowed as the creator is. No lifetime: the default."""

    name: str
    access: Access | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation does: the old token as it becomes, successors to revoke, and what the new one may."""

    old: Credential
    revoked: tuple[str, ...]
    access: Access
    expires_at: datetime


def bootstrap_needed(admins: Sequence[Credential], now: datetime) -> Denied | None:
    """Whether a first token may be made: only while nobody else can make one."""
    if any(one.status(now) is Status.LIVE for one in admins):
        detail = "A token that may create tokens is alive. Use it, or revoke it first (`assay tokens list`)."
        return Denied(Denial.ADMIN_EXISTS, detail)
    return None


def plan(
    wanted: Wanted, creator: Credential | None, lifetimes: Lifetimes, now: datetime
) -> tuple[Access, datetime] | Denied:
    """Access and end of a new token. `creator` None is the operator, who is bound by the lifetimes only."""
    name = wanted.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return Denied(Denial.NAME, f"A token needs a name of 1 to {LONGEST_NAME} printable characters.")
    access = wanted.access or Access(DEFAULT_SCOPES)
    if creator is not None and wanted.access is None:
        access = replace(creator.access, scopes=DEFAULT_SCOPES)
    if not access.scopes:
        return Denied(Denial.NAME, "A token needs at least one scope.")
    if creator is not None and creator.kind is not Kind.BOOTSTRAP:
        if Scope.TOKENS_CREATE not in creator.access.scopes:
            return Denied(Denial.SCOPE, f"Creating a token asks for the scope {ADMIN}.")
        if not creator.access.contains(access):
            return Denied(Denial.SUBSET, "A token cannot allow more than the token that creates it.")
    default, longest = lifetimes.of(access)
    if creator is not None and creator.kind is Kind.BOOTSTRAP:
        longest = min(longest, lifetimes.manager_longest)
    lifetime = wanted.lifetime if wanted.lifetime is not None else min(default, longest)
    if not timedelta(0) < lifetime <= longest:
        most = f"{longest.days} days" if longest.days else f"{longest.seconds // 3600} hours"
        return Denied(Denial.LIFETIME, f"Such a token lives at most {most}, and longer than nothing.")
    return access, now + lifetime


def issued(
    token: Token, pepper: Pepper, name: str, access: Access, creator: str, now: datetime, expires_at: datetime
) -> Credential:
    """A new credential, the first of its family."""
    return Credential(
        id=token.id,
        kind=token.kind,
        name=name.strip(),
        access=access,
        family=token.id,
        creator=creator,
        created_at=now,
        expires_at=expires_at,
        digest=digest(token, pepper),
        pepper=pepper.id,
    )


def rotate(
    old: Credential,
    family: Sequence[Credential],
    lifetimes: Lifetimes,
    now: datetime,
    overlap: timedelta = OVERLAP,
    scopes: frozenset[Scope] | None = None,
) -> Rotation | Denied:
    """Replace a token by a new one of the same family, with the same scopes or fewer.

    Both live for the overlap, and no third one of the family. Rotating again with the old token is allowed while the
    successor was never used: an answer that got lost must not lock anybody out. After the overlap, it means that two
    hold the old token: `REUSE`.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        return Denied(Denial.OVERLAP, f"The overlap is at most {LONGEST_OVERLAP.days} days.")
    if scopes is not None and not (scopes and scopes <= old.access.scopes):
        return Denied(Denial.SUBSET, "Rotation keeps the scopes or gives some up; it adds none.")
    status = old.status(now)
    if status is Status.SUPERSEDED:
        detail = "This token was replaced, and the overlap is over. Somebody may have copied it: its family is revoked."
        return Denied(Denial.REUSE, detail)
    if status is not Status.LIVE or old.kind is not Kind.API:
        return Denied(Denial.NOT_LIVE, f"Only live API tokens can be rotated; this one is {status}.")
    if old.is_exchanged:
        detail = "A workflow's token cannot be rotated; exchange another token of the workflow for a new one."
        return Denied(Denial.EXCHANGED, detail)
    recent = sum(one.created_at > now - timedelta(days=1) for one in family if one.id != one.family)
    if recent >= ROTATIONS_A_DAY:
        return Denied(Denial.TOO_OFTEN, f"A family of tokens is rotated at most {ROTATIONS_A_DAY} times a day.")
    successors = [one for one in family if one.id == old.superseded_by and one.revoked_at is None]
    if any(one.last_used_at is not None for one in successors):
        return Denied(
            Denial.SUCCESSOR_IN_USE, f"{old.superseded_by} replaced this token and is in use. Rotate that one."
        )
    access = old.access if scopes is None else replace(old.access, scopes=scopes)
    _, longest = lifetimes.of(access)
    ends = min(now + overlap, old.superseded_at or old.expires_at, old.expires_at)
    return Rotation(
        old=replace(old, superseded_at=ends),
        revoked=tuple(one.id for one in family if one.id != old.id and one.status(now) is Status.LIVE),
        access=access,
        expires_at=now + min(old.lifetime, longest),
    )


def successor(token: Token, pepper: Pepper, rotation: Rotation, now: datetime) -> tuple[Credential, Credential]:
    """The old credential as it is kept from now on, and the new one."""
    old = replace(rotation.old, superseded_by=token.id)
    new = issued(token, pepper, old.name, rotation.access, old.id, now, rotation.expires_at)
    return old, replace(new, family=old.family)
