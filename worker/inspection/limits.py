"""How much an archive, and the process that reads it, may cost.

The figures come from measuring real packages: the largest npm tarball seen holds 8,711 files and 183 MiB at 14.5 to 1,
the largest wheel 21,488 files; no name was longer than 122 characters.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
MOST_OWN = 100  # tokens of our own of one archive that are handed to the parent


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. Everything is counted while reading; declared sizes are never believed."""

    # the archive
    unpacked: int = 512 * MIB
    ratio: int = 200  # unpacked to packed, looked at once `ratio_from` bytes are out
    ratio_from: int = 16 * MIB
    bomb_ratio: int = 50  # an archive past `unpacked` is called a bomb from here on, below it is called too large
    members: int = 50_000
    content: int = 20 * MIB  # of one file that is kept for the scanners; all of it is counted and hashed
    header: int = MIB  # one PAX or GNU header
    headers: int = 16 * MIB  # all of them, or a zip's whole directory
    path: int = 1024
    parts: int = 64
    part: int = 255

    # the sealed child
    wall_seconds: float = 60.0
    cpu_seconds: int = 45
    memory: int = 768 * MIB  # address space
    open_files: int = 64
    # The facts of the largest wheel (21,488 files) take 12 MB as JSON; so do the 50,000 files without any fact
    # that `members` allows. 5 MiB would refuse packages that people use.
    answer: int = 16 * MIB
