"""Pages: of what a caller sees among all there is; by time and id, as text; and moments in a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, StringConstraints

AT_ONCE = 200  # things that are read at a time
READS = 20  # for one answer; a narrowed caller may get a short page with a next one

One = TypeVar("One")
Key = TypeVar("Key")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _sensible(moment: datetime) -> datetime:
    """A moment that can be written in every time zone."""
    if not 2000 <= moment.year < 9999:
        raise ValueError("the year is out of bounds")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
"""A moment with its zone, such as 2026-11-23T00:00:00Z."""

Cursor = Annotated[str, StringConstraints(pattern="^[0-9]{1,17}-[A-Za-z0-9_-]{1,64}$")]
"""Where a page ended: microseconds since 1970, and an id."""

NumberCursor = Annotated[str, StringConstraints(pattern="^[0-9]{1,17}-[0-9]{1,18}$")]
"""The same where ids are numbers."""


def cursor(at: datetime, last: str | int) -> str:
    """The place after this one."""
    return f"{(at - _EPOCH) // _MICROSECOND}-{last}"


def place(text: str) -> tuple[datetime, str]:
    """What `cursor` was made of."""
    time, _, last = text.partition("-")
    return _EPOCH + int(time) * _MICROSECOND, last


def seen(
    read: Callable[[int, Key], Sequence[One]],
    key: Callable[[One], Key],
    sees: Callable[[One], bool],
    limit: int,
    after: Key,
) -> tuple[list[One], Key | None]:
    """At most `limit` of what the caller sees, and where the next page begins (None: there is none).

    `read` gives so many, in order, after the one with this key.
    """
    found: list[One] = []
    for _ in range(READS):
        batch = read(AT_ONCE, after)
        for one in batch:
            if len(found) == limit:
                return found, after
            after = key(one)
            if sees(one):
                found.append(one)
        if len(batch) < AT_ONCE:
            return found, None
    return found, after
