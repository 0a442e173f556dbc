"""One `[[package]]` of pdm's lockfile → a package with the places it comes from, or a folder; and what it requires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.errors import Reason
from app.core.escape import visible
from app.core.grouped_packages import Entry, Required
from app.core.lockfile import Problem, Scope
from app.core.package import REGISTRY, Package, Source, SourceKind, without_login
from app.core.python_files import Declared, File, Origin, read_origins
from app.core.python_release import (
    is_archive,
    is_within_repository,
    no_package,
    python_name,
    python_package,
    required_name,
)
from app.core.scope_words import scope_said
from app.core.toml_tables import TomlTable

_VERSION_CONTROL = ("git", "hg", "svn", "bzr")
_KINDS = (*_VERSION_CONTROL, "url", "path")
_RUN_TIME = "default"  # what the group of run time is called


def read_entry(table: TomlTable, path: str, files: dict[str, Any]) -> tuple[Entry, list[Problem]]:
    """Say what the entry of the lockfile at `path` is, and what of it cannot be read.

    `files` are those of all packages by name and version, as `[metadata.files]` lists them before 4.3.
    """
    fields = table.fields
    name, extras = fields.get("name"), fields.get("extras")
    problems: list[Problem] = []
    requires = _requires(table, problems)
    package, origins, is_local = _identity(table, path, files, problems)
    groups = _groups(table, problems)
    with_extras = ",".join(str(one) for one in extras) if isinstance(extras, list) else ""
    return Entry(
        line=table.line,
        name=(python_name(name) if isinstance(name, str) else None) or "",
        is_local=is_local,
        package=package,
        origins=origins,
        groups=groups,
        claimed=_claimed_scope(groups),
        requires=requires,
        location=f"[{visible(with_extras, 80)}]" if with_extras else "",
    ), problems


def _identity(
    table: TomlTable, path: str, files: dict[str, Any], problems: list[Problem]
) -> tuple[Package | None, tuple[Origin, ...], bool]:
    fields = table.fields
    kinds = [kind for kind in _KINDS if kind in fields]
    where = fields[kinds[0]] if kinds else ""
    if len(kinds) > 1 or not isinstance(where, str):
        said = "several sources at once" if len(kinds) > 1 else "no source that can be read"
        problems.append(table.problem(f"{table.shown} names {said}."))
        return None, (), False
    if kinds == ["path"] and not is_archive(where):
        if not is_within_repository(path, where):
            message = f"{table.shown} comes from {visible(where, 80)}, a folder outside of the repository."
            problems.append(table.problem(message, reason=Reason.UNSUPPORTED_SOURCE))
        return None, (), True
    package = python_package(fields.get("name"), fields.get("version"))
    if package is None:
        problems.append(table.problem(no_package(table.shown, fields.get("version"))))
        return None, (), False
    declared = _declared(kinds[0] if kinds else "", where, fields)
    listed = fields["files"] if "files" in fields else files.get(f"{fields['name']} {fields['version']}", [])
    origins, troubles = read_origins(_files(listed), package, declared)
    problems += (table.problem(f"{table.shown}: {trouble}") for trouble in troubles)
    return package, origins, False


def _declared(kind: str, where: str, fields: dict[str, Any]) -> Declared:
    if kind in _VERSION_CONTROL:
        commit = fields.get("revision") or fields.get("ref")
        return Declared(Source(SourceKind.GIT, without_login(where), commit if isinstance(commit, str) else None))
    if kind == "url":
        return Declared(Source(SourceKind.URL, without_login(where)), where)
    if kind == "path":
        return Declared(Source(SourceKind.PATH, None, where))
    return Declared(REGISTRY, asks_index=True)


def _files(listed: object) -> Iterator[File | None]:
    """Each with its address, or with its name alone; None for what is no file."""
    for file in listed if isinstance(listed, list) else [None]:
        if isinstance(file, dict) and ("url" in file or isinstance(file.get("file"), str)):
            yield File(file.get("url"), (file["hash"],) if "hash" in file else ())
        else:
            yield None


def _groups(table: TomlTable, problems: list[Problem]) -> frozenset[str]:
    written = table.fields.get("groups", [])
    if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
        problems.append(table.problem(f"The groups of {table.shown} cannot be read."))
        return frozenset()
    return frozenset(written)


def _claimed_scope(groups: frozenset[str]) -> Scope:
    """Groups are extras of the project or groups for its developers, and the file does not say which."""
    if not groups or _RUN_TIME in groups:
        return Scope.RUNTIME
    return Scope.DEVELOPMENT if all(scope_said(name) is Scope.DEVELOPMENT for name in groups) else Scope.OPTIONAL


def _requires(table: TomlTable, problems: list[Problem]) -> tuple[Required, ...]:
    written = table.fields.get("dependencies", [])
    if not isinstance(written, list):
        problems.append(table.problem(f"The dependencies of {table.shown} cannot be read."))
        return ()
    required = []
    for text in written:
        found = required_name(text) if isinstance(text, str) else None
        if found is None:
            message = f"{table.shown} requires {visible(str(text), 80)}, which is no requirement."
            problems.append(table.problem(message))
        else:
            required.append(Required(found))
    return tuple(required)
