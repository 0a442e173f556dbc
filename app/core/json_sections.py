"""A lockfile in JSON → its sections; of those that list packages, each entry with its line.

Two equal sections are refused and two equal keys are problems: readers differ in which of them they believe.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_document import Lines, not_json
from app.core.json_members import NotJson, OnMember, ValueReader, after_space, walk_object
from app.core.lockfile import Problem, UnreadableLockfile

_MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader


class Entry(NamedTuple):
    """One member of a section: its key, the key's 1-based line, its value."""

    key: str
    line: int
    value: Any

    @property
    def shown(self) -> str:
        """The key, for people."""
        return visible(self.key, 80)

    @property
    def fields(self) -> dict[str, Any]:
        """The value, if it is an object; empty otherwise."""
        return self.value if isinstance(self.value, dict) else {}

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        said = json.dumps([self.key, self.value], sort_keys=True, separators=(",", ":"))
        return Problem(self.line, message, visible(self.key, 200), reason, said)


@dataclass(slots=True)
class Sections:
    """A file's sections by name: the line of each, the entries of those that list some, the value of all others."""

    lines: dict[str, int] = field(default_factory=dict)
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def listed(self, name: str) -> dict[str, Entry]:
        """The entries of a section; none where it is not there."""
        return self.entries.get(name, {})

    def strange(self, known: Collection[str]) -> str | None:
        """A section that is none of these; None where there is no other."""
        return min(self.lines.keys() - set(known), default=None)


def read_sections(text: str, listing: Collection[str], within: str = "") -> Sections:
    """Read the text. `listing` are the sections with entries, `within` is one that holds sections itself.

    Raise `UnreadableLockfile` with the line where it stops making sense.
    """
    walk = _Walk(text, listing, within)
    try:
        walk.run()
    except NotJson as error:
        raise not_json(text, error) from None
    return walk.sections


def texts_within(value: Any) -> list[str]:
    """All texts within a value, however deep."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            found.append(one)
    return found


@dataclass(slots=True)
class _Walk:
    """One pass over the text."""

    text: str
    listing: Collection[str]
    within: str
    sections: Sections = field(default_factory=Sections)
    _values: ValueReader = field(default_factory=ValueReader)
    _lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self._lines = Lines(self.text)

    def run(self) -> None:
        """Walk the whole text. `NotJson`."""
        end = after_space(self.text, walk_object(self.text, after_space(self.text, 0), self._on_section))
        if end != len(self.text):
            raise NotJson(end, "something stands after its end")

    def _on_section(self, name: str, at: int, value_at: int) -> int:
        line = self._lines.at(at)
        if name in self.sections.lines:
            message = f'"{visible(name, 40)}" stands here twice, and readers differ in which of them they believe.'
            raise UnreadableLockfile(line, message)
        self.sections.lines[name] = line
        if name in self.listing or name == self.within:
            if self.text[value_at : value_at + 1] != "{":
                raise UnreadableLockfile(line, f'An object was expected as "{name}".')
            return walk_object(self.text, value_at, self._on_section if name == self.within else self._on_entry(name))
        self.sections.values[name], end = self._values.read(self.text, value_at)
        return end

    def _on_entry(self, section: str) -> OnMember:
        entries = self.sections.entries.setdefault(section, {})

        def on_entry(key: str, at: int, value_at: int) -> int:
            line = self._lines.at(at)
            self._values.repeated.clear()
            value, end = self._values.read(self.text, value_at)
            entry = Entry(key, line, value)
            if key in entries or self._values.repeated:
                twice = key if key in entries else self._values.repeated[0]
                message = f'"{visible(twice, 80)}" stands here twice; of two equal keys the last one was read.'
                self.sections.problems.append(entry.problem(message))
            entries.pop(key, None)  # the last one stands where it stands
            entries[key] = entry
            if len(entries) > _MOST_ENTRIES:
                raise UnreadableLockfile(line, f"It has more than {_MOST_ENTRIES} entries.")
            return end

        return on_entry
