"""Characters that make code read otherwise than it runs: bidirectional, invisible, look-alike.

Found by their UTF-8 bytes; what stands around them decides. A byte order mark, emoji, Persian and Indic words, tables
of such characters, and the right-to-left marks of translations are honest uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from app.core.specimen import Fact, FactId
from worker.inspection.facts.extracted import EVIDENCE

_MOST = 16  # facts of one file
_LOOKED_AT = 4_000  # characters of one file
_AROUND = 160  # bytes on each side that are read


def _compiled(pattern: bytes) -> Any:
    """A pattern over bytes: RE2 takes patterns for UTF-8 unless it is told otherwise."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern, options=options)


# In this order: bidirectional controls, characters without width, fillers, variation selectors, tags.
_SUSPECTS = _compiled(
    rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
    rb"|\xe2\x80[\x8b-\x8d]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf"
    rb"|\xe3\x85\xa4|\xef\xbe\xa0|\xe1\x85[\x9f\xa0]"
    rb"|(?:\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87][\x80-\xbf])+"
    rb"|(?:\xf3\xa0[\x80\x81][\x80-\xbf])+"
)
# Letters of other alphabets that nobody can tell from Latin ones, beside a Latin letter.
_CONFUSABLE = (
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e"
    "\u0420\u0421\u0422\u0425\u0406\u0408\u0405\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
_NAMES = re2.compile(
    r"[A-Za-z0-9_$]*(?:[A-Za-z][0-9_$]*[" + _CONFUSABLE + r"]|[" + _CONFUSABLE + r"][0-9_$]*[A-Za-z])"
    r"[A-Za-z0-9_$" + _CONFUSABLE + r"]*"
)
_OTHER_ALPHABETS = _compiled(rb"[\xcd-\xd4][\x80-\xbf]")
_RIGHT_TO_LEFT = re2.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TRANSLATIONS = ("locale", "i18n", "lang", "translation", "cldr", "unicode", "l10n", "messages", "emoji")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_OVERRIDES = frozenset("\u202d\u202e")
_FILLERS = frozenset("\u3164\uffa0\u115f\u1160")
_RUN = 8  # invisible characters in a row that carry data
_SELECTORS = 4  # variation selectors in a row that carry data
_TAGS = 4
_ALPHABETS = 4  # blocks of Unicode around a character that make a table
_ROW = 5  # characters in the order of their numbers that make a table
_FLAG = "\U0001f3f4"  # the flags of England, Scotland and Wales are spelt with tags


def find(path: str, content: bytes, *, is_code: bool) -> list[Fact]:
    """Hidden text in a file that holds more than ASCII. Outside of code only data in tags and selectors counts."""
    facts: dict[tuple[int, str], Fact] = {}
    line, counted = 1, 0
    for at, detail in _found(path, content, is_code=is_code):
        line += content.count(b"\n", counted, at)
        counted = at
        if (line, detail) not in facts:
            facts[line, detail] = Fact(FactId.HIDDEN_TEXT, line, detail, _evidence(content, at))
        if len(facts) >= _MOST:
            break
    return list(facts.values())


def _found(path: str, content: bytes, *, is_code: bool) -> Iterator[tuple[int, str]]:
    """Byte offset and detail of each, in order."""
    translated = any(word in path.lower() for word in _TRANSLATIONS)
    for count, match in enumerate(_SUSPECTS.finditer(content)):
        start, end = match.span()
        if start == 0 and content.startswith(b"\xef\xbb\xbf"):
            continue
        if count >= _LOOKED_AT:
            break
        text = match.group().decode("utf-8", "replace")
        before = content[max(0, start - _AROUND) : start].decode("utf-8", "ignore")
        after = content[end : end + _AROUND].decode("utf-8", "ignore")
        detail = _judged(text, before, after, translated=translated, is_code=is_code)
        if detail is not None:
            yield start, detail
    if is_code and _OTHER_ALPHABETS.search(content):
        yield from _look_alikes(content)


def _judged(text: str, before: str, after: str, *, translated: bool, is_code: bool) -> str | None:
    first = text[0]
    if "\U000e0000" <= first <= "\U000e007f":
        return f"tag {_code(first)}" if len(text) >= _TAGS and not before.endswith(_FLAG) else None
    if "\ufe00" <= first <= "\ufe0f" or "\U000e0100" <= first <= "\U000e01ef":
        return f"variation-selector {_code(first)}" if len(text) >= _SELECTORS else None
    if not is_code or _is_listed(before, after):
        return None
    if "\u202a" <= first <= "\u202e" or "\u2066" <= first <= "\u2069":
        around = before.rpartition("\n")[2] + after.partition("\n")[0]
        foreign = translated or _RIGHT_TO_LEFT.search(around) is not None
        return None if foreign and first not in _OVERRIDES else f"bidirectional {_code(first)}"
    if first in _FILLERS:
        around = before[-40:] + after[:40]
        return f"filler {_code(first)}" if sum(not one.isascii() for one in around) <= 2 else None
    inside = before[-1:] in _WORD and after[:1] in _WORD and bool(before) and bool(after)
    return f"zero-width {_code(first)}" if inside or _is_run(after) else None


def _is_run(after: str) -> bool:
    """Whether the character begins a row of invisible ones."""
    return len(after) >= _RUN and all(_is_invisible(one) for one in after[:_RUN])


def _is_invisible(character: str) -> bool:
    return "\u200b" <= character <= "\u200d" or "\u2060" <= character <= "\u2064" or character == "\ufeff"


def _is_listed(before: str, after: str) -> bool:
    """Whether the character is a constant by itself, or one entry of a table of characters."""
    head, tail = before[-1:], after[:1]
    if head == tail and head in {"'", '"', "`"}:
        return True
    nearby = before[-20:] + after[:20]
    if len({ord(one) >> 8 for one in nearby if not one.isascii()}) >= _ALPHABETS:
        return True
    row = before.replace("-", "")[-_ROW:]
    if len(row) == _ROW and not any(one.isascii() for one in row) and list(row) == sorted(set(row)):
        return True  # in the order of their numbers
    inside = _class_around(before, after)
    return inside is not None and (
        "-" in {head, tail} or inside.count("\\u") + inside.count("\\x") >= 2 or all(map(_is_entry, inside))
    )


def _class_around(before: str, after: str) -> str | None:
    """The class of a regular expression that a character stands in: brackets with neither blanks nor quotes."""
    start, end = before.rfind("["), after.find("]")
    if start < 0 or end < 0:
        return None
    inside = before[start + 1 :] + after[:end]
    return None if "]" in before[start:] or any(one.isspace() or one in "'\"`" for one in inside) else inside


def _is_entry(character: str) -> bool:
    return character == "-" or _is_hidden(character)


def _look_alikes(content: bytes) -> Iterator[tuple[int, str]]:
    """Names in which one letter is of another alphabet: not words of comments and texts."""
    text = content.decode("utf-8", "replace")
    for count, match in enumerate(_NAMES.finditer(text)):
        if count >= _LOOKED_AT:
            return
        start, end = match.span()
        line_start = max(text.rfind("\n", 0, start) + 1, start - 1_000)
        if _is_name(text[line_start:start], text[end : end + 8]):
            letter = next(one for one in match.group() if not one.isascii())
            yield len(text[:start].encode("utf-8", "replace")), f"homoglyph {_code(letter)}"


def _is_name(before: str, after: str) -> bool:
    """Whether a word is a name of the code, as far as its line tells."""
    stripped = before.lstrip()
    if stripped.startswith(("#", "//", "*", "/*", "--", "<!--")) or "//" in before.replace("://", "") or " #" in before:
        return False
    if any(before.count(quote) % 2 for quote in "'\"`"):
        return False
    follows = after.lstrip(" ")[:1]
    return follows in {"=", "(", ".", "["} or before.endswith((".", "def ", "function ", "class ", "const ", "let "))


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _evidence(content: bytes, at: int) -> str:
    """The line around a place, with what is hidden made visible."""
    head = content[max(0, at - 80) : at].rpartition(b"\n")[2]
    tail = content[at : at + _AROUND].partition(b"\n")[0]
    text = (head + tail).decode("utf-8", "ignore").strip()
    shown = "".join(f"<{_code(one)}>" if _is_hidden(one) else one for one in text)
    return shown[:EVIDENCE]


def _is_hidden(character: str) -> bool:
    return not character.isascii() and bool(_SUSPECTS.match(character.encode("utf-8", "replace")))
