"""Tokens by id: list, create, read, rotate, revoke, and how they were used. Another tenant's token is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from app.core.access import Access, Network, Scope, read_networks
from app.core.credentials import Credential, Status
from app.core.errors import InputError
from app.core.issuing import OVERLAP, Denial, Denied, Wanted
from app.core.token_store import TokenFilter
from app.issuer import MOST, Made
from app.web.api.paging import seen
from app.web.api.problems import Problem
from app.web.api.route import Call, Query, Reply
from app.web.api.token_shapes import (
    GroupShape,
    NewToken,
    RevokedShape,
    RevokeShape,
    RotateShape,
    TokenPage,
    UsagePage,
    made_shape,
    token_shape,
    usage_shape,
)

USAGE = timedelta(days=90)


class TokenQuery(Query):
    """Which tokens."""

    family: Annotated[str | None, Field(max_length=16, description="Only tokens of this family.")] = None
    creator: Annotated[str | None, Field(max_length=100, description="Only tokens that this token made.")] = None
    installation: Annotated[
        int | None, Field(ge=1, le=(1 << 63) - 1, description="Only tokens narrowed to this installation.")
    ] = None
    live: Annotated[bool, Field(description="Only tokens that may be used now.")] = False
    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 50
    cursor: Annotated[str | None, Field(max_length=16, description="Where the page before this one ended.")] = None


class UsageQuery(Query):
    """How far back."""

    days: Annotated[int, Field(ge=1, le=USAGE.days, description="How many days back.")] = 7


def list_tokens(call: Call, query: TokenQuery) -> Reply:
    """Tokens by creation."""
    wanted = TokenFilter(query.family, query.creator, query.installation, call.now if query.live else None)
    found, following = seen(
        lambda limit, after: call.house.store.tokens.find(wanted, limit, after),
        lambda one: one.id,
        lambda one: call.holder.access.oversees(one.access),
        query.limit,
        query.cursor,
    )
    page = TokenPage(items=tuple(token_shape(one, call.now) for one in found), next=following)
    return Reply(page, following)


def create_token(call: Call, body: NewToken) -> Reply:
    """Make a token that allows no more than the caller's. Its text is in this answer, and nowhere else."""
    access = None
    if body.scopes is not None or body.installations or body.repositories or body.networks:
        mine = call.holder.access
        access = Access(
            frozenset(body.scopes or {Scope.PACKAGES_READ}),
            frozenset(body.installations) or mine.installations,
            frozenset(body.repositories) or mine.repositories,
            _networks(body.networks) or mine.networks,
        )
    lifetime = None if body.days is None else timedelta(days=body.days)
    return _made(call, call.issuer.create(Wanted(body.name, access, lifetime), call.actor))


def get_token(call: Call, token_id: str) -> Reply:
    """One token."""
    return Reply(token_shape(find(call, token_id), call.now))


def rotate_token(call: Call, token_id: str, body: RotateShape) -> Reply:
    """Replace a token. The caller gets the new one's text, so it must be allowed all that it allows."""
    old = find(call, token_id)
    if old.id != call.holder.id and not call.holder.access.contains(old.access):
        raise Problem("more_than_creator", "That token allows more than yours, so you cannot be given its successor.")
    return rotate(call, old, body)


def revoke_token(call: Call, token_id: str, body: RevokeShape) -> Reply:
    """Revoke a token at once."""
    one = find(call, token_id)
    return Reply(RevokedShape(revoked=tuple(call.issuer.revoke([one.id], body.why, call.actor))))


def revoke_tokens(call: Call, body: GroupShape) -> Reply:
    """Revoke a family, all that a token made, or all that are narrowed to an installation."""
    if sum(wanted is not None for wanted in (body.family, body.creator, body.installation)) != 1:
        raise Problem("invalid_input", "Name exactly one of family, creator and installation.")
    wanted = TokenFilter(body.family, body.creator, body.installation)
    found = call.house.store.tokens.find(wanted, MOST)
    ids = [one.id for one in found if call.holder.access.oversees(one.access) and one.revoked_at is None]
    return Reply(RevokedShape(revoked=tuple(call.issuer.revoke(ids, body.why, call.actor))))


def token_usage(call: Call, token_id: str, query: UsageQuery) -> Reply:
    """The hours in which a token was used."""
    return usage(call, find(call, token_id), query)


def find(call: Call, token_id: str) -> Credential:
    """A token of the caller's tenant; anything else is not there."""
    one = call.house.store.tokens.get(token_id)
    if one is None or not call.holder.access.oversees(one.access):
        raise Problem("not_found", "There is no token of this id.")
    return one


def rotate(call: Call, old: Credential, body: RotateShape) -> Reply:
    """Replace this token."""
    if old.status(call.now) is Status.SUPERSEDED:  # by itself it would have been refused at the door
        raise Problem("not_live", f"This token was replaced by {old.superseded_by}. Rotate that one.")
    overlap = OVERLAP if body.overlap_hours is None else timedelta(hours=body.overlap_hours)
    scopes = None if body.scopes is None else frozenset(body.scopes)
    made = call.issuer.rotate(old.id, call.actor, overlap=overlap, scopes=scopes)
    if made is None:
        raise Problem("not_found", "There is no token of this id.")
    return _made(call, made)


def usage(call: Call, one: Credential, query: UsageQuery) -> Reply:
    """The hours of this token."""
    hours = call.house.store.tokens.usage(one.id, call.now - timedelta(days=query.days))
    return Reply(UsagePage(items=tuple(usage_shape(hour) for hour in hours)))


def _made(call: Call, made: Made | Denied) -> Reply:
    if isinstance(made, Denied):
        missing = Scope.TOKENS_CREATE if made.denial is Denial.SCOPE else None
        raise Problem(made.denial, made.detail, missing, 3600 if made.denial is Denial.TOO_OFTEN else None)
    return Reply(made_shape(made, call.now), made=f"/tokens/{made.credential.id}")


def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return read_networks(texts)
    except InputError as error:
        raise Problem("invalid_input", str(error)) from error
