"""One credential that was found: what it is, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential. `start` and `end` are its place in the content; `value` is what makes it itself."""

    credential: str
    prefix: str
    start: int
    end: int
    value: bytes
