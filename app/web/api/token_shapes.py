"""What the routes about tokens take and answer. The text of a token is in one shape only: `MadeShape`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.core.access import Scope
from app.core.credentials import Credential, Status
from app.core.issuing import LONGEST_NAME, LONGEST_OVERLAP
from app.core.token_store import HourOfUse
from app.core.tokens import LONGEST_HEADER, shown
from app.issuer import Made
from app.web.api.route import Shape

MOST = 100  # installations, repositories or networks that a token is narrowed to, and tokens in one report
Number = Annotated[int, Field(ge=1, le=(1 << 63) - 1)]
Why = Annotated[str, Field(max_length=300, description="A reason, for the audit.")]
Text = Annotated[str, Field(min_length=1, max_length=4 * LONGEST_HEADER, description="The whole token.")]


class NewToken(Shape):
    """The token that is wanted. Without scopes it may read packages; it is narrowed at least as its maker is."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description="What it is for.")]
    scopes: Annotated[tuple[Scope, ...] | None, Field(min_length=1, max_length=MOST)] = None
    installations: Annotated[tuple[Number, ...], Field(max_length=MOST, description="Numbers of GitHub's.")] = ()
    repositories: Annotated[tuple[Number, ...], Field(max_length=MOST, description="Numbers of GitHub's.")] = ()
    networks: Annotated[tuple[str, ...], Field(max_length=MOST, description="Such as 192.0.2.0/24.")] = ()
    days: Annotated[int | None, Field(ge=1, le=366, description="How long it lives; there is a default.")] = None


class RotateShape(Shape):
    """How to replace a token."""

    overlap_hours: Annotated[
        int | None,
        Field(ge=0, le=LONGEST_OVERLAP.days * 24, description="How long the old one lives on; 24 hours if not told."),
    ] = None
    scopes: Annotated[
        tuple[Scope, ...] | None, Field(min_length=1, max_length=MOST, description="The same or fewer.")
    ] = None


class RevokeShape(Shape):
    """Why a token is revoked."""

    why: Why = "revoked through the API"


class GroupShape(Shape):
    """Which tokens are revoked: exactly one of the three."""

    family: Annotated[str | None, Field(max_length=16)] = None
    creator: Annotated[str | None, Field(max_length=100, description="The id of the token that made them.")] = None
    installation: Number | None = None
    why: Why = "revoked through the API"


class HeldToken(Shape):
    """The text of a token, by whoever holds it. `token_type_hint` is RFC 7009's and makes no difference."""

    token: Text
    token_type_hint: Annotated[str | None, Field(max_length=60)] = None


class TokenShape(Shape):
    """A token without its secret."""

    id: str
    shown: str
    name: str
    status: Status
    scopes: tuple[Scope, ...]
    installations: tuple[int, ...]
    repositories: tuple[int, ...]
    networks: tuple[str, ...]
    family: str
    creator: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    superseded_at: datetime | None
    superseded_by: str | None
    revoked_at: datetime | None
    revoked_why: str
    suspended_why: str


class MadeShape(Shape):
    """A new token. `token` is its text: keep it now, nobody can show it again."""

    token: str
    record: TokenShape


class TokenPage(Shape):
    """Tokens, and the cursor of the next page."""

    items: tuple[TokenShape, ...]
    next: str | None


class RevokedShape(Shape):
    """The ids of the tokens that this request revoked."""

    revoked: tuple[str, ...]


class RouteUse(Shape):
    """How often a route was used in an hour, with answers of this class (2: 200 to 299)."""

    route: str
    status_class: int
    uses: int


class HourShape(Shape):
    """One hour. `networks` and `agents` say how many different ones were seen."""

    hour: datetime
    routes: tuple[RouteUse, ...]
    networks: int
    agents: int


class UsagePage(Shape):
    """The hours with any use, the oldest first."""

    items: tuple[HourShape, ...]


def token_shape(one: Credential, now: datetime) -> TokenShape:
    """A credential as people may see it."""
    return TokenShape(
        id=one.id,
        shown=shown(one.kind, one.id),
        name=one.name,
        status=one.status(now),
        scopes=tuple(sorted(one.access.scopes)),
        installations=tuple(sorted(one.access.installations)),
        repositories=tuple(sorted(one.access.repositories)),
        networks=tuple(str(network) for network in one.access.networks),
        family=one.family,
        creator=one.creator,
        created_at=one.created_at,
        expires_at=one.expires_at,
        last_used_at=one.last_used_at,
        superseded_at=one.superseded_at,
        superseded_by=one.superseded_by,
        revoked_at=one.revoked_at,
        revoked_why=one.revoked_why,
        suspended_why=one.suspended_why,
    )


def made_shape(made: Made, now: datetime) -> MadeShape:
    """A new token, with its text."""
    return MadeShape(token=made.token.text, record=token_shape(made.credential, now))


def usage_shape(hour: HourOfUse) -> HourShape:
    """One hour of use."""
    routes = tuple(RouteUse(route=route, status_class=status, uses=uses) for route, status, uses in hour.routes)
    return HourShape(hour=hour.hour, routes=routes, networks=hour.networks, agents=hour.agents)
