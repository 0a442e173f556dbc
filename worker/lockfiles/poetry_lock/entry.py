"""One `[[package]]` of Poetry's lockfile → a package with its source and hashes, or a folder; and what it requires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.grouped_packages import Entry, Required
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Problem, Problems, Scope
from app.core.package import REGISTRY, Package, Source, SourceKind, without_login
from app.core.python_release import is_within_repository, no_package, python_name, python_package
from app.core.toml_tables import TomlTable

_MAIN = ("main", "default")  # what the group of run time is called, and was before Poetry 1.2
_MOST_TROUBLES = 10  # about the files of one package


class Metadata(NamedTuple):
    """The file's `[metadata]`, which in lock-version 1.x names the files of all packages."""

    fields: dict[str, Any]

    def files(self, name: object) -> object:
        """The files of a package in 1.1, else the hashes of 1.0, else nothing."""
        for key in ("files", "hashes"):
            tables = self.fields.get(key)
            if isinstance(tables, dict) and name in tables:
                return tables[name]
        return []


def read_entry(table: TomlTable, path: str, metadata: Metadata) -> tuple[Entry, list[Problem]]:
    """Say what the entry of the lockfile at `path` is, and what of it cannot be read.

    Its groups are those of 2.1, the category of 1.x, or none in 2.0.
    """
    fields = table.fields
    name = fields.get("name")
    problems: list[Problem] = Problems()
    requires = _requires(table, problems)
    package, source, is_local = _identity(table, path, problems)
    groups = _groups(fields)
    digests: tuple[Digest, ...] = ()
    if package is not None:
        written = fields["files"] if "files" in fields else metadata.files(name)
        digests, troubles = _digests(written)
        problems += (table.problem(f"{table.shown}: {trouble}") for trouble in troubles[:_MOST_TROUBLES])
    return Entry(
        line=table.line,
        name=(python_name(name) if isinstance(name, str) else None) or "",
        is_local=is_local,
        package=package,
        origins=((source, digests),),
        groups=groups,
        claimed=_claimed_scope(fields, groups),
        requires=requires,
    ), problems


def _identity(table: TomlTable, path: str, problems: list[Problem]) -> tuple[Package | None, Source, bool]:
    written = table.fields.get("source", {})
    kind, address = (written.get("type"), written.get("url")) if isinstance(written, dict) else (None, None)
    if kind == "directory" and isinstance(address, str):
        if not is_within_repository(path, address):
            message = f"{table.shown} comes from {visible(address, 80)}, a folder outside of the repository."
            problems.append(table.problem(message, reason=Reason.UNSUPPORTED_SOURCE))
        return None, REGISTRY, True
    source = REGISTRY if written == {} else _source(kind, address, written)
    if source is None:
        problems.append(table.problem(f"{table.shown} names no source that can be read."))
        return None, REGISTRY, False
    package = python_package(table.fields.get("name"), table.fields.get("version"))
    if package is None:
        problems.append(table.problem(no_package(table.shown, table.fields.get("version"))))
        return None, REGISTRY, False
    return package, source, False


def _source(kind: object, address: object, written: Any) -> Source | None:
    if not isinstance(address, str):
        return None
    shown = without_login(address)
    match kind:
        case "legacy":
            return Source(SourceKind.REGISTRY, shown)
        case "git":
            commit = written.get("resolved_reference") or written.get("reference")
            return Source(SourceKind.GIT, shown, commit if isinstance(commit, str) else None)
        case "url":
            return Source(SourceKind.URL, shown)
        case "file":
            return Source(SourceKind.PATH, None, address)
        case _:
            return None


def _digests(written: object) -> tuple[tuple[Digest, ...], list[str]]:
    """The hashes that can be read, and sentences about the others. 1.0 lists bare SHA-256 digits."""
    digests: list[Digest] = []
    troubles: list[str] = []
    for file in written if isinstance(written, list) else [None]:
        text = file.get("hash") if isinstance(file, dict) else file
        if not isinstance(text, str):
            troubles.append("one of its files cannot be read.")
            continue
        try:
            digests.append(from_pip(text if ":" in text else f"sha256:{text}"))
        except ValueError as error:
            troubles.append(f"a hash cannot be read: {error}.")
    return tuple(dict.fromkeys(digests)), troubles


def _groups(fields: dict[str, Any]) -> frozenset[str]:
    """The groups of 2.1, or the category of 1.x."""
    written = fields.get("groups", fields.get("category"))
    return frozenset(name for name in (written if isinstance(written, list) else [written]) if isinstance(name, str))


def _claimed_scope(fields: dict[str, Any], groups: frozenset[str]) -> Scope:
    if groups and not groups.intersection(_MAIN):
        return Scope.DEVELOPMENT
    return Scope.OPTIONAL if fields.get("optional") is True else Scope.RUNTIME


def _requires(table: TomlTable, problems: list[Problem]) -> tuple[Required, ...]:
    written = table.fields.get("dependencies", {})
    if not isinstance(written, dict):
        problems.append(table.problem(f"The dependencies of {table.shown} cannot be read."))
        return ()
    required = []
    for name, constraint in written.items():
        found = python_name(name)
        if found is None:
            message = f"{table.shown} requires {visible(name, 80)}, which is not a name of a Python package."
            problems.append(table.problem(message))
        else:
            required.append(Required(found, needed=any(_is_needed(one) for one in _alternatives(constraint))))
    return tuple(required)


def _alternatives(constraint: object) -> Iterator[object]:
    """A dependency may be asked for in several ways, for different systems."""
    if isinstance(constraint, list):
        yield from constraint
    else:
        yield constraint


def _is_needed(constraint: object) -> bool:
    return not (isinstance(constraint, dict) and constraint.get("optional") is True)
