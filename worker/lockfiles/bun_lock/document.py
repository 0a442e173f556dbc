"""The text of bun's lockfile → its version, its workspaces, and its packages with their lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_comments import strict_json
from app.core.json_members import NotJson, ValueReader, after_space, walk_object
from app.core.lockfile import Problem, UnreadableLockfile, decode

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a quarter of it
_MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_NEWEST = 3
_SECTIONS = frozenset(
    {
        "lockfileVersion",
        "configVersion",
        "workspaces",
        "trustedDependencies",
        "patchedDependencies",
        "overrides",
        "catalog",
        "catalogs",
        "packages",
    }
)


class Entry(NamedTuple):
    """One member of `packages`, `workspaces` or `patchedDependencies`: its key, the key's line, its value."""

    key: str
    line: int
    value: Any

    @property
    def shown(self) -> str:
        """The key, for people."""
        return f'"{visible(self.key, 80)}"'

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        said = json.dumps([self.key, self.value], sort_keys=True, separators=(",", ":"))
        return Problem(self.line, message, visible(self.key, 200), reason, said)


@dataclass(slots=True)
class Document:
    """The lockfile as it stands. `meant` are all versions that overrides and catalogs put in the place of others."""

    version: int = -1
    workspaces: dict[str, Entry] = field(default_factory=dict)
    patched: dict[str, Entry] = field(default_factory=dict)
    packages: dict[str, Entry] = field(default_factory=dict)
    meant: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def notices(self) -> tuple[str, ...]:
        """That the version is not known, if it is not."""
        if self.version <= _NEWEST:
            return ()
        said = visible(str(self.version), 20)
        return (f"A lockfile is of version {said} of bun's format, newer than Assay knows; it was read as version 3.",)


def read_document(content: bytes) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableLockfile(1, "The file is in UTF-16; bun writes UTF-8 only.")
    text = decode(content, _LARGEST)
    if all(mark in text for mark in _CONFLICT):
        line = 1 + text.count("\n", 0, text.index(_CONFLICT[0]))
        raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")
    try:
        walk = _Walk(strict_json(text))
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
    sections: dict[str, int] = field(default_factory=dict)  # with their lines
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
        line = self.sections.get("lockfileVersion", 1)
        if type(self.version) is not int or self.version < 0:  # neither `true` nor 1.0
            said = visible(json.dumps(self.version), 40) if "lockfileVersion" in self.sections else "missing"
            raise UnreadableLockfile(line, f'Its "lockfileVersion" is {said}; 0 to {_NEWEST} was expected.')
        strange = min(self.sections.keys() - _SECTIONS, default=None)
        if self.version > _NEWEST and strange is not None:
            message = f'It is newer than Assay knows, and nobody knows what its "{visible(strange, 40)}" says.'
            raise UnreadableLockfile(self.sections[strange], message)
        self.document.version = self.version
        return self.document

    def _section(self, name: str, at: int, value_at: int) -> int:
        line = self._line_at(at)
        if name in self.sections:
            message = f'"{visible(name, 40)}" stands here twice, and readers differ in which of them they believe.'
            raise UnreadableLockfile(line, message)
        self.sections[name] = line
        entries = {
            "packages": self.document.packages,
            "workspaces": self.document.workspaces,
            "patchedDependencies": self.document.patched,
        }.get(name)
        if entries is not None:
            if self.text[value_at : value_at + 1] != "{":
                raise UnreadableLockfile(line, f'An object was expected as "{name}".')
            return self._entries(entries, value_at)
        value, end = self._values.read(self.text, value_at)
        if name == "lockfileVersion":
            self.version = value
        elif name in ("overrides", "catalog", "catalogs"):
            self.document.meant += _texts(value)
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


def _texts(value: Any) -> list[str]:
    """All texts within a value, however deep."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, str):
            found.append(one)
    return found
