"""Long lists as lines of JSON: page after page from the database while they are sent, and a last line on how it ended.

Whoever reads lines cannot see from them whether all have come. So the last one is `{"end": {…}}`: `complete`, or where
to go on, and why it ended there. A stream without it broke off.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from threading import BoundedSemaphore
from typing import Any, TypeVar

import msgspec

from app.core.credentials import Status
from app.core.errors import StoreUnavailable
from app.web.api.problems import RETRY_SECONDS, Problem
from app.web.api.route import Call, Lines, Shape

log = logging.getLogger(__name__)

AT_ONCE = 200  # rows of one page
MOST = 100_000  # items of one stream
PATIENCE = 60.0  # seconds of one stream: a reader that is slow must not hold a thread
PLACES = 2  # streams at a time in each process
MEDIA_TYPE = "application/x-ndjson"

Start = TypeVar("Start")
ReadPage = Callable[[int, Start], tuple[Sequence[Shape], Start | None]]
"""`(limit, after)` → so many items, and the place after them; None where nothing follows."""

_places = BoundedSemaphore(PLACES)


def stream(
    read: ReadPage[Start], start: Start, go_on: Callable[[], bool], clock: Callable[[], float] = time.monotonic
) -> Lines:
    """All items from there on, as lines, page by page as long as they `go_on`: see `lives`.

    Raise `Problem` when too many streams run in this process already. The first page is read before the answer begins:
    what is wrong with a query is still an error like any other.
    """
    place = _Place()
    if not place.is_taken:
        detail = f"At most {PLACES} lists are streamed at a time. Try again in a moment, or read page by page."
        raise Problem("too_many_streams", detail, retry=RETRY_SECONDS)
    try:
        first = read(AT_ONCE, start)
    except BaseException:
        place.leave()
        raise
    return Lines(_lines(read, first, place, go_on, clock() + PATIENCE, clock), place.leave, MEDIA_TYPE)


def lives(call: Call) -> Callable[[], bool]:
    """Whether the caller's token still lives: a stream lasts longer than a revoked token may be served."""

    def look() -> bool:
        found = call.house.store.tokens.get(call.holder.id)
        return found is not None and found.status(call.house.clock()) is Status.LIVE

    return look


class _Place:
    """One of the few, left once: at the last line, or when nobody reads on."""

    def __init__(self) -> None:
        self.is_taken = _places.acquire(blocking=False)

    def leave(self) -> None:
        if self.is_taken:
            self.is_taken = False
            _places.release()


def _lines(
    read: ReadPage[Start],
    page: tuple[Sequence[Shape], Start | None],
    place: _Place,
    go_on: Callable[[], bool],
    until: float,
    clock: Callable[[], float],
) -> Iterator[str]:
    sent = 0
    try:
        while True:
            items, following = page
            yield from (f"{item.model_dump_json(exclude_none=item.sparse)}\n" for item in items)
            sent += len(items)
            if following is None:
                yield _end(sent, complete=True)
                return
            if sent >= MOST or clock() >= until:
                yield _end(sent, next=following, why="There is more: ask again with this cursor.")
                return
            if not go_on():
                yield _end(sent, next=following, why="This token has ended.")
                return
            page = read(AT_ONCE, following)
    except StoreUnavailable as error:
        log.warning("stream cut off", extra={"why": str(error)})
        yield _end(sent, next=following, why="The database does not answer. Ask again with this cursor.")
    finally:
        place.leave()


def _end(sent: int, *, complete: bool = False, next: object = None, why: str = "") -> str:  # noqa: A002 (the key)
    end: dict[str, Any] = {"complete": complete, "items": sent}
    if not complete:
        end |= {"next": str(next), "why": why}
    return msgspec.json.encode({"end": end}).decode() + "\n"
