"""The bytes of a Python file → its code without comments and strings, and the strings: what is told without a parser.

A file is cut as Python's own tokenizer cuts it. Where that is open to doubt (a quote without an end, an f-string whose
nested quotes or braces end it in different places for different versions of Python, a name that is not ASCII, strings
without number) nothing is told at all, and a parser has to read the file. Linear in the size of the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STRING = b"\x01"  # stands in the code where a string was
_MARKS = (b'"', b"'", b"#")
_MOST = 500_000  # marks: each token is an object
_TOKEN = re.compile(
    rb'(#[^\n]*+|"""[^"\\]*+(?:(?:\\(?s:.)|"(?!""))[^"\\]*+)*+"""|'
    rb"'''[^'\\]*+(?:(?:\\(?s:.)|'(?!''))[^'\\]*+)*+'''|"
    rb'"(?!"")[^"\\\n]*+(?:\\(?s:.)[^"\\\n]*+)*+"|'
    rb"'(?!'')[^'\\\n]*+(?:\\(?s:.)[^'\\\n]*+)*+'|"
    rb"\"|')"
)
HASH = ord("#")
_PREFIX = re.compile(rb"[A-Za-z]*$")
_FORMATTED = re.compile(rb"(?i)(?<![a-z_])(?:f|fr|rf|t|tr|rt)\x01")  # f-strings and template strings
FORMATS = frozenset({b"f", b"fr", b"rf", b"t", b"tr", b"rt"})
_FIELD = rb"\{[^{}\\#]*+(?:\{[^{}\\#]*+\}[^{}\\#]*+)*+\}"
_FLAT = re.compile(rb"(?:[^{}]++|\{\{|\}\}|" + _FIELD + rb")*+")
_FIELDS = re.compile(rb"\{\{|\}\}|" + _FIELD)


@dataclass(frozen=True, slots=True)
class Tokens:
    """`code` is the source with `STRING` for each string, without comments, and with continued lines as one.

    `inside` is the code inside of f-strings, with more text than that where it is hard to tell. `parts` are the pieces
    of the source: code and (at the odd places) strings and comments in turn.
    """

    code: bytes
    inside: bytes
    parts: list[bytes]


def tokens(source: bytes) -> Tokens | None:
    """The tokens of a source; None where they cannot be told beyond doubt."""
    if STRING in source or sum(map(source.count, _MARKS)) > _MOST:
        return None
    parts = _TOKEN.split(source)
    if b'"' in parts or b"'" in parts:
        return None
    pieces = parts.copy()
    pieces[1::2] = [b"" if token[0] == HASH else STRING for token in parts[1::2]]
    code = b"".join(pieces)
    if not code.isascii():
        return None
    inside = _inside(parts) if _FORMATTED.search(code) is not None else b""
    if inside is None or not inside.isascii():
        return None
    return Tokens(code.replace(b"\\\n", b" "), inside, parts)


def prefix(piece: bytes) -> bytes:
    """The letters at the end of the code before a string."""
    match = _PREFIX.search(piece)
    return match.group().lower() if match is not None else b""


def _inside(parts: list[bytes]) -> bytes | None:
    """The code inside of all f-strings; all of a string's text, where a field holds a string of its own."""
    found: list[bytes] = []
    for at in range(1, len(parts), 2):
        token = parts[at]
        if b"{" not in token or token[0] == HASH or prefix(parts[at - 1]) not in FORMATS:
            continue
        quotes = 3 if token[:3] in {b'"""', b"'''"} else 1
        text = token[quotes:-quotes]
        if _FLAT.fullmatch(text) is None:
            return None
        fields = _FIELDS.findall(text)
        found += [text] if any(b'"' in field or b"'" in field for field in fields) else fields
    return b"\n".join(found)
