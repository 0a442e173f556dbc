"""Python indexes: which files of a version are inspected, and pages of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.errors import CannotExamine, PackageNotFound, Reason, RegistryUnavailable
from app.core.integrity import Digest
from app.core.package import Package
from app.core.ports import Registry, Release
from app.core.specimen import ArtifactKind
from app.demo.faults import answers
from app.demo.registry import JSON_INDEX, RegistryServer
from app.demo.shelf import Shelf
from tests.builders import PYPI
from tests.fakes.registry import MemoryRegistry
from tests.worker.registries.conftest import World, said
from worker.registries import open_registries
from worker.registries.targets import linux_target

PRESS = Package.parse("pypi/img-press@3.0")
PAGE = "/pypi/simple/img-press/"
TARGETS = (linux_target((3, 11)),)


@pytest.fixture
def pypi(server: RegistryServer, world: World) -> Iterator[Registry]:
    with world.fetcher(server.endpoints) as fetcher:
        yield open_registries(server.endpoints, fetcher=fetcher, targets=TARGETS)[PYPI]


def release_of(*filenames: str, version: str = "1.0", targets: Any = TARGETS) -> Release:
    shelf = Shelf()
    for filename in filenames:
        shelf.put_pypi("x", filename, filename.encode())
    return MemoryRegistry(PYPI, shelf, targets=targets).release(Package.parse(f"pypi/x@{version}"))


def names(release: Release) -> list[str]:
    return [artifact.filename for artifact in release.artifacts]


# --- what is inspected ----------------------------------------------------------------------------------------------


def test_a_compiled_release_is_its_sdist_and_the_wheel_an_installer_would_take() -> None:
    release = release_of(
        "x-1.0-cp310-cp310-manylinux_2_17_x86_64.whl",
        "x-1.0-cp311-cp311-macosx_11_0_arm64.whl",
        "x-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "x-1.0-cp311-cp311-musllinux_1_1_x86_64.whl",
        "x-1.0-cp311-cp311-win_amd64.whl",
        "x-1.0.tar.gz",
    )

    assert names(release) == ["x-1.0.tar.gz", "x-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"]
    assert len(release.others) == 4
    assert len(release.offered) == 6


@pytest.mark.parametrize(
    ("filenames", "taken"),
    [
        (["x-1.0-cp39-abi3-manylinux1_x86_64.whl", "x-1.0-cp311-abi3-manylinux1_x86_64.whl"], 1),
        (["x-1.0-cp311-cp311-manylinux2014_x86_64.whl", "x-1.0-cp39-abi3-manylinux2014_x86_64.whl"], 0),
        (["x-1.0-py3-none-manylinux_2_17_x86_64.whl", "x-1.0-py3-none-macosx_11_0_arm64.whl"], 0),
        (["x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", "x-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"], 1),
        (["x-1.0-1-cp311-cp311-linux_x86_64.whl", "x-1.0-2-cp311-cp311-linux_x86_64.whl"], 1),
        (["x-1.0-10-cp311-cp311-linux_x86_64.whl", "x-1.0-9-cp311-cp311-linux_x86_64.whl"], 0),
    ],
)
def test_of_several_fitting_wheels_the_best_is_taken(filenames: list[str], taken: int) -> None:
    assert names(release_of(*filenames)) == [filenames[taken]]


def test_a_pure_wheel_beside_a_compiled_one_hides_nothing() -> None:
    """An installer takes the compiled wheel; a clean pure one beside it must not stand in for it."""
    release = release_of("x-1.0-py3-none-any.whl", "x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")

    assert names(release) == ["x-1.0-py3-none-any.whl", "x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"]


def test_every_target_of_the_operator_has_its_wheel() -> None:
    targets = (linux_target((3, 11)), linux_target((3, 12), machine="aarch64"))
    release = release_of(
        "x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "x-1.0-cp312-cp312-manylinux_2_17_aarch64.whl",
        "x-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        targets=targets,
    )

    assert names(release) == [
        "x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "x-1.0-cp312-cp312-manylinux_2_17_aarch64.whl",
    ]


def test_a_release_for_other_machines_has_nothing_to_inspect_and_says_so() -> None:
    release = release_of("x-1.0-cp311-cp311-win_amd64.whl", "x-1.0.win32.exe", "x-1.0-py3.6.egg", "x-1.0.tar.bz2")

    assert names(release) == []
    assert len(release.others) == 4


@pytest.mark.parametrize(
    ("version", "filename"),
    [
        ("1.0", "x-1.0.0.tar.gz"),
        ("1.0.0", "x-1.tar.gz"),
        ("1.0rc1", "x-1.0.rc1.tar.gz"),
        ("1.0+cu118", "x-1.0+cu118-py3-none-any.whl"),
        ("1.0.post1", "x-1.0-1.tar.gz"),
        ("1.0", "X-1.0.zip"),
        ("2004d", "x-2004d.tar.gz"),
    ],
)
def test_versions_are_compared_as_python_compares_them(version: str, filename: str) -> None:
    assert names(release_of(filename, version=version)) == [filename]


@pytest.mark.parametrize("filename", ["x-1.0+local.tar.gz", "x-1.0.1.tar.gz", "x-y-1.0.tar.gz", "x_y-1.0.zip"])
def test_other_versions_and_other_packages_do_not_count(filename: str) -> None:
    with pytest.raises(PackageNotFound):
        release_of(filename)


def test_kinds_are_told_by_the_name() -> None:
    release = release_of("x-1.0.tar.gz", "x-1.0.zip", "x-1.0-py2.py3-none-any.whl")

    assert [artifact.kind for artifact in release.artifacts] == [
        ArtifactKind.SDIST,
        ArtifactKind.SDIST,
        ArtifactKind.WHEEL,
    ]


# --- pages ----------------------------------------------------------------------------------------------------------


def a_page(*files: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({"meta": {"api-version": "1.0"}, "name": "img-press", "files": files} | fields).encode()


def a_listed_file(**fields: Any) -> dict[str, Any]:
    return {"filename": "img_press-3.0.tar.gz", "url": "x/img_press-3.0.tar.gz", "hashes": {}} | fields


def test_times_sizes_and_yanks_are_facts(pypi: Registry, shelf: Shelf) -> None:
    shelf.put_pypi("img-press", "img_press-4.0.tar.gz", b"x", published="2026-02-01T10:00:00Z", yanked="broken")

    release = pypi.release(Package.parse("pypi/img-press@4.0"))

    assert release.facts == {"published": "2026-02-01T10:00:00+00:00", "yanked": "broken"}
    assert release.artifacts[0].size == 1


def test_a_relative_address_belongs_to_the_page_it_stands_on(pypi: Registry, server: RegistryServer) -> None:
    (artifact, _) = pypi.release(PRESS).artifacts

    assert artifact.url.startswith(f"{server.url}/pypi/files/")


@pytest.mark.parametrize(
    "listed",
    [
        a_listed_file(size="large", **{"upload-time": "yesterday"}),
        a_listed_file(yanked=None, size=-1),
        a_listed_file(hashes=None),
        a_listed_file(hashes={"sha256": "zz", "blake2b": "00", "sha512": "0" * 3}),
        a_listed_file(provenance="not an address", **{"core-metadata": 7}),
    ],
)
def test_a_careless_entry_is_read_as_far_as_it_goes(pypi: Registry, shelf: Shelf, listed: dict[str, Any]) -> None:
    shelf.break_path(PAGE, answers(200, a_page(listed), JSON_INDEX))

    (artifact,) = pypi.release(PRESS).artifacts

    assert (artifact.digests, artifact.size) == ((), None)


def test_carelessness_about_other_versions_does_not_matter(pypi: Registry, shelf: Shelf) -> None:
    others: list[Any] = [{"filename": "img_press-2.0.tar.gz"}, {"filename": 7}, {}, {"filename": "x" * 100_000}]
    shelf.break_path(PAGE, answers(200, a_page(*others, a_listed_file()), JSON_INDEX))

    assert names(pypi.release(PRESS)) == ["img_press-3.0.tar.gz"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html>please sign in</html>", "text/html"),
        (b"<html>please sign in</html>", JSON_INDEX),
        (b"", JSON_INDEX),
        (b"[]", JSON_INDEX),
        (b"[" * 200_000, JSON_INDEX),
        (a_page("x"), JSON_INDEX),  # type: ignore[arg-type]
        (a_page(files={}), JSON_INDEX),
        (a_page(a_listed_file(url=None)), JSON_INDEX),
        (a_page(a_listed_file(url="https://[::1")), JSON_INDEX),
        (a_page(a_listed_file(), meta={"api-version": "2.0"}), JSON_INDEX),
        (a_page(a_listed_file()), "application/json"),
        (a_page(a_listed_file()), ""),
        (b'<meta name="pypi:repository-version" content="2.0"><a href="x">img_press-3.0.tar.gz</a>', "text/html"),
        (b'<base href="https://[::1"><a href="x">img_press-3.0.tar.gz</a>', "text/html"),
        (b"\xff" * 1000, "text/html; charset=nonsense"),
    ],
)
def test_nonsense_is_said_to_be_nonsense(pypi: Registry, shelf: Shelf, body: bytes, content_type: str) -> None:
    shelf.break_path(PAGE, answers(200, body, content_type))

    with pytest.raises(RegistryUnavailable) as caught:
        pypi.release(PRESS)

    assert said(caught) == "The registry answered nonsense about pypi/img-press@3.0. It is not examined yet."


def test_a_project_without_files_has_no_version(pypi: Registry, shelf: Shelf) -> None:
    shelf.break_path(PAGE, answers(200, a_page(), JSON_INDEX))

    with pytest.raises(PackageNotFound):
        pypi.release(PRESS)


def test_a_page_of_html_past_what_the_parser_can_bear_is_too_large(pypi: Registry, shelf: Shelf) -> None:
    shelf.break_path(PAGE, answers(200, bytes(17 << 20), "text/html"))

    with pytest.raises(CannotExamine) as caught:
        pypi.release(PRESS)

    assert caught.value.reason is Reason.TOO_LARGE


def test_html_is_read_where_the_index_has_no_json(pypi: Registry, shelf: Shelf) -> None:
    page = (
        '<a href="../../img_press-3.0.tar.gz#sha256=' + "a" * 64 + '" data-yanked="bad &amp; broken">'
        "img_press-3.0.tar.gz</a><a>img_press-3.0.zip</a><a href='https://[x'>img_press-2.0.zip</a>"
    )
    shelf.break_path(PAGE, answers(200, page.replace("https://[x", "y"), "text/html; charset=utf-8"))

    release = pypi.release(PRESS)

    assert names(release) == ["img_press-3.0.tar.gz"]
    assert release.offered == (Digest("sha256", "a" * 64),)
    assert release.facts == {"yanked": "bad & broken"}


@pytest.mark.parametrize("name", ["..", "", "a/b", "a?b", "Img-Press", "a" * 300, "ü", "-x"])
def test_a_name_the_index_cannot_hold_is_not_asked_for(pypi: Registry, server: RegistryServer, name: str) -> None:
    with pytest.raises(PackageNotFound):
        pypi.release(Package(PYPI, name, "1.0"))

    assert server.seen == []


def test_a_file_that_the_index_calls_too_large_is_not_asked_for(
    server: RegistryServer, world: World, shelf: Shelf
) -> None:
    shelf.put_pypi("img-press", "img_press-4.0.tar.gz", bytes(2 << 20))
    with world.fetcher(server.endpoints, artifact=1 << 20) as fetcher:
        pypi = open_registries(server.endpoints, fetcher=fetcher)[PYPI]
        (artifact,) = pypi.release(Package.parse("pypi/img-press@4.0")).artifacts
        with pytest.raises(CannotExamine) as caught, pypi.download(artifact):
            pass

    assert said(caught) == "img_press-4.0.tar.gz is larger than 1 MiB, the most that Assay fetches."
    assert len(server.seen) == 1
