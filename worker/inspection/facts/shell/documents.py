"""Here-documents, taken out of a script before it is parsed: the grammar loses its way around them."""

from __future__ import annotations

from dataclasses import dataclass

import re2

_STARTS = re2.compile(rb"""<<(-?)[ \t]*(['"\\]?)([A-Za-z_][A-Za-z0-9_.-]{0,63})['"]?""")
_MOST = 1_000  # documents of one script
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
    found: dict[str, Document] = {}
    at = 0
    while at < len(lines) and len(found) < _MOST:
        line, end = lines[at], at + 1
        for match in list(_STARTS.finditer(line[:8_192]))[:4]:
            start, stop = match.span()
            if line[start - 1 : start] == b"<" or line[:start].lstrip().startswith(b"#"):
                continue
            close = _closing(lines, end, match.group(3), dashed=bool(match.group(1)))
            if close is None:
                continue
            mark = _MARK.format(len(found))
            found[mark] = Document(b"\n".join(lines[end:close]).decode("utf-8", "replace"), bool(match.group(2)))
            lines[at] = lines[at].replace(line[start:stop], b"<<< " + mark.encode(), 1)
            lines[end : close + 1] = [b""] * (close + 1 - end)
            end = close + 1
        at = end
    return b"\n".join(lines), found


def _closing(lines: list[bytes], start: int, word: bytes, *, dashed: bool) -> int | None:
    """The line that ends a document; a search of at most 20,000 lines."""
    for at in range(start, min(len(lines), start + 20_000)):
        if (lines[at].lstrip(b"\t") if dashed else lines[at]).rstrip(b"\r") == word:
            return at
    return None
