"""The npm registry and PyPI, and the operator's own beside them, read under limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.package import Ecosystem, Package
from app.core.ports import Registry
from app.core.tenancy import Tenant
from app.registries import Endpoints, default_npm_registry
from worker.registries.download import Endpoint, Fetcher
from worker.registries.npm import NpmRegistry
from worker.registries.pypi import PypiRegistry
from worker.registries.routes import Routes
from worker.registries.targets import Target, linux_target


def open_registries(
    endpoints: Endpoints,
    *,
    fetcher: Fetcher | None = None,
    targets: Sequence[Target] | None = None,
    tenant: Tenant | None = None,
) -> dict[Ecosystem, Registry]:
    """The registries of these endpoints; all share one fetcher, and may be used from several threads.

    `fetcher` is one made for `configured(endpoints, tenant)`, where other limits are wanted. `targets` are the machines
    whose wheels are inspected (default: CPython of this version on Linux x86-64). `tenant` is the installation on whose
    behalf they are asked; None is the operator, who may use all credentials.
    """
    fetcher = fetcher or Fetcher(configured(endpoints, tenant))
    routes = Routes(endpoints, tenant)
    return {
        Ecosystem.NPM: NpmRegistry(fetcher, routes.of, default_npm_registry()),
        Ecosystem.PYPI: PypiRegistry(fetcher, routes.of, (linux_target(),) if targets is None else targets),
    }


def realms(endpoints: Endpoints, tenant: Tenant) -> Callable[[Package], str]:
    """For each package, where what this installation learns of it is kept."""
    return Routes(endpoints, tenant).realm


def configured(endpoints: Endpoints, tenant: Tenant | None = None) -> tuple[Endpoint, ...]:
    """Every registry that this installation may ask, as a fetcher takes them; for None, all of them."""
    return Routes(endpoints, tenant).all()
