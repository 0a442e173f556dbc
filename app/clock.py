"""The one place where the time comes from; everything else is given a clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The system's time (`app.core.ports.Clock`)."""
    return datetime.now(UTC)  # noqa: TID251  (this is the clock)
