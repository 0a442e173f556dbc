"""The text of pnpm's lockfile → its documents, their version and their sections."""

from __future__ import annotations

import json
from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Problem, UnreadableLockfile, comparable, decode
from app.core.yaml_members import Members, Value, read_members
from app.core.yaml_tree import NotYaml

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a quarter of it
_MOST_ENTRIES = 150_000  # a file with more was written to exhaust its reader
_MOST_DOCUMENTS = 2  # pnpm's own environment, and the project
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_KNOWN = frozenset({"5", "5.0", "5.1", "5.2", "5.3", "5.4", "6.0", "6.1", "9.0"})
_INLINE = "-inlineSpecifiers"  # an experiment of pnpm 7
_OLDEST, _SPLIT = 5, 7  # the major version from which on `snapshots` stand beside `packages`
_SECTIONS = frozenset(
    {
        "lockfileVersion",
        "settings",
        "catalogs",
        "overrides",
        "packageExtensionsChecksum",
        "pnpmfileChecksum",
        "untrackedPnpmfileReadPackageHook",
        "ignoredOptionalDependencies",
        "patchedDependencies",
        "importers",
        "packages",
        "snapshots",
        "time",
    }
)


class Entry(NamedTuple):
    """A member of `packages`: its key, the key's line, its fields."""

    key: str
    line: int
    fields: Members

    @property
    def shown(self) -> str:
        """The key, for people."""
        return visible(self.key, 80)

    def problem(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
        """A problem of this entry. It is a new one as soon as anything in the entry changes."""
        return problem(self.line, message, self.key, self.fields, reason)


class Document(NamedTuple):
    """One document. `version` is as written, `major` its first number; `split` says that it has `snapshots`."""

    version: str
    major: int
    body: Members

    @property
    def split(self) -> bool:
        """Whether what a package requires stands in `snapshots`."""
        return self.major >= _SPLIT

    @property
    def is_known(self) -> bool:
        """Whether this version of the format is known."""
        return self.version.removesuffix(_INLINE) in _KNOWN

    def section(self, name: str) -> Members:
        """A section of the document, empty when it is not there. `UnreadableLockfile`."""
        return _mapping(self.body, name)

    def entries(self, name: str) -> list[Entry]:
        """The members of a section that are mappings themselves. `UnreadableLockfile`."""
        section = self.section(name)
        if len(section) > _MOST_ENTRIES:
            raise UnreadableLockfile(self.body.lines[name], f"It has more than {_MOST_ENTRIES} entries.")
        return [Entry(key, section.lines[key], _mapping(section, key)) for key in section]


def problem(line: int, message: str, subject: str, said: object, reason: Reason = Reason.UNREADABLE_ENTRY) -> Problem:
    """A problem; `said` is all that the file says there."""
    entry = json.dumps([subject, said], sort_keys=True, separators=(",", ":"))
    return Problem(line, message, visible(subject), reason, comparable(entry))


def read_documents(content: bytes) -> list[Document]:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    text = decode(content, _LARGEST)
    if all(mark in text for mark in _CONFLICT):
        line = 1 + text.count("\n", 0, text.index(_CONFLICT[0]))
        raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")
    try:
        bodies = read_members(text)
    except NotYaml as error:
        raise UnreadableLockfile(error.line, f"This is not YAML that Assay reads: {error.message}.") from None
    if len(bodies) > _MOST_DOCUMENTS:
        raise UnreadableLockfile(1, f"It holds {len(bodies)} documents; pnpm writes {_MOST_DOCUMENTS} at most.")
    documents = [_document(body) for body in bodies if body is not None]
    if not documents:
        raise UnreadableLockfile(1, 'It has no "lockfileVersion", so it is not a lockfile of pnpm.')
    return documents


def _document(body: Value) -> Document:
    if not isinstance(body, Members) or "lockfileVersion" not in body:
        raise UnreadableLockfile(1, 'It has no "lockfileVersion", so it is not a lockfile of pnpm.')
    version, line = body["lockfileVersion"], body.lines["lockfileVersion"]
    first = version.partition(".")[0] if isinstance(version, str) else ""
    major = int(first) if first.isascii() and first.isdigit() and len(first) < 4 else 0
    if not isinstance(version, str) or major < _OLDEST:
        shown = visible(json.dumps(version), 40)
        raise UnreadableLockfile(line, f'Its "lockfileVersion" is {shown}; 5, 6 or 9 was expected.')
    document = Document(version, major, body)
    strange = body.keys() - _SECTIONS
    if strange and not document.is_known and document.split:
        message = (
            f"It is of version {visible(version, 20)} of pnpm's format, which Assay cannot read yet: nobody knows what "
            f'its "{visible(min(strange), 40)}" says.'
        )
        raise UnreadableLockfile(line, message)
    return document


def _mapping(parent: Members, name: str) -> Members:
    value = parent.get(name)
    if value is None:
        return Members()
    if not isinstance(value, Members):
        raise UnreadableLockfile(parent.lines[name], f'"{visible(name, 80)}" is not a mapping.')
    return value
