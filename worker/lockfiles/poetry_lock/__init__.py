"""Poetry's lockfile: `poetry.lock`, lock-version 1.0 to 2.1.

Shape    TOML. Each `[[package]]` has a name, a version, the `files` with their hashes (in 1.x they stand in
         `[metadata.files]` or `[metadata.hashes]`, for all versions of a name together), and `[package.dependencies]`
         by name. No `source` means the registry that is configured; `legacy` is another index, with its address.
         What the project itself asks for stands in `pyproject.toml`, not here. So direct is what must be: what no other
         package requires, or none of the same group; what the project's `[extras]` name; what a folder of the
         repository requires; and of packages that only require one another, the first. The rest counts as transitive.
         The scope: group `main` (1.x: `category`) is run time, or optional where the package says so; any other group
         is for development; 2.0 says neither, so it is run time. What is required at run time is so too.
Line     `name = "…"` right below `[[package]]`; the header itself where something else stands there.
Skips    folders inside the repository (`directory`): its own code.
Refuses  lock-versions before 1 and from 3, as Poetry does; text that is not TOML or not UTF-8; keys of many parts;
         packages that are not written as `[[package]]`, because they have no lines.
"""

from __future__ import annotations

from typing import Any

from app.core.collector import collector_at_rest
from app.core.escape import visible
from app.core.grouped_packages import Entry, pins_of
from app.core.lockfile import Lockfile, Problem, Problems, UnreadableLockfile, comparable, in_order
from app.core.package import Ecosystem
from app.core.python_files import source_indexes
from app.core.toml_tables import TomlFile, read_toml
from worker.lockfiles.poetry_lock.entry import Metadata, read_entry

FORMAT = "poetry-lock"
ECOSYSTEM = Ecosystem.PYPI

_NEWEST = {1: 1, 2: 1}  # the major versions that Poetry 2 reads → the last minor one of each
_LONGEST_VERSION = 20


def claims(path: str) -> bool:
    """Whether a file of this path is Poetry's lockfile, by its name."""
    return path.rpartition("/")[2] == "poetry.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_toml(content)
    metadata = document.values.get("metadata")
    if not isinstance(metadata, dict):
        raise UnreadableLockfile(1, "It has no [metadata], so it is not a lockfile of Poetry 1 or later.")
    version = _checked_version(document, metadata)
    problems: list[Problem] = Problems()
    entries = _entries(document, path, Metadata(metadata), problems)
    pins = pins_of(entries, _extras(document, problems))
    return Lockfile(path, FORMAT, pins, in_order(problems), _notices(version), source_indexes(pins))


def _checked_version(document: TomlFile, metadata: dict[str, Any]) -> tuple[int, int]:
    written = metadata.get("lock-version")
    parts = written.split(".") if isinstance(written, str) and len(written) <= _LONGEST_VERSION else []
    if len(parts) == 2 and all(part.isascii() and part.isdigit() for part in parts) and int(parts[0]) in _NEWEST:
        return int(parts[0]), int(parts[1])
    said = "missing" if written is None else visible(str(written), 40)
    line = document.key_line("lock-version", "metadata")
    raise UnreadableLockfile(line, f'Its "lock-version" is {said}; 1.0 to 2.1 was expected.')


def _entries(document: TomlFile, path: str, metadata: Metadata, problems: list[Problem]) -> list[Entry]:
    entries: list[Entry] = []
    for table in document.tables("package"):
        entry, found = read_entry(table, path, metadata)
        entries.append(entry)
        problems += found
    return entries


def _extras(document: TomlFile, problems: list[Problem]) -> list[str]:
    """The names in the project's own `[extras]`: these it asks for itself."""
    extras = document.values.get("extras", {})
    lists = list(extras.values()) if isinstance(extras, dict) else [None]
    names = [name for listed in lists if isinstance(listed, list) for name in listed if isinstance(name, str)]
    if not all(isinstance(listed, list) for listed in lists):
        line = document.key_line("extras")
        problems.append(
            Problem(line, "The [extras] of the project cannot be read.", "extras", entry=comparable(str(extras)))
        )
    return names


def _notices(version: tuple[int, int]) -> tuple[str, ...]:
    major, minor = version
    if minor <= _NEWEST[major]:
        return ()
    read = f"it was read as version {major}.{_NEWEST[major]}"
    return (f"A lockfile is of version {major}.{minor} of Poetry's format, newer than Assay knows; {read}.",)
