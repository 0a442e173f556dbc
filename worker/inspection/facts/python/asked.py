"""Attributes that are asked for by a text (`getattr(x, name)`): where the text may be one that leads to all names.

`f.__globals__`, `f.__builtins__` and `print.__self__` hold everything, and need neither an import nor a name of
consequence. So the text is looked at: a literal says what it asks for, or how it begins or ends; of anything else,
whether the file holds pieces of such a name, or what makes texts of something that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from worker.inspection.facts.python import roots
from worker.inspection.facts.python.lexer import FORMATS, HASH, STRING, Tokens, prefix

_ASKS = re.compile(rb"\b(?:getattr(?:_static)?|attrgetter|methodcaller|__getattribute__|__getattr__)\b")
_SECOND = (b"getattr", b"getattr_static")  # the text is their second argument
_LONGEST = 1_000  # characters of arguments that are looked at
_OPENED = re.compile(rb"\s*+\(")
_OPENS, _CLOSES = b"([{", b")]}"
_LITERAL = re.compile(rb"\s*+[rRuUbB]{0,2}\x01\s*+")
_BEGINS = re.compile(rb"\s*+[A-Za-z]{0,2}\x01")
_ENDS = re.compile(rb"[\w\s.]++\+\s*+[rRuUbB]{0,2}\x01\s*+")  # a name and a literal
_HIDDEN = tuple(sorted(word.encode() for word in roots.ATTRIBUTES if "_" in word))
_MAKERS = re2.compile(
    rb"\b(?:chr|unichr|bytes|bytearray)\s*\(\s*[\[(\w]|\b(?:translate|maketrans|swapcase|to_bytes|unescape"
    rb"|literal_eval|ascii_letters|ascii_lowercase|printable)\b|\[[^\]\n]*:[^\]\n]*:\s*(?:-\s*)?(?:[02-9]|1\d|[A-Za-z_(])"
)
"""What makes a text out of anything else than pieces of it."""
_MAKING = re2.compile(
    rb"(?i)^[rbuf]*['\"](?:rot.?13|base.?64(?:_codec)?|hex(?:_codec)?|uu|quopri|zip|zlib|bz2|punycode|idna"
    rb"|utf.?(?:7|16|32).*|\w*escape)['\"]$|%c|:c\}|\\\\u00|\\\\x"
)
"""The same in a literal: an encoding, or letters as numbers."""
_WORDS = (*_HIDDEN, *(word[::-1] for word in _HIDDEN))  # a text may be turned around
_LETTERS = 4  # different letters of such a name that stand in literals of their own
_SHORT = 40  # characters of a literal that may be such a name with others in between
_SPREAD = re2.compile("|".join(".{0,4}".join(map(re.escape, word.decode())) for word in _WORDS).encode())


def may_ask_for_all(found: Tokens, source: bytes) -> bool:
    """Whether an attribute that leads to all names may be asked for by a text somewhere."""
    return any(True for _ in _asked(found, source))


def _asked(found: Tokens, source: bytes) -> Iterator[int]:
    """The places at which that may be so."""
    code = _in_place(found)
    unknown: list[int] = []
    for match in _ASKS.finditer(code):
        if code[max(0, match.start() - 4) : match.start()] == b"def ":
            continue
        start, end = _key(code, match.end(), second=match.group() in _SECOND)
        key = source[start:end].strip()
        if start == end:  # the function itself is handed over
            yield match.start()
        elif _LITERAL.fullmatch(code, start, end) is not None:
            if b"\\" in key or any(word in key for word in _HIDDEN):
                yield match.start()
        elif not _begins_otherwise(code, start, key) and not _ends_otherwise(code, start, end, key):
            unknown.append(match.start())
    if unknown and _may_make(found, code):
        yield from unknown


def _in_place(found: Tokens) -> bytes:
    """The code where it stands in the source: strings and comments are blanks, but f-strings in which one is asked."""
    kept = found.parts.copy()
    for at in range(1, len(kept), 2):
        token, size = kept[at], len(kept[at])
        if token[0] == HASH:
            kept[at] = b" " * size
        elif _ASKS.search(token) is None or prefix(kept[at - 1]) not in FORMATS:
            kept[at] = STRING + b" " * (size - 1)
    return b"".join(kept)


def _begins_otherwise(code: bytes, start: int, key: bytes) -> bool:
    """Whether a text begins with a literal, and not as a hidden name does: `"get_" + name`, `f"get_{name}"`."""
    if _BEGINS.match(code, start) is None:
        return False
    head = re.split(rb"[\\{%'\"]", key.lstrip(b"rRuUbBfF").lstrip(b"'\"") + b"'", maxsplit=1)[0]
    rest = key.lstrip(b"rRuUbBfF").lstrip(b"'\"")[len(head) :]
    plain = rest[:1] == b"{" or re.match(rb"['\"]\s*\+[^\n]*$", rest) is not None
    return bool(head) and plain and not any(word.startswith(head) or head.startswith(word) for word in _HIDDEN)


def _ends_otherwise(code: bytes, start: int, end: int, key: bytes) -> bool:
    """Whether a text is a name and a literal, which does not end as a hidden name does: `name + "_id"`."""
    if _ENDS.fullmatch(code, start, end) is None or b"\\" in key:
        return False
    tail = key.partition(b"+")[2].strip().lstrip(b"rRuUbB").strip(b"'\"")
    return bool(tail) and not any(word.endswith(tail) or tail.endswith(word) for word in _HIDDEN)


def _key(code: bytes, start: int, *, second: bool) -> tuple[int, int]:
    """Where the argument of a call stands that is a text; nowhere if it cannot be told."""
    opened = _OPENED.match(code, start)
    if opened is None:
        return start, start
    begin, depth, wanted = opened.end(), 0, int(second)
    for at in range(opened.end(), min(len(code), opened.end() + _LONGEST)):
        sign = code[at]
        if sign in _OPENS:
            depth += 1
        elif depth and sign in _CLOSES:
            depth -= 1
        elif not depth and (sign in b",)"):
            if not wanted:
                return begin, at
            if sign == ord(")"):
                break
            begin, wanted = at + 1, wanted - 1
    return start, start


def _may_make(found: Tokens, code: bytes) -> bool:
    """Whether a hidden name could be put together out of what stands in the file."""
    strings = [token for token in found.parts[1::2] if token[0] != HASH]
    if _MAKERS.search(code) is not None or any(word in token for token in strings for word in _WORDS):
        return True
    short = {token for token in strings if len(token) <= _SHORT}
    if any(_MAKING.search(token) for token in short):
        return True
    texts = {token.strip(b"\"'") for token in short}
    if _SPREAD.search(b"\n".join(texts)) is not None:
        return True
    return any(_can_spell({text for text in texts if text and text in word}) for word in _WORDS)


def _can_spell(pieces: set[bytes]) -> bool:
    """Whether pieces of a word may make up all of it: its underscores, and enough of its letters."""
    letters = [piece.replace(b"_", b"") for piece in pieces]
    return any(b"_" in piece for piece in pieces) and (
        any(len(part) > 1 for part in letters) or sum(len(part) == 1 for part in letters) >= _LETTERS
    )
