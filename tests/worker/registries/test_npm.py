"""The npm registry: names, shapes and carelessness of registries that are not the public one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import PackageNotFound, RegistryUnavailable
from app.core.package import Package
from app.core.ports import Registry
from app.demo.faults import answers
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from app.registries import Endpoints, default_npm_registry
from tests.builders import NPM
from tests.fakes.registry import digests
from tests.worker.registries.conftest import Open, World, said
from worker.registries import open_registries

COLOUR = Package.parse("npm/fast-colour@2.4.1")
DOCUMENT = "/npm/fast-colour/2.4.1"


@pytest.fixture
def npm(registries: Open) -> Registry:
    return registries()[NPM]


def test_one_small_document_is_enough(npm: Registry, server: RegistryServer) -> None:
    npm.release(Package.parse("npm/@acme/tool@1.0.0"))

    assert [seen.path for seen in server.seen] == ["/npm/@acme%2Ftool/1.0.0"]


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_registry_without_version_documents_is_asked_for_the_packument(
    npm: Registry, server: RegistryServer, shelf: Shelf, status: int
) -> None:
    shelf.break_path(DOCUMENT, answers(status))

    assert npm.release(COLOUR).artifacts[0].filename == "fast-colour-2.4.1.tgz"
    assert server.seen[-1].path == "/npm/fast-colour"
    assert "install-v1+json" in server.seen[-1].headers["accept"]


@pytest.mark.parametrize(
    "name",
    [
        "..", ".", "@/x", "@acme/..", "@acme/", "@acme/a/b", "acme/tool", "a b", "a?b", "a#b", "a%2fb", "ü", "a\nb",
        "a\\b", "", "x" * 215,
    ],
)  # fmt: skip
def test_a_name_the_registry_cannot_hold_is_not_asked_for(npm: Registry, server: RegistryServer, name: str) -> None:
    with pytest.raises(PackageNotFound):
        npm.release(Package(NPM, name, "1.0.0"))

    assert server.seen == []


@pytest.mark.parametrize("version", ["latest", "", "1", "^1.0.0", "1.0.0/../2.0.0", "1.0.0?x", "1.0.0 ", "9" * 400])
def test_a_version_that_is_none_is_not_asked_for(npm: Registry, server: RegistryServer, version: str) -> None:
    with pytest.raises(PackageNotFound):
        npm.release(Package(NPM, "fast-colour", version))

    assert server.seen == []


@pytest.mark.parametrize(
    "body",
    [
        "<html>please sign in</html>",
        "",
        "null",
        "[]",
        '"x"',
        "{",
        "{}",
        "[" * 200_000,
        '{"a":' * 200_000,
        json.dumps({"name": "fast-colour", "version": "2.4.1"}),
        json.dumps({"name": "fast-colour", "version": "2.4.1", "dist": []}),
        json.dumps({"name": "fast-colour", "version": "2.4.1", "dist": {}}),
        json.dumps({"name": "fast-colour", "version": "2.4.1", "dist": {"tarball": 7}}),
        json.dumps({"name": "other", "version": "2.4.1", "dist": {"tarball": "https://files.example/x"}}),
        json.dumps({"name": "fast-colour", "version": "2.4.2", "dist": {"tarball": "https://files.example/x"}}),
        b"\xff\xfe{}",
    ],
)
def test_nonsense_is_said_to_be_nonsense(npm: Registry, shelf: Shelf, body: str | bytes) -> None:
    """A login page with status 200 is not an empty registry."""
    shelf.break_path(DOCUMENT, answers(200, body, "application/json"))

    with pytest.raises(RegistryUnavailable) as caught:
        npm.release(COLOUR)

    assert said(caught) == "The registry answered nonsense about npm/fast-colour@2.4.1. It is not examined yet."


@pytest.mark.parametrize(
    "field",
    [
        '"readme": "cut in the middle of a pair \\ud83d"',
        '"n": ' + "9" * 4000,
        '"n": NaN',
        '"scripts": "none", "maintainers": 7, "_npmUser": null, "bin": []',
        '"deprecated": false, "hasInstallScript": "no"',
    ],
)
def test_carelessness_elsewhere_in_the_document_does_not_matter(npm: Registry, shelf: Shelf, field: str) -> None:
    dist = json.dumps({"tarball": "https://files.example/x.tgz"})
    shelf.break_path(DOCUMENT, answers(200, f'{{"name": "fast-colour", "version": "2.4.1", "dist": {dist}, {field}}}'))

    release = npm.release(COLOUR)

    assert release.artifacts[0].digests == ()  # unknown, and said so: no hash
    assert release.facts == {}


@pytest.mark.parametrize(
    ("dist", "algorithms"),
    [
        ({"integrity": "sha512-nonsense"}, ["sha1"]),
        ({"integrity": 7, "shasum": "xyz"}, []),
        ({"integrity": None}, ["sha1"]),
        ({"shasum": None}, ["sha512"]),
    ],
)
def test_a_hash_that_is_none_is_unknown(
    npm: Registry, shelf: Shelf, dist: dict[str, Any], algorithms: list[str]
) -> None:
    tarball = npm_tarball("fast-colour", "2.4.1")
    shelf.put_npm("fast-colour", "2.4.1", tarball, dist=dist)

    (artifact,) = npm.release(COLOUR).artifacts

    assert [digest.algorithm for digest in artifact.digests] == algorithms
    assert set(artifact.digests) <= set(digests(tarball))


def test_a_mirror_that_passes_on_public_addresses_is_asked_itself(npm: Registry, shelf: Shelf) -> None:
    """A closed network reaches the mirror only. npm does the same (`replace-registry-host`)."""
    tarball = npm_tarball("fast-colour", "2.4.1")
    public = f"{default_npm_registry()}fast-colour/-/fast-colour-2.4.1.tgz"
    shelf.put_npm("fast-colour", "2.4.1", tarball, dist={"tarball": public})
    (artifact,) = npm.release(COLOUR).artifacts

    with npm.download(artifact) as download:
        assert download.content.read() == tarball


@pytest.fixture
def private(shelf: Shelf, world: World) -> Iterator[tuple[Registry, RegistryServer, RegistryServer]]:
    """The scope @acme on a registry of its own, with credentials; and the default one without."""
    with RegistryServer(shelf) as default, RegistryServer(shelf) as own, ExitStack() as stack:
        endpoints = replace(
            default.endpoints,
            npm_scopes={"@acme": own.endpoints.npm},
            authorizations={own.endpoints.npm: "Bearer s3cret"},
        )
        fetcher = stack.enter_context(world.fetcher(endpoints))
        yield open_registries(endpoints, fetcher=fetcher)[NPM], default, own


def test_a_scope_has_its_own_registry_and_credentials(
    private: tuple[Registry, RegistryServer, RegistryServer],
) -> None:
    npm, default, own = private
    for label in ("npm/@acme/tool@1.0.0", "npm/fast-colour@2.4.1"):
        with npm.download(npm.release(Package.parse(label)).artifacts[0]):
            pass

    assert [(seen.path, seen.headers.get("authorization")) for seen in own.seen] == [
        ("/npm/@acme%2Ftool/1.0.0", "Bearer s3cret"),
        ("/npm/@acme/tool/-/tool-1.0.0.tgz", "Bearer s3cret"),
    ]
    assert [seen.headers.get("authorization") for seen in default.seen] == [None, None]


def test_an_archive_is_fetched_with_the_credentials_of_the_registry_that_named_it(
    shelf: Shelf, server: RegistryServer, world: World
) -> None:
    """Two registries on one host; an answer of the one cannot make us use the credentials of the other."""
    base = server.endpoints.npm
    endpoints = Endpoints(
        base,
        server.endpoints.pypi,
        npm_scopes={"@acme": f"{base}@acme/"},
        authorizations={base: "Bearer wide", f"{base}@acme/": "Bearer near"},
    )
    with world.fetcher(endpoints) as fetcher:
        npm = open_registries(endpoints, fetcher=fetcher)[NPM]
        artifact = npm.release(COLOUR).artifacts[0]
        for package in (COLOUR, Package.parse("npm/@acme/tool@1.0.0")):
            with npm.download(replace(artifact, package=package)):
                pass

    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer wide", "Bearer wide", "Bearer near"]
