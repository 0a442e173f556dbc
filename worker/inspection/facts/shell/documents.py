"""Here-documents, taken out of a script before it is parsed: the grammar loses its way around them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import re2

_STARTS = re2.compile(rb"""<<(-?)[ \t]*(['"\\]?)([A-Za-z_][A-Za-z0-9_.-]*)['"]?""")
_MOST = 1_000  # documents of one script
_WORD = 128  # bytes of a line that may end a document
_MARK = "__document_{}__"


@dataclass(frozen=True, slots=True)
class Document:
    """The body of one here-document. `quoted`: the shell expands nothing in it."""

    body: str
    quoted: bool


def take_out(source: bytes) -> tuple[bytes, dict[str, Document]]:
    """The source with `<<< mark` for each here-document and blank lines for its body, and the documents by mark."""
    if b"<<" not in source:
        return source, {}
    lines = source.split(b"\n")
    ends = _by_content(lines)
    found: dict[str, Document] = {}
    at = 0
    while at < len(lines) and len(found) < _MOST:
        line, end = lines[at], at + 1
        for match in list(_STARTS.finditer(line[:8_192]))[:4]:
            start, stop = match.span()
            if line[start - 1 : start] == b"<" or line[:start].lstrip().startswith(b"#"):
                continue
            close = _closing(ends, end, match.group(3))
            if close is None:
                continue
            mark = _MARK.format(len(found))
            found[mark] = Document(b"\n".join(lines[end:close]).decode("utf-8", "replace"), bool(match.group(2)))
            lines[at] = lines[at].replace(line[start:stop], b"<<< " + mark.encode(), 1)
            lines[end : close + 1] = [b""] * (close + 1 - end)
            end = close + 1
        at = end
    return b"\n".join(lines), found


def _by_content(lines: list[bytes]) -> dict[bytes, list[int]]:
    """Short lines → where they stand."""
    found: dict[bytes, list[int]] = {}
    for at, line in enumerate(lines):
        if len(line) <= _WORD:
            found.setdefault(line.strip(b"\t\r"), []).append(at)
    return found


def _closing(ends: dict[bytes, list[int]], start: int, word: bytes) -> int | None:
    """The line that ends a document: the first one after its start that holds nothing but its word."""
    places = ends.get(word, [])
    at = bisect_left(places, start)
    return places[at] if at < len(places) else None
