"""Fit a text into a limit by leaving out its least important lines first, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTE = "{} lines were left out for length. {}"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a text as whole lines. `keep` is its weight: the lowest is shortened first.

    It is cut at any line, unless `head` says how many of its lines can stand alone: then it is cut to these, and after
    that left out. (A fence that is cut open would swallow what follows.)
    """

    lines: Sequence[str]
    keep: int
    head: int | None = None


def fit(parts: Sequence[Part], limit: int, rest: str) -> str:
    """Join the parts with empty lines; when the text is longer than `limit` characters, shorten the lightest first.

    Of parts of one weight, the last is shortened first. It says how many lines were left out, and `rest` (where the
    whole can be read). A `<details>` that was opened in a cut part is closed.
    """
    kept = [list(part.lines) for part in parts]
    size = sum(map(_length, kept))
    if size > limit:
        order = sorted(range(len(parts)), key=lambda index: (parts[index].keep, -index))
        in_whole = [index for index in order if parts[index].head is not None]
        reserve = len(NOTE) + len(rest) + 20 if in_whole else 0
        steps = [(index, parts[index].head) for index in order] + [(index, 0) for index in in_whole]
        for index, head in steps:
            over = size + reserve - limit
            if over <= 0:
                break
            before = kept[index]
            kept[index] = _cut(before, over, rest) if head is None else before[:head]
            size += _length(kept[index]) - _length(before)
        missing = sum(len(parts[index].lines) - len(kept[index]) for index in in_whole)
        if missing:
            kept.insert(max(in_whole) + 1, [NOTE.format(missing, rest)])
    text = _join(kept)
    return text if len(text) <= limit else text[: limit - len(rest) - 2].rsplit("\n", 1)[0] + "\n" + rest


def _cut(lines: list[str], over: int, rest: str) -> list[str]:
    closing = ["", "</details>"] if any("<details>" in line for line in lines) else []
    body = lines[: len(lines) - len(closing)] if closing else lines
    saved, left = 0, len(body)
    need = over + len(NOTE) + len(rest) + 20
    while left and saved < need:
        left -= 1
        saved += len(body[left]) + 1
    out = len(body) - left
    if left <= 1:
        return [NOTE.format(len(lines), rest)]
    return [*body[:left], "", NOTE.format(out, rest), *closing]


def _length(lines: Sequence[str]) -> int:
    """What a part adds to the text: its lines, their ends, and the empty line after it."""
    return sum(map(len, lines)) + len(lines) + 1 if lines else 0


def _join(parts: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"
