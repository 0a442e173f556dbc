"""Counts what goes into and comes out of a reader, and stops it at the limits."""

from __future__ import annotations

from typing import NoReturn

from app.core.errors import CannotExamine, Reason
from worker.inspection.limits import MIB, Limits


class ReadersDiffer(CannotExamine):
    """Two honest readers get different files out of these bytes: refused, and a finding as well."""


class Meter:
    """The counters of one archive. Every method raises `CannotExamine` when its limit is passed."""

    def __init__(self, filename: str, limits: Limits) -> None:
        self.filename = filename
        self.limits = limits
        self.packed = 0
        self.unpacked = 0
        self.members = 0
        self.headers = 0

    def took(self, count: int) -> None:
        """Count packed bytes that went in."""
        self.packed += count

    def gave(self, count: int) -> None:
        """Count unpacked bytes that came out."""
        self.unpacked += count
        if self.unpacked > self.limits.ratio_from and self.unpacked > self.limits.ratio * self.packed:
            raise CannotExamine(
                Reason.BOMB,
                f"{self.filename} unpacks to more than {self.limits.ratio} times its size, as only bombs do.",
            )
        if self.unpacked > self.limits.unpacked:
            bomb = self.unpacked > self.limits.bomb_ratio * self.packed
            raise CannotExamine(
                Reason.BOMB if bomb else Reason.TOO_LARGE,
                f"{self.filename} unpacks to more than {self.limits.unpacked // MIB} MiB.",
            )

    def member(self) -> None:
        """Count one entry, whatever its kind."""
        self.members += 1
        if self.members > self.limits.members:
            raise CannotExamine(Reason.TOO_LARGE, f"{self.filename} holds more than {self.limits.members:,} entries.")

    def header(self, size: int) -> None:
        """Count one header of `size` bytes that stands in front of an entry."""
        if size > self.limits.header:
            self.malformed(f"has a header of {size:,} bytes, past the {self.limits.header:,} that are read")
        self.headers += size
        if self.headers > self.limits.headers:
            self.malformed(f"has more than {self.limits.headers:,} bytes of headers")

    def directory(self, entries: int, size: int) -> None:
        """Look at a directory of all entries before any of them is read."""
        self.members = entries - 1
        self.member()
        self.members = 0
        if size > self.limits.headers:
            self.malformed(f"has a directory of {size:,} bytes, past the {self.limits.headers:,} that are read")

    def malformed(self, what: str) -> NoReturn:
        """Refuse the archive: "<filename> <what>."."""
        raise CannotExamine(Reason.MALFORMED, f"{self.filename} {what}.")

    def disputed(self, what: str) -> NoReturn:
        """Refuse the archive because readers are known to differ about it: "<filename> <what>."."""
        raise ReadersDiffer(Reason.MALFORMED, f"{self.filename} {what}.")
