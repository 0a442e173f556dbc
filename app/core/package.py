"""What a package is: ecosystem, normalised name, version, source, and its package URL."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from enum import StrEnum

from packageurl import PackageURL
from packaging.utils import canonicalize_name

from app.core.errors import InputError


class Ecosystem(StrEnum):
    """Where packages come from; values are package-URL types. Those that are not in `INSPECTED` are compared only."""

    NPM = "npm"
    PYPI = "pypi"
    GITHUB_ACTIONS = "githubactions"
    GO = "golang"
    CARGO = "cargo"
    GEM = "gem"
    COMPOSER = "composer"
    MAVEN = "maven"
    NUGET = "nuget"
    DOCKER = "docker"
    PRE_COMMIT = "pre-commit"
    TERRAFORM = "terraform"
    PUB = "pub"
    HEX = "hex"
    SWIFT = "swift"
    COCOAPODS = "cocoapods"
    JSR = "jsr"

    @property
    def called(self) -> str:
        """What people call it."""
        return _CALLED[self]


INSPECTED = frozenset({Ecosystem.NPM, Ecosystem.PYPI})
"""The ecosystems whose packages are opened."""

_CALLED = {
    Ecosystem.NPM: "npm",
    Ecosystem.PYPI: "PyPI",
    Ecosystem.GITHUB_ACTIONS: "GitHub Actions",
    Ecosystem.GO: "Go",
    Ecosystem.CARGO: "Rust",
    Ecosystem.GEM: "Ruby",
    Ecosystem.COMPOSER: "PHP",
    Ecosystem.MAVEN: "Java",
    Ecosystem.NUGET: ".NET",
    Ecosystem.DOCKER: "container images",
    Ecosystem.PRE_COMMIT: "pre-commit",
    Ecosystem.TERRAFORM: "Terraform",
    Ecosystem.PUB: "Dart",
    Ecosystem.HEX: "Elixir",
    Ecosystem.SWIFT: "Swift",
    Ecosystem.COCOAPODS: "CocoaPods",
    Ecosystem.JSR: "JSR",
}


class SourceKind(StrEnum):
    """Where a lockfile says that a package comes from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    PATH = "path"  # a directory or archive beside the project, editable or not


@dataclass(frozen=True, slots=True)
class Source:
    """`url` is what the lockfile wrote (evidence, never an address to fetch); `reference` a commit, tag or path.

    Where `url` is the index of a registry, `reference` may be the host that its files come from (`https://host`). A
    file may name that host and no index: then `url` is None, which stands for the registry that is configured.
    """

    kind: SourceKind
    url: str | None = None
    reference: str | None = None


REGISTRY = Source(SourceKind.REGISTRY)

_LABEL = re.compile(r"(?P<ecosystem>[a-z-]+)/(?P<name>@?[^@\s]+)@(?P<version>[^@\s]+)")
_FLAT_NAME = re.compile(r"(?:@[^/@]+/)?[^/@]+")  # of npm and PyPI: elsewhere names have slashes
_CASELESS = frozenset({Ecosystem.GITHUB_ACTIONS, Ecosystem.NUGET, Ecosystem.COMPOSER, Ecosystem.PRE_COMMIT})
_LOGIN = frozenset(string.ascii_letters + string.digits + "-._~%!$&'()*+,;=:${}")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One version of one package. `name` is normalised (see `normalised_name`)."""

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
        ecosystem = _ecosystem(match["ecosystem"], text) if match else None
        if match is None or (ecosystem in INSPECTED and _FLAT_NAME.fullmatch(match["name"]) is None):
            raise InputError(
                f"{text!r} is not a package. Write npm/name@1.2.3, npm/@scope/name@1.2.3 or pypi/name@1.2.3."
            )
        assert ecosystem is not None
        return cls.of(ecosystem, match["name"], match["version"])

    @property
    def label(self) -> str:
        """`npm/@scope/name@1.2.3`, as people read and type it."""
        return "".join((self.ecosystem, "/", self.name, "@", self.version))  # faster than an f-string

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
    """PEP 503 for PyPI; lower case where the ecosystem does not tell cases apart; else as written (npm's old names
    differ by case only).
    """
    if ecosystem is Ecosystem.PYPI:
        return canonicalize_name(name)
    return name.lower() if ecosystem in _CASELESS else name


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


def _ecosystem(word: str, text: str) -> Ecosystem:
    try:
        return Ecosystem(word)
    except ValueError:
        raise InputError(f"{text!r}: {word!r} is not an ecosystem that Assay knows ({', '.join(Ecosystem)}).") from None
