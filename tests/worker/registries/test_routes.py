"""Which registry is asked for a name: the one it is bound to and no other, and only by whom it serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.core.errors import NoAccess, PackageNotFound, Reason
from app.core.package import Ecosystem, Package
from app.core.tenancy import EVERYBODY, Tenant
from app.demo.faults import redirects
from app.demo.packages import npm_tarball, sdist, sdist_filename
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from app.registries import BoundRegistry, Endpoints, default_npm_registry
from tests.builders import NPM, PYPI
from worker.registries import configured, open_registries, realms
from worker.registries.download import Fetcher
from worker.registries.routes import Routes

ACME, OTHER = Tenant(1, "acme"), Tenant(2, "other")
KIT = Package.parse("npm/@acme/kit@1.0.0")
BILLING = Package.parse("pypi/acme-billing@1.0")


@pytest.fixture
def own() -> Iterator[RegistryServer]:
    """The private registry of acme."""
    shelf = Shelf()
    shelf.put_npm("@acme/kit", "1.0.0", npm_tarball("@acme/kit", "1.0.0"))
    shelf.put_pypi("acme-billing", sdist_filename("acme-billing", "1.0"), sdist("acme-billing", "1.0"))
    with RegistryServer(shelf) as served:
        yield served


@pytest.fixture
def endpoints(server: RegistryServer, own: RegistryServer) -> Endpoints:
    allowed = frozenset({"acme"})
    return Endpoints(
        server.endpoints.npm,
        server.endpoints.pypi,
        registries=(
            BoundRegistry(NPM, own.endpoints.npm, ("@acme/*",), allowed, "line 1", "Bearer s3cret"),
            BoundRegistry(PYPI, own.endpoints.pypi, ("acme-*",), allowed, "line 9", "Basic s3cret"),
        ),
    )


@contextmanager
def fetching(endpoints: Endpoints, tenant: Tenant | None) -> Iterator[Fetcher]:
    with Fetcher(configured(endpoints, tenant), sleep=lambda _seconds: None) as fetcher:
        yield fetcher


@pytest.mark.parametrize(("package", "path"), [(KIT, "/npm/@acme%2Fkit"), (BILLING, "/pypi/simple/acme-billing/")])
def test_a_bound_name_is_asked_of_its_registry_alone_with_its_credentials(
    endpoints: Endpoints, server: RegistryServer, own: RegistryServer, package: Package, path: str
) -> None:
    with fetching(endpoints, ACME) as fetcher:
        registry = open_registries(endpoints, fetcher=fetcher, tenant=ACME)[package.ecosystem]
        (artifact,) = registry.release(package).artifacts
        with registry.download(artifact) as download:
            assert download.size > 0

    assert server.seen == []
    assert own.seen[0].path.startswith(path)
    assert {seen.headers.get("authorization", "").partition(" ")[2] for seen in own.seen} == {"s3cret"}


@pytest.mark.parametrize("package", [KIT, BILLING])
def test_another_installation_gets_nothing_and_nobody_is_asked(
    endpoints: Endpoints, server: RegistryServer, own: RegistryServer, package: Package
) -> None:
    """Also the public registry is not asked: that there is such a private name is nobody's business there."""
    with fetching(endpoints, OTHER) as fetcher, pytest.raises(NoAccess) as caught:
        open_registries(endpoints, fetcher=fetcher, tenant=OTHER)[package.ecosystem].release(package)

    assert caught.value.reason is Reason.NO_ACCESS
    assert "acme.example" not in caught.value.detail
    assert (server.seen, own.seen) == ([], [])


@pytest.mark.parametrize("label", ["npm/@acme/missing@1.0.0", "pypi/acme-missing@1.0"])
def test_a_bound_name_that_its_registry_lacks_is_not_asked_of_the_public_one(
    endpoints: Endpoints, server: RegistryServer, label: str
) -> None:
    package = Package.parse(label)
    with fetching(endpoints, ACME) as fetcher, pytest.raises(PackageNotFound):
        open_registries(endpoints, fetcher=fetcher, tenant=ACME)[package.ecosystem].release(package)

    assert server.seen == []


def test_a_name_that_is_not_bound_is_never_asked_of_a_private_registry(
    endpoints: Endpoints, server: RegistryServer, own: RegistryServer
) -> None:
    with fetching(endpoints, ACME) as fetcher:
        open_registries(endpoints, fetcher=fetcher, tenant=ACME)[NPM].release(Package.parse("npm/fast-colour@2.4.1"))

    assert own.seen == []
    assert "authorization" not in server.seen[0].headers


def test_a_registry_cannot_send_one_installation_to_the_private_registry_of_another(
    endpoints: Endpoints, shelf: Shelf, server: RegistryServer, own: RegistryServer
) -> None:
    """It is trusted whatever its address, but only on behalf of those it serves."""
    shelf.break_path("/npm/fast-colour/2.4.1", redirects(f"{own.url}/npm/@acme%2Fkit/1.0.0"))
    with fetching(endpoints, OTHER) as fetcher, pytest.raises(Exception, match="where Assay does not go"):
        open_registries(endpoints, fetcher=fetcher, tenant=OTHER)[NPM].release(Package.parse("npm/fast-colour@2.4.1"))

    assert own.seen == []


def test_the_first_entry_that_covers_a_name_and_serves_the_installation_is_asked() -> None:
    def bound(url: str, pattern: str, *allowed: str) -> BoundRegistry:
        return BoundRegistry(NPM, url, (pattern,), frozenset(allowed), "line 1")

    endpoints = Endpoints(
        "https://npm.example/",
        "https://pypi.example/",
        npm_scopes={"@acme": "https://scope.example/"},
        registries=(
            bound("https://one.example/", "@acme/*", "acme"),
            bound("https://two.example/", "@acme/kit", EVERYBODY),
            bound("https://three.example/", "*", "third"),
        ),
    )
    tool = Package.parse("npm/@acme/tool@1.0.0")

    def asked(package: Package, owner: str) -> str:
        return Routes(endpoints, Tenant(1, owner)).of(package).url

    assert asked(KIT, "acme") == "https://one.example/"
    assert asked(KIT, "other") == "https://two.example/"
    assert asked(tool, "third") == "https://three.example/"
    with pytest.raises(NoAccess):
        asked(tool, "other")
    assert Routes(endpoints).of(tool).url == "https://one.example/"


def test_what_is_learned_of_private_packages_is_the_installations_own(endpoints: Endpoints) -> None:
    public = Package.parse("npm/left@1.0.0")
    for tenant, realm in ((ACME, "1"), (OTHER, "2")):
        of = realms(endpoints, tenant)
        assert (of(public), of(KIT), of(BILLING)) == ("public", realm, realm)


def test_credentials_of_a_mirror_for_everything_serve_those_who_are_named() -> None:
    mirror = "https://mirror.example/"
    endpoints = Endpoints(mirror, mirror, authorizations={mirror: "Bearer s3cret"}, credentials_for=frozenset({"acme"}))
    left = Package.parse("npm/left@1.0.0")
    assert Routes(endpoints, ACME).of(left).authorization == "Bearer s3cret"
    assert Routes(endpoints, ACME).realm(left) == "1"
    with pytest.raises(NoAccess):
        Routes(endpoints, OTHER).of(left)


def test_the_public_registry_does_without_a_token_that_stands_in_somebodys_home() -> None:
    public = default_npm_registry()
    endpoints = Endpoints(public, "https://pypi.example/", authorizations={public: "Bearer s3cret"})
    left = Package(Ecosystem.NPM, "left", "1.0.0")
    assert Routes(endpoints, OTHER).of(left).authorization is None
    assert Routes(endpoints, OTHER).realm(left) == "public"
