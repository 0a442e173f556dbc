"""Pages by time and id: where one ended, as text; and moments in a query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

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
