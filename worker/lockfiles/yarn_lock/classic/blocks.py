"""The text of yarn's lockfile → its blocks with their lines, read as strictly as yarn 1 writes them.

Yarn's own reader stops without a word at an indented line that stands where it expects none, and whatever it cannot
read it tries as YAML. So a line that yarn would not have written makes the whole file unreadable here.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Problem, UnreadableLockfile, comparable

T = TypeVar("T")

_MOST_PATTERNS = 150_000  # a file with more was written to exhaust its reader
_MARK = "# yarn lockfile v"
_BERRY = "__metadata"
_BARE_STARTS = frozenset(string.ascii_letters + "/.-")
_BARE_ENDS = frozenset(' :,"\\')
_WORDS = ("true", "false")  # not texts but values of another kind, when they stand without quotes


@dataclass(frozen=True)
class Block:
    """One entry: its patterns (`name@range`), the line they stand on, its fields and its maps of names to ranges.

    `repeated` is a key that stands in it twice; yarn reads the last one.
    """

    line: int
    patterns: list[str]
    fields: dict[str, str] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The first pattern, for people."""
        return visible(self.patterns[0], 80)

    @cached_property
    def said(self) -> str:
        """All that the block says, one text for all its problems: a hostile header may be long."""
        return repr((self.patterns, sorted(self.fields.items()), sorted(self.maps.items()), self.repeated))

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        return Problem(self.line, message, visible(self.patterns[0]), reason, entry=comparable(self.said))


def read_blocks(text: str) -> list[Block]:
    """Every block of the file; raise `UnreadableLockfile` with the line where it stops making sense."""
    lines = text.split("\n")
    _check_version(lines)
    return list(_blocks(lines))


def _check_version(lines: list[str]) -> None:
    """The file must say that it is of version 1; yarn believes the comment wherever it stands."""
    marked = False
    for number, line in enumerate(lines, 1):
        if line.startswith((_BERRY, f'"{_BERRY}"')):
            message = f'It says that it is of yarn 1 ("{_MARK}") and of yarn 2 or later ("{_BERRY}") at once.'
            raise UnreadableLockfile(number, message)
        if line.startswith(_MARK):
            version = line.removeprefix(_MARK).rstrip()
            if version != "1":
                shown = visible(version, 20)
                raise UnreadableLockfile(number, f"It is of version {shown} of yarn's lockfile; 1 was expected.")
            marked = True
    if not marked:
        raise UnreadableLockfile(1, f'It does not say "{_MARK}1", so it is not a lockfile of yarn 1.')


def _blocks(lines: list[str]) -> Iterator[Block]:
    block: Block | None = None
    inner: dict[str, str] | None = None
    counted = 0
    for number, line in enumerate(lines, 1):
        body = line.removesuffix("\r").rstrip(" ")
        if not body.isprintable():
            raise UnreadableLockfile(number, f"A character stands here that yarn never writes: {visible(body, 80)}.")
        if not body or body[0] == "#":
            if line.startswith(" "):  # for yarn, the file ends here
                raise _unexpected(number, line)
            block = inner = None
        elif body[0] != " ":
            block, inner = Block(number, _patterns(number, body)), None
            counted += len(block.patterns)
            if counted > _MOST_PATTERNS:
                raise UnreadableLockfile(number, f"It names more than {_MOST_PATTERNS} packages.")
            yield block
        elif block is not None and body[:4] == "    " and inner is not None:
            _add(inner, *_pair(number, body, 4), block)
        elif block is not None and body[:2] == "  " and body[-1] == ":":
            name = _word(number, body, body[2:-1])
            inner = {}
            _add(block.maps, name, inner, block)
        elif block is not None and body[:2] == "  ":
            inner = None
            _add(block.fields, *_pair(number, body, 2), block)
        else:
            raise _unexpected(number, body)


def _add(members: dict[str, T], name: str, value: T, block: Block) -> None:
    if name in members:
        block.repeated.append(name)
    members[name] = value


def _patterns(number: int, body: str) -> list[str]:
    """`a@^1, "b@>=1, <2":` → both patterns."""
    if body[-1] != ":" or len(body) == 1:
        raise _unexpected(number, body)
    found = []
    start, last = 0, len(body) - 1
    while start < last:
        quoted = body[start] == '"'
        end = body.find('"', start + 1, last) + 1 if quoted else body.find(",", start, last)
        if end <= 0:
            end = last
        found.append(_word(number, body, body[start:end]))
        if end < last and body[end] != ",":
            raise _unexpected(number, body)
        start = end + 1
        while start < last and body[start] == " ":
            start += 1
    return found


def _pair(number: int, body: str, indent: int) -> tuple[str, str]:
    """`name "value"` → both; a name in quotes may hold a space, though none ever did."""
    start = body.find('"', indent + 1) + 1 if body[indent] == '"' else body.find(" ", indent)
    if start <= 0:
        raise _unexpected(number, body)
    return _word(number, body, body[indent:start]), _word(number, body, body[start:].lstrip(" "), empty=True)


def _word(number: int, body: str, token: str, *, empty: bool = False) -> str:
    """A text with or without quotes, if yarn would write it so."""
    if token[:1] == '"':
        text = token[1:-1]
        if len(token) < 2 or token[-1] != '"' or '"' in text or "\\" in text.replace("\\\\", ""):
            raise _unexpected(number, body)
        if text or empty:
            return text.replace("\\\\", "\\")
    elif token[:1] in _BARE_STARTS and _BARE_ENDS.isdisjoint(token) and not token.startswith(_WORDS):
        return token
    raise _unexpected(number, body)


def _unexpected(number: int, body: str) -> UnreadableLockfile:
    return UnreadableLockfile(number, f"This is not a line as yarn 1 writes it: {visible(body, 80)}.")
