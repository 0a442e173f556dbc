"""What whoever holds a token's text may do: look at it, rotate, revoke, report it, and ask whether it is alive."""

from __future__ import annotations

import logging
from typing import Annotated

from pydantic import Field

from app.core.credentials import Status
from app.core.tokens import Kind
from app.issuer import Actor
from app.log import redact
from app.rate_limit import Limit
from app.web.api.route import Call, Reply, Shape
from app.web.api.token_shapes import HeldToken, RotateShape, Text, token_shape
from app.web.api.tokens import UsageQuery, rotate, usage

log = logging.getLogger(__name__)

PER_REPORTER = Limit("leaks", 60, 3600)
LEAKS = 100
REPORTER = "leak report"


class Active(Shape):
    """RFC 7662: `active` alone for whatever is not a live token of the caller's tenant."""

    sparse = True
    active: bool
    scope: str | None = None
    client_id: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    sub: str | None = None


class LeakReport(Shape):
    """Texts that somebody found, and where."""

    tokens: Annotated[tuple[Text, ...], Field(min_length=1, max_length=LEAKS)]
    url: Annotated[str | None, Field(max_length=300, description="Where they were found.")] = None


class Taken(Shape):
    """It was taken in. Which of the texts were tokens is not said."""

    state: str = "taken"


class Done(Shape):
    """It is done. Whether there was such a token is not said (RFC 7009)."""

    state: str = "done"


class QuotaShape(Shape):
    """Where this token stands: `left` of `most` until `reset` seconds from now."""

    most: int
    seconds: int
    left: int
    reset: int


def get_self(call: Call) -> Reply:
    """The token that asks."""
    return Reply(token_shape(call.holder, call.now))


def rotate_self(call: Call, body: RotateShape) -> Reply:
    """Replace the token that asks. Its text is in this answer, and nowhere else."""
    return rotate(call, call.holder, body)


def usage_self(call: Call, query: UsageQuery) -> Reply:
    """The hours in which the token that asks was used."""
    return usage(call, call.holder, query)


def quota(call: Call) -> Reply:
    """How many requests this token may still make. Asking costs nothing of it."""
    limit = call.house.per_token
    at = call.house.limiter.take(f"{limit.name}:token:{call.holder.id}", limit, cost=0)
    return Reply(QuotaShape(most=at.limit.most, seconds=at.limit.seconds, left=at.left, reset=at.reset))


def revoke_held(call: Call, body: HeldToken) -> Reply:
    """Revoke a token by its text (RFC 7009)."""
    found = call.issuer.holder(body.token)
    if found is not None:
        actor = Actor(found, call.request_id, call.network)
        call.issuer.revoke([found.id], "revoked by whoever held it", actor)
    return Reply(Done())


def introspect(call: Call, body: HeldToken) -> Reply:
    """Whether a token is alive, and what it may do (RFC 7662)."""
    one = call.issuer.holder(body.token)
    if (
        one is None
        or one.kind is Kind.WEBHOOK
        or one.status(call.now) is not Status.LIVE
        or not call.holder.access.oversees(one.access)
    ):
        return Reply(Active(active=False))
    ends = min(one.expires_at, one.superseded_at or one.expires_at)
    return Reply(
        Active(
            active=True,
            scope=" ".join(sorted(one.access.scopes)),
            client_id=one.family,
            token_type="Bearer",  # noqa: S106 (RFC 6749's name of the kind)
            exp=int(ends.timestamp()),
            iat=int(one.created_at.timestamp()),
            sub=one.id,
        )
    )


def report_leaks(call: Call, body: LeakReport) -> Reply:
    """Tell of tokens that were found where they do not belong. Real ones are revoked, with their families."""
    return Reply(take_leaks(call, body.tokens, body.url or "an address that was not told"))


def take_leaks(call: Call, texts: tuple[str, ...], where: str) -> Taken:
    """Revoke what is real, and say nothing about it."""
    actor = Actor(request=call.request_id, network=call.network, called=REPORTER)
    revoked = call.issuer.leaked(dict.fromkeys(texts), redact(where), actor)
    if revoked:
        log.warning("leak reported, revoked", extra={"revoked": " ".join(revoked), "where": where})
    return Taken()
