"""One entry of an archive as the tar and zip readers hand it on, before anybody judged its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class EntryKind(Enum):
    """What an entry is."""

    FILE = auto()
    DIRECTORY = auto()
    SYMBOLIC_LINK = auto()
    HARD_LINK = auto()
    DEVICE = auto()  # character or block device, FIFO, socket
    UNKNOWN = auto()  # a type that some readers take for a file and others leave out


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` and `target` (of a link) are as the archive says; bytes that are not UTF-8 are surrogate escapes.

    `chunks` gives the content once, in order, and must be taken before the next entry is asked for.
    `remarks` are `(oddity id, detail)` that only the reader could see.
    """

    name: str
    kind: EntryKind
    chunks: Iterable[bytes] = ()
    target: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
