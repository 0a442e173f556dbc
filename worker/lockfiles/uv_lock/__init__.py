"""uv's lockfile: `uv.lock`, version 1 in all its revisions, and the `<script>.py.lock` beside a script.

Shape    TOML. Each `[[package]]` has a name, a version and one `source`: the index of a registry, git, an address, an
         archive (`path`), or a folder (`directory`, `editable`, `virtual`). `sdist` and `wheels` name the files with
         their addresses and hashes, and uv fetches them from there and asks the index nothing: so each place that
         files come from is a pin of its own. It is the registry's when the file is called like this package and
         version; then the source's `url` is the index, and its `reference` the host of the files where that is another
         one. Forks are several packages of one name.
Line     `name = "…"` right below `[[package]]`; the header itself where something else stands there.
Skips    folders inside the repository: the project, its workspace, what it develops beside itself. What they ask for is
         direct: their dependencies at run time, their extras as optional, their groups for development; likewise what
         the manifest of a script or of a workspace without a project names. The gravest scope that leads to a package
         counts.
Refuses  versions other than 1 (uv refuses them too); text that is not TOML or not UTF-8; keys of many parts; packages
         that are not written as `[[package]]`, because they have no lines; both names of the array of packages at once.
"""

from __future__ import annotations

import json

from app.core.collector import collector_at_rest
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Problems, UnreadableLockfile, comparable, in_order
from app.core.package import Ecosystem
from app.core.python_files import source_indexes
from app.core.toml_tables import TomlFile, read_toml
from worker.lockfiles.uv_lock.entry import Entry, Wanted, read_entry, read_wanted
from worker.lockfiles.uv_lock.graph import Graph

FORMAT = "uv-lock"
ECOSYSTEM = Ecosystem.PYPI

_VERSION = 1
_NEWEST_REVISION = 5  # of uv 0.13


def claims(path: str) -> bool:
    """Whether a file of this path is uv's lockfile, by its name."""
    name = path.rpartition("/")[2]
    return name == "uv.lock" or (name.endswith(".py.lock") and name != ".py.lock")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_toml(content)
    _check_version(document)
    entries, problems = _entries(document, path)
    graph = Graph(entries, *_manifest(document, problems))
    problems += graph.problems
    pins = _pins(entries, graph)
    return Lockfile(path, FORMAT, pins, in_order(problems), _notices(document), source_indexes(pins))


def _check_version(document: TomlFile) -> None:
    version = document.values.get("version")
    if type(version) is not int or version != _VERSION:
        said = "missing" if version is None else visible(json.dumps(version, default=str), 20)
        raise UnreadableLockfile(document.key_line("version"), f"Its version is {said}; {_VERSION} was expected.")


def _entries(document: TomlFile, path: str) -> tuple[list[Entry], list[Problem]]:
    names = [name for name in ("package", "distribution") if name in document.values]  # the second is its first name
    if len(names) > 1:
        line = document.key_line("distribution")
        raise UnreadableLockfile(line, "It has packages under two names, [[package]] and [[distribution]].")
    entries: list[Entry] = []
    problems: list[Problem] = Problems()
    for table in document.tables(names[0]) if names else ():
        entry, found = read_entry(table, path)
        entries.append(entry)
        problems += found
    return entries, problems


def _manifest(document: TomlFile, problems: list[Problem]) -> tuple[int, list[Wanted], list[Wanted]]:
    """What a script, or a workspace without a project, asks for: its line, at run time, and for development."""
    manifest = document.values.get("manifest")
    if manifest is None:
        return 1, [], []
    line = document.key_line("manifest")
    if not isinstance(manifest, dict):
        problems.append(Problem(line, 'The "manifest" is not a table.', "manifest", entry=comparable(str(manifest))))
        return line, [], []
    groups = manifest.get("dependency-groups", {})
    wanted = []
    for value in (
        [manifest.get("requirements", [])],
        groups.values() if isinstance(groups, dict) else [groups],
    ):
        names: list[Wanted] = []
        for listed in value:
            found = read_wanted(listed)
            if found is None:
                message = "The manifest has a list of requirements that cannot be read."
                problems.append(Problem(line, message, "manifest", entry=comparable(str(listed))))
            names += [Wanted(one.name, extras=one.extras) for one in found or ()]
        wanted.append(names)
    return line, wanted[0], wanted[1]


def _pins(entries: list[Entry], graph: Graph) -> tuple[Pin, ...]:
    return tuple(
        Pin(
            package=entry.package,
            source=source,
            line=entry.line,
            scope=graph.scope(number),
            direct=number in graph.direct,
            parents=graph.parents(number),
            digests=digests,
        )
        for number, entry in enumerate(entries)
        if entry.package is not None
        for source, digests in entry.origins
    )


def _notices(document: TomlFile) -> tuple[str, ...]:
    revision = document.values.get("revision", 0)
    if type(revision) is int and revision <= _NEWEST_REVISION:
        return ()
    said = visible(str(revision), 20)
    known = f"revision {_NEWEST_REVISION}"
    return (f"A lockfile is of revision {said} of uv's format, newer than Assay knows; it was read as {known}.",)
