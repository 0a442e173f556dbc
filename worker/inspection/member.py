"""One file of an archive, as the reader hands it to the fact extractors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """One regular file. `path` is inside the package, without npm's or the sdist's top directory.

    `size` is the counted size in bytes and `sha256` covers all of it; `content` holds it up to the reader's cap for one
    file (20 MiB), `truncated` says that there was more.
    """

    path: str
    size: int
    sha256: str
    content: bytes
    truncated: bool = False
