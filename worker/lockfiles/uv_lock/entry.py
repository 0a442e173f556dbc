"""One `[[package]]` of uv's lockfile → a package with the places it comes from, or a folder; and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Problem, Problems
from app.core.package import Package, Source, SourceKind, without_login
from app.core.python_files import Declared, File, Origin, read_origins
from app.core.python_release import is_within_repository, no_package, python_name, python_package
from app.core.toml_tables import TomlTable

_FOLDERS = ("directory", "editable", "virtual")
_KINDS = ("registry", "git", "url", "path", *_FOLDERS)
_LOCAL_INDEX = "file://"


class Wanted(NamedTuple):
    """What is asked for: a normalised name, and version and source as written where the name alone is not enough."""

    name: str
    version: str | None = None
    source: str | None = None
    extras: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A package of the file.

    `package` is None for a folder of the repository (`is_local`), and for an entry that cannot be a pin. `origins` are
    the places its files come from, with their hashes. `requires` are its own dependencies, `extras` those of each of
    its extras, `groups` those of its groups. `version` and `source` are as written: dependencies repeat them.
    """

    line: int
    name: str
    version: str | None
    source: str | None
    is_local: bool
    package: Package | None
    origins: tuple[Origin, ...]
    requires: tuple[Wanted, ...]
    extras: dict[str, tuple[Wanted, ...]]
    groups: tuple[Wanted, ...]


def read_entry(table: TomlTable, path: str) -> tuple[Entry, list[Problem]]:
    """Say what the entry of the lockfile at `path` is, and what of it cannot be read."""
    fields = table.fields
    name = fields.get("name")
    problems: list[Problem] = Problems()
    requires, extras, groups = _edges(table, problems)
    package, origins, is_local = _identity(table, path, problems)
    return Entry(
        line=table.line,
        name=(python_name(name) if isinstance(name, str) else None) or "",
        version=_written(fields.get("version")),
        source=_written(fields.get("source")),
        is_local=is_local,
        package=package,
        origins=origins,
        requires=requires,
        extras=extras,
        groups=groups,
    ), problems


def read_wanted(value: object) -> tuple[Wanted, ...] | None:
    """A list of dependencies; None when it is none."""
    if not isinstance(value, list):
        return None
    wanted = []
    for one in value:
        name = one.get("name") if isinstance(one, dict) else None
        found = python_name(name) if isinstance(name, str) else None
        if found is None:
            return None
        extras = one.get("extra", one.get("extras", []))
        if not isinstance(extras, list):
            return None
        names = tuple(python_name(extra) or extra for extra in extras if isinstance(extra, str))
        wanted.append(Wanted(found, _written(one.get("version")), _written(one.get("source")), names))
    return tuple(wanted)


def _written(value: object) -> str | None:
    """A version or a source as something to compare by."""
    if isinstance(value, dict):
        return str(sorted(value.items(), key=str))
    return None if value is None else str(value)


def _identity(table: TomlTable, path: str, problems: list[Problem]) -> tuple[Package | None, tuple[Origin, ...], bool]:
    source = table.fields.get("source")
    kinds = [kind for kind in _KINDS if kind in source] if isinstance(source, dict) else []
    where = source[kinds[0]] if isinstance(source, dict) and len(kinds) == 1 else None
    if not isinstance(where, str):
        said = "several sources at once" if len(kinds) > 1 else "no source that can be read"
        problems.append(table.problem(f"{table.shown} names {said}."))
        return None, (), False
    if kinds[0] in _FOLDERS:
        if not is_within_repository(path, where):
            message = f"{table.shown} comes from {visible(where, 80)}, a folder outside of the repository."
            problems.append(table.problem(message, reason=Reason.UNSUPPORTED_SOURCE))
        return None, (), True
    name, version = table.fields.get("name"), table.fields.get("version")
    declared = _declared(kinds[0], where)
    if version is None and declared.source.kind is not SourceKind.REGISTRY:
        message = f"{table.shown} comes from {declared.source.kind} and names no version."
        problems.append(table.problem(message, reason=Reason.UNSUPPORTED_SOURCE))
        return None, (), False
    package = python_package(name, version)
    if package is None:
        problems.append(table.problem(no_package(table.shown, version)))
        return None, (), False
    origins, troubles = read_origins(_files(table.fields), package, declared)
    problems += (table.problem(f"{table.shown}: {trouble}") for trouble in troubles)
    return package, origins, False


def _declared(kind: str, where: str) -> Declared:
    if kind == "git":
        return Declared(Source(SourceKind.GIT, without_login(where), where.partition("#")[2] or None))
    if kind == "url":
        return Declared(Source(SourceKind.URL, without_login(where)), where)
    if kind == "path" or "://" not in where or where.lower().startswith(_LOCAL_INDEX):
        return Declared(Source(SourceKind.PATH, None, where))
    return Declared(Source(SourceKind.REGISTRY, without_login(where)), where)


def _files(fields: dict[str, Any]) -> Iterator[File | None]:
    """The sdist and the wheels; None for what is neither."""
    wheels = fields.get("wheels", [])
    listed = wheels if isinstance(wheels, list) else [wheels if not isinstance(wheels, dict) else None]
    for file in (*([fields["sdist"]] if "sdist" in fields else []), *listed):
        hashes = (file["hash"],) if isinstance(file, dict) and "hash" in file else ()
        yield File(file.get("url"), hashes) if isinstance(file, dict) else None


def _edges(
    table: TomlTable, problems: list[Problem]
) -> tuple[tuple[Wanted, ...], dict[str, tuple[Wanted, ...]], tuple[Wanted, ...]]:
    requires: list[Wanted] = []
    extras: dict[str, tuple[Wanted, ...]] = {}
    groups: list[Wanted] = []
    for key, name, listed in _lists(table.fields):
        wanted = read_wanted(listed)
        if wanted is None:
            problems.append(table.problem(f'The "{key}" of {table.shown} cannot be read.'))
        elif key == "dependencies":
            requires += wanted
        elif key == "optional-dependencies":
            extras[python_name(name) or name] = wanted
        else:
            groups += wanted
    return tuple(requires), extras, tuple(groups)


def _lists(fields: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    """All lists of dependencies: under which key, for which extra or group, the list."""
    if "dependencies" in fields:
        yield "dependencies", "", fields["dependencies"]
    for key in ("optional-dependencies", "dev-dependencies", "dependency-groups"):
        tables = fields.get(key, {})
        if isinstance(tables, dict):
            yield from ((key, name, listed) for name, listed in tables.items())
        else:
            yield key, "", tables if not isinstance(tables, list) else None
