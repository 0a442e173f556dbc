"""One entry of deno's lockfile → the package that deno fetches, from npm or from JSR, and what it asks for."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.json_sections import Entry
from app.core.lockfile import Problem
from app.core.npm_package import digests_of, is_name, is_text, is_version, source_of
from app.core.package import REGISTRY, Ecosystem, Package, Source

_LONGEST_KEY = 4096  # characters: those of a package with many peers are long
_ALIAS = "@npm:"
_EDGES = ("dependencies", "optionalDependencies", "peerDependencies")


class Requirement(NamedTuple):
    """What is asked for: the name it is installed under, the package as the file writes it, whether it may be missing.

    An empty name is the package's own, or none that npm allows.
    """

    name: str
    wanted: str
    optional: bool


class Member(NamedTuple):
    """A package that deno fetches, the line of its entry, and what it asks for."""

    line: int
    package: Package
    source: Source
    digests: tuple[Digest, ...]
    requires: tuple[Requirement, ...]


class _Unreadable(Exception):
    """The entry cannot be read; the argument says why."""


def read_npm(entry: Entry) -> tuple[Member | None, list[Problem]]:
    """A package of npm: `name@1.2.3`, followed by `_` and the peers that it was resolved with."""
    try:
        package = _package(entry, Ecosystem.NPM)
        source = _source(entry, package)
    except _Unreadable as error:
        return None, [entry.problem(str(error))]
    problems = []
    integrity = entry.fields.get("integrity")
    digests, broken = digests_of(integrity) if isinstance(integrity, str) and is_text(integrity) else ((), None)
    if broken is not None:
        problems.append(entry.problem(f'The "integrity" of {entry.shown} cannot be read: {broken}.'))
    requires = [
        requirement
        for edge in _EDGES
        for requirement in _requirements(entry.fields.get(edge), optional=edge != _EDGES[0])
    ]
    return Member(entry.line, package, source, digests, tuple(requires)), problems


def read_jsr(entry: Entry) -> tuple[Member | None, list[Problem]]:
    """A package of JSR: its hash is over the list of its files, which has a hash of each."""
    try:
        package = _package(entry, Ecosystem.JSR)
    except _Unreadable as error:
        return None, [entry.problem(str(error))]
    integrity = entry.fields.get("integrity")
    digests: tuple[Digest, ...] = ()
    problems = []
    if integrity is not None:
        try:
            digests = (from_pip(f"sha256:{integrity}"),)
        except ValueError as error:
            problems.append(entry.problem(f'The "integrity" of {entry.shown} cannot be read: {error}.'))
    wanted = entry.fields.get("dependencies")
    texts = [text for text in wanted if isinstance(text, str)] if isinstance(wanted, list) else []
    requires = tuple(Requirement("", text, optional=False) for text in texts)
    return Member(entry.line, package, REGISTRY, digests, requires), problems


def split_name(text: str) -> tuple[str, str]:
    """At the first `@` that begins no scope; what follows may hold more of them."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def _package(entry: Entry, ecosystem: Ecosystem) -> Package:
    if len(entry.key) > _LONGEST_KEY:
        raise _Unreadable("The key of this entry is too long.")
    name, version = split_name(entry.key)
    version = version.partition("_")[0]
    if not is_name(name):
        raise _Unreadable(f"{entry.shown} is not a package with a name that {ecosystem.called} allows.")
    if not is_version(version):
        raise _Unreadable(f"{entry.shown} names no version.")
    if not isinstance(entry.value, dict):
        raise _Unreadable(f"The entry {entry.shown} is not an object.")
    return Package(ecosystem, name, version)


def _source(entry: Entry, package: Package) -> Source:
    """The configured registry, unless the entry names the address of an archive."""
    address = entry.fields.get("tarball", "")
    source = (
        source_of(address, package.name, package.version) if isinstance(address, str) and is_text(address) else None
    )
    if source is None:
        raise _Unreadable(
            f"{entry.shown} comes from {visible(str(address), 80)}, which is no address that deno writes."
        )
    return source


def _requirements(said: Any, *, optional: bool) -> list[Requirement]:
    """`["ms", "ms@2.1.2", "old-ms@npm:ms@2.0.0"]`, and in version 3 `{"old-ms": "ms@2.0.0"}`."""
    if isinstance(said, dict):
        pairs = [(name, wanted) for name, wanted in said.items() if isinstance(wanted, str)]
        return [Requirement(name if is_name(name) else "", wanted, optional) for name, wanted in pairs]
    found = []
    for text in said if isinstance(said, list) else ():
        if isinstance(text, str):
            name, alias, wanted = text.partition(_ALIAS)
            named = name if alias and is_name(name) else ""
            found.append(Requirement(named, wanted if alias else text, optional))
    return found
