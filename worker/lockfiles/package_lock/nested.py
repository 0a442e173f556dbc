"""Version 1 of npm's lockfile: packages within packages → the entries that later versions have for the same folders.

    "debug": {"version": "4.3.4", "requires": {"ms": "2.1.2"}, "dependencies": {"ms": {"version": "2.1.2"}}}

stands for `node_modules/debug` and `node_modules/debug/node_modules/ms`. Its `version` may be an alias
(`npm:ms@2.0.0`) or an address; then nothing names the version of the package that is there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from app.core.escape import visible
from app.core.json_document import Lines
from app.core.json_members import ValueReader, walk_objects
from app.core.lockfile import Problem, Problems, UnreadableLockfile, comparable
from app.core.npm_package import is_version
from worker.lockfiles.package_lock.document import MOST_ENTRIES, Entry, quoted
from worker.lockfiles.package_lock.entry import DEEPEST_LOCATION, FOLDER, LONGEST_LOCATION

_ALIAS = "npm:"
_FILE = "file:"
_MOST_READ = 4  # times the length of the text
_ARCHIVES = (".tgz", ".tar.gz", ".tar")


@dataclass(slots=True)
class _Level:
    """An object that is being walked: an entry (`entry` is set), or the packages within one, below `prefix`."""

    prefix: str
    entry: Entry | None = None


def read_nested(text: str, position: int) -> tuple[list[Entry], list[Problem]]:
    """The entries of the object at this position, and what could not be read on the way. `UnreadableLockfile`."""
    walk = _Walk(text, Lines(text))
    walk_objects(text, position, walk.on_member, walk.on_end)
    return list(walk.entries.values()), walk.problems


@dataclass(slots=True)
class _Walk:
    """One pass over `dependencies`."""

    text: str
    lines: Lines
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=Problems)
    _levels: list[_Level] = field(default_factory=lambda: [_Level("")])
    _values: ValueReader = field(default_factory=ValueReader)
    _read_for_nothing: int = 0  # characters

    def on_member(self, key: str, at: int, value_at: int) -> int | None:
        level = self._levels[-1]
        is_object = self.text[value_at : value_at + 1] == "{"
        if level.entry is None:
            return self._package(f"{level.prefix}{FOLDER}{key}", self.lines.at(at), value_at, is_object=is_object)
        if key in level.entry.fields:
            self._problem(level.entry, f"has {quoted(key)} twice; npm reads the last")
        if key == "dependencies" and is_object and len(level.entry.location) <= LONGEST_LOCATION:
            level.entry.fields[key] = None  # seen; what it holds are entries of their own
            if len(self._levels) >= 2 * DEEPEST_LOCATION:
                raise UnreadableLockfile(self.lines.at(at), "Its packages are nested too deeply.")
            self._levels.append(_Level(f"{level.entry.location}/"))
            return None
        self._values.repeated.clear()
        level.entry.fields[key], end = self._values.read(self.text, value_at)
        if self._values.repeated:
            self._problem(level.entry, f"has {quoted(self._values.repeated[0])} twice; npm reads the last")
        return end

    def _package(self, location: str, line: int, value_at: int, *, is_object: bool) -> int | None:
        if not is_object:
            value, end = self._values.read(self.text, value_at)
            message = f"The entry {quoted(location)} is not an object."
            self.problems.append(
                Problem(line, message, visible(location), entry=comparable(json.dumps([location, value])))
            )
            return end
        entry = Entry(location, line, {})
        if location in self.entries:
            self._problem(entry, "stands in the file twice; npm reads the last one")
            del self.entries[location]  # the last one stands where it stands
        self.entries[location] = entry
        if len(self.entries) > MOST_ENTRIES:
            raise UnreadableLockfile(line, f"It has more than {MOST_ENTRIES} entries.")
        after = self._at_once(entry, value_at)
        if after is None:
            self._levels.append(_Level("", entry))
        return after

    def _at_once(self, entry: Entry, value_at: int) -> int | None:
        """Read an entry that has no packages within it, as most have none; None for others.

        Those are read for nothing then, and so are all that hold them: not more often than a few times the whole text.
        """
        if self._read_for_nothing > _MOST_READ * len(self.text):
            return None
        self._values.repeated.clear()
        value, end = self._values.read(self.text, value_at)
        if isinstance(value.get("dependencies"), dict):
            self._read_for_nothing += end - value_at
            return None
        if self._values.repeated:
            self._problem(entry, f"has {quoted(self._values.repeated[0])} twice; npm reads the last")
        self.entries[entry.location] = entry._replace(fields=_as_later(value))
        return end

    def on_end(self) -> None:
        level = self._levels.pop()
        if level.entry is not None:
            self.entries[level.entry.location] = level.entry._replace(fields=_as_later(level.entry.fields))

    def _problem(self, entry: Entry, message: str) -> None:
        self.problems.append(entry.problem(f"The entry {quoted(entry.location)} {message}."))


def _as_later(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as later versions of npm name them."""
    later = {key: value for key, value in fields.items() if key != "dependencies"}
    requires = later.pop("requires", None)
    if requires is not None and not isinstance(requires, bool):
        later["dependencies"] = requires
    elif fields.get("dependencies") is not None:  # no object: as wrong here as there
        later["dependencies"] = fields["dependencies"]
    version = fields.get("version")
    if not isinstance(version, str) or is_version(version):
        return later
    if version.startswith(_ALIAS):
        name, _, number = version.removeprefix(_ALIAS).rpartition("@")
        return {**later, "name": name, "version": number}
    if ":" not in version:
        return later
    del later["version"]
    if version.startswith(_FILE) and not version.endswith(_ARCHIVES):
        return {**later, "resolved": version.removeprefix(_FILE), "link": True}
    return {**later, "resolved": version}
