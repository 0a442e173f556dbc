"""Fit a text into a limit by leaving out its least important lines first, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a text as whole lines. `keep` is its weight: the lowest is shortened first."""

    lines: Sequence[str]
    keep: int


def fit(parts: Sequence[Part], limit: int, rest: str) -> str:
    """Join the parts with empty lines; when the text is longer than `limit` characters, shorten the lightest first.

    A part is cut at a line, from its end, and followed by how many lines were left out and by `rest` (where the whole
    can be read). A `<details>` that was opened in a cut part is closed.
    """
    kept = [list(part.lines) for part in parts]
    order = sorted(range(len(parts)), key=lambda index: parts[index].keep)
    for index in order:
        over = len(_join(kept)) - limit
        if over <= 0:
            break
        kept[index] = _cut(kept[index], over, rest)
    text = _join(kept)
    return text if len(text) <= limit else text[: limit - len(rest) - 2].rsplit("\n", 1)[0] + "\n" + rest


def _cut(lines: list[str], over: int, rest: str) -> list[str]:
    closing = ["", "</details>"] if any("<details>" in line for line in lines) else []
    note = "{} lines were left out for length. " + rest
    body = lines[: len(lines) - len(closing)] if closing else lines
    saved, left = 0, len(body)
    need = over + len(note) + 20
    while left and saved < need:
        left -= 1
        saved += len(body[left]) + 1
    out = len(body) - left
    if left <= 1:
        return [note.format(len(lines))]
    return [*body[:left], "", note.format(out), *closing]


def _join(parts: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"
