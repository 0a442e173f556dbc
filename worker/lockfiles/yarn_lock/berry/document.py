"""The text of berry's lockfile → its version, the key of yarn's cache, and its entries with their lines."""

from __future__ import annotations

import json
from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Problem, UnreadableLockfile, comparable
from app.core.yaml_members import Members, Value, read_members
from app.core.yaml_tree import NotYaml

_METADATA = "__metadata"
_MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader
_OLDEST, _NEWEST = 4, 10
_TEXTS = frozenset({"version", "resolution", "checksum", "conditions"})
_MAPS = frozenset({"dependencies", "dependenciesMeta"})


class Entry(NamedTuple):
    """One member: its key, the key's line, its fields."""

    key: str
    line: int
    fields: Members

    @property
    def shown(self) -> str:
        """The key, for people."""
        return visible(self.key, 80)

    def text(self, name: str) -> str:
        """A field that is a text; empty where it is not there."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def members(self, name: str) -> Members:
        """A field that is a mapping; empty where it is not there."""
        value = self.fields.get(name)
        return value if isinstance(value, Members) else Members()

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        said = json.dumps([self.key, self.fields], sort_keys=True, separators=(",", ":"))
        return Problem(self.line, message, visible(self.key, 200), reason, comparable(said))


class Document(NamedTuple):
    """The lockfile as it stands. `cache_key` says how yarn made the archives that checksums are over."""

    version: int
    cache_key: str
    entries: list[Entry]

    @property
    def notices(self) -> tuple[str, ...]:
        """That the version is not known, if it is not."""
        if self.version <= _NEWEST:
            return ()
        said = f"A lockfile is of version {self.version} of yarn's format, newer than Assay knows"
        return (f"{said}; it was read as version {_NEWEST}.",)


def read_document(text: str) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    try:
        bodies = read_members(text)
    except NotYaml as error:
        raise UnreadableLockfile(error.line, f"This is not YAML that Assay reads: {error.message}.") from None
    body = bodies[0] if len(bodies) == 1 else None
    if not isinstance(body, Members) or _METADATA not in body:
        raise UnreadableLockfile(1, f'It is not one mapping with "{_METADATA}", so it is not a lockfile of yarn.')
    if len(body) > _MOST_ENTRIES:
        raise UnreadableLockfile(1, f"It has more than {_MOST_ENTRIES} entries.")
    version, cache_key = _metadata(body[_METADATA], body.lines[_METADATA])
    return Document(version, cache_key, [_entry(key, body) for key in body if key != _METADATA])


def _metadata(said: Value, line: int) -> tuple[int, str]:
    version = said.get("version") if isinstance(said, Members) else None
    cache_key = said.get("cacheKey") if isinstance(said, Members) else None
    is_number = isinstance(version, str) and version.isascii() and version.isdigit() and len(version) < 4
    if not isinstance(version, str) or not is_number:
        shown = "missing" if version is None else visible(json.dumps(version), 40)
        raise UnreadableLockfile(line, f'The "version" in "{_METADATA}" is {shown}; {_OLDEST} or later was expected.')
    if int(version) < _OLDEST:
        message = f"It is of version {version} of yarn's lockfile, which release candidates of yarn 2 wrote."
        raise UnreadableLockfile(line, message)
    return int(version), cache_key if isinstance(cache_key, str) else ""


def _entry(key: str, body: Members) -> Entry:
    line, fields = body.lines[key], body[key]
    if not isinstance(fields, Members):
        raise UnreadableLockfile(line, f'"{visible(key, 80)}" is not a mapping.')
    for name, value in fields.items():
        if (name in _TEXTS and not isinstance(value, str)) or (name in _MAPS and not isinstance(value, Members)):
            kind = "text" if name in _TEXTS else "mapping"
            raise UnreadableLockfile(fields.lines[name], f'The "{name}" of {visible(key, 80)} is not a {kind}.')
    return Entry(key, line, fields)
