"""Code that was made unreadable on purpose, told by what only tools for hiding write. Minifiers write none of it.

One search for fixed bytes decides whether an expression is tried at all, so that plain code costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import re2

from app.core.specimen import Fact, FactId
from worker.inspection.facts.extracted import EVIDENCE

_Found = int | None  # where it begins

_HEX_NAME = re2.compile(rb"\b(?:[a-zA-Z]\d{0,2})?_0x[0-9a-f]{3,8}\b|_\$_[0-9a-f]{4}\b")
_HEX_NAMES, _HEX_DIFFERENT = 12, 4  # places, and names among them
_ROTATOR = re2.compile(
    rb"(?:\.push|\[\s*['\"]push['\"]\s*\])\s*\(\s*[\w$]+\s*(?:\.shift|\[\s*['\"]shift['\"]\s*\])\s*\(\s*\)\s*\)"
)
_TURNS = re2.compile(rb"while\s*\(\s*--\s*[\w$]+\s*\)\s*\{\s*[\w$]+\s*$")
_LOOP = 80  # bytes before a rotator in which its loop begins
_ROTATED = 2_000  # bytes before a rotator in which its sum is computed
_PACKER = re2.compile(rb"eval\s*\(\s*function\s*\w*\s*\(\s*\w{1,2}(?:\s*,\s*\w{1,2}){5}\s*\)")
_QUOTES = frozenset(b"'\"`\\")
_ORDER = re2.compile(
    rb"['\"`]\d{1,3}(?:\|\d{1,3}){2,}['\"`]\s*(?:\.\s*split|\[\s*['\"`]split['\"`]\s*\])\s*\(\s*['\"`]\|['\"`]\s*\)"
)
_SWITCH = re2.compile(rb"switch\s*\(\s*[\w$]+\s*\[\s*[\w$]+\s*\+\+\s*\]\s*\)")
_FLOW = 600  # bytes behind an order in which it is followed
_SIX_CHARACTERS = re2.compile(rb"[\[\]()!+;]{200,}")
_FACES = "ﾟωﾟ".encode()
_SYMBOLS = re2.compile(rb"[\w$]+=~\[\];\s*[\w$]+=\{___:\+\+")
_ESCAPE = re2.compile(rb"\\(?:x[0-9a-fA-F]{2}|u00[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{2}\}|1[0-7]{2})")
_LETTER = re2.compile(
    rb"\\(?:(?:x|u00)(?:[46][1-9a-fA-F]|[57][0-9aA])|u\{(?:[46][1-9a-fA-F]|[57][0-9aA])\}"
    rb"|1(?:0[1-7]|[1245][0-7]|3[0-2]|6[0-7]|7[0-2]))"
)
_LETTERS, _LETTERS_SHARE = 60, 0.6  # escaped letters, and their share of all escapes
_ROUND = re2.compile(rb"\bO[O0]{7,}\b|\b_?[Il][Il1]{9,}\b")
_ROUND_NAMES, _ROUND_DIFFERENT = 10, 4
_CHARACTERS = re2.compile(rb"(?:chr\s*\(\s*(?:0x)?[0-9a-fA-F]{1,4}\s*\)\s*\+\s*){15,}")
_NUMBERS = re2.compile(
    rb"\b(?:exec|eval)\s*\(\s*(?:(?:bytes|bytearray)\s*\(\s*[\[(]\s*(?:(?:0x)?[0-9a-fA-F]{1,4}\s*,\s*){24,}"
    rb"|b?['\"]{2}\s*\.\s*join\s*\(\s*(?:map\s*\(\s*chr\b|[\[(]?\s*chr\s*\())"
)
_BYTE_CODE = re2.compile(rb"\bexec\s*\(\s*(?:__import__\s*\(\s*['\"]marshal['\"]\s*\)|marshal)\s*\.\s*loads\s*\(")
_PROTECTED = re2.compile(
    rb"(?m)^\s*(?:from\s+[\w.]*pyarmor_runtime\w*\s+import\s+__pyarmor__|from\s+pytransform\s+import\s+pyarmor_runtime"
    rb"|__pyarmor__\s*\(\s*__name__\s*,\s*__file__\s*,)"
)
_BLANK = re2.compile(rb"[;{}),\]'\"\w][ \t]{160,};?[ \t]*[A-Za-z_$(!\[+~]")
_BLANKS = (b" " * 160, b"\t" * 40)


def find(content: bytes) -> tuple[Fact, ...]:
    """One fact for each way in which the code of a file is hidden, at its first place."""
    return tuple(_facts(content))


def _facts(content: bytes) -> Iterator[Fact]:
    for kind, search in _KINDS.items():
        start = search(content)
        if start is not None:
            begin = content.rfind(b"\n", 0, start) + 1
            begin = begin if start - begin < EVIDENCE // 4 else start
            end = content.find(b"\n", start, start + EVIDENCE * 4)
            text = content[begin : end if end >= 0 else start + EVIDENCE * 4].decode("utf-8", "replace")
            evidence = " ".join(text.split())[:EVIDENCE]
            yield Fact(FactId.OBFUSCATED_CODE, content.count(b"\n", 0, start) + 1, kind, evidence)


def _first(match: Any) -> _Found:
    return None if match is None else int(match.start())


def _crowd(expression: Any, content: bytes, places: int, different: int) -> _Found:
    """The first place of names, when there are so many of them and so many different ones."""
    first, names = None, set()
    for count, match in enumerate(expression.finditer(content), 1):
        first = int(match.start()) if first is None else first
        names.add(match.group())
        if count >= places and len(names) >= different:
            return first
    return None


def _hex_names(content: bytes) -> _Found:
    if content.count(b"_0x") + content.count(b"_$_") < _HEX_NAMES:
        return None
    return _crowd(_HEX_NAME, content, _HEX_NAMES, _HEX_DIFFERENT)


def _rotator(content: bytes) -> _Found:
    """A table of strings that is turned until a sum of its numbers is right, or a given number of times."""
    if b"shift" not in content or (b"parseInt" not in content and b"'push'" not in content):
        return None
    for match in _ROTATOR.finditer(content):
        before = content[max(0, match.start() - _ROTATED) : match.start()]
        sums = before.count(b"parseInt") >= 3 and b"while" in before
        if sums or (b"[" in match.group() and _TURNS.search(before[-_LOOP:])):
            return int(match.start())
    return None


def _packer(content: bytes) -> _Found:
    if b"eval" not in content or b"split(" not in content:
        return None
    for match in _PACKER.finditer(content):
        if not match.start() or content[match.start() - 1] not in _QUOTES:  # quoted, it is somebody's example
            return int(match.start())
    return None


def _flow(content: bytes) -> _Found:
    if b"split" not in content or b"switch" not in content:
        return None
    for match in _ORDER.finditer(content):
        if _SWITCH.search(content[match.end() : match.end() + _FLOW]):
            return int(match.start())
    return None


def _punctuation(content: bytes) -> _Found:
    if b"+[]" in content and (found := _first(_SIX_CHARACTERS.search(content))) is not None:
        return found
    if content.count(_FACES) >= 5:
        return content.find(_FACES)
    return _first(_SYMBOLS.search(content)) if b"=~[];" in content else None


def _escapes(content: bytes) -> _Found:
    """Letters that are written as escapes: no tool needs that, and tables of other characters hold few of them."""
    if content.count(b"\\") < _LETTERS:
        return None
    letters = len(_LETTER.findall(content))
    if letters < _LETTERS or letters < _LETTERS_SHARE * len(_ESCAPE.findall(content)):
        return None
    return _first(_LETTER.search(content))


def _look_alikes(content: bytes) -> _Found:
    if max(content.count(b"O0"), content.count(b"lI")) < _ROUND_NAMES:
        return None
    return _crowd(_ROUND, content, _ROUND_NAMES, _ROUND_DIFFERENT)


def _characters(content: bytes) -> _Found:
    called = b"chr" in content
    if called and content.count(b"chr") >= 16 and (found := _first(_CHARACTERS.search(content))) is not None:
        return found
    runs = (called or b"byte" in content) and (b"exec" in content or b"eval" in content)
    return _first(_NUMBERS.search(content)) if runs else None


def _byte_code(content: bytes) -> _Found:
    return _first(_BYTE_CODE.search(content)) if b"marshal" in content else None


def _protected(content: bytes) -> _Found:
    return _first(_PROTECTED.search(content)) if b"pyarmor" in content else None


def _blank(content: bytes) -> _Found:
    if not any(blank in content for blank in _BLANKS):
        return None
    match = _BLANK.search(content)
    return None if match is None else int(match.end()) - 1


_KINDS: dict[str, Callable[[bytes], _Found]] = {
    "names made of hexadecimal numbers": _hex_names,
    "a table of strings that is shuffled": _rotator,
    "a packer": _packer,
    "steps in an order that is spelled out elsewhere": _flow,
    "code without letters": _punctuation,
    "letters written as escapes": _escapes,
    "names that look alike": _look_alikes,
    "text made of character codes": _characters,
    "stored byte code": _byte_code,
    "a tool that encrypts code": _protected,
    "code behind a long blank": _blank,
}
