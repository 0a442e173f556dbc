"""Data in code: long encoded constants, hidden text, and code that no person wrote in this form."""

from __future__ import annotations

import re2

from app.core.specimen import FactId
from worker.inspection.facts.encoded import describe
from worker.inspection.facts.javascript.index import Index
from worker.inspection.facts.javascript.ledger import Ledger, Place

LONG = 512  # characters from which an encoded constant counts
CODES = 512  # numbers from which a list of character codes counts
RENAMED = 12  # different names like `_0x3fa2` from which they are a system
DENSE = 250  # bytes a line, on average, from which code is minified
SMALL = 1024  # bytes below which nobody minifies

_CODES = re2.compile(rb"\[\s*(?:(?:0x[0-9a-fA-F]{1,2}|\d{1,3})\s*,\s*)+(?:0x[0-9a-fA-F]{1,2}|\d{1,3})?\s*,?\s*\]")
# ASCII written as escapes, which no tool does for readable text.
_ESCAPED = re2.compile(rb"(?:\\x[2-7][0-9a-fA-F]|\\u00[2-7][0-9a-fA-F]){16,}")
_RENAMED = re2.compile(rb"\b_0x[0-9a-f]{4,6}\b")
_BRACKETS = re2.compile(rb"[\[\]()!+]{512,}")
_PACKED = b"eval(function(p,a,c,k,e,"


def note_data(index: Index, ledger: Ledger) -> None:
    """Note encoded constants of the file, and whether it is minified."""
    source = index.source
    for node, _scope in index.strings:
        raw = source[node.start_byte + 1 : node.end_byte - 1]
        detail = describe(raw.decode("latin-1"), LONG)
        if detail is not None:
            ledger.add(FactId.ENCODED_DATA, Place(node.start_point[0] + 1, node.start_byte), detail)
    for node in index.arrays:
        raw = source[node.start_byte : node.end_byte]
        count = raw.rstrip(b"] \t\r\n,").count(b",") + 1
        if count >= CODES and _CODES.fullmatch(raw):
            place = Place(node.start_point[0] + 1, node.start_byte)
            ledger.add(FactId.ENCODED_DATA, place, f"character codes, {count:,} numbers")
    _note_hiding(source, ledger)
    if is_minified(source):
        ledger.add(FactId.MINIFIED, Place(1, 0), "minified")


def is_minified(source: bytes) -> bool:
    """Whether the lines are so long, on average, that no person wrote them."""
    return len(source) >= SMALL and len(source) / (source.count(b"\n") + 1) >= DENSE


def _note_hiding(source: bytes, ledger: Ledger) -> None:
    """Escaped letters, renamed identifiers, packers, and code made of brackets."""
    if (found := _ESCAPED.search(source)) is not None:
        _note(source, ledger, found.start(), f"escaped letters, {len(found.group()):,} characters")
    if b"_0x" in source:
        names: set[bytes] = set()
        first = 0
        for match in _RENAMED.finditer(source):
            first = first or match.start()
            names.add(match.group())
            if len(names) >= RENAMED:
                _note(source, ledger, first, "hexadecimal names")
                break
    if (at := source.find(_PACKED)) >= 0:
        _note(source, ledger, at, "packed code")
    if (found := _BRACKETS.search(source)) is not None:
        _note(source, ledger, found.start(), f"code of brackets, {len(found.group()):,} characters")


def _note(source: bytes, ledger: Ledger, offset: int, detail: str) -> None:
    ledger.add(FactId.ENCODED_DATA, Place(source.count(b"\n", 0, offset) + 1, offset), detail)
