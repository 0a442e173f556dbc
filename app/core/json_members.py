"""Members of a JSON object with their positions: values from the standard decoder, places from a walk over the keys.

The standard decoder says nothing about lines, and a tokeniser in Python is forty times slower than it. So only the keys
of the objects that matter are walked by hand; every value goes to the decoder, which says where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

_SPACES = re.compile(r"[ \t\n\r]*")  # linear, and three times as fast here as re2
_DIGITS = 400  # of one number; nothing in a lockfile comes near, and Python's own limit is an error of another kind

OnMember = Callable[[str, int, int], int]
"""`(key, position of the key, position of the value)` → the position after the value."""
OnNestedMember = Callable[[str, int, int], int | None]
"""The same; None when the value is an object that is to be walked as well."""


class NotJson(Exception):
    """The text breaks JSON's grammar at `position` (an index into the text). `cause` says how."""

    def __init__(self, position: int, cause: str) -> None:
        super().__init__(cause)
        self.position = position
        self.cause = cause


def after_space(text: str, position: int) -> int:
    """The position of the next character that is no white space."""
    found = _SPACES.match(text, position)
    return found.end() if found else len(text)


def walk_object(text: str, position: int, on_member: OnMember) -> int:
    """Call `on_member` for each member of the object at `position`; return the position after it. `NotJson`."""
    return walk_objects(text, position, on_member, _nothing)


def walk_objects(text: str, position: int, on_member: OnNestedMember, on_end: Callable[[], None]) -> int:
    """The same for objects within objects, without recursion: those for which `on_member` gives None are walked, too.

    `on_end` is called at the end of each, so of the innermost first. Return the position after the outermost.
    """
    position = _opened(text, position)
    depth, may_end = 1, True
    while True:
        if not may_end or text[position : position + 1] != "}":
            key, value_at = _member(text, position)
            end = on_member(key, position, value_at)
            if end is None:
                position = _opened(text, value_at)
                depth, may_end = depth + 1, True
                continue
            position = _mark(text, end)
        while text[position : position + 1] == "}":
            depth -= 1
            on_end()
            if not depth:
                return position + 1
            position = _mark(text, position + 1)
        if text[position : position + 1] != ",":
            raise NotJson(position, "a comma or the end of the object was expected")
        position = after_space(text, position + 1)
        may_end = False


def _opened(text: str, position: int) -> int:
    if text[position : position + 1] != "{":
        raise NotJson(position, "an object was expected")
    return after_space(text, position + 1)


def _member(text: str, position: int) -> tuple[str, int]:
    """The key at `position`, and where its value begins."""
    if text[position : position + 1] != '"':
        raise NotJson(position, "a key in double quotes was expected")
    key, position = _key(text, position)
    if text[position : position + 1] != ":":
        position = after_space(text, position)
    if text[position : position + 1] != ":":
        raise NotJson(position, "a colon was expected after the key")
    return key, after_space(text, position + 1)


def _mark(text: str, position: int) -> int:
    """The position of the next character that is no white space; mostly it stands right here."""
    return position if text[position : position + 1] in (",", "}") else after_space(text, position)


def _nothing() -> None:
    """One object has no inner ones whose end anybody waits for."""


def _key(text: str, position: int) -> tuple[str, int]:
    end = text.find('"', position + 1)
    key = text[position + 1 : end]
    if end < 0 or "\\" in key or not key.isprintable():  # escapes and what is not allowed: the decoder knows
        return _decode(_PLAIN, text, position)
    return key, end + 1


class ValueReader:
    """Decodes values as JavaScript's `JSON.parse` does (the last of two equal keys wins), strictly otherwise.

    `repeated` gathers the keys that an object within the values named twice, until it is cleared.
    """

    def __init__(self) -> None:
        self.repeated: list[str] = []
        self._decoder = JSONDecoder(
            object_pairs_hook=self._object, parse_int=_number, parse_float=_number, parse_constant=_refuse
        )

    def read(self, text: str, position: int) -> tuple[Any, int]:
        """The value at `position`, and the position after it. `NotJson`."""
        return _decode(self._decoder, text, position)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            self.repeated += [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        return members


def _decode(decoder: JSONDecoder, text: str, position: int) -> tuple[Any, int]:
    try:
        return decoder.scan_once(text, position)  # type: ignore[attr-defined, no-any-return]
    except StopIteration as error:
        raise NotJson(error.value, "expecting value") from None
    except JSONDecodeError as error:
        raise NotJson(error.pos, error.msg[:1].lower() + error.msg[1:]) from None
    except RecursionError:
        raise NotJson(position, "values are nested too deeply") from None
    except ValueError as error:
        raise NotJson(position, str(error)) from None


def _number(digits: str) -> int | float:
    if len(digits) > _DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits) if digits.lstrip("-").isdigit() else float(digits)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_PLAIN = JSONDecoder()
