"""One block of yarn's lockfile → the packages that yarn fetches for it, or a folder of the repository."""

from __future__ import annotations

import string
from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest
from app.core.lockfile import Problem, UnreadableLockfile
from app.core.npm_package import digests_of, is_name, is_own_archive, is_version, source_of
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind, without_login
from worker.lockfiles.yarn_lock.classic.blocks import Block

_ALIAS = "npm:"
_SHA1 = 40  # hexadecimal digits after the `#` of an address
_HEX = frozenset(string.hexdigits)
_FIELDS = frozenset({"name", "version", "uid", "resolved", "registry", "integrity"})
_MAPS = frozenset({"dependencies", "optionalDependencies", "permissions", "prebuiltVariants"})
_MOST_NAMES = 16  # of one header; today's yarn writes one
_ARCHIVES = (".tgz", ".tar.gz", ".tar")
_FOLDER = ("link:", "file:", "./", "../", "/", "~/")


class Dependency(NamedTuple):
    """A package that yarn puts into `node_modules/<installed>`, and the patterns of the header that ask for it so."""

    package: Package
    source: Source
    digests: tuple[Digest, ...]
    installed: str
    patterns: tuple[str, ...]

    @property
    def alias(self) -> str | None:
        """The name it is installed under when that is not its own."""
        return self.installed if self.installed != self.package.name else None


class Entry(NamedTuple):
    """What a block is. Without dependencies it is a folder of the repository, or it cannot be read."""

    line: int
    dependencies: tuple[Dependency, ...]
    requires: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Wish(NamedTuple):
    """What a pattern asks for: `old-ms@npm:ms@2.0.0` is the package `ms`, installed as `old-ms`."""

    installed: str
    name: str
    range: str


class _Unreadable(Exception):
    """The entry cannot be read; the argument is the problem."""


def read_entry(block: Block) -> Entry:
    """Say what yarn fetches for the block; problems of a readable one come beside it. `UnreadableLockfile`."""
    digests, address, problems = _digests(block)
    problems += _strange(block)
    asked: dict[tuple[str, str], list[str]] = {}  # installed under which name → the patterns that ask for it so
    wishes = {pattern: _wish(pattern, block) for pattern in block.patterns}
    for pattern, wish in wishes.items():
        asked.setdefault((wish.installed, wish.name), []).append(pattern)
    if len(asked) > _MOST_NAMES:
        raise UnreadableLockfile(block.line, f"A header names more than {_MOST_NAMES} packages at once.")
    found = []
    for patterns in asked.values():
        try:
            origin = _origin(block, wishes[patterns[0]], address)
        except _Unreadable as error:
            problems.append(error.args[0])
            continue
        if origin is not None:
            installed = wishes[patterns[0]].installed
            found.append(Dependency(*origin, digests, installed, tuple(patterns)))
    edges = [block.maps.get(edge, {}) for edge in ("dependencies", "optionalDependencies")]
    requires = tuple(f"{name}@{wanted}" for edge in edges for name, wanted in edge.items())
    return Entry(block.line, tuple(found), requires, tuple(problems))


def _wish(pattern: str, block: Block) -> _Wish:
    installed, wanted = _split(pattern)
    name = block.fields.get("name", "")
    if not is_name(installed) and is_name(name):  # `yarn add <address>`, as older yarn wrote it
        return _Wish(name, name, pattern)
    if not wanted.startswith(_ALIAS):
        return _Wish(installed, installed, wanted)
    return _Wish(installed, *_split(wanted.removeprefix(_ALIAS)))


def _split(pattern: str) -> tuple[str, str]:
    """At the first `@` that begins no scope; what follows may hold more of them."""
    at = pattern.find("@", 1)
    return (pattern, "") if at < 0 else (pattern[:at], pattern[at + 1 :])


def _origin(block: Block, wish: _Wish, address: str) -> tuple[Package, Source] | None:
    """The package and where it comes from; None for a folder of the repository. `_Unreadable`."""
    if not is_name(wish.name) or not is_name(wish.installed):
        shown = visible(wish.installed if is_name(wish.name) else wish.name, 80)
        raise _Unreadable(block.problem(f'"{shown}" is not a name of an npm package.'))
    version = block.fields.get("version", "")
    name = block.fields.get("name", "")  # older yarn wrote the package's own name where the pattern has another
    if name == wish.name or not is_name(name) or not is_own_archive(address, name, version):
        name = wish.name
    source = _locked(address, name, version) if address else _unlocked(wish.range)
    if source is None and not address and wish.range.startswith(_FOLDER):
        return None
    if source is None:
        shown = visible(address or wish.range, 80)
        raise _Unreadable(
            block.problem(f"{visible(name, 80)} comes from {shown}, which is no address that yarn writes.")
        )
    if not version and source.kind is not SourceKind.REGISTRY:
        message = f"{visible(name, 80)} comes from {source.kind} and names no version."
        raise _Unreadable(block.problem(message, Reason.UNSUPPORTED_SOURCE))
    if not is_version(version):
        said = f"{visible(version, 80)}, which is not a version" if version else "no version"
        raise _Unreadable(block.problem(f"{visible(name, 80)} names {said}."))
    return Package(Ecosystem.NPM, name, version), source


def _locked(address: str, name: str, version: str) -> Source | None:
    """Where the `resolved` address leads."""
    place, _, fragment = address.partition("#")
    if place.startswith("ssh:") or (place.startswith(("http:", "https:")) and place.endswith(".git")):
        return Source(SourceKind.GIT, without_login(address), fragment or None)
    if "/" not in place and place.endswith(_ARCHIVES):  # an archive in the folder of yarn's offline mirror
        return Source(SourceKind.PATH, address, address)
    return source_of(address, name, version)


def _unlocked(wanted: str) -> Source | None:
    """Where yarn looks when nothing is resolved: on its registry, unless the range itself is an address."""
    place, _, fragment = wanted.partition("#")
    if wanted.startswith(("file:", "./", "../", "/", "~/")) and place.endswith(_ARCHIVES):
        return Source(SourceKind.PATH, wanted, wanted.removeprefix("file:"))
    if wanted.startswith(_FOLDER):
        return None
    if place.startswith(("http:", "https:")) and not place.endswith(".git"):
        return Source(SourceKind.URL, without_login(wanted))
    if "/" in place:
        return Source(SourceKind.GIT, without_login(wanted), fragment or None)
    return None if ":" in wanted else REGISTRY


def _digests(block: Block) -> tuple[tuple[Digest, ...], str, list[Problem]]:
    """The hashes, the address without the SHA-1 that yarn puts after its `#`, and a problem when one is broken."""
    digests, broken = digests_of(block.fields.get("integrity", ""))
    problems = []
    if broken is not None:
        problems.append(block.problem(f'The "integrity" of {block.shown} cannot be read: {broken}.'))
    address = block.fields.get("resolved", "")
    place, _, fragment = address.partition("#")
    if place.startswith(("git", "ssh:")) or place.endswith(".git"):  # a commit or a tag
        return digests, address, problems
    if len(fragment) == _SHA1 and _HEX.issuperset(fragment):
        return tuple(dict.fromkeys((*digests, Digest("sha1", fragment.lower())))), place, problems
    if fragment:
        problems.append(
            block.problem(f'The hash in "resolved" of {block.shown} cannot be read: {visible(fragment, 80)}.')
        )
    return digests, address if fragment else place, problems


def _strange(block: Block) -> list[Problem]:
    """What the block says beyond what yarn 1 needs."""
    problems = []
    if block.repeated:
        shown = visible(block.repeated[0], 80)
        problems.append(block.problem(f'The entry {block.shown} has "{shown}" twice; yarn reads the last.'))
    unknown = [*(block.fields.keys() - _FIELDS), *(block.maps.keys() - _MAPS)]
    if unknown:
        shown = visible(min(unknown), 80)
        problems.append(block.problem(f'The entry {block.shown} has "{shown}", which yarn 1 never writes.'))
    if block.maps.get("prebuiltVariants"):
        message = f"{block.shown} is installed from an archive that somebody built elsewhere (prebuiltVariants)."
        problems.append(block.problem(message, Reason.UNSUPPORTED_SOURCE))
    return problems
