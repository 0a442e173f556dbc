"""One entry of npm's lockfile → what npm puts there: a package with its source, or a folder of the repository."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from semver import Version

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest, from_sri
from app.core.lockfile import Problem, Scope
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind, without_login
from worker.lockfiles.package_lock.document import Entry

FOLDER = "node_modules/"
LONGEST_LOCATION = 4096  # characters: the longest path of any system npm runs on
DEEPEST_LOCATION = 64  # nested node_modules

_LONGEST_NAME = 214  # npm's own limit
_LONGEST_VERSION = 256  # node-semver's own limit
_NAME = frozenset(string.ascii_letters + string.digits + "-._~!'()*")  # what encodeURIComponent leaves alone
_ADDRESS = frozenset(string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%")
_HOST = frozenset(string.ascii_letters + string.digits + "-.:[]")
_GIT = ("git:", "git+", "github:", "gitlab:", "bitbucket:", "gist:")
_PATH = ("file:", ".", "/", "~/")

EDGES = ("dependencies", "optionalDependencies", "peerDependencies")
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
    if not _is_text(location):
        return None, [entry.problem(f"{visible(location, 80)} is not text: it holds half of a character.")]
    if "\\" in location:  # on Windows npm reads it as a slash
        return None, [entry.problem(f"{visible(location, 80)} holds a back-slash, which npm never writes.")]
    if fields.get("link"):
        return Folder(location, entry.line, is_project=False), _link_problems(entry)
    name = _name_of(location)
    requires, needs, problems = _edges(entry, PROJECT_EDGES if name is None else EDGES)
    if name is None:
        problems += _address_problems(entry)
        return Folder(location, entry.line, True, requires, needs), problems
    found = _dependency(entry, name)
    if isinstance(found, Problem):
        return None, [*problems, found]
    digests, broken = _digests(entry)
    dependency = Dependency(*found, digests, alias=name if found[0].name != name else None)
    folder = Folder(location, entry.line, False, requires, needs, _claimed_scope(fields), dependency)
    return folder, problems + broken


def _is_text(text: str) -> bool:
    """Whether it can be written down at all: JSON can name halves of characters (surrogates), which cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _name_of(location: str) -> str | None:
    """The name after the last `node_modules/`; None for a folder of the repository."""
    before, found, name = location.rpartition(FOLDER)
    return name if found and (not before or before.endswith("/")) else None


def _dependency(entry: Entry, folder_name: str) -> tuple[Package, Source] | Problem:
    fields = entry.fields
    name, version = fields.get("name", folder_name), fields.get("version")
    resolved = fields.get("resolved") or fields.get("_resolved") or ""  # older npm takes the second for want of a first
    if (
        not isinstance(resolved, str)
        or not _is_text(resolved)
        or not (source := _source(resolved, str(name), str(version)))
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


def is_name(name: str) -> bool:
    """Whether the npm registry could ever have served a package of this name (its rules for old packages)."""
    scope, slash, base = name.rpartition("/")
    if len(name) > _LONGEST_NAME or (slash and not (scope.startswith("@") and _is_part(scope[1:]))):
        return False
    return _is_part(base)


def _is_part(text: str) -> bool:
    return bool(text) and not text.startswith(".") and _NAME.issuperset(text)


@lru_cache(maxsize=4096)
def is_version(text: str) -> bool:
    """Whether this is one version in the sense of semver.org."""
    return len(text) <= _LONGEST_VERSION and Version.is_valid(text)


def _source(resolved: str, name: str, version: str) -> Source | None:
    """Where it comes from. A registry package only when the address is that of its own archive, written plainly."""
    if not resolved:
        return REGISTRY
    lower = resolved[:12].lower()
    if lower.startswith(_GIT):
        return Source(SourceKind.GIT, without_login(resolved), resolved.partition("#")[2] or None)
    if lower.startswith(("https:", "http:")):
        kind = SourceKind.REGISTRY if _is_own_archive(resolved, name, version) else SourceKind.URL
        return Source(kind, without_login(resolved))
    if lower.startswith(_PATH):
        return Source(SourceKind.PATH, resolved, resolved.removeprefix("file:"))
    return None


def _is_own_archive(address: str, name: str, version: str) -> bool:
    """Whether the path ends in `/<name>/-/<name>-<version>.tgz`.

    Anything that two URL parsers could read differently (back-slashes, spaces, user names, letters beyond ASCII) is
    not plain enough to be believed.
    """
    if not _ADDRESS.issuperset(address):
        return False
    host, _, path = address.partition("://")[2].partition("/")
    if not host or not _HOST.issuperset(host):
        return False
    path = "/" + unquote(path.partition("#")[0].partition("?")[0])
    base = name.rpartition("/")[2]
    return path.endswith((f"/{name}/-/{base}-{version}.tgz", f"/{name}/-/{name}-{version}.tgz"))


def _digests(entry: Entry) -> tuple[tuple[Digest, ...], list[Problem]]:
    """The hashes that can be read, and a problem when there are others."""
    written = entry.fields.get("integrity", "")
    if not isinstance(written, str):
        return (), [entry.problem(f'The "integrity" of {visible(entry.location, 80)} is not a text.')]
    digests: list[Digest] = []
    broken = None
    for part in written.split():
        try:
            digests += from_sri(part)
        except ValueError as error:
            broken = broken or error
    if broken is None:
        return tuple(digests), []
    return tuple(digests), [
        entry.problem(f'The "integrity" of {visible(entry.location, 80)} cannot be read: {broken}.')
    ]


def _claimed_scope(fields: dict[str, Any]) -> Scope:
    """The flags: `devOptional` means "of a development and of an optional dependency", so it is installed for users."""
    if fields.get("dev"):
        return Scope.DEVELOPMENT
    if fields.get("optional") or fields.get("devOptional"):
        return Scope.OPTIONAL
    return Scope.PEER if fields.get("peer") else Scope.RUNTIME


def _edges(entry: Entry, edges: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], list[Problem]]:
    """All names it requires, and those of them that are neither optional nor left to others (peers)."""
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
