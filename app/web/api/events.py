"""The audit: what was done with tokens and webhooks, with the chain's hash, for the tenant whose tokens they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from app.core.audit import Deed, Link
from app.web.api.paging import Moment, seen
from app.web.api.route import Call, Query, Reply, Shape
from app.web.api.streaming import lives, stream

LAST = (1 << 63) - 1


class AuditQuery(Query):
    """Which events."""

    actor: Annotated[str | None, Field(max_length=100, description="Only what this token, or `operator`, did.")] = None
    action: Annotated[Deed | None, Field(description="Only this kind of event.")] = None
    token_id: Annotated[str | None, Field(max_length=16, description="Only about this token or webhook.")] = None
    since: Annotated[Moment | None, Field(description="Only from then on, such as 2026-11-23T00:00:00Z.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 50
    cursor: Annotated[int, Field(ge=0, le=LAST, description="Where the page before this one ended.")] = 0
    format: Annotated[
        Literal["json", "ndjson"] | None,
        Field(description="`ndjson`: all there is, line by line, and a last line that says how it ended."),
    ] = None


class EventShape(Shape):
    """One event, about the token or webhook of `token_id`.

    `chain` is SHA-256 over the chain before it and `digest`; both are hexadecimal.
    """

    sequence: int
    at: datetime
    action: Deed
    token_id: str
    detail: str
    request_id: str
    installations: tuple[int, ...]
    actor: str | None
    network: str | None
    erased: bool
    digest: str
    chain: str


class AuditPage(Shape):
    """Events by number, and the cursor of the next page."""

    items: tuple[EventShape, ...]
    next: str | None


def list_audit(call: Call, query: AuditQuery) -> Reply:
    """Events by number. A caller that is narrowed sees those of its own tenant's tokens only."""
    mine, sees = call.holder.access.installations, _sight(call)
    read = partial(
        call.house.store.audit.read,
        actor=query.actor,
        deed=query.action,
        token=query.token_id,
        installation=next(iter(mine)) if len(mine) == 1 else None,
        since=query.since,
    )

    def page(limit: int, start: int) -> tuple[list[EventShape], int | None]:
        found, after = seen(
            lambda limit, after: read(limit, after=after or 0), lambda link: link.sequence, sees, limit, start
        )
        return [_shape(link) for link in found], after

    if query.format == "ndjson":
        return Reply(stream(page, query.cursor, lives(call)))
    items, after = page(query.limit, query.cursor)
    following = None if after is None else str(after)
    return Reply(AuditPage(items=tuple(items), next=following), following)


def _sight(call: Call) -> Callable[[Link], bool]:
    """Which events are there for the caller. An event names installations; for repositories, whom it is about."""
    mine = call.holder.access
    known: dict[str, bool] = {}

    def sees(link: Link) -> bool:
        theirs, token_id = link.event.installations, link.event.token
        if mine.installations and not (theirs and mine.installations.issuperset(theirs)):
            return False
        if mine.repositories and token_id not in known:
            one = call.house.store.tokens.get(token_id) or call.house.store.webhooks.get(token_id)
            known[token_id] = one is not None and mine.oversees(one.access)
        return known.get(token_id, True)

    return sees


def _shape(link: Link) -> EventShape:
    one = link.event
    return EventShape(
        sequence=link.sequence,
        at=one.at,
        action=one.deed,
        token_id=one.token,
        detail=one.detail,
        request_id=one.request,
        installations=one.installations,
        actor=one.actor,
        network=one.network,
        erased=link.erased,
        digest=link.digest.hex(),
        chain=link.chain.hex(),
    )
