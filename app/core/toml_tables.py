"""TOML with the lines of its tables: values from the standard reader, lines from a walk over the text.

The standard reader says nothing about lines, and reading TOML in Python is slow. So the values are its own, and the
lines of the `[[tables]]` are found by a look at the text wherever that proves enough, else by a walk over its tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import re2
import tomli

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Problem, UnreadableLockfile, comparable

_LARGEST = 16 << 20  # bytes; lockfiles of four hundred packages with all their wheels have two million
_MOST_PARTS = 32  # of one key; with hundreds, a megabyte takes the reader half a minute
_MOST_BRACKETS = 200_000  # a table takes the reader 750 bytes of memory; four hundred packages have three thousand
_MOST_LINES = 300_000  # 16 MiB of a real lockfile have half of that; each takes the reader some microseconds
_MOST_VALUES = 800_000  # as commas part them, on however few lines
_MOST_TABLES = 50_000  # a file with more was written to exhaust its reader
_MARK = b"\xef\xbb\xbf"
_CONFLICT = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")

_PART = rb'(?:[\w-]+|"(?:[^"\\\n]|\\[^\n])*"|\'[^\'\n]*\')'
_DEEP_KEY = re2.compile(rb"%s(?:[ \t]*\.[ \t]*%s){%d}" % (_PART, _PART, _MOST_PARTS))
_TOKEN = re2.compile(  # a long string ends with the first three quotes, and two more may belong to it
    rb'"""(?:"{0,2}(?:[^"\\]|\\(?s:.)))*"{3,5}'
    rb"|'''(?:'{0,2}[^'])*'{3,5}"
    rb'|"(?:[^"\\\n]|\\[^\n])*"'
    rb"|'[^'\n]*'"
    rb"|#[^\n]*"
    rb"|[\[\]{}\n]"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the document as it is written (a header or a key with its value), and its first 1-based line."""

    line: int
    text: bytes

    @property
    def is_array_header(self) -> bool:
        """Whether it begins an element of an array of tables. Keys cannot begin with a bracket."""
        return self.text.startswith(b"[[")


@dataclass(frozen=True)
class TomlTable:
    """One `[[table]]` as it stands: its values, the line to look at, and its name, harmless to show."""

    fields: dict[str, Any]
    line: int
    shown: str

    @cached_property
    def written(self) -> str:
        """All that it says, as text to compare by."""
        return comparable(json.dumps(self.fields, sort_keys=True, separators=(",", ":"), default=str))

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this table. It is a new one as soon as anything in the table changes."""
        return Problem(self.line, message, self.shown, reason, self.written)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A document: its values, and the text they come from (line ends as they are, without a byte order mark)."""

    values: dict[str, Any]
    _text: bytes
    _lines: list[bytes] = field(repr=False)

    def tables(self, name: str) -> list[TomlTable]:
        """The tables of an array at the top, each with the line of its `name = "…"`; `UnreadableLockfile` otherwise."""
        tables = self.values.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise UnreadableLockfile(self.key_line(name), f'Its "{visible(name, 40)}" is not an array of tables.')
        if len(tables) > _MOST_TABLES:
            raise UnreadableLockfile(1, f"It has more than {_MOST_TABLES} packages.")
        return [
            TomlTable(table, self.name_line(line, str(table.get("name"))), visible(str(table.get("name")), 80))
            for table, line in zip(tables, self.table_lines(name), strict=True)
        ]

    def table_lines(self, name: str) -> list[int]:
        """The 1-based lines of the `[[name]]` headers, one for each table of that array.

        Raise `UnreadableLockfile` when it is written in another way (`name = [{…}]`), which has no such lines.
        """
        tables = self.values.get(name, [])
        header = b"[[%s]]" % name.encode()
        lines = [number for number, line in enumerate(self._lines, 1) if line.strip() == header]
        # Within an array, such a line would be no TOML. Within a long string it could stand, where there are any.
        if len(lines) != len(tables) or b'"""' in self._text or b"'''" in self._text:
            lines = [one.line for one in self.statements() if one.is_array_header and _names(one.text, name)]
        if len(lines) != len(tables):
            said = visible(name, 40)
            raise UnreadableLockfile(self.key_line(name), f"Its tables are not written as [[{said}]], one by one.")
        return lines

    def key_line(self, key: str, table: str = "") -> int:
        """The line of a plain key or table at the top, or of a key in `[table]`; 1 when it is written otherwise."""
        here = ""
        for statement in self.statements():
            if statement.text.startswith(b"["):
                here = statement.text.partition(b"]")[0].strip(b"[ \t").decode("utf-8", "replace")
                if not table and here.partition(".")[0] == key:
                    return statement.line
            elif here == table and statement.text.partition(b"=")[0].strip() == key.encode():
                return statement.line
        return 1

    def name_line(self, header: int, name: str) -> int:
        """The line `name = "…"` where it follows right upon the header of its table, as tools write it; else that."""
        following = self._lines[header].strip() if header < len(self._lines) else b""
        return header + 1 if following == b'name = "%s"' % name.encode("utf-8", "replace") else header

    def keys(self) -> dict[tuple[str, str], Statement]:
        """The statement of each plain key, by its table (`project.urls`, "" at the top) and name; the first wins."""
        found: dict[tuple[str, str], Statement] = {}
        table = ""
        for statement in self.statements():
            text = statement.text.decode("utf-8", "replace")
            if text.startswith("["):
                table = text.partition("]")[0].strip("[ ").replace('"', "").replace("'", "")
            else:
                found.setdefault((table, text.partition("=")[0].strip().strip("\"' ")), statement)
        return found

    def statements(self) -> Iterator[Statement]:
        """Every header and every key with its value, in order. Linear in the size of the text."""
        depth, line, begun = 0, 1, 0
        first = line
        for token in re2.finditer(_TOKEN, self._text):
            found = token[0]
            if found in b"[{":
                depth += 1
            elif found in b"]}":
                depth -= 1
            elif found != b"\n":
                line += found.count(b"\n")
                continue
            elif not depth:
                yield from _statement(first, self._text[begun : token.start()])
                line += 1
                first, begun = line, token.end()
            else:
                line += 1
        yield from _statement(first, self._text[begun:])


def read_toml(content: bytes, largest: int = _LARGEST) -> TomlFile:
    """Read the bytes of a file; raise `UnreadableLockfile` with the line where they stop making sense."""
    if len(content) > largest:
        raise UnreadableLockfile(1, f"The file is larger than {largest >> 20} MiB.")
    text = content.removeprefix(_MARK)
    if text.count(b"[") > _MOST_BRACKETS:
        raise UnreadableLockfile(1, f"It has more than {_MOST_BRACKETS} tables and lists.")
    if text.count(b",") > _MOST_VALUES:
        raise UnreadableLockfile(1, f"It has more than {_MOST_VALUES} values.")
    if text.count(b"\n") > _MOST_LINES:
        raise UnreadableLockfile(1, f"It has more than {_MOST_LINES} lines.")
    lines = text.split(b"\n")
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableLockfile(1 + text.count(b"\n", 0, error.start), "The file is not UTF-8.") from None
    if deep := _DEEP_KEY.search(text):
        line = 1 + text.count(b"\n", 0, deep.start())
        raise UnreadableLockfile(line, f"It has a key of more than {_MOST_PARTS} parts.")
    try:
        return TomlFile(tomli.loads(decoded), text, lines)
    except tomli.TOMLDecodeError as error:
        line = min(error.lineno, len(lines))
        if lines[line - 1].startswith(_CONFLICT):
            message = "It holds merge conflict markers (<<<<<<<), so it says two things at once."
            raise UnreadableLockfile(line, message) from None
        cause = visible(error.msg[:1].lower() + error.msg[1:], 200)
        raise UnreadableLockfile(line, f"This is not TOML ({cause}).") from None
    except RecursionError:
        raise UnreadableLockfile(1, "Its values are nested too deeply.") from None
    except ValueError:  # Python's limit on the digits of a number
        raise UnreadableLockfile(1, "It holds a number of too many digits.") from None


def _statement(line: int, text: bytes) -> Iterator[Statement]:
    text = text.strip()
    if text and not text.startswith(b"#"):
        yield Statement(line, text)


def _names(header: bytes, name: str) -> bool:
    """Whether this header, however it is written, begins a table of the array of this name at the top."""
    return tomli.loads(header.decode("utf-8")) == {name: [{}]}
