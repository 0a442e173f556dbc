"""What a token may do: scopes, and the installations, repositories and networks that it is narrowed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from app.core.errors import InputError

Network = IPv4Network | IPv6Network


class Scope(StrEnum):
    """A closed list: no wildcard, and every scope has a route."""

    PACKAGES_READ = "packages:read"
    PACKAGES_INSPECT = "packages:inspect"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    FINDINGS_READ = "findings:read"
    POLICY_READ = "policy:read"
    TOKENS_READ = "tokens:read"
    TOKENS_CREATE = "tokens:create"
    TOKENS_ROTATE = "tokens:rotate"
    TOKENS_REVOKE = "tokens:revoke"
    TOKENS_INTROSPECT = "tokens:introspect"
    AUDIT_READ = "audit:read"
    WEBHOOKS_MANAGE = "webhooks:manage"


DEFAULT_SCOPES = frozenset({Scope.PACKAGES_READ})
ADMIN = Scope.TOKENS_CREATE
"""A token that holds it is an admin token."""


@dataclass(frozen=True, slots=True)
class Access:
    """What is allowed. An empty set of installations, repositories or networks means: not narrowed."""

    scopes: frozenset[Scope]
    installations: frozenset[int] = frozenset()
    repositories: frozenset[int] = frozenset()
    networks: tuple[Network, ...] = ()

    @property
    def manages_tokens(self) -> bool:
        """Whether it may do anything with tokens: such a token lives shorter."""
        return any(scope.startswith("tokens:") for scope in self.scopes)

    def contains(self, other: Access) -> bool:
        """Whether everything that `other` allows is allowed here too: nobody gives away what they do not have."""
        return (
            other.scopes <= self.scopes
            and _narrower(other.installations, self.installations)
            and _narrower(other.repositories, self.repositories)
            and _networks_within(other.networks, self.networks)
        )

    def oversees(self, other: Access) -> bool:
        """Whether something of that access belongs to the same tenant: what it reaches is reached from here too."""
        return _narrower(other.installations, self.installations) and _narrower(other.repositories, self.repositories)

    def admits(self, address: str) -> bool:
        """Whether a request from this address may use it. An address that cannot be read is admitted nowhere."""
        if not self.networks:
            return True
        try:
            host = _unmapped(ip_address(address))
        except ValueError:
            return False
        return any(host in network for network in self.networks)

    def sees_installation(self, installation_id: int) -> bool:
        """Whether anything of this installation may exist for it."""
        return not self.installations or installation_id in self.installations

    def sees(self, installation_id: int, repository_id: int | None = None) -> bool:
        """Whether an object of this installation and repository exists for it."""
        if not self.sees_installation(installation_id):
            return False
        return not self.repositories or repository_id in self.repositories


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Scopes by name; raise `InputError` that names the first unknown one, and the known ones."""
    found = set()
    for name in names:
        try:
            found.add(Scope(name))
        except ValueError:
            raise InputError(f"{name[:60]!r} is not a scope. Known: {', '.join(Scope)}.") from None
    return frozenset(found)


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks such as `192.0.2.0/24` or single addresses; raise `InputError` for anything else."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip()))
        except ValueError:
            raise InputError(f"{text[:60]!r} is not a network such as 192.0.2.0/24 or 2001:db8::/32.") from None
    return tuple(dict.fromkeys(found))


def _narrower(inner: frozenset[int], outer: frozenset[int]) -> bool:
    return not outer or (bool(inner) and inner <= outer)


def _networks_within(inner: tuple[Network, ...], outer: tuple[Network, ...]) -> bool:
    return not outer or (bool(inner) and all(any(_within(one, other) for other in outer) for one in inner))


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """`::ffff:192.0.2.1` is `192.0.2.1`: a server that listens on both kinds sees it so."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
