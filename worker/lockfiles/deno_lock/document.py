"""The text of deno's lockfile → its version, what is asked for, and its entries with their lines."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from app.core.escape import visible
from app.core.json_document import decode_json
from app.core.json_sections import Entry, read_sections
from app.core.lockfile import Problem, UnreadableLockfile

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a tenth of it
_OLDEST, _NEWEST = 3, 5
_LISTING = ("npm", "jsr", "remote")
_WITHIN = "packages"  # version 3 has its sections in there
_SECTIONS = ("version", "specifiers", "redirects", "workspace", _WITHIN, *_LISTING)


class Document(NamedTuple):
    """The lockfile as it stands. `specifiers` maps what is asked for to what answers, and stands at `asked_at`."""

    version: int
    npm: dict[str, Entry]
    jsr: dict[str, Entry]
    remote: dict[str, Entry]
    specifiers: dict[str, Any]
    asked_at: int
    workspace: Any
    problems: list[Problem]

    @property
    def notices(self) -> tuple[str, ...]:
        """That the version is not known, if it is not."""
        if self.version <= _NEWEST:
            return ()
        said = f"A lockfile is of version {self.version} of deno's format, newer than Assay knows"
        return (f"{said}; it was read as version {_NEWEST}.",)


def read_document(content: bytes) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    sections = read_sections(decode_json(content, _LARGEST, "deno"), _LISTING, _WITHIN)
    said = sections.values.get("version")
    is_number = isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 4
    if not isinstance(said, str) or not is_number or int(said) < _OLDEST:
        shown = visible(json.dumps(said), 40) if "version" in sections.lines else "missing"
        message = f'Its "version" is {shown}; {_OLDEST} to {_NEWEST} was expected.'
        raise UnreadableLockfile(sections.lines.get("version", 1), message)
    strange = sections.strange(_SECTIONS)
    if int(said) > _NEWEST and strange is not None:
        message = f'It is newer than Assay knows, and nobody knows what its "{visible(strange, 40)}" says.'
        raise UnreadableLockfile(sections.lines[strange], message)
    specifiers, asked_at = sections.values.get("specifiers", {}), sections.lines.get("specifiers", 1)
    if not isinstance(specifiers, dict):
        raise UnreadableLockfile(asked_at, 'An object was expected as "specifiers".')
    npm, jsr, remote = map(sections.listed, _LISTING)
    workspace = sections.values.get("workspace")
    return Document(int(said), npm, jsr, remote, specifiers, asked_at, workspace, sections.problems)
