"""Rust's lockfile: `Cargo.lock`, versions 1 to 4.

Shape    TOML. Each `[[package]]` has a name, a version, a `source` (`registry+…`, `sparse+…`, `git+…#commit`; none: a
         crate of the workspace) and a `checksum`, which is the SHA-256 of the archive (in version 1 it stands in
         `[metadata]`). What is direct the file does not say: it is what a crate of the workspace requires. Scopes are
         not written either: all is run time.
Line     `name = "…"` below the header.
Skips    crates of the workspace.
Refuses  newer versions than 4; what is not TOML in UTF-8; packages that are not written as `[[package]]`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core.compared import read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind, without_login
from app.core.toml_tables import TomlFile, TomlTable, read_toml

FORMAT = "cargo-lock"
ECOSYSTEM = Ecosystem.CARGO

_NEWEST = 4
_REGISTRIES = ("registry", "sparse")
_OWN = ""  # stands among the parents for a crate of the workspace


class _Crate(NamedTuple):
    table: TomlTable
    package: Package
    source: Source | None
    digests: tuple[Digest, ...]


def claims(path: str) -> bool:
    """Whether a file of this path is a `Cargo.lock`."""
    return path.rpartition("/")[2] == "Cargo.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content)
    version = document.values.get("version", 1)
    if type(version) is not int or not 1 <= version <= _NEWEST:
        line = document.key_line("version")
        raise UnreadableLockfile(line, f"Its version is {visible(str(version), 40)}; 1 to {_NEWEST} was expected.")
    if "package" not in document.values and "version" not in document.values:
        raise UnreadableLockfile(1, "It has no [[package]], so it is no Cargo.lock.")
    problems: list[Problem] = Problems()
    crates = [crate for table in document.tables("package") if (crate := _crate(table, document, problems))]
    asked = _asked_by(crates)
    pins = tuple(_pin(crate, crate.source, asked) for crate in crates if crate.source is not None)
    return Lockfile(path, FORMAT, pins, in_order(problems))


def _crate(table: TomlTable, document: TomlFile, problems: list[Problem]) -> _Crate | None:
    fields = table.fields
    package = read_package(ECOSYSTEM, fields.get("name"), fields.get("version"))
    if package is None:
        problems.append(table.problem(f"{table.shown} is no name and version of a crate."))
        return None
    written = fields.get("source")
    source = None if written is None else _source(written)
    if written is not None and source is None:
        problems.append(table.problem(f"{table.shown} names no source that can be read."))
        source = REGISTRY
    return _Crate(table, package, source, _digests(table, document, problems))


def _source(written: object) -> Source | None:
    if not isinstance(written, str) or not written.isprintable() or len(written) > 2000:
        return None
    kind, _, address = written.partition("+")
    if kind in _REGISTRIES and "://" in address:
        return Source(SourceKind.REGISTRY, without_login(address))
    if kind == "git" and "://" in address:
        return Source(SourceKind.GIT, without_login(address.partition("#")[0]), address.partition("#")[2] or None)
    return None


def _digests(table: TomlTable, document: TomlFile, problems: list[Problem]) -> tuple[Digest, ...]:
    fields = table.fields
    written = fields.get("checksum", _of_metadata(document.values.get("metadata"), fields))
    if written is None or written == "<none>":
        return ()
    try:
        return (from_pip(f"sha256:{written}"),)
    except ValueError:
        problems.append(table.problem(f"{table.shown} names a checksum that is no SHA-256."))
        return ()


def _of_metadata(metadata: object, fields: dict[str, Any]) -> object:
    if not isinstance(metadata, dict):
        return None
    return metadata.get(f"checksum {fields.get('name')} {fields.get('version')} ({fields.get('source')})")


def _asked_by(crates: list[_Crate]) -> dict[str, set[str]]:
    """Label of a crate → labels of those that require it; of the workspace's own, `_OWN`."""
    named: dict[str, list[_Crate]] = {}
    for crate in crates:
        named.setdefault(crate.package.name, []).append(crate)
    asked: dict[str, set[str]] = {}
    for crate in crates:
        asker = _OWN if crate.source is None else crate.package.label
        wanted = crate.table.fields.get("dependencies", [])
        for text in wanted if isinstance(wanted, list) else []:
            name, _, rest = text.partition(" ") if isinstance(text, str) else ("", "", "")
            version = rest.partition(" ")[0]
            for other in named.get(name, ()):
                if not version or other.package.version == version:
                    asked.setdefault(other.package.label, set()).add(asker)
    return asked


def _pin(crate: _Crate, source: Source, asked: dict[str, set[str]]) -> Pin:
    parents = asked.get(crate.package.label, {_OWN})  # what nobody requires, the project does
    return Pin(
        package=crate.package,
        source=source,
        line=crate.table.line,
        scope=Scope.RUNTIME,
        direct=_OWN in parents,
        parents=tuple(sorted(parents - {_OWN})),
        digests=crate.digests,
    )
