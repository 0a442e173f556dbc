"""One entry of npm's lockfile → what npm puts there: a package with its source, or a folder of the repository."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest
from app.core.lockfile import Problem, Scope
from app.core.npm_package import digests_of, is_name, is_text, is_version, source_of
from app.core.package import Ecosystem, Package, Source, SourceKind
from worker.lockfiles.package_lock.document import Entry

FOLDER = "node_modules/"
LONGEST_LOCATION = 4096  # characters: the longest path of any system npm runs on
DEEPEST_LOCATION = 64  # nested node_modules

_LONGEST_REMEMBERED = 1024  # characters of an address and its hashes

EDGES = ("dependencies", "optionalDependencies", "peerDependencies")
_NOTHING: dict[str, Any] = {}
PROJECT_EDGES = (*EDGES, "devDependencies")


class Dependency(NamedTuple):
    """A package that npm fetches. `alias` is the folder's name when that is not the package's own."""

    package: Package
    source: Source
    digests: tuple[Digest, ...]
    alias: str | None


class Folder(NamedTuple):
    """A folder of the installed tree. `dependency` is None for the project, its workspaces and links.

    `requires` are the names that its package asks for, `needs` those of them without which it does not run. `scope` is
    what the entry's flags claim.
    """

    location: str
    line: int
    is_project: bool
    requires: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    scope: Scope = Scope.RUNTIME
    dependency: Dependency | None = None


def read_entry(entry: Entry) -> tuple[Folder | None, list[Problem]]:
    """Say what the entry is; None when that cannot be said. Problems of a readable entry come beside it."""
    location, fields = entry.location, entry.fields
    if len(location) > LONGEST_LOCATION or location.count("/") > 4 * DEEPEST_LOCATION:
        return None, [entry.problem("The folder of this entry is named too long or nested too deeply.")]
    if not is_text(location):
        return None, [entry.problem(f"{visible(location, 80)} is not text: it holds half of a character.")]
    if "\\" in location:  # on Windows npm reads it as a slash
        return None, [entry.problem(f"{visible(location, 80)} holds a back-slash, which npm never writes.")]
    if fields.get("link"):
        requires, needs, problems = _edges(entry, EDGES)  # version 1 names them here
        return Folder(location, entry.line, bool(requires), requires, needs), problems + _link_problems(entry)
    name = _name_of(location)
    requires, needs, problems = _edges(entry, PROJECT_EDGES if name is None else EDGES)
    if name is None:
        problems += _address_problems(entry)
        return Folder(location, entry.line, True, requires, needs), problems
    if (usual := _usual_dependency(fields, name)) is not None:
        return Folder(location, entry.line, False, requires, needs, _claimed_scope(fields), usual), problems
    found = _dependency(entry, name)
    if isinstance(found, Problem):
        return None, [*problems, found]
    digests, broken = _digests(entry)
    dependency = Dependency(*found, digests, alias=name if found[0].name != name else None)
    folder = Folder(location, entry.line, False, requires, needs, _claimed_scope(fields), dependency)
    return folder, problems + broken


def _name_of(location: str) -> str | None:
    """The name after the last `node_modules/`; None for a folder of the repository."""
    before, found, name = location.rpartition(FOLDER)
    return name if found and (not before or before.endswith("/")) else None


def _usual_dependency(fields: dict[str, Any], name: str) -> Dependency | None:
    """What almost every entry holds, read without looking twice at the same; None where a closer look is due."""
    version, resolved, integrity = fields.get("version"), fields.get("resolved"), fields.get("integrity")
    if type(version) is not str or type(resolved) is not str or type(integrity) is not str or "name" in fields:
        return None
    if not resolved or len(resolved) + len(integrity) > _LONGEST_REMEMBERED:
        return None
    return _remembered(name, version, resolved, integrity)


@lru_cache(maxsize=1 << 15)
def _remembered(name: str, version: str, resolved: str, integrity: str) -> Dependency | None:
    """The same package stands at many places of a file, and mostly in both revisions of it."""
    if not is_text(resolved) or not is_name(name) or not is_version(version):
        return None
    tail = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    is_usual = resolved.endswith(tail) and _is_root(resolved.removesuffix(tail))
    source = Source(SourceKind.REGISTRY, resolved) if is_usual else source_of(resolved, name, version)
    digests, broken = digests_of(integrity)
    if source is None or broken is not None:
        return None
    return Dependency(Package(Ecosystem.NPM, name, version), source, digests, None)


@lru_cache(maxsize=256)
def _is_root(address: str) -> bool:
    """Whether archives that stand right below this address are the registry's, and the address needs no masking."""
    archive = f"{address}/a/-/a-1.0.0.tgz"
    return source_of(archive, "a", "1.0.0") == Source(SourceKind.REGISTRY, archive)


def _dependency(entry: Entry, folder_name: str) -> tuple[Package, Source] | Problem:
    fields = entry.fields
    name, version = fields.get("name", folder_name), fields.get("version")
    resolved = fields.get("resolved") or fields.get("_resolved") or ""  # older npm takes the second for want of a first
    if (
        not isinstance(resolved, str)
        or not is_text(resolved)
        or not (source := source_of(resolved, str(name), str(version)))
    ):
        return entry.problem(
            f"{visible(entry.location, 80)} is resolved to {visible(str(resolved), 80)}, which is no address that npm "
            "writes."
        )
    if not isinstance(name, str) or not is_name(name) or (name != folder_name and not is_name(folder_name)):
        return entry.problem(
            f'{visible(entry.location, 80)} holds "{visible(str(name), 80)}", which is not a name of an npm package.'
        )
    if version is None and source.kind is not SourceKind.REGISTRY:
        return entry.problem(
            f"{visible(name, 80)} comes from {source.kind} and names no version.", reason=Reason.UNSUPPORTED_SOURCE
        )
    if not isinstance(version, str) or not is_version(version):
        said = "no version" if version is None else f"{visible(str(version), 80)}, which is not a version"
        return entry.problem(f"{visible(entry.location, 80)} names {said}.")
    return Package(Ecosystem.NPM, name, version), source


def _digests(entry: Entry) -> tuple[tuple[Digest, ...], list[Problem]]:
    """The hashes that can be read, and a problem when there are others."""
    written = entry.fields.get("integrity", "")
    if not isinstance(written, str):
        return (), [entry.problem(f'The "integrity" of {visible(entry.location, 80)} is not a text.')]
    digests, broken = digests_of(written)
    if broken is None:
        return digests, []
    return digests, [entry.problem(f'The "integrity" of {visible(entry.location, 80)} cannot be read: {broken}.')]


def _claimed_scope(fields: dict[str, Any]) -> Scope:
    """The flags: `devOptional` means "of a development and of an optional dependency", so it is installed for users."""
    if fields.get("dev"):
        return Scope.DEVELOPMENT
    if fields.get("optional") or fields.get("devOptional"):
        return Scope.OPTIONAL
    return Scope.PEER if fields.get("peer") else Scope.RUNTIME


def _edges(entry: Entry, edges: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], list[Problem]]:
    """All names it requires, and those of them that are neither optional nor left to others (peers)."""
    usual = entry.fields.get("dependencies", _NOTHING)
    if type(usual) is dict and not any(edge in entry.fields for edge in edges[1:]):
        names = tuple(usual)
        return names, names, []
    members: dict[str, dict[str, Any]] = {}
    problems = []
    for edge in edges:
        value = entry.fields.get(edge)
        if isinstance(value, dict):
            members[edge] = value
        elif value is not None:
            problems.append(entry.problem(f'The "{edge}" of {visible(entry.location, 80)} is not an object.'))
    requires = tuple(dict.fromkeys(name for names in members.values() for name in names))
    optional = members.get("optionalDependencies", {})
    needs = tuple(name for name in members.get("dependencies", {}) if name not in optional)
    return requires, needs, problems


def _link_problems(entry: Entry) -> list[Problem]:
    """A link leads to a folder of the repository; npm takes whatever stands there for a path."""
    target = entry.fields.get("resolved")
    if isinstance(target, str) and ":" not in target:
        return []
    said = "nowhere" if target is None else f"to {visible(str(target), 80)}, which is not a folder of the repository"
    return [entry.problem(f"{visible(entry.location, 80)} is a link {said}.")]


def _address_problems(entry: Entry) -> list[Problem]:
    if entry.fields.get("resolved") or entry.fields.get("_resolved"):
        return [
            entry.problem(f"{visible(entry.location, 80)} is a folder of the repository, and yet it names an address.")
        ]
    return []
