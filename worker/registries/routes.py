"""Which registry is asked for a package, with which credentials, on behalf of one installation.

A name that is bound to a registry is never asked of another one, and the registry that it is bound to never of anything
else: with two indexes for one name, whoever publishes on the other one would decide what is examined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.errors import NoAccess
from app.core.package import Ecosystem, Package
from app.core.tenancy import EVERYBODY, Tenant, serves
from app.registries import BoundRegistry, Endpoints, default_npm_registry, default_pypi_index
from worker.registries.download import Endpoint


@dataclass(frozen=True, slots=True)
class Route:
    """A registry to ask. `private`: what it answers is kept for the installation that asked."""

    endpoint: Endpoint
    private: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways of one installation to registries; `tenant` None is the operator on the command line."""

    endpoints: Endpoints
    tenant: Tenant | None = None

    def of(self, package: Package) -> Endpoint:
        """The registry to ask for this package; raise `NoAccess` when this installation may not ask it."""
        route = self._route(package)
        if route is None:
            raise NoAccess(
                f"{package.label[:300]} comes from a private registry that this installation may not use. "
                "Whoever runs Assay can allow it."
            )
        return route.endpoint

    def all(self) -> tuple[Endpoint, ...]:
        """Every registry that this installation may ask: what a `Fetcher` trusts, and follows redirects to."""
        found = [self._bound(one) for one in self.endpoints.registries if serves(one.installations, self.tenant)]
        names = [(Ecosystem.NPM, "x"), (Ecosystem.PYPI, "x")]
        names += [(Ecosystem.NPM, f"{scope}/x") for scope in self.endpoints.npm_scopes]
        found += [
            route for ecosystem, name in names if (route := self._unbound(Package(ecosystem, name, "0"))) is not None
        ]
        return tuple(route.endpoint for route in found)

    def realm(self, package: Package) -> str:
        """Where what is learned of this package is kept: with everybody's, or with the installation's own.

        What an installation may not ask for is looked for among its own, and found nowhere.
        """
        route = self._route(package)
        if self.tenant is None or (route is not None and not route.private):
            return "public"
        return self.tenant.realm

    def _route(self, package: Package) -> Route | None:
        covering = [one for one in self.endpoints.registries if one.covers(package)]
        for registry in covering:
            if serves(registry.installations, self.tenant):
                return self._bound(registry)
        if covering:
            return None
        return self._unbound(package)

    def _bound(self, registry: BoundRegistry) -> Route:
        private = registry.authorization is not None or EVERYBODY not in registry.installations
        authorities = self.endpoints.trusted_authorities(registry.ecosystem)
        return Route(Endpoint(registry.url, registry.authorization, authorities), private)

    def _unbound(self, package: Package) -> Route | None:
        """A scope's registry, or the default one; its credentials are for some installations alone.

        The public registries can do without.
        """
        url, public = _default(self.endpoints, package)
        endpoint = Endpoint(
            url, self.endpoints.authorizations.get(url), self.endpoints.trusted_authorities(package.ecosystem)
        )
        if endpoint.authorization is None:
            return Route(endpoint)
        if serves(self.endpoints.credentials_for, self.tenant):
            return Route(endpoint, private=True)
        return Route(replace(endpoint, authorization=None)) if url == public else None


def _default(endpoints: Endpoints, package: Package) -> tuple[str, str]:
    """The address to ask for a package that no entry covers, and that of the ecosystem's public registry."""
    if package.ecosystem is Ecosystem.PYPI:
        return endpoints.pypi, default_pypi_index()
    scope, slash, _ = package.name.partition("/")
    return (endpoints.npm_scopes.get(scope, endpoints.npm) if slash else endpoints.npm), default_npm_registry()
