"""The files of one Python package in a lockfile → the places they come from, with the hashes of those from there.

Installers take the address of each file from the lockfile and ask the index nothing. So whoever writes the lockfile
may name the registry as the source and let one wheel of ten come from elsewhere.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from packaging.version import Version

from app.core.integrity import Digest, from_pip
from app.core.lockfile import Index, IndexKind, Pin
from app.core.origins import origin_of
from app.core.package import Package, Source, SourceKind, without_login
from app.core.python_release import python_name, python_version

_HOST = frozenset(string.ascii_letters + string.digits + "-.:[]")
_SDISTS = (  # what uv takes for one; pip and pdm know fewer
    ".tar.gz",
    ".zip",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".tar.zst",
)
_ON_DISK = "file:"
_MOST_PLACES = 16  # that the files of one package come from; one is usual
_MOST_DASHES = 32  # in the name of a file
_LONGEST_HASH = 200  # characters of one that is remembered
_AFTER_SCHEME = len("https://")
_MOST_TROUBLES = 10  # about the files of one package

Origin = tuple[Source, tuple[Digest, ...]]


class Declared(NamedTuple):
    """The source that the package names, and its address as written where it has one.

    `asks_index` says that the installer asks the index for files without an address.
    """

    source: Source
    address: str = ""
    asks_index: bool = False


class File(NamedTuple):
    """A file as the lockfile names it: its address (None: it names none), and its hashes as pip writes them."""

    address: object
    hashes: tuple[object, ...] = ()


def read_origins(
    files: Iterable[File | None], package: Package, declared: Declared
) -> tuple[tuple[Origin, ...], list[str]]:
    """Every place with its hashes, in the order of the file, and sentences about what cannot be read.

    A package without files comes from where it says. None is a file that could not be read.
    """
    places: dict[Source, list[Digest]] = {}
    wheels: dict[tuple[str, str], list[Digest]] = {}
    troubles: list[str] = []
    for file in files:
        if file is None:
            troubles.append("one of its files cannot be read.")
            continue
        address, hashes = file
        beginning = None if address == declared.address else _beginning(address)
        if beginning is None or beginning not in wheels:
            source = _place(address, package, declared)
            if source is None:
                troubles.append("one of its files has no address.")
                continue
            if len(places) == _MOST_PLACES and source not in places:
                troubles.append(f"its files come from more than {_MOST_PLACES} places; the others are not examined.")
                break
            digests = places.setdefault(source, [])
            if beginning is not None and source.kind is SourceKind.REGISTRY:
                wheels[beginning] = digests
        else:
            digests = wheels[beginning]
        for written in hashes:
            try:
                digests.append(_digest(written))
            except ValueError as error:
                troubles.append(f"a hash cannot be read: {error}.")
    if not places:
        places[declared.source] = []
    return tuple((source, tuple(digests)) for source, digests in places.items()), troubles[:_MOST_TROUBLES]


def _digest(written: object) -> Digest:
    if not isinstance(written, str):
        return from_pip("")  # which is none
    return _remembered(written) if len(written) <= _LONGEST_HASH else from_pip(written)


_remembered = lru_cache(maxsize=1 << 15)(from_pip)  # both revisions of a file name mostly the same hashes


def _beginning(address: object) -> tuple[str, str] | None:
    """What says all of where a wheel comes from, and of which package it is: its host, its name with its version.

    None for another file, and for an address that is not plain enough to be told by these.
    """
    if not isinstance(address, str) or not address.endswith(".whl") or not address.isascii():
        return None
    if "\\" in address or "%" in address or "#" in address or "?" in address or not address.isprintable():
        return None
    name = address[address.rfind("/") + 1 :]
    end = name.find("-", name.find("-") + 1)
    return (address[: address.find("/", _AFTER_SCHEME)], name[:end]) if end > 0 else None


def source_indexes(pins: Iterable[Pin]) -> tuple[Index, ...]:
    """The indexes that packages name as theirs, and hosts of files that hardly belong to them.

    An index may keep its files on one other host, as PyPI does, and nobody but the file says on which. So of the hosts
    beside an index's own the most used one counts as belonging to it, and every other as a place of its own.
    """
    indexes: dict[str, Index] = {}
    hosts: dict[str | None, Counter[str]] = {}
    first: dict[str, int] = {}
    for pin in pins:
        if pin.source.kind is not SourceKind.REGISTRY:
            continue
        if pin.source.url is not None:
            indexes.setdefault(pin.source.url, Index(pin.source.url, pin.line, IndexKind.SOURCE))
        if pin.source.reference is not None:
            hosts.setdefault(pin.source.url, Counter())[pin.source.reference] += 1
            first.setdefault(pin.source.reference, pin.line)
    others = {host for used in hosts.values() for host, _ in used.most_common()[1:]}
    return (*indexes.values(), *(Index(host, first[host], IndexKind.SOURCE) for host in sorted(others)))


def _place(address: object, package: Package, declared: Declared) -> Source | None:
    """Where this file comes from; None when nobody can say."""
    kind = declared.source.kind
    if address is None:
        return declared.source if kind is not SourceKind.REGISTRY or declared.asks_index else None
    if not isinstance(address, str):
        return None
    if address == declared.address or kind in (SourceKind.GIT, SourceKind.PATH):
        return declared.source
    if address.lower().startswith(_ON_DISK):
        return Source(SourceKind.PATH, None, address)
    origin = _origin(address)
    if kind is SourceKind.URL or origin is None or not _is_of(address, package):
        return Source(SourceKind.URL, without_login(address))
    if origin.startswith("http:") and not declared.address.lower().startswith("http:"):  # TLS was promised
        return Source(SourceKind.URL, without_login(address))
    if origin == origin_of(declared.address):
        return declared.source
    return Source(SourceKind.REGISTRY, declared.source.url, origin)


def _origin(address: str) -> str | None:
    """Scheme and host (`https://files.example`) of an address so plain that all its readers agree; else None."""
    if "\\" in address or not address.isascii() or not address.isprintable():
        return None
    scheme, found, rest = address.partition("://")
    return _plain(scheme.lower(), rest.partition("/")[0]) if found else None


@lru_cache(maxsize=1024)
def _plain(scheme: str, host: str) -> str | None:
    return origin_of(f"{scheme}://{host}") if scheme in ("https", "http") and _HOST.issuperset(host) else None


def _is_of(address: str, package: Package) -> bool:
    """Whether the file's name is one of this package and version. uv does not look at the name of an sdist."""
    name = unquote(address.partition("#")[0].partition("?")[0].rpartition("/")[2])
    if name.endswith(".whl"):
        parts = name.split("-", 2)
        return len(parts) == 3 and _matches(parts[0], parts[1], package)
    stem = next((name.removesuffix(ending) for ending in _SDISTS if name.endswith(ending)), "")
    if stem.count("-") > _MOST_DASHES:
        return False
    dashes = (at for at, character in enumerate(stem) if character == "-")
    return any(_matches(stem[:at], stem[at + 1 :], package) for at in dashes)


def _matches(name: str, version: str, package: Package) -> bool:
    if python_name(name) != package.name:
        return False
    found = python_version(version)
    return found == package.version or (found is not None and Version(found) == Version(package.version))
