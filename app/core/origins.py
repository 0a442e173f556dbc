"""Whose machines packages come from: the origin of an address, and which origins the operator configured for a name."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.package import Ecosystem, Package

_HOST = frozenset(string.ascii_lowercase + string.digits + "-._:[]")
_PORTS = {"http": "80", "https": "443"}
_LONGEST = 2048  # characters of an address that is looked at


@dataclass(frozen=True, slots=True)
class Binding:
    """Packages whose name matches `pattern` come from `origin`, and from nowhere else unless another binding says so.

    `pattern` is a name, or the beginning of names followed by `*` (`@acme/*`, `acme-*`); names are normalised.
    """

    ecosystem: Ecosystem
    pattern: str
    origin: str

    def covers(self, package: Package) -> bool:
        """Whether this package is one of them."""
        return package.ecosystem is self.ecosystem and name_matches(self.pattern, package.name)


@dataclass(frozen=True, slots=True)
class Configured:
    """The origins that the operator configured. `known` may serve any package of their ecosystem."""

    known: Mapping[Ecosystem, frozenset[str]] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()

    def bound(self, package: Package) -> frozenset[str]:
        """The only origins that this package may come from; empty when its name is bound to none."""
        return frozenset(binding.origin for binding in self.bindings if binding.covers(package))

    def of(self, ecosystem: Ecosystem) -> frozenset[str]:
        """All origins of an ecosystem, those of bindings included."""
        own = frozenset(one.origin for one in self.bindings if one.ecosystem is ecosystem)
        return self.known.get(ecosystem, frozenset()) | own


def origin_of(address: str | None) -> str:
    """`https://host` (with its port unless that is the usual one), in lower case, without login and path.

    `git+https:` counts as `https:`. Empty for what is no plain address: nobody knows where a reader of it would go.
    """
    scheme, found, rest = (address or "")[:_LONGEST].lower().partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    if not found or not scheme or not host or not _HOST.issuperset(host) or "\\" in rest:
        return ""
    scheme = scheme.rpartition("+")[2]
    return f"{scheme}://{host.removesuffix(':' + _PORTS.get(scheme, ' '))}"


def host_of(address: str | None) -> str:
    """The host of an address, with its port where that is not the usual one; empty when it has none."""
    return origin_of(address).partition("://")[2]


def name_matches(pattern: str, name: str) -> bool:
    """Whether a name is this one, or begins as the pattern does before its `*`."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
