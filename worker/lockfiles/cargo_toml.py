"""What a crate of Rust asks for: `Cargo.toml`.

Shape    TOML. `[dependencies]`, `[dev-dependencies]` and `[build-dependencies]`, those of a `[target.…]` and of the
         `[workspace]`, have a requirement for each crate: `"1.2"`, or a table with `version`, `git`, `path`, and
         `package` where it is called something else. Read as a dependency file only where no `Cargo.lock` fixes the
         versions: then `=1.2.3` is a pin. `[patch.…]` and `[replace]` put something in the place of a crate: they are
         its directives.
Line     the entry's own, or that of its table.
Skips    folders of the repository, and what a member takes from its workspace (`workspace = true`).
Refuses  what is not TOML in UTF-8, or larger than 2 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from app.core.compared import put_together, read_package
from app.core.directives import Directive, DirectiveKind
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Directives, Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest, Want
from app.core.package import REGISTRY, Ecosystem, without_login
from app.core.toml_tables import Statement, TomlFile, read_toml

FORMAT = "cargo-toml"
ECOSYSTEM = Ecosystem.CARGO
COVERED_BY = frozenset({"cargo-lock"})

_LARGEST = 2 << 20  # bytes
_MOST = 20_000  # crates; a file with more was written to exhaust its reader
_LONGEST = 500  # characters of a requirement
_SECTIONS = {
    "dependencies": Scope.RUNTIME,
    "dev-dependencies": Scope.DEVELOPMENT,
    "dev_dependencies": Scope.DEVELOPMENT,
    "build-dependencies": Scope.BUILD,
    "build_dependencies": Scope.BUILD,
}
_FIELDS = ("version", "git", "path", "package", "features", "optional", "registry", "rev", "branch", "tag")

_Keys = dict[tuple[str, str], Statement]


class _Entry(NamedTuple):
    """One requirement: what the crate is called where it comes from, and its fields."""

    name: str
    fields: dict[str, Any]
    line: int
    scope: Scope

    @property
    def range(self) -> str:
        """The requirement as it is written; empty where there is none."""
        version = self.fields.get("version")
        return version.strip()[:_LONGEST] if isinstance(version, str) else ""


def claims(path: str) -> bool:
    """Whether a file of this path is a crate's manifest, by its name."""
    return path.rpartition("/")[2] == "Cargo.toml"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content, _LARGEST)
    keys = document.keys()
    read = put_together(path, FORMAT, map(_pin, _entries(document, keys)))
    return replace(read, directives=_directives(document, keys))


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the crate asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content, _LARGEST)
    keys = document.keys()
    wants = [
        Want(one.name, one.range, one.line, _scope(one), is_elsewhere="git" in one.fields)
        for one in _entries(document, keys)
        if not _is_own(one)
    ]
    name = _table(document.values, "package").get("name")
    directives = _directives(document, keys)
    return Manifest(path, name if isinstance(name, str) else None, tuple(wants), directives=directives)


def _scope(entry: _Entry) -> Scope:
    """What a build needs stands in a `Cargo.lock` as all else does."""
    return Scope.RUNTIME if entry.scope is Scope.BUILD else entry.scope


def _entries(document: TomlFile, keys: _Keys) -> list[_Entry]:
    found: list[_Entry] = []
    for table, held, scope in _tables(document):
        for name, wanted in held.items():
            fields = wanted if isinstance(wanted, dict) else {"version": wanted}
            real = fields.get("package")
            found.append(_Entry(real if isinstance(real, str) else name, fields, _line(keys, table, name), scope))
        if len(found) > _MOST:
            raise UnreadableLockfile(1, f"It names more than {_MOST} crates.")
    return found


def _tables(document: TomlFile) -> Iterator[tuple[str, dict[str, Any], Scope]]:
    """Every table of requirements, by its name as it is written."""
    values = document.values
    for section, scope in _SECTIONS.items():
        if section in values and not isinstance(values[section], dict):
            raise UnreadableLockfile(document.key_line(section), f"Its {section} are no table.")
        yield section, _table(values, section), scope
        for target, held in _table(values, "target").items():
            table = held.get(section) if isinstance(held, dict) else None
            yield f"target.{target}.{section}", table if isinstance(table, dict) else {}, scope
    yield "workspace.dependencies", _table(values, "workspace", "dependencies"), Scope.RUNTIME


def _line(keys: _Keys, table: str, name: str) -> int:
    """That of the key in its table, or of the first one in a table of its own; 1 when it is written otherwise."""
    plain = table.replace('"', "").replace("'", "")
    dotted = ((plain, f"{name}.{field}") for field in _FIELDS)  # `kit.workspace = true`
    own = ((f"{plain}.{name}", field) for field in _FIELDS)
    return next((keys[at].line for at in ((plain, name), *dotted, *own) if at in keys), 1)


def _is_own(entry: _Entry) -> bool:
    return "path" in entry.fields or entry.fields.get("workspace") is True


def _pin(entry: _Entry) -> Pin | Problem | None:
    if _is_own(entry):
        return None
    shown = visible(f"{entry.name} {entry.range}".strip(), 120)
    text = f"{entry.name} {sorted(map(str, entry.fields.items()))}"[:1000]
    if "git" in entry.fields:
        message = f"{shown} comes from a repository, and no Cargo.lock says which commit."
        return Problem(entry.line, message, visible(entry.name, 80), Reason.ECOSYSTEM, text)
    exact = entry.range.removeprefix("=").strip()
    if not entry.range.startswith("=") or "," in exact or exact.count(".") < 2:
        message = f"{shown} fixes no version, and no Cargo.lock stands beside it, so it is not compared."
        return Problem(entry.line, message, visible(entry.name, 80), Reason.ECOSYSTEM, text)
    package = read_package(ECOSYSTEM, entry.name, exact)
    if package is None:
        message = f"{shown} has no name and version that can be read."
        return Problem(entry.line, message, visible(entry.name, 80), entry=text)
    return Pin(package, REGISTRY, entry.line, entry.scope, direct=True)


def _directives(document: TomlFile, keys: _Keys) -> tuple[Directive, ...]:
    found = Directives()
    for registry, held in _table(document.values, "patch").items():
        for name, wanted in (held if isinstance(held, dict) else {}).items():
            _say(found, name, wanted, _line(keys, f"patch.{registry}", name))
    for name, wanted in _table(document.values, "replace").items():
        _say(found, name, wanted, _line(keys, "replace", name))
    return tuple(found)


def _say(found: Directives, name: str, wanted: object, line: int) -> None:
    fields = wanted if isinstance(wanted, dict) else {"version": wanted}
    said = ", ".join(f"{key} {without_login(str(value))}" for key, value in fields.items())
    found.say(DirectiveKind.REPLACEMENT, name, said, line)


def _table(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """The table of this name, whatever else the file says there."""
    for name in names:
        found = values.get(name)
        values = found if isinstance(found, dict) else {}
    return values
