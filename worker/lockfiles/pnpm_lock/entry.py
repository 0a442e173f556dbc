"""One member of pnpm's `packages` → the package that pnpm fetches, or a folder of the repository."""

from __future__ import annotations

from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest
from app.core.lockfile import Problem
from app.core.npm_package import digests_of, is_name, is_own_path, is_version, source_of
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind, without_login
from app.core.yaml_members import Members, Value
from worker.lockfiles.pnpm_lock.document import Entry
from worker.lockfiles.pnpm_lock.key import Key, read_key

_LONGEST_KEY = 4096
_FILE = "file:"
_ARCHIVES = (".tgz", ".tar.gz", ".tar", ".tar.bz2", ".tbz2", ".tbz")
_RESOLUTION = frozenset(
    {"integrity", "tarball", "registry", "type", "directory", "repo", "commit", "path", "gitHosted"}
)
_HOSTED = frozenset({"gitHosted", "path"})
_EDGES = ("dependencies", "optionalDependencies")


class Dependency(NamedTuple):
    """A package that pnpm fetches, and the line of its entry."""

    line: int
    package: Package
    source: Source
    digests: tuple[Digest, ...]


class _Unreadable(Exception):
    """The entry cannot be read: the message, and the reason if it is another than usual."""

    def __init__(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


def read_entry(entry: Entry, major: int, *, split: bool) -> tuple[Dependency | None, list[Problem]]:
    """Say what the entry is; None for a folder of the repository or what cannot be read, which is a problem then."""
    problems = []
    strange = next((edge for edge in _EDGES if split and edge in entry.fields), None)
    if strange is not None:
        problems.append(
            entry.problem(f'The entry {entry.shown} has "{strange}", which stands in "snapshots" otherwise.')
        )
    try:
        found = _read(entry, major, split=split)
    except _Unreadable as error:
        return None, [*problems, entry.problem(error.message, error.reason)]
    if found is None:
        return None, problems
    digests, broken = _digests(entry)
    if broken is not None:
        problems.append(entry.problem(f'The "integrity" of {entry.shown} cannot be read: {broken}.'))
    return Dependency(entry.line, *found, digests), problems


def _read(entry: Entry, major: int, *, split: bool) -> tuple[Package, Source] | None:
    if len(entry.key) > _LONGEST_KEY:
        raise _Unreadable("The key of this entry is too long.")
    key = read_key(entry.key, major)
    in_files = (key.version if split else entry.key).startswith(_FILE)
    resolution = entry.fields.get("resolution")
    if in_files and _is_folder(resolution, key.version, split=split):
        return None
    if not isinstance(resolution, Members):
        raise _Unreadable(f'The entry {entry.shown} has no "resolution".')
    _check_kind(entry, resolution)
    plain = is_version(key.version) and not in_files
    name, version = _identity(entry, key, plain=plain, split=split)
    if not is_name(name):
        raise _Unreadable(f"{entry.shown} is not a package with a name that npm allows.")
    source = _source(entry, resolution, key, Package(Ecosystem.NPM, name, version), plain=plain)
    if source is None:
        raise _Unreadable(f"{entry.shown} names no address that pnpm writes.")
    if not version:
        message = f"{visible(name, 80)} comes from {source.kind} and names no version."
        raise _Unreadable(message, Reason.UNSUPPORTED_SOURCE)
    if not is_version(version):
        raise _Unreadable(f"{entry.shown} names {visible(version, 80)}, which is not a version.")
    return Package(Ecosystem.NPM, name, version), source


def _is_folder(resolution: Value, version: str, *, split: bool) -> bool:
    """Whether a `file:` key stands for a folder; without a resolution its ending decides, as it does for pnpm."""
    if isinstance(resolution, Members):
        return resolution.get("type") == "directory"
    return resolution is None and split and not version.lower().endswith(_ARCHIVES)


def _check_kind(entry: Entry, resolution: Members) -> None:
    """Runtimes, variants for platforms and what later versions of pnpm will think of are not registry archives."""
    kind = resolution.get("type")
    if kind in (None, "directory", "git") and _RESOLUTION.issuperset(resolution):
        return
    strange = resolution.keys() - _RESOLUTION
    said = f'has "{visible(min(strange), 40)}"' if kind is None else f"is of the type {visible(str(kind), 40)}"
    message = f"The resolution of {entry.shown} {said}; only packages from a registry are opened."
    raise _Unreadable(message, Reason.UNSUPPORTED_SOURCE)


def _identity(entry: Entry, key: Key, *, plain: bool, split: bool) -> tuple[str, str]:
    """Name and version, from the key and from the fields, which must not disagree. The version may be empty."""
    name, version = entry.fields.get("name"), entry.fields.get("version")
    if not (name is None or isinstance(name, str)) or not (version is None or isinstance(version, str)):
        raise _Unreadable(f"The entry {entry.shown} has a name or a version that is not a text.")
    if plain:
        said = f"{name or key.name}@{version or key.version}"
        if said != f"{key.name}@{key.version}":
            raise _Unreadable(f"The entry {entry.shown} says that it is {visible(said, 80)}.")
        return key.name, key.version
    registry, colon, numbered = key.version.partition(":")
    if split and colon and is_version(numbered):
        message = f"{entry.shown} comes from {visible(registry, 40)}:, which pnpm's settings or pnpm itself define."
        raise _Unreadable(message, Reason.UNSUPPORTED_SOURCE)
    return key.name if split else name or "", version or ""


def _source(entry: Entry, resolution: Members, key: Key, package: Package, *, plain: bool) -> Source | None:
    """Where the package comes from; None when that is no address that pnpm writes."""
    if plain and not key.host and len(resolution) == 1 and isinstance(resolution.get("integrity"), str):
        return REGISTRY  # as almost every entry
    texts = {name: value for name, value in resolution.items() if isinstance(value, str)}
    if len(texts) < len(resolution):
        raise _Unreadable(f"The resolution of {entry.shown} holds something that is not a text.")
    if texts.get("type") == "git":
        repository, commit = texts.get("repo"), texts.get("commit")
        return Source(SourceKind.GIT, without_login(repository), commit) if repository and commit else None
    if "directory" in texts:
        return Source(SourceKind.PATH, texts["directory"], texts["directory"])
    address = texts.get("tarball")
    if address is None and not plain:
        address = key.version if key.version.startswith(_FILE) else ""
    if address is None:
        registry = texts.get("registry") or (f"https://{key.host}/" if key.host else "")
        return Source(SourceKind.REGISTRY, without_login(registry)) if registry else REGISTRY
    if texts.keys() & _HOSTED and ":" in address:  # a repository's archive, which pnpm builds before it installs it
        return Source(SourceKind.URL, without_login(address))
    if address.startswith("/"):  # beside the registry's own address
        own = is_own_path(address, package.name, package.version)
        return REGISTRY if own else Source(SourceKind.URL, address)
    return source_of(address, package.name, package.version) if ":" in address else None


def _digests(entry: Entry) -> tuple[tuple[Digest, ...], ValueError | None]:
    resolution = entry.fields["resolution"]
    integrity = resolution.get("integrity") if isinstance(resolution, Members) else None
    return digests_of(integrity) if isinstance(integrity, str) else ((), None)
