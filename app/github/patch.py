"""Which lines of a file its patch shows: those that GitHub lets people comment, and those that are added."""

from __future__ import annotations

from collections.abc import Iterator


def commentable_lines(patch: str) -> frozenset[int]:
    """Lines of the new file that stand in the hunks of a unified diff, changed ones and context alike.

    A hunk that is not one ends the reading: better no comment than one on a wrong line.
    """
    lines: set[int] = set()
    number = 0
    for line in patch.split("\n"):
        if line.startswith("@@"):
            start = _start(line)
            if start is None:
                break
            number = start
        elif line.startswith(("+", " ")):
            lines.add(number)
            number += 1
    return frozenset(lines)


def added_lines(patch: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line that the patch adds. Where a hunk is none, its lines still count, from line 0."""
    number = 0
    for line in patch.split("\n"):
        if line.startswith("@@"):
            number = _start(line) or 0
        elif line.startswith(("+", " ")):
            if line.startswith("+"):
                yield number, line[1:]
            number += 1


def _start(header: str) -> int | None:
    """`@@ -1,7 +12,8 @@ …` → 12."""
    parts = header[:100].split(" ")
    if len(parts) < 4 or not parts[2].startswith("+"):
        return None
    digits = parts[2][1:].partition(",")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else None
