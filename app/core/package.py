"""What a package is: ecosystem, normalised name, version, source, and its package URL."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from enum import StrEnum

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion
from packaging.version import Version as PythonVersion
from semver import Version as SemanticVersion

from app.core.errors import InputError


class Ecosystem(StrEnum):
    """The registries whose packages Assay opens; values are package-URL types."""

    NPM = "npm"
    PYPI = "pypi"


class SourceKind(StrEnum):
    """Where a lockfile says that a package comes from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    PATH = "path"  # a directory or archive beside the project, editable or not


@dataclass(frozen=True, slots=True)
class Source:
    """`url` is what the lockfile wrote (evidence, never an address to fetch); `reference` a commit, tag or path.

    Where `url` is the index of a registry, `reference` may be the host that its files come from (`https://host`).
    """

    kind: SourceKind
    url: str | None = None
    reference: str | None = None


REGISTRY = Source(SourceKind.REGISTRY)

_LABEL = re.compile(r"(?P<ecosystem>[a-z]+)/(?P<name>(?:@[^/@\s]+/)?[^/@\s]+)@(?P<version>[^@\s]+)")

_LOGIN = frozenset(string.ascii_letters + string.digits + "-._~%!$&'()*+,;=:${}")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One version of one package. `name` is normalised (PEP 503 for PyPI, as written for npm)."""

    ecosystem: Ecosystem
    name: str
    version: str

    @classmethod
    def of(cls, ecosystem: Ecosystem, name: str, version: str) -> Package:
        """Normalise the name and build the package."""
        return cls(ecosystem, normalised_name(ecosystem, name), version)

    @classmethod
    def parse(cls, text: str) -> Package:
        """Read `npm/@scope/name@1.2.3` or `pypi/name@1.2.3`; raise `InputError` with the cause otherwise."""
        match = _LABEL.fullmatch(text.strip())
        if match is None:
            raise InputError(
                f"{text!r} is not a package. Write npm/name@1.2.3, npm/@scope/name@1.2.3 or pypi/name@1.2.3."
            )
        try:
            ecosystem = Ecosystem(match["ecosystem"])
        except ValueError:
            known = ", ".join(Ecosystem)
            raise InputError(f"{text!r}: {match['ecosystem']!r} is not an ecosystem Assay opens ({known}).") from None
        return cls.of(ecosystem, match["name"], match["version"])

    @property
    def label(self) -> str:
        """`npm/@scope/name@1.2.3`, as people read and type it."""
        return f"{self.ecosystem}/{self.name}@{self.version}"

    @property
    def key(self) -> str:
        """`npm/@scope/name`, the package without its version."""
        return f"{self.ecosystem}/{self.name}"

    @property
    def purl(self) -> str:
        """The package URL, for exports. Never compared: purl lower-cases npm names but not their scopes."""
        namespace, _, name = self.name.rpartition("/")
        return PackageURL(str(self.ecosystem), namespace or None, name, self.version).to_string()


def normalised_name(ecosystem: Ecosystem, name: str) -> str:
    """PEP 503 for PyPI; npm names are compared as written (old ones differ by case only)."""
    return canonicalize_name(name) if ecosystem is Ecosystem.PYPI else name


def without_login(address: str) -> str:
    """The address as evidence, with a user name or password in it as `***`: whoever reads the report need not see it.

    A bare user name stays where it is no secret (`git+ssh://git@host/…`), and so does what not every reader of
    addresses takes for a login (with a back-slash before the `@`, browsers go to the host on its left).
    """
    scheme, found, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    login, at, host = host.rpartition("@")
    if not (found and at) or (":" not in login and "ssh" in scheme) or not _LOGIN.issuperset(login):
        return address
    return f"{scheme}://***@{host}{slash}{path}"


def version_order(ecosystem: Ecosystem, version: str) -> PythonVersion | SemanticVersion | None:
    """The version as a value that sorts as the ecosystem sorts it; None when it is not a version there."""
    try:
        return (
            PythonVersion(version) if ecosystem is Ecosystem.PYPI else SemanticVersion.parse(version.removeprefix("v"))
        )
    except (InvalidVersion, ValueError):
        return None
