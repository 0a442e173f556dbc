"""Every registry keeps the same promises: the real ones against both shapes of the loopback registry, and the twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.core.errors import PackageNotFound, Reason
from app.core.integrity import Outcome, compare
from app.core.package import Ecosystem, Package
from app.core.ports import Registry
from app.core.specimen import ArtifactKind
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from tests.builders import NPM, PYPI
from tests.fakes.registry import MemoryRegistry, digests
from tests.worker.registries.conftest import World
from worker.registries import open_registries
from worker.registries.targets import linux_target

TARGETS = (linux_target((3, 11)),)
Of = Callable[[Ecosystem], Registry]


@pytest.fixture(params=["full", "reduced", "memory"])
def registry(request: pytest.FixtureRequest, shelf: Shelf, world: World) -> Iterator[Of]:
    if request.param == "memory":
        yield lambda ecosystem: MemoryRegistry(ecosystem, shelf, targets=TARGETS)
        return
    with (
        RegistryServer(shelf, reduced=request.param == "reduced") as server,
        world.fetcher(server.endpoints) as fetcher,
    ):
        yield lambda ecosystem: open_registries(server.endpoints, fetcher=fetcher, targets=TARGETS)[ecosystem]


def test_an_npm_version_is_one_tarball(registry: Of, shelf: Shelf) -> None:
    release = registry(NPM).release(Package.parse("npm/fast-colour@2.4.1"))

    assert [artifact.filename for artifact in release.artifacts] == ["fast-colour-2.4.1.tgz"]
    assert release.artifacts[0].kind is ArtifactKind.NPM_TARBALL
    assert set(release.artifacts[0].digests) == set(
        digests(shelf.npm["fast-colour"]["2.4.1"].tarball, "sha512", "sha1")
    )
    assert release.offered == release.artifacts[0].digests
    assert release.others == ()


def test_a_scoped_npm_package_is_found_by_its_whole_name(registry: Of) -> None:
    (artifact,) = registry(NPM).release(Package.parse("npm/@acme/tool@1.0.0")).artifacts

    assert artifact.filename == "tool-1.0.0.tgz"


def test_a_pypi_version_is_its_sdist_and_its_wheel(registry: Of) -> None:
    release = registry(PYPI).release(Package.parse("pypi/img-press@3.0.0"))

    assert [(artifact.filename, artifact.kind) for artifact in release.artifacts] == [
        ("img_press-3.0.tar.gz", ArtifactKind.SDIST),
        ("img_press-3.0-py3-none-any.whl", ArtifactKind.WHEEL),
    ]
    assert len(release.offered) == 2


def test_wheels_for_other_machines_are_named_but_not_inspected(registry: Of) -> None:
    release = registry(PYPI).release(Package.parse("pypi/img-press@3.1"))

    assert [artifact.filename for artifact in release.artifacts] == [
        "img_press-3.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    ]
    assert release.others == ("img_press-3.1-cp311-cp311-macosx_11_0_arm64.whl",)
    assert len(release.offered) == 2


def test_only_files_that_the_lockfile_names_count(registry: Of, shelf: Shelf) -> None:
    named = digests(shelf.pypi["img-press"]["img_press-3.0.tar.gz"].content, "sha256")

    release = registry(PYPI).release(Package.parse("pypi/img-press@3.0"), named)

    assert [artifact.filename for artifact in release.artifacts] == ["img_press-3.0.tar.gz"]
    assert release.others == ("img_press-3.0-py3-none-any.whl",)
    assert len(release.offered) == 2


def test_hashes_that_name_no_file_leave_all_files_to_inspect(registry: Of) -> None:
    """The mismatch is a finding of its own; the files are looked at all the same."""
    release = registry(PYPI).release(Package.parse("pypi/img-press@3.0"), digests(b"other bytes", "sha256"))

    assert len(release.artifacts) == 2


@pytest.mark.parametrize(
    "label",
    [
        "npm/nothing@1.0.0",
        "npm/fast-colour@9.9.9",
        "npm/fast-colour@latest",
        "npm/@acme/nothing@1.0.0",
        "pypi/nothing@1.0",
        "pypi/img-press@9.9",
        "pypi/img-press@three",
    ],
)
def test_what_the_registry_does_not_have_is_not_found(registry: Of, label: str) -> None:
    package = Package.parse(label)
    with pytest.raises(PackageNotFound) as caught:
        registry(package.ecosystem).release(package)

    assert caught.value.detail == f"{label} is not on the registry. Is the name or version right?"
    assert caught.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("label", ["npm/fast-colour@2.4.1", "npm/@acme/tool@1.0.0", "pypi/img-press@3.0"])
def test_a_download_is_the_bytes_served_with_their_hashes(registry: Of, shelf: Shelf, label: str) -> None:
    package = Package.parse(label)
    artifact = registry(package.ecosystem).release(package).artifacts[0]
    content = (
        shelf.npm[package.name][package.version].tarball
        if package.ecosystem is NPM
        else shelf.pypi[package.name][artifact.filename].content
    )

    with registry(package.ecosystem).download(artifact) as download:
        assert download.content.read() == content
        assert download.size == len(content)
        assert set(download.digests) == set(digests(content))
        assert compare(artifact.digests, download.digests) is Outcome.MATCH

    assert download.content.closed


def test_other_bytes_than_the_lockfile_names_are_a_mismatch(registry: Of, shelf: Shelf) -> None:
    """F27: the lockfile was written before the registry changed the tarball."""
    named = digests(shelf.npm["fast-colour"]["2.4.1"].tarball, "sha512")
    shelf.put_npm("fast-colour", "2.4.1", npm_tarball("fast-colour", "2.4.1", {"index.js": "evil"}))
    (artifact,) = registry(NPM).release(Package.parse("npm/fast-colour@2.4.1"), named).artifacts

    with registry(NPM).download(artifact) as download:
        assert compare(named, download.digests) is Outcome.MISMATCH


def test_a_file_that_has_gone_is_not_found(registry: Of, shelf: Shelf) -> None:
    (artifact,) = registry(NPM).release(Package.parse("npm/fast-colour@2.4.1")).artifacts
    del shelf.npm["fast-colour"]["2.4.1"]

    with pytest.raises(PackageNotFound), registry(NPM).download(artifact):
        pass


def test_a_deprecation_is_a_fact_where_the_registry_tells(shelf: Shelf, server: RegistryServer, world: World) -> None:
    package = Package.parse("npm/fast-colour@2.4.1")
    with world.fetcher(server.endpoints) as fetcher:
        real = open_registries(server.endpoints, fetcher=fetcher)[NPM]
        assert (
            real.release(package).facts
            == MemoryRegistry(NPM, shelf).release(package).facts
            == {"deprecated": "too fast"}
        )
