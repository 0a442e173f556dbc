"""Names, versions, addresses and hashes of npm packages, as every lockfile of npm's world writes them."""

from __future__ import annotations

import string
from functools import lru_cache
from urllib.parse import unquote

from semver import Version

from app.core.integrity import Digest, from_sri
from app.core.package import REGISTRY, Source, SourceKind, without_login

_LONGEST_NAME = 214  # npm's own limit
_LONGEST_HASHES = 400  # characters of those of one package that are remembered
_LONGEST_VERSION = 256  # node-semver's own limit
_NAME = frozenset(string.ascii_letters + string.digits + "-._~!'()*")  # what encodeURIComponent leaves alone
_ADDRESS = frozenset(string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%")
_HOST = frozenset(string.ascii_letters + string.digits + "-.:[]")
_GIT = ("git:", "git+", "github:", "gitlab:", "bitbucket:", "gist:")
_PATH = ("file:", ".", "/", "~/")


def is_text(text: str) -> bool:
    """Whether it can be written down at all: JSON can name halves of characters (surrogates), which cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def is_name(name: str) -> bool:
    """Whether the npm registry could ever have served a package of this name (its rules for old packages)."""
    return len(name) <= _LONGEST_NAME and _is_name(name)


def is_version(text: str) -> bool:
    """Whether this is one version in the sense of semver.org."""
    return len(text) <= _LONGEST_VERSION and _is_version(text)


def source_of(address: str, name: str, version: str) -> Source | None:
    """Where an address leads; None when npm writes no such address.

    It is a registry package only when the address is that of the archive of exactly this name and version, on whatever
    host, written plainly. An empty address is the configured registry.
    """
    if not address:
        return REGISTRY
    lower = address[:12].lower()
    if lower.startswith(_GIT):
        return Source(SourceKind.GIT, without_login(address), address.partition("#")[2] or None)
    if lower.startswith(("https:", "http:")):
        kind = SourceKind.REGISTRY if is_own_archive(address, name, version) else SourceKind.URL
        return Source(kind, without_login(address))
    if lower.startswith(_PATH):
        return Source(SourceKind.PATH, address, address.removeprefix("file:"))
    return None


def is_own_archive(address: str, name: str, version: str) -> bool:
    """Whether the address is plain and its path ends in `/<name>/-/<name>-<version>.tgz`."""
    host, _, path = address.partition("://")[2].partition("/")
    return bool(host) and _HOST.issuperset(host) and is_own_path(f"/{path}", name, version)


def is_own_path(path: str, name: str, version: str) -> bool:
    """Whether a path on a registry is that of the archive of this name and version.

    Anything that two URL parsers could read differently (back-slashes, spaces, a second slash at its beginning, letters
    beyond ASCII) is not plain enough to be believed.
    """
    if not _ADDRESS.issuperset(path) or not path.startswith("/") or path.startswith("//"):
        return False
    path = unquote(path.partition("#")[0].partition("?")[0])
    base = name.rpartition("/")[2]
    return path.endswith((f"/{name}/-/{base}-{version}.tgz", f"/{name}/-/{name}-{version}.tgz"))


def digests_of(integrity: str) -> tuple[tuple[Digest, ...], ValueError | None]:
    """The hashes of an SRI string that can be read, and what is wrong with the first that cannot."""
    return _digests_of(integrity) if len(integrity) <= _LONGEST_HASHES else _read_digests(integrity)


def _read_digests(integrity: str) -> tuple[tuple[Digest, ...], ValueError | None]:
    digests: list[Digest] = []
    broken = None
    for part in integrity.split():
        try:
            digests += from_sri(part)
        except ValueError as error:
            broken = broken or error.with_traceback(None)
    return tuple(digests), broken


_digests_of = lru_cache(maxsize=1 << 14)(_read_digests)  # both revisions of a file name mostly the same hashes


@lru_cache(maxsize=4096)
def _is_name(name: str) -> bool:
    scope, slash, base = name.rpartition("/")
    return _is_part(base) and (not slash or (scope.startswith("@") and _is_part(scope[1:])))


def _is_part(text: str) -> bool:
    return bool(text) and not text.startswith(".") and _NAME.issuperset(text)


@lru_cache(maxsize=4096)
def _is_version(text: str) -> bool:
    return Version.is_valid(text)
