"""Reads the byte code of Python out of its files, of any version, without loading it.

The format is that of CPython's `marshal.c` (versions 2 to 5) and the fields of code objects those of `codeobject.c` by
version, which the magic number in front says. Nothing is made of what is read but its names and its texts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_DEEPEST = 100  # levels; the compiler itself refuses source that is nested deeper
_MOST = 500_000  # objects of one file
_FLAG = 0x80  # this object is referred to later
_SINGLE = frozenset(b"0NFTS.")
_SIZED = {ord("i"): 4, ord("I"): 8, ord("g"): 8, ord("y"): 16, ord("r"): 4, ord("R"): 4}
_LONG_TEXT = frozenset(b"stuaA")
_SHORT_TEXT = frozenset(b"zZ")


class NotByteCode(ValueError):
    """The bytes are no byte code of a version that is known, or are broken; the message is the cause."""


@dataclass(slots=True)
class Unit:
    """One code object: a module, a class, or a function. `line` is its first, `names` what it imports and calls."""

    line: int
    names: tuple[str, ...]


@dataclass(slots=True)
class ByteCode:
    """What a file of byte code holds. `texts` are its constants, without those that are names."""

    units: list[Unit] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def read(content: bytes) -> ByteCode:
    """Names and texts of a `.pyc` file. `NotByteCode`."""
    if len(content) < 8 or content[2:4] != b"\r\n":
        raise NotByteCode("it has no magic number of Python")
    magic = int.from_bytes(content[:2], "little")
    layout = _layout(magic)
    reader = _Reader(content, layout)
    try:
        reader.value(0)
    except (struct.error, IndexError) as error:
        raise NotByteCode("it ends early") from error
    if not reader.found.units:
        raise NotByteCode("it holds no code")
    return reader.found


@dataclass(frozen=True, slots=True)
class _Layout:
    """Bytes before the code, whole numbers at the start of a code object, and its objects before and after its line."""

    header: int
    numbers: int
    before: tuple[str, ...]
    after: int


_CLASSIC = ("code", "consts", "names", "", "", "", "filename", "name")  # variables, free ones, cells stand unnamed
_MODERN = ("code", "consts", "names", "", "", "filename", "name", "")


def _layout(magic: int) -> _Layout:
    """By the first version of each kind: 2.7 is 62211; 3.8 begins at 3400, 3.11 at 3450, 3.15 at 3650."""
    if 62000 < magic < 63000:
        return _Layout(8, 4, _CLASSIC, 1)
    if 3000 <= magic < 3400:
        return _Layout(8 if magic < 3190 else 12 if magic < 3390 else 16, 5, _CLASSIC, 1)
    if 3400 <= magic < 3450:
        return _Layout(16, 6, _CLASSIC, 1)
    if 3450 <= magic < 3700:
        return _Layout(16, 5, _MODERN, 2)
    raise NotByteCode(f"its magic number ({magic}) is of no version of Python that is known")


class _Reader:
    def __init__(self, content: bytes, layout: _Layout) -> None:
        self.found = ByteCode()
        self._content, self._layout, self._at = content, layout, layout.header
        self._known: list[object] = []
        self._interned: list[object] = []
        self._left = _MOST

    def value(self, depth: int) -> object:
        """The next object; what is neither text, nor a sequence of such, nor code is None."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise NotByteCode("it is nested deeper, or holds more, than a compiler makes")
        kind = self._content[self._at]
        self._at += 1
        place = None
        if kind & _FLAG:
            kind &= ~_FLAG
            place = len(self._known)
            self._known.append(None)
        value = self._of_kind(kind, depth)
        if place is not None:
            self._known[place] = value
        return value

    def _of_kind(self, kind: int, depth: int) -> object:
        if kind in _SINGLE:
            return None
        if kind in _LONG_TEXT or kind in _SHORT_TEXT:
            return self._text(kind)
        if kind in (ord("r"), ord("R")):
            known, index = (self._known if kind == ord("r") else self._interned), self._number()
            return known[index] if 0 <= index < len(known) else None
        if kind in _SIZED:
            self._at += _SIZED[kind]
            return None
        if kind == ord("l"):
            digits = abs(self._number())
            self._at += 2 * digits
            return None
        if kind in (ord("f"), ord("x")):
            for _ in range(1 if kind == ord("f") else 2):
                self._at += 1 + self._content[self._at]
            return None
        if kind in b"([<>)":
            size = self._byte() if kind == ord(")") else self._number()
            return self._sequence(size, depth)
        if kind == ord(":"):
            return self._sequence(3, depth)
        if kind == ord("{"):
            while self._content[self._at] != ord("0"):
                self.value(depth + 1)
            self._at += 1
            return None
        if kind == ord("c"):
            self._code(depth)
            return None
        raise NotByteCode(f"it holds an object of an unknown kind ({kind})")

    def _sequence(self, size: int, depth: int) -> list[object]:
        if not 0 <= size <= self._left:
            raise NotByteCode("it holds more than a compiler makes")
        return [self.value(depth + 1) for _ in range(size)]

    def _code(self, depth: int) -> None:
        self._at += 4 * self._layout.numbers
        held = {name: self.value(depth + 1) for name in self._layout.before}
        line = self._number()
        for _ in range(self._layout.after):
            self.value(depth + 1)
        self.found.units.append(Unit(max(line, 1), _texts(held["names"])))
        self.found.texts.extend(_texts(held["consts"]))

    def _text(self, kind: int) -> str:
        size = self._byte() if kind in _SHORT_TEXT else self._number()
        if not 0 <= size <= len(self._content) - self._at:
            raise NotByteCode("it ends early")
        text = self._content[self._at : self._at + size].decode("utf-8", "replace")
        self._at += size
        if kind == ord("t") and self._layout.numbers == 4:  # Python 2 refers to interned texts by their own list
            self._interned.append(text)
        return text

    def _number(self) -> int:
        (number,) = struct.unpack_from("<i", self._content, self._at)
        self._at += 4
        return int(number)

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a sequence, and those of the sequences in it: keywords of a call are a tuple of names."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, list):
            waiting += reversed(one)
    return tuple(found)
