"""The text of pipenv's lockfile → what it says of itself, and its entries with their lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_document import Lines, not_json, refuse_conflict
from app.core.json_members import NotJson, ValueReader, after_space, walk_object
from app.core.lockfile import Problem, UnreadableLockfile, decode

_LARGEST = 16 << 20  # bytes
_MOST_ENTRIES = 50_000  # a file with more was written to exhaust its reader
_META = "_meta"


class Entry(NamedTuple):
    """One package of a category: its name as written, the 1-based line of that, and its value."""

    category: str
    name: str
    line: int
    value: Any

    @property
    def shown(self) -> str:
        """Its name, harmless to show."""
        return visible(self.name, 80)

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        text = json.dumps([self.category, self.name, self.value], sort_keys=True, separators=(",", ":"))
        return Problem(self.line, message, self.shown, reason, text)


@dataclass(frozen=True, slots=True)
class Document:
    """The lockfile as it stands. `meta` is None where there is none. `source_lines` are those of its sources',
    as far as they can be found.
    """

    meta: dict[str, Any] | None
    meta_line: int
    source_lines: tuple[int, ...]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def read_document(content: bytes) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    text = decode(content, _LARGEST)
    refuse_conflict(text)
    walk = _Walk(text)
    try:
        return walk.run()
    except NotJson as error:
        raise not_json(text, error) from None


@dataclass(slots=True)
class _Walk:
    """One pass over the text. Of two equal keys the last wins, as for pipenv, and it is said."""

    text: str
    meta: dict[str, Any] | None = None
    meta_at: tuple[int, int] = (0, 0)
    categories: dict[str, dict[str, Entry]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _values: ValueReader = field(default_factory=ValueReader)
    _lines: Lines = field(init=False)
    _read: int = 0

    def __post_init__(self) -> None:
        self._lines = Lines(self.text)

    def run(self) -> Document:
        """Walk the whole text. `NotJson`."""
        end = walk_object(self.text, after_space(self.text, 0), self._top_member)
        if after_space(self.text, end) != len(self.text):
            raise NotJson(after_space(self.text, end), "something stands after its end")
        entries = tuple(entry for category in self.categories.values() for entry in category.values())
        meta_line = 1 + self.text.count("\n", 0, self.meta_at[0])
        return Document(self.meta, meta_line, self._source_lines(), entries, tuple(self.problems))

    def _top_member(self, key: str, at: int, value_at: int) -> int:
        line = self._lines.at(at)
        if key in self.categories or (key == _META and self.meta is not None):
            self._say_twice(key, line, f'"{visible(key, 80)}" stands here twice; pipenv reads the last one.')
        if key != _META and self.text[value_at : value_at + 1] == "{":
            self.categories[key] = {}
            return walk_object(self.text, value_at, lambda *member: self._entry(key, *member))
        self._values.repeated.clear()
        value, end = self._values.read(self.text, value_at)
        if key == _META:
            self.meta = value if isinstance(value, dict) else None
            self.meta_at = (at, end)
            if self._values.repeated:
                name = visible(self._values.repeated[0], 80)
                self._say_twice(key, line, f'"{_META}" has "{name}" twice; pipenv reads the last one.')
        else:
            shown = visible(key, 80)
            message = f'The category "{shown}" is not an object.'
            self.problems.append(Problem(line, message, shown, entry=json.dumps([key, value])))
        return end

    def _entry(self, category: str, name: str, at: int, value_at: int) -> int:
        line = self._lines.at(at)
        self._values.repeated.clear()
        value, end = self._values.read(self.text, value_at)
        entry = Entry(category, name, line, value)
        if self._values.repeated:
            key = visible(self._values.repeated[0], 80)
            self.problems.append(entry.problem(f'{entry.shown} has "{key}" twice; pipenv reads the last one.'))
        if name in self.categories[category]:
            message = f"{entry.shown} stands here twice; pipenv reads the last one."
            self.problems.append(entry.problem(message))
        self.categories[category][name] = entry
        self._read += 1
        if self._read > _MOST_ENTRIES:
            raise UnreadableLockfile(line, f"It has more than {_MOST_ENTRIES} entries.")
        return end

    def _say_twice(self, key: str, line: int, message: str) -> None:
        self.problems.append(Problem(line, message, visible(key, 80), entry=key))

    def _source_lines(self) -> tuple[int, ...]:
        """Where the addresses of the sources stand: the decoder says nothing about lines within a value."""
        lines = []
        position, end = self.meta_at
        sources = self.meta.get("sources") if self.meta is not None else None
        for source in sources if isinstance(sources, list) else ():
            url = source.get("url") if isinstance(source, dict) else None
            found = self.text.find(json.dumps(url), position, end)
            position = found if found >= 0 else position
            lines.append(1 + self.text.count("\n", 0, position))
        return tuple(lines)
