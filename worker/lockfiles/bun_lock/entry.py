"""One entry of bun's lockfile → the package that bun fetches, or a folder of the repository, and what it requires."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest
from app.core.json_sections import Entry
from app.core.lockfile import Problem, Scope
from app.core.npm_package import digests_of, is_name, is_text, is_version, source_of
from app.core.package import Ecosystem, Package, Source, SourceKind, without_login

_LONGEST_KEY = 4096  # characters
_DEEPEST_KEY = 64  # packages within each other
_FOLDERS = ("root:", "workspace:", "link:", "file:")
_GIT = ("git:", "git+", "git@", "github:", "gitlab:", "bitbucket:", "ssh:")
_EDGES = {
    "dependencies": Scope.RUNTIME,
    "optionalDependencies": Scope.OPTIONAL,
    "peerDependencies": Scope.PEER,
    "devDependencies": Scope.DEVELOPMENT,
}


class Requirement(NamedTuple):
    """What is asked for: the name, the range, and what for."""

    name: str
    wanted: str
    scope: Scope


class Dependency(NamedTuple):
    """A package that bun fetches."""

    package: Package
    source: Source
    digests: tuple[Digest, ...]


class Member(NamedTuple):
    """What lies at a place of the installed tree. Without a dependency it is a folder of the repository.

    `path` are the names from the top of the tree down to this one: `("debug", "ms")` is the `ms` below `debug`.
    """

    path: tuple[str, ...]
    line: int
    requires: tuple[Requirement, ...]
    dependency: Dependency | None = None


class _Unreadable(Exception):
    """The entry cannot be read: the message, and the reason if it is another than usual."""

    def __init__(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


def read_workspace(entry: Entry) -> tuple[Member, list[Problem]]:
    """A folder of the repository, in the place where bun looks for what lies below it: under its name."""
    value = entry.value if isinstance(entry.value, dict) else {}
    name = value.get("name")
    requires, problems = _requirements(entry, value)
    if not isinstance(entry.value, dict):
        problems = [entry.problem(f'The workspace "{entry.shown}" is not an object.')]
    return Member((name,) if entry.key and isinstance(name, str) else (), entry.line, requires), problems


def read_entry(entry: Entry) -> tuple[Member | None, list[Problem]]:
    """Say what the entry is; None when that cannot be said. Problems of a readable one come beside it."""
    try:
        return _read(entry)
    except _Unreadable as error:
        return None, [entry.problem(error.message, error.reason)]


def _read(entry: Entry) -> tuple[Member, list[Problem]]:
    if not is_text(entry.key):
        raise _Unreadable(f'The entry "{entry.shown}" is not text: it holds half of a character.')
    path = _path(entry.key) if len(entry.key) <= _LONGEST_KEY else ()
    if len(entry.key) > _LONGEST_KEY or len(path) > _DEEPEST_KEY:
        raise _Unreadable("The place of this entry is named too long or nested too deeply.")
    if not path:
        raise _Unreadable(f'The place "{entry.shown}" holds a name that no npm package has.')
    said = entry.value[0] if isinstance(entry.value, list) and entry.value else None
    if not isinstance(said, str) or not is_text(said):
        raise _Unreadable(f'The entry "{entry.shown}" does not begin with what it is.')
    at = said.find("@") if said.startswith("@root:") else said.find("@", 1)
    name, reference = (said[:at], said[at + 1 :]) if at >= 0 else (said, "")
    info = next((value for value in entry.value if isinstance(value, dict)), {})
    requires, problems = _requirements(entry, info)
    if reference.startswith(_FOLDERS):
        return Member(path, entry.line, requires), problems
    dependency, broken = _dependency(entry, name, reference)
    return Member(path, entry.line, requires, dependency), problems + broken


def _path(key: str) -> tuple[str, ...]:
    """`@acme/kit/ms` → `("@acme/kit", "ms")`; empty where a name is missing."""
    names: list[str] = []
    scope = ""
    for part in key.split("/"):
        if part.startswith("@") and not scope:
            scope = f"{part}/"
            continue
        names.append(scope + part)
        scope = ""
    return () if scope or not all(is_name(name) for name in names) else tuple(names)


def _dependency(entry: Entry, name: str, reference: str) -> tuple[Dependency, list[Problem]]:
    if not is_name(name):
        raise _Unreadable(f'"{entry.shown}" holds "{visible(name, 80)}", which is not a name of an npm package.')
    if not is_version(reference):
        kind = _kind(reference)
        if kind is None:
            raise _Unreadable(f'"{entry.shown}" names {visible(reference, 80)}, which is not a version.')
        place = visible(without_login(reference), 80)
        message = f"{visible(name, 80)} comes from {kind} ({place}) and names no version."
        raise _Unreadable(message, Reason.UNSUPPORTED_SOURCE)
    address, integrity = _texts(entry)
    source = source_of(address, name, reference)
    if source is None:
        message = f'"{entry.shown}" is resolved to {visible(address, 80)}, which is no address that bun writes.'
        raise _Unreadable(message)
    digests, broken = digests_of(integrity)
    problems = []
    if broken is not None:
        problems.append(entry.problem(f'The "integrity" of "{entry.shown}" cannot be read: {broken}.'))
    return Dependency(Package(Ecosystem.NPM, name, reference), source, digests), problems


def _kind(reference: str) -> SourceKind | None:
    """Where something without a version comes from; None for what bun would not have written."""
    if reference.startswith(_GIT) or ".git#" in reference:
        return SourceKind.GIT
    if reference.startswith(("https:", "http:")):
        return SourceKind.URL
    return SourceKind.PATH if "/" in reference or reference.endswith((".tgz", ".tar.gz")) else None


def _texts(entry: Entry) -> tuple[str, str]:
    """The address of the archive (empty for the configured registry) and the hashes, of an entry of the registry."""
    match entry.value:
        case [_, str(address), dict(), str(integrity), *_] if is_text(address + integrity):
            return address, integrity
        case _:
            raise _Unreadable(f'The entry "{entry.shown}" is not [package, registry, requirements, integrity].')


def _requirements(entry: Entry, info: dict[str, Any]) -> tuple[tuple[Requirement, ...], list[Problem]]:
    """All that it asks for, but for peers that may be missing."""
    found: list[Requirement] = []
    problems: list[Problem] = []
    waived = info.get("optionalPeers")
    optional = {name for name in waived if isinstance(name, str)} if isinstance(waived, list) else set()
    for section, scope in _EDGES.items():
        members = info.get(section, {})
        if not isinstance(members, dict):
            problems.append(entry.problem(f'The "{section}" of "{entry.shown}" is not an object.'))
            continue
        for name, wanted in members.items():
            if scope is not Scope.PEER or name not in optional:
                found.append(Requirement(name, wanted if isinstance(wanted, str) else "", scope))
    return tuple(found), problems
