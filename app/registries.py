"""Which registries there are, what each of them is asked for, and for whom."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packageurl.contrib.purl2url import get_download_url
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from app.core.origins import Binding, Configured, name_matches, origin_of
from app.core.package import Ecosystem, Package
from app.core.tenancy import EVERYBODY, Allowed, Tenant, serves

_HOST = frozenset(string.ascii_letters + string.digits + ".-_:[]")  # what a `${NAME}` that is not set is not


@dataclass(frozen=True, slots=True)
class BoundRegistry:
    """A registry that certain packages come from, and nothing else does.

    `packages` are names, or beginnings of names with `*` at the end. `installations` says who may ask it.
    `authorization` is a value of the Authorization header, sent to this origin only. `origins` are all under which
    lockfiles name it.
    """

    ecosystem: Ecosystem
    url: str
    packages: tuple[str, ...]
    installations: Allowed
    source: str
    authorization: str | None = field(default=None, repr=False)
    origins: tuple[str, ...] = ()

    def covers(self, package: Package) -> bool:
        """Whether the package comes from here."""
        matches = any(name_matches(pattern, package.name) for pattern in self.packages)
        return matches and package.ecosystem is self.ecosystem


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The registries to ask. Addresses end in `/` and hold no credentials.

    `registries` come first, in their order: the first that covers a package and serves the installation is asked, and
    no other. Then `npm_scopes`, then `npm` and `pypi`. The credentials of these, in `authorizations`, are for the
    installations of `credentials_for` alone.

    `npm_scopes` are registries of their own, by scope (`@acme`). `ca_bundle` is a PEM file of the authorities to trust
    in place of the system's; `client_ca_bundles` are the ones that pip or npm is configured with, where the operator
    sets none. `sources` says where each value came from, for people ("pypi" → "/etc/pip.conf line 2").
    `authorizations` are values of the Authorization header by address, sent to that address' origin only; they are
    kept out of `repr`.
    """

    npm: str
    pypi: str
    npm_scopes: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    client_ca_bundles: Mapping[Ecosystem, str] = field(default_factory=dict)
    authorizations: Mapping[str, str] = field(default_factory=dict, repr=False)
    registries: tuple[BoundRegistry, ...] = ()
    credentials_for: Allowed = frozenset()

    def trusted_authorities(self, ecosystem: Ecosystem) -> str | None:
        """The PEM file that decides whom to trust for this ecosystem; None: the system's store."""
        return self.ca_bundle or self.client_ca_bundles.get(ecosystem)

    def configured(self, tenant: Tenant | None = None) -> Configured:
        """The origins of the registries that serve this installation, for rules that judge what lockfiles name.

        The public registries are among them: lockfiles name them also where a mirror is asked.
        """
        known = {
            Ecosystem.NPM: {origin_of(self.npm), origin_of(default_npm_registry())},
            Ecosystem.PYPI: {origin_of(self.pypi), origin_of(PYPI_SIMPLE_ENDPOINT)},
        }
        bindings = []
        for registry in self.registries:
            if serves(registry.installations, tenant):
                known[registry.ecosystem] |= set(registry.origins) if "*" in registry.packages else set()
                bindings += [
                    Binding(registry.ecosystem, pattern, origin)
                    for pattern in registry.packages
                    for origin in registry.origins
                    if pattern != "*"
                ]
        bindings += [Binding(Ecosystem.NPM, f"{scope}/*", origin_of(url)) for scope, url in self.npm_scopes.items()]
        return Configured({one: frozenset(origins) for one, origins in known.items()}, tuple(bindings))

    def public(self) -> Endpoints:
        """The same for somebody who is no installation: what wants credentials, or is for some only, is out of reach.

        Names that are bound to such a registry stay bound to it, so that nothing else is taken for them.
        """
        closed = (
            one
            if one.authorization is None and EVERYBODY in one.installations
            else replace(one, installations=frozenset())
            for one in self.registries
        )
        return replace(self, registries=tuple(closed), credentials_for=frozenset())

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the operator: settings that are in order and yet do nothing."""
        if not self.authorizations or self.credentials_for:
            return ()
        names = {"npm": self.npm, "pypi": self.pypi, **self.npm_scopes}
        where = sorted({self.sources.get(name, name) for name, url in names.items() if url in self.authorizations})
        found = f"No installation may use the credentials of registries that were found ({', '.join(where)})."
        return (f"{found} Name those that may in ASSAY_CREDENTIALS_FOR: owners and installation numbers, or all.",)


def default_npm_registry() -> str:
    """The npm registry as `packageurl-python` knows it."""
    url = get_download_url("pkg:npm/x@1")  # type: ignore[no-untyped-call]
    return str(url).removesuffix("x/-/x-1.tgz")


def default_pypi_index() -> str:
    """PyPI's index as `pypi-simple` knows it."""
    return PYPI_SIMPLE_ENDPOINT.rstrip("/") + "/"
