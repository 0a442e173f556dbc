"""Hosts that a registry's answer names: fetched from the address that was checked, under the name that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import RegistryUnavailable
from app.core.package import Package
from app.demo.faults import redirects
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from app.registries import Endpoints
from tests.builders import NPM
from tests.worker.registries.authority import Authority, Host, serving
from tests.worker.registries.conftest import World, said
from worker.registries import open_registries
from worker.registries.download import AddressRefused, Endpoint

TARBALL = npm_tarball("fast-colour", "2.4.1")
PUBLIC, LOOPBACK = "203.0.113.7", "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def put(shelf: Shelf, tarball: str) -> None:
    """Let the registry name this address for fast-colour 2.4.1."""
    shelf.put_npm("fast-colour", "2.4.1", TARBALL, dist={"tarball": tarball})


def endpoint(server: RegistryServer, authority: Authority) -> Endpoint:
    return Endpoint(server.endpoints.npm, "Bearer s3cret", str(authority.bundle))


def fetch(world: World, server: RegistryServer, one: Endpoint, url: str, times: int = 1) -> list[bytes]:
    with world.fetcher(server.endpoints) as fetcher:
        contents = []
        for _ in range(times):
            with fetcher.store(url, one, "fast-colour-2.4.1.tgz").content as content:
                contents.append(content.read())
        return contents


def test_a_named_host_is_asked_at_the_address_that_was_checked(
    world: World, server: RegistryServer, authority: Authority
) -> None:
    with serving(authority.server_context("files.example"), TARBALL) as host:
        world.names, world.hosts = {"files.example": [[PUBLIC]]}, {PUBLIC: host.port}
        contents = fetch(world, server, endpoint(server, authority), "https://files.example/x.tgz")

    assert contents == [TARBALL]
    assert world.resolved == ["files.example."]  # once, and with a dot: no search domain is tried
    assert world.dialled == [PUBLIC]
    assert host == Host(host.port, ["files.example"], ["files.example"], [None])


def test_a_redirect_to_a_named_host_drops_the_credentials(
    world: World, server: RegistryServer, shelf: Shelf, authority: Authority
) -> None:
    shelf.break_path("/npm/x.tgz", redirects("https://files.example/x.tgz"))
    with serving(authority.server_context("files.example"), TARBALL) as host:
        world.names, world.hosts = {"files.example": [[PUBLIC]]}, {PUBLIC: host.port}
        contents = fetch(world, server, endpoint(server, authority), f"{server.endpoints.npm}x.tgz")

    assert contents == [TARBALL]
    assert [seen.headers.get("authorization") for seen in server.seen] == ["Bearer s3cret"]
    assert host.authorizations == [None]


def test_a_name_that_turns_inward_between_two_requests_is_refused(
    world: World, server: RegistryServer, authority: Authority
) -> None:
    """F29, DNS rebinding: the first answer is public, the second is our own machine."""
    with serving(authority.server_context("files.example"), TARBALL) as host:
        world.names = {"files.example": [[PUBLIC], [LOOPBACK]]}
        world.hosts = {PUBLIC: host.port, LOOPBACK: host.port}
        with pytest.raises(AddressRefused) as caught:
            fetch(world, server, endpoint(server, authority), "https://files.example/x.tgz", times=2)

    assert "files.example is at 127.0.0.1, which is loopback" in said(caught)
    assert world.dialled == [PUBLIC]
    assert host.hosts == ["files.example"]


def test_a_host_is_refused_when_only_one_of_its_addresses_is_inner(
    world: World, server: RegistryServer, authority: Authority
) -> None:
    world.names = {"files.example": [[PUBLIC, "::ffff:10.0.0.1"]]}

    with pytest.raises(AddressRefused) as caught:
        fetch(world, server, endpoint(server, authority), "https://files.example/x.tgz")

    assert "files.example is at ::ffff:10.0.0.1, which is private" in said(caught)
    assert world.dialled == []


def test_the_next_address_is_tried_when_one_does_not_answer(
    world: World, server: RegistryServer, authority: Authority
) -> None:
    with serving(authority.server_context("files.example"), TARBALL) as host:
        world.names = {"files.example": [["203.0.113.1", PUBLIC]]}
        world.hosts = {"203.0.113.1": 1, PUBLIC: host.port}
        contents = fetch(world, server, endpoint(server, authority), "https://files.example/x.tgz")

    assert contents == [TARBALL]
    assert world.dialled == ["203.0.113.1", PUBLIC]


@pytest.mark.parametrize(
    ("certified", "trusted", "words"),
    [
        ("other.example", True, "Hostname mismatch, certificate is not valid for 'files.example'."),
        ("files.example", False, "unable to get local issuer certificate"),
    ],
)
def test_a_host_with_a_wrong_certificate_is_not_asked(
    world: World, server: RegistryServer, authority: Authority, certified: str, trusted: bool, words: str
) -> None:
    """F26: TLS that fails is a registry that did not answer, never an empty answer."""
    one = endpoint(server, authority) if trusted else Endpoint(server.endpoints.npm)
    with serving(authority.server_context(certified), TARBALL) as host:
        world.names, world.hosts = {"files.example": [[PUBLIC]]}, {PUBLIC: host.port}
        with pytest.raises(RegistryUnavailable) as caught:
            fetch(world, server, one, "https://files.example/x.tgz")

    assert said(caught) == (
        f"files.example, where the registry sends us, has no trustworthy TLS ({words}). "
        "fast-colour-2.4.1.tgz is not examined yet."
    )
    assert host.hosts == []


@pytest.mark.parametrize(
    "tarball",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://drop.example/fast-colour-2.4.1.tgz",
        "file:///etc/passwd",
        "git+ssh://git@drop.example/fast-colour.git",
        "http://127.0.0.1:1/fast-colour-2.4.1.tgz",
        "fast-colour-2.4.1.tgz",
        "",
    ],
)
def test_a_tarball_somewhere_else_leads_to_no_connection(
    world: World, server: RegistryServer, shelf: Shelf, tarball: str
) -> None:
    """F28, and the same in a registry's answer: nothing but the registry itself was dialled."""
    world.names = {"drop.example": [["10.0.0.1"]]}
    put(shelf, tarball)

    with world.fetcher(server.endpoints) as fetcher:
        registry = open_registries(server.endpoints, fetcher=fetcher)[NPM]
        (artifact,) = registry.release(Package.parse("npm/fast-colour@2.4.1")).artifacts
        before = len(server.seen)
        with pytest.raises(AddressRefused), registry.download(artifact):
            pass

    assert set(world.dialled) == {LOOPBACK}
    assert len(server.seen) == before


def test_an_https_registry_may_live_at_an_inner_address(world: World, authority: Authority) -> None:
    """What the operator configures is trusted; its certificate is checked all the same."""
    with serving(authority.server_context("registry.example"), b"{}") as host:
        world.names, world.hosts = {"registry.example": [["10.0.0.1"]]}, {"10.0.0.1": host.port}
        url = "https://registry.example/npm/"
        with world.fetcher(Endpoints(url, "https://registry.example/simple/")) as fetcher:
            document = fetcher.read(f"{url}x", Endpoint(url, ca_bundle=str(authority.bundle)), "npm/x@1.0.0")

    assert document.body == b"{}"
    assert host.server_names == ["registry.example"]
