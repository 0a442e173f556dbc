"""The text of bun's lockfile → its version, its workspaces, and its packages with their lines."""

from __future__ import annotations

import json
from typing import NamedTuple

from app.core.escape import visible
from app.core.json_comments import strict_json
from app.core.json_document import decode_json, not_json
from app.core.json_members import NotJson
from app.core.json_sections import Entry, read_sections
from app.core.lockfile import Problem, UnreadableLockfile

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a quarter of it
_NEWEST = 3
_MEANT = ("overrides", "catalog", "catalogs")
_LISTING = ("workspaces", "patchedDependencies", "packages", *_MEANT)
_SECTIONS = ("lockfileVersion", "configVersion", "trustedDependencies", *_LISTING)


class Document(NamedTuple):
    """The lockfile as it stands. `meant` are the tables that put versions in the place of others, by their names."""

    version: int
    workspaces: dict[str, Entry]
    patched: dict[str, Entry]
    packages: dict[str, Entry]
    meant: dict[str, dict[str, Entry]]
    problems: list[Problem]

    @property
    def notices(self) -> tuple[str, ...]:
        """That the version is not known, if it is not."""
        if self.version <= _NEWEST:
            return ()
        said = f"A lockfile is of version {visible(str(self.version), 20)} of bun's format, newer than Assay knows"
        return (f"{said}; it was read as version {_NEWEST}.",)


def read_document(content: bytes) -> Document:
    """Read the text; raise `UnreadableLockfile` with the line where it stops making sense."""
    text = decode_json(content, _LARGEST, "bun")
    try:
        text = strict_json(text)
    except NotJson as error:
        raise not_json(text, error) from None
    sections = read_sections(text, _LISTING)
    version, line = sections.values.get("lockfileVersion"), sections.lines.get("lockfileVersion", 1)
    if type(version) is not int or version < 0:  # neither `true` nor 1.0
        said = visible(json.dumps(version), 40) if "lockfileVersion" in sections.lines else "missing"
        raise UnreadableLockfile(line, f'Its "lockfileVersion" is {said}; 0 to {_NEWEST} was expected.')
    strange = sections.strange(_SECTIONS)
    if version > _NEWEST and strange is not None:
        message = f'It is newer than Assay knows, and nobody knows what its "{visible(strange, 40)}" says.'
        raise UnreadableLockfile(sections.lines[strange], message)
    meant = {name: sections.listed(name) for name in _MEANT}
    workspaces, patched, packages = map(sections.listed, _LISTING[:3])
    return Document(version, workspaces, patched, packages, meant, sections.problems)
