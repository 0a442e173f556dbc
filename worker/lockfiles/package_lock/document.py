"""The text of npm's lockfile → its entries with their lines, each handed on at once: few are in memory together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from app.core.escape import visible
from app.core.json_document import Lines, decode_json, not_json
from app.core.json_members import NotJson, ValueReader, after_space, walk_object
from app.core.lockfile import Problem, Problems, UnreadableLockfile, comparable

T = TypeVar("T")

_LARGEST = 32 << 20  # bytes
MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader
_NESTED = 1  # the version that has packages within packages


class Entry(NamedTuple):
    """One member of `packages`: its key, the key's 1-based line, and the fields of its object."""

    location: str
    line: int
    fields: dict[str, Any]

    def problem(self, message: str, **changes: Any) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        text = json.dumps([self.location, self.fields], sort_keys=True, separators=(",", ":"))
        return Problem(self.line, message, visible(self.location), entry=comparable(text), **changes)


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """The lockfile as it stands: its version, what its entries were read as, and what could not be read on the way.

    Version 1 has no such entries, but packages within packages; `nested_at` is where they begin in the text.
    """

    version: int
    entries: tuple[T, ...]
    problems: tuple[Problem, ...]
    text: str = ""
    nested_at: int | None = None


def read_document(content: bytes, read_entry: Callable[[Entry], T]) -> Document[T]:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    text = decode_json(content, _LARGEST, "npm")
    walk = _Walk(text, read_entry)
    try:
        walk.run()
    except NotJson as error:
        raise not_json(text, error) from None
    version = walk.checked_version()
    nested = (text, walk.nested_at) if version == _NESTED else ("", None)
    return Document(version, tuple(walk.entries.values()), tuple(walk.problems), *nested)


@dataclass(slots=True)
class _Walk(Generic[T]):
    """One pass over the text: the version and the entries with their lines, the last of two equal keys winning."""

    text: str
    read_entry: Callable[[Entry], T]
    version: Any = None
    version_at: int = 0
    packages_at: int | None = None
    nested_at: int | None = None
    entries: dict[str, T] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=Problems)
    _top: set[str] = field(default_factory=set)
    _values: ValueReader = field(default_factory=ValueReader)
    _lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self._lines = Lines(self.text)

    def run(self) -> None:
        """Walk the whole text. `NotJson`."""
        end = walk_object(self.text, after_space(self.text, 0), self._top_member)
        if after_space(self.text, end) != len(self.text):
            raise NotJson(after_space(self.text, end), "something stands after its end")

    def checked_version(self) -> int:
        """The version, if it is one with entries to read; `UnreadableLockfile` otherwise."""
        line = 1 + self.text.count("\n", 0, self.version_at)
        version: int = self.version if type(self.version) is int else 0  # neither `true` nor 1.0
        if version == _NESTED:
            self._check_nested(line)
        elif self.packages_at is None:
            raise UnreadableLockfile(1, 'It has no "packages", so it is not a lockfile of npm 7 or later.')
        elif version < _NESTED:
            said = visible(json.dumps(self.version), 40) if self.version_at else "missing"
            raise UnreadableLockfile(line, f'Its "lockfileVersion" is {said}; 1, 2 or 3 was expected.')
        return version

    def _check_nested(self, line: int) -> None:
        if self.packages_at is not None:
            raise UnreadableLockfile(
                line, 'It is of version 1 and has "packages", which only newer versions of npm read.'
            )
        if self.nested_at is not None and self.text[self.nested_at : self.nested_at + 1] != "{":
            line = 1 + self.text.count("\n", 0, self.nested_at)
            raise UnreadableLockfile(line, 'An object was expected as "dependencies".')

    def _top_member(self, key: str, at: int, value_at: int) -> int:
        line = self._lines.at(at)
        if key in self._top:
            self.problems.append(
                Problem(line, f"{quoted(key)} stands here twice; npm reads the last one.", visible(key))
            )
        self._top.add(key)
        if key == "packages":
            self.packages_at = value_at
            self.entries.clear()
            if self.text[value_at : value_at + 1] != "{":
                raise NotJson(value_at, 'an object was expected as "packages"')
            return walk_object(self.text, value_at, self._entry)
        value, end = self._values.read(self.text, value_at)
        if key == "lockfileVersion":
            self.version, self.version_at = value, value_at
        elif key == "dependencies":
            self.nested_at = value_at
        return end

    def _entry(self, location: str, at: int, value_at: int) -> int:
        line = self._lines.at(at)
        self._values.repeated.clear()
        value, end = self._values.read(self.text, value_at)
        if not isinstance(value, dict):
            message = f"The entry {quoted(location)} is not an object."
            self.problems.append(
                Problem(line, message, visible(location), entry=comparable(json.dumps([location, value])))
            )
            return end
        entry = Entry(location, line, value)
        if self._values.repeated:
            message = f"The entry {quoted(location)} has {quoted(self._values.repeated[0])} twice; npm reads the last."
            self.problems.append(entry.problem(message))
        if location in self.entries:
            message = f"The entry {quoted(location)} stands in the file twice; npm reads the last one."
            self.problems.append(entry.problem(message))
            del self.entries[location]  # the last one stands where it stands
        self.entries[location] = self.read_entry(entry)
        if len(self.entries) > MOST_ENTRIES:
            raise UnreadableLockfile(line, f"It has more than {MOST_ENTRIES} entries.")
        return end


def quoted(text: str) -> str:
    """A strange name for people."""
    return f'"{visible(text, 80)}"'
