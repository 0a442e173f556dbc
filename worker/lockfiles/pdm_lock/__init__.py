"""pdm's lockfile: `pdm.lock`, lock_version 4.0 to 4.5, with the addresses of the files (`static_urls`) or without.

Shape    TOML. Each `[[package]]` has a name, a version, the `files` with their hashes (before 4.3 they stand in
         `[metadata.files]`) and `dependencies` as requirements. One that is asked for with extras stands twice, the
         second time with its `extras`. Of `git` (or another version control system), `url` and `path` at most one says
         where it comes from; without, it is the registry's that is configured. Where files have addresses, pdm asks no
         index: each place that they come from is a pin of its own.
         What the project itself asks for stands in `pyproject.toml`, not here. So direct is what no other package
         requires, or none of the same group. The group `default` is run time; others are for development where a word
         of their name says so (`dev`, `test`, `docs` …), else optional; without groups (no `inherit_metadata`) all is
         run time, and so is what is required at run time.
Line     `name = "…"` right below `[[package]]`; the header itself where something else stands there.
Skips    folders inside the repository (`path`): its own code. What they require is direct.
Refuses  lock_versions other than 4 (a newer minor one is read with a notice); text that is not TOML or not UTF-8;
         keys of many parts; packages that are not written as `[[package]]`, because they have no lines.
"""

from __future__ import annotations

from typing import Any

from app.core.collector import collector_at_rest
from app.core.escape import visible
from app.core.grouped_packages import Entry, pins_of
from app.core.lockfile import Lockfile, Problem, UnreadableLockfile, in_order
from app.core.package import Ecosystem
from app.core.python_files import source_indexes
from app.core.toml_tables import TomlFile, read_toml
from worker.lockfiles.pdm_lock.entry import read_entry

FORMAT = "pdm-lock"
ECOSYSTEM = Ecosystem.PYPI

_MAJOR, _NEWEST_MINOR = 4, 5
_LONGEST_VERSION = 20


def claims(path: str) -> bool:
    """Whether a file of this path is pdm's lockfile, by its name; it may have one for each target (`pdm.win.lock`)."""
    name = path.rpartition("/")[2]
    return name == "pdm.lock" or (name.startswith("pdm.") and name.endswith(".lock") and name.count(".") == 2)


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_toml(content)
    metadata = document.values.get("metadata")
    if not isinstance(metadata, dict):
        raise UnreadableLockfile(1, "It has no [metadata], so it is not a lockfile of pdm.")
    notices = _notices(document, metadata)
    files = metadata.get("files")
    problems: list[Problem] = []
    entries: list[Entry] = []
    for table in document.tables("package"):
        entry, found = read_entry(table, path, files if isinstance(files, dict) else {})
        entries.append(entry)
        problems += found
    pins = pins_of(entries)
    return Lockfile(path, FORMAT, pins, in_order(problems), notices, source_indexes(pins))


def _notices(document: TomlFile, metadata: dict[str, Any]) -> tuple[str, ...]:
    written = metadata.get("lock_version")
    parts = written.split(".") if isinstance(written, str) and len(written) <= _LONGEST_VERSION else []
    is_version = len(parts) in (2, 3) and all(part.isascii() and part.isdigit() for part in parts)
    if not is_version or int(parts[0]) != _MAJOR:
        said = "missing" if written is None else visible(str(written), 40)
        line = document.key_line("lock_version", "metadata")
        raise UnreadableLockfile(
            line, f'Its "lock_version" is {said}; {_MAJOR}.0 to {_MAJOR}.{_NEWEST_MINOR} was expected.'
        )
    if int(parts[1]) <= _NEWEST_MINOR:
        return ()
    known = f"it was read as version {_MAJOR}.{_NEWEST_MINOR}"
    return (f"A lockfile is of version {visible(str(written), 20)} of pdm's format, newer than Assay knows; {known}.",)
