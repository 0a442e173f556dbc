"""The npm registry and PyPI, read under limits."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.package import Ecosystem
from app.core.ports import Registry
from app.endpoints import Endpoints, default_npm_registry
from worker.registries.download import Endpoint, Fetcher
from worker.registries.npm import NpmRegistry
from worker.registries.pypi import PypiRegistry
from worker.registries.targets import Target, linux_target


def open_registries(
    endpoints: Endpoints, *, fetcher: Fetcher | None = None, targets: Sequence[Target] | None = None
) -> dict[Ecosystem, Registry]:
    """The registries of these endpoints; all share one fetcher, and may be used from several threads.

    `fetcher` is one made for `configured(endpoints)`, where other limits are wanted. `targets` are the machines whose
    wheels are inspected (default: CPython of this version on Linux x86-64).
    """
    npm, index, *scopes = configured(endpoints)
    fetcher = fetcher or Fetcher((npm, index, *scopes))
    return {
        Ecosystem.NPM: NpmRegistry(
            fetcher, npm, dict(zip(endpoints.npm_scopes, scopes, strict=True)), default_npm_registry()
        ),
        Ecosystem.PYPI: PypiRegistry(fetcher, index, (linux_target(),) if targets is None else targets),
    }


def configured(endpoints: Endpoints) -> tuple[Endpoint, ...]:
    """The npm registry, the Python index, and the registries of scopes, as a fetcher takes them."""

    def endpoint(ecosystem: Ecosystem, url: str) -> Endpoint:
        return Endpoint(url, endpoints.authorizations.get(url), endpoints.trusted_authorities(ecosystem))

    return (
        endpoint(Ecosystem.NPM, endpoints.npm),
        endpoint(Ecosystem.PYPI, endpoints.pypi),
        *(endpoint(Ecosystem.NPM, url) for url in endpoints.npm_scopes.values()),
    )
