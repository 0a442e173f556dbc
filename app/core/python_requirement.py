"""What one requirement (PEP 508, or as pip reads it) names: one version, a folder of the repository, or neither."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.package import Ecosystem, Package, Source, SourceKind, without_login
from app.core.python_release import is_archive, package_of_archive

_LONGEST = 2048  # characters of one requirement, without its options
_MOST_BRACKETS = 32
_LONGEST_VERSION = 128
_NEVER_IN_A_PATH = frozenset("=<>!@ ")  # of those that are read as such: a requirement must not pass for a folder
_VERSION_CONTROL = ("git+", "hg+", "svn+", "bzr+", "git:")
_ADDRESS = ("http:", "https:", "ftp:", "file:")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version. `source` is None for the index of the file; `digests` are those within an address."""

    package: Package
    source: Source | None = None
    digests: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class Local:
    """A folder of the repository."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing that can be examined, and why, in a sentence."""

    reason: Reason
    message: str


def read_requirement(text: str, path: str, *, editable: bool = False) -> Pinned | Local | Gap:
    """Read one requirement of the file at `path` (relative to the repository). `editable`: the value of `-e`."""
    shown = visible(without_login(text), 80)
    if len(text) > _LONGEST or text.count("(") > _MOST_BRACKETS:
        return Gap(Reason.UNREADABLE_ENTRY, f"{shown} is too long or too deeply nested to be a requirement.")
    if "${" in text:
        return Gap(
            Reason.UNREADABLE_ENTRY, f"{shown} takes a part of itself from the environment; what it names is unknown."
        )
    if text.lower().startswith(_VERSION_CONTROL):
        return _gap_of_source(shown, "a version control system")
    if text.lower().startswith(_ADDRESS):
        return _address(text.partition("; ")[0].strip(), None, shown, path)
    bare = text.partition(";")[0].strip()
    if not _NEVER_IN_A_PATH.intersection(bare) and (editable or _looks_like_path(bare)):
        return _path(bare, shown, path)
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError):
        return Gap(Reason.UNREADABLE_ENTRY, f"{shown} is not a requirement that can be read.")
    if requirement.url is None:
        return _version(requirement, shown)
    if requirement.url.lower().startswith(_VERSION_CONTROL):
        return _gap_of_source(shown, "a version control system")
    if requirement.url.lower().startswith(_ADDRESS):
        return _address(requirement.url, requirement.name, shown, path)
    return _path(requirement.url, shown, path, requirement.name)


def _version(requirement: Requirement, shown: str) -> Pinned | Gap:
    """Only `==` without a wildcard and `===` fix a version; other clauses beside them may narrow, never widen."""
    versions = {
        clause.version
        for clause in requirement.specifier
        if clause.operator in ("==", "===") and not clause.version.endswith(".*")
    }
    if not versions:
        message = f"{shown} fixes no version; which one is installed cannot be examined."
        return Gap(Reason.UNPINNED, message)
    if len(versions) > 1:
        return Gap(Reason.UNREADABLE_ENTRY, f"{shown} asks for several versions at once.")
    return _pinned(requirement.name, versions.pop(), shown)


def _pinned(name: str, version: str, shown: str) -> Pinned | Gap:
    try:
        if len(version) > _LONGEST_VERSION:
            raise InvalidVersion(version)
        return Pinned(Package.of(Ecosystem.PYPI, name, str(Version(version))))
    except ValueError:
        return Gap(Reason.UNREADABLE_ENTRY, f"{shown} asks for something that is not a version.")


def _address(address: str, name: str | None, shown: str, path: str) -> Pinned | Local | Gap:
    try:
        parts = urlsplit(address)
    except ValueError:
        return Gap(Reason.UNREADABLE_ENTRY, f"{shown} is not an address.")
    if parts.scheme == "file":
        return (
            _path(unquote(parts.path), shown, path, name) if not parts.netloc else _gap_of_source(shown, parts.scheme)
        )
    found = _of_archive(unquote(parts.path), name, shown)
    if isinstance(found, Gap):
        return found
    source = Source(SourceKind.URL, without_login(address.partition("#")[0]))
    return Pinned(found, source, _digests(parts.fragment))


def _path(where: str, shown: str, path: str, name: str | None = None) -> Pinned | Local | Gap:
    """A relative path starts, for pip, where pip is started; here that is the folder of the file."""
    where = where.partition("#")[0]
    if is_archive(where):
        found = _of_archive(where, name, shown)
        return found if isinstance(found, Gap) else Pinned(found, Source(SourceKind.PATH, None, where))
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), where.partition("[")[0].replace("\\", "/")))
    if folder.startswith(("..", "/", "~")) or ":" in folder:
        return _gap_of_source(shown, "outside the repository")
    return Local()


def _of_archive(path: str, name: str | None, shown: str) -> Package | Gap:
    """The package that an archive's file name promises; it must be the one that the requirement asks for."""
    found = package_of_archive(path.rpartition("/")[2])
    if found is None:
        return _gap_of_source(shown, "an address that names no version")
    if name is not None and canonicalize_name(name) != found.name:
        return Gap(
            Reason.UNREADABLE_ENTRY, f"{shown} leads to an archive of another package, {visible(found.name, 80)}."
        )
    return found


def _digests(fragment: str) -> tuple[Digest, ...]:
    """`#sha256=…` of an address, as pip reads it; anything else there says nothing about the bytes."""
    digests = []
    for part in fragment.split("&"):
        algorithm, found, digits = part.partition("=")
        try:
            digests += [from_pip(f"{algorithm}:{digits}")] if found else []
        except ValueError:
            continue
    return tuple(digests)


def _looks_like_path(text: str) -> bool:
    return text.startswith((".", "~")) or "/" in text or "\\" in text or is_archive(text)


def _gap_of_source(shown: str, where: str) -> Gap:
    return Gap(Reason.UNSUPPORTED_SOURCE, f"{shown} comes from {where}; only packages from a registry are opened.")
