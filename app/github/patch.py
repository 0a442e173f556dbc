"""Which lines of a file GitHub lets people comment: those that its patch shows."""

from __future__ import annotations


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


def _start(header: str) -> int | None:
    """`@@ -1,7 +12,8 @@ …` → 12."""
    parts = header[:100].split(" ")
    if len(parts) < 4 or not parts[2].startswith("+"):
        return None
    digits = parts[2][1:].partition(",")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else None
