"""One entry of berry's lockfile → the package that yarn fetches, a folder of the repository, or a patch of another."""

from __future__ import annotations

import string
from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.lockfile import Problem
from app.core.npm_package import is_name, is_version, source_of
from app.core.package import Ecosystem, Package, Source, SourceKind, without_login
from worker.lockfiles.yarn_lock.berry.document import Entry
from worker.lockfiles.yarn_lock.berry.locator import Locator, descriptors, meant_name, read_locator, split_name

_LONGEST_KEY = 65_536  # characters; a package that many others ask for has a key of thousands
_FOLDERS = frozenset({"workspace:", "link:", "portal:"})
_MADE = frozenset({"exec:"})
_ARCHIVES = (".tgz", ".tar.gz", ".tar")
_GIT = ("git:", "git+", "git@", "ssh:", "github:")
_BUILTIN = frozenset(f"builtin<compat/{name}>" for name in ("fsevents", "resolve", "typescript"))
_HEX = frozenset(string.hexdigits)
_HASH = 128  # hexadecimal digits


class Dependency(NamedTuple):
    """A package that yarn fetches."""

    package: Package
    source: Source
    checksum: Checksum | None


class Member(NamedTuple):
    """What an entry is: a package, a folder of the repository, or (`wraps`) the locator of the entry that it changes.

    `asked` are the names and ranges of its key, `requires` those that it asks for, with whether each may be missing.
    """

    line: int
    locator: str
    asked: tuple[tuple[str, str], ...]
    requires: tuple[tuple[str, str, bool], ...]
    dependency: Dependency | None = None
    wraps: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether this is code of the repository itself."""
        return self.dependency is None and not self.wraps


class _Unreadable(Exception):
    """The entry cannot be read: the message, and the reason if it is another than usual."""

    def __init__(self, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


def read_entry(entry: Entry, cache_key: str) -> tuple[Member | None, list[Problem]]:
    """Say what the entry is; None when that cannot be said. Problems of a readable one come beside it."""
    resolution = entry.text("resolution")
    if len(entry.key) > _LONGEST_KEY:
        return None, [entry.problem("The key of this entry is too long.")]
    if not resolution:
        return None, [entry.problem(f'The entry {entry.shown} has no "resolution".')]
    asked = tuple(split_name(descriptor) for descriptor in descriptors(entry.key))
    member = Member(entry.line, resolution, asked, _requires(entry))
    locator = read_locator(resolution)
    if locator.protocol in _FOLDERS or (locator.protocol == "file:" and not _is_archive(locator)):
        return member, []
    try:
        if (wrapped := _wrapped(locator)) is not None:
            return member._replace(wraps=wrapped), _patch_problems(entry, locator)
        checksum, problems = _checksum(entry, cache_key)
        package, source = _origin(entry, locator)
    except _Unreadable as error:
        return None, [entry.problem(error.message, error.reason)]
    problems += _name_problems(entry, member, package)
    return member._replace(dependency=Dependency(package, source, checksum)), problems


def _is_archive(locator: Locator) -> bool:
    return locator.source.lower().endswith(_ARCHIVES)


def _wrapped(locator: Locator) -> str | None:
    """The locator of the entry that a patch changes, or that another one stands for among its peers."""
    if locator.protocol == "patch:":
        return locator.source
    return f"{locator.name}@{locator.selector}" if locator.protocol == "virtual:" else None


def _patch_problems(entry: Entry, locator: Locator) -> list[Problem]:
    """A patch of the project is code that nobody examines; the three that yarn brings are part of yarn."""
    if locator.protocol != "patch:":
        return []
    patches = [patch.removeprefix("~").removeprefix("optional!") for patch in locator.selector.split("&")]
    if all(patch.removeprefix("~") in _BUILTIN for patch in patches):
        return []
    shown = visible(locator.name, 80)
    message = f"{shown} is patched: what runs is not what the registry serves. The patch is not examined."
    return [entry.problem(message, Reason.UNSUPPORTED_SOURCE)]


def _origin(entry: Entry, locator: Locator) -> tuple[Package, Source]:
    name, version = locator.name, entry.text("version")
    if not is_name(name):
        raise _Unreadable(f'{entry.shown} is resolved to "{visible(name, 80)}", which is not a name of an npm package.')
    if locator.protocol == "npm:":
        if not is_version(locator.source):
            raise _Unreadable(f"{entry.shown} is resolved to {visible(locator.reference, 80)}, which names no version.")
        if version not in ("", locator.source):
            said = f"says that it is of version {visible(version, 80)} and is resolved to {visible(locator.source, 80)}"
            raise _Unreadable(f"{entry.shown} {said}.")
        version = locator.source
    source = _source(locator, version)
    if locator.protocol == "jsr:":
        raise _Unreadable(f"{entry.shown} comes from JSR, whose packages are not opened.", Reason.UNSUPPORTED_SOURCE)
    if source is None:
        raise _Unreadable(f"{entry.shown} is resolved to {visible(locator.reference, 80)}, which yarn does not write.")
    if not is_version(version):
        said = f"the version {visible(version, 80)}, which is none" if version else "no version"
        raise _Unreadable(f"{entry.shown} names {said}.", Reason.UNREADABLE_ENTRY)
    return Package(Ecosystem.NPM, name, version), source


def _source(locator: Locator, version: str) -> Source | None:
    """Where yarn fetches it; None for what it does not write."""
    reference = locator.reference
    if locator.protocol == "npm:":
        address = locator.bindings.get("__archiveUrl", "")
        return source_of(address, locator.name, version)
    if locator.protocol == "file:" or locator.protocol in _MADE:
        place = f"{locator.protocol}{locator.source}"
        return Source(SourceKind.PATH, place, locator.source)
    commit = dict(part.partition("=")[::2] for part in locator.selector.split("&")).get("commit")
    if commit or reference.startswith(_GIT):
        return Source(SourceKind.GIT, without_login(reference), commit or None)
    if locator.protocol in ("https:", "http:"):
        return source_of(reference, locator.name, version)
    return None


def _checksum(entry: Entry, cache_key: str) -> tuple[Checksum | None, list[Problem]]:
    """The checksum, with the key of its own or of the file; an empty one where yarn writes none for its platforms."""
    said = entry.text("checksum")
    if not said:
        return (Checksum(cache_key, "") if entry.text("conditions") else None), []
    own, slash, digits = said.rpartition("/")
    if len(digits) != _HASH or not _HEX.issuperset(digits):
        return None, [entry.problem(f"The checksum of {entry.shown} cannot be read.")]
    return Checksum(own if slash else cache_key, digits.lower()), []


def _name_problems(entry: Entry, member: Member, package: Package) -> list[Problem]:
    """A key that asks for one package, answered by another, is no alias: yarn installs it all the same."""
    for name, wanted in member.asked:
        if not is_name(name) or meant_name(name, wanted) != package.name:
            shown = visible(f"{name}@{wanted}", 80)
            return [
                entry.problem(f"{shown} is answered by {visible(package.label, 80)}, which is not what it asks for.")
            ]
    return []


def _requires(entry: Entry) -> tuple[tuple[str, str, bool], ...]:
    meta = entry.members("dependenciesMeta")
    found = []
    for name, wanted in entry.members("dependencies").items():
        about = meta.get(name)
        optional = isinstance(about, dict) and about.get("optional") == "true"
        found.append((name, wanted if isinstance(wanted, str) else "", optional))
    return tuple(found)
