"""The text of deno's lockfile → its version, what is asked for, and its entries with their lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_members import NotJson, ValueReader, after_space, walk_object
from app.core.lockfile import Problem, UnreadableLockfile, decode

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a tenth of it
_MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_OLDEST, _NEWEST = 3, 5
_ENTRIES = frozenset({"npm", "jsr", "remote"})
_SECTIONS = _ENTRIES | {"version", "specifiers", "redirects", "workspace", "packages"}


class Entry(NamedTuple):
    """One member of `npm`, `jsr` or `remote`: its key, the key's line, its value."""

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
class Document:
    """The lockfile as it stands. `specifiers` maps what is asked for to what answers, `sections` to their lines."""

    version: int = 0
    sections: dict[str, int] = field(default_factory=dict)
    specifiers: dict[str, Any] = field(default_factory=dict)
    workspace: Any = None
    npm: dict[str, Entry] = field(default_factory=dict)
    jsr: dict[str, Entry] = field(default_factory=dict)
    remote: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def notices(self) -> tuple[str, ...]:
        """That the version is not known, if it is not."""
        if self.version <= _NEWEST:
            return ()
        said = f"A lockfile is of version {self.version} of deno's format, newer than Assay knows"
        return (f"{said}; it was read as version {_NEWEST}.",)


def read_document(content: bytes) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableLockfile(1, "The file is in UTF-16; deno reads UTF-8 only.")
    text = decode(content, _LARGEST)
    if all(mark in text for mark in _CONFLICT):
        line = 1 + text.count("\n", 0, text.index(_CONFLICT[0]))
        raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")
    walk = _Walk(text)
    try:
        walk.run()
    except NotJson as error:
        line = 1 + text.count("\n", 0, error.position)
        raise UnreadableLockfile(line, f"This is not JSON ({error.cause}).") from None
    return walk.checked()


@dataclass(slots=True)
class _Walk:
    """One pass over the text."""

    text: str
    document: Document = field(default_factory=Document)
    version: Any = None
    _values: ValueReader = field(default_factory=ValueReader)
    _line: int = 1
    _counted: int = 0

    def run(self) -> None:
        """Walk the whole text. `NotJson`."""
        end = walk_object(self.text, after_space(self.text, 0), self._section)
        if after_space(self.text, end) != len(self.text):
            raise NotJson(after_space(self.text, end), "something stands after its end")

    def checked(self) -> Document:
        """The document, if it is one of a version that can be read. `UnreadableLockfile`."""
        sections, said = self.document.sections, self.version
        is_number = isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 4
        if not isinstance(said, str) or not is_number or int(said) < _OLDEST:
            shown = visible(json.dumps(said), 40) if "version" in sections else "missing"
            message = f'Its "version" is {shown}; {_OLDEST} to {_NEWEST} was expected.'
            raise UnreadableLockfile(sections.get("version", 1), message)
        strange = min(sections.keys() - _SECTIONS, default=None)
        if int(said) > _NEWEST and strange is not None:
            message = f'It is newer than Assay knows, and nobody knows what its "{visible(strange, 40)}" says.'
            raise UnreadableLockfile(sections[strange], message)
        self.document.version = int(said)
        return self.document

    def _section(self, name: str, at: int, value_at: int) -> int:
        line = self._line_at(at)
        if name in self.document.sections:
            message = f'"{visible(name, 40)}" stands here twice, and readers differ in which of them they believe.'
            raise UnreadableLockfile(line, message)
        self.document.sections[name] = line
        if name in _ENTRIES or name == "packages":
            if self.text[value_at : value_at + 1] != "{":
                raise UnreadableLockfile(line, f'An object was expected as "{name}".')
            if name == "packages":  # version 3 has its sections in there
                return walk_object(self.text, value_at, self._section)
            return self._entries(getattr(self.document, name), value_at)
        value, end = self._values.read(self.text, value_at)
        if name == "version":
            self.version = value
        elif name == "workspace":
            self.document.workspace = value
        elif name == "specifiers":
            if not isinstance(value, dict):
                raise UnreadableLockfile(line, 'An object was expected as "specifiers".')
            self.document.specifiers = value
        return end

    def _entries(self, entries: dict[str, Entry], value_at: int) -> int:
        def on_member(key: str, at: int, member_at: int) -> int:
            line = self._line_at(at)
            self._values.repeated.clear()
            value, end = self._values.read(self.text, member_at)
            entry = Entry(key, line, value)
            if key in entries or self._values.repeated:
                twice = key if key in entries else self._values.repeated[0]
                message = f'"{visible(twice, 80)}" stands here twice; of two equal keys the last one was read.'
                self.document.problems.append(entry.problem(message))
            entries.pop(key, None)  # the last one stands where it stands
            entries[key] = entry
            if len(entries) > _MOST_ENTRIES:
                raise UnreadableLockfile(line, f"It has more than {_MOST_ENTRIES} entries.")
            return end

        return walk_object(self.text, value_at, on_member)

    def _line_at(self, position: int) -> int:
        self._line += self.text.count("\n", self._counted, position)
        self._counted = position
        return self._line
