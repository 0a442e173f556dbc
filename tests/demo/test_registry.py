"""The loopback registry answers as the public ones do, or as mirrors do, or badly when told to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
import urllib3

from app.demo.faults import answers, breaks_off, redirects
from app.demo.packages import npm_tarball, sdist, sdist_filename, wheel, wheel_filename
from app.demo.registry import ABBREVIATED, JSON_INDEX, RegistryServer
from app.demo.shelf import Shelf

TARBALL = npm_tarball("@acme/tool", "1.2.0", {"index.js": ""}, scripts={"postinstall": "node x"})


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put_npm("@acme/tool", "1.2.0", TARBALL, deprecated="use something else")
    shelf.put_pypi("Img.Press", sdist_filename("Img.Press", "3.0"), sdist("Img.Press", "3.0"))
    shelf.put_pypi("Img.Press", wheel_filename("Img.Press", "3.0"), wheel("Img.Press", "3.0"), yanked="broken")
    return shelf


@pytest.fixture(scope="module")
def full(shelf: Shelf) -> Iterator[RegistryServer]:
    with RegistryServer(shelf) as server:
        yield server


@pytest.fixture(scope="module")
def reduced(shelf: Shelf) -> Iterator[RegistryServer]:
    with RegistryServer(shelf, reduced=True) as server:
        yield server


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as http:
        yield http


def test_npm_gives_one_version_with_scripts_and_hashes(full: RegistryServer, http: urllib3.PoolManager) -> None:
    document = http.request("GET", f"{full.endpoints.npm}@acme%2Ftool/1.2.0").json()

    assert document["scripts"] == {"postinstall": "node x"}
    assert document["hasInstallScript"] is True
    assert document["deprecated"] == "use something else"
    assert document["dist"]["shasum"] == hashlib.sha1(TARBALL).hexdigest()
    assert http.request("GET", document["dist"]["tarball"]).data == TARBALL


def test_npm_gives_the_packument_whole_or_abbreviated(full: RegistryServer, http: urllib3.PoolManager) -> None:
    whole = http.request("GET", f"{full.endpoints.npm}@acme%2Ftool").json()
    small = http.request("GET", f"{full.endpoints.npm}@acme%2Ftool", headers={"Accept": ABBREVIATED}).json()

    assert whole["time"]["1.2.0"] == "2026-01-15T10:00:00Z"
    assert whole["maintainers"]
    assert sorted(small) == ["dist-tags", "modified", "name", "versions"]
    assert "scripts" not in small["versions"]["1.2.0"]


def test_a_reduced_npm_has_no_version_documents_and_no_times(
    reduced: RegistryServer, http: urllib3.PoolManager
) -> None:
    packument = http.request("GET", f"{reduced.endpoints.npm}@acme%2Ftool").json()

    assert http.request("GET", f"{reduced.endpoints.npm}@acme%2Ftool/1.2.0").status == 404
    assert sorted(packument) == ["name", "versions"]
    assert sorted(packument["versions"]["1.2.0"]) == ["dist", "name", "version"]


def test_the_python_index_speaks_json_and_html(full: RegistryServer, http: urllib3.PoolManager) -> None:
    page = http.request("GET", f"{full.endpoints.pypi}img-press/", headers={"Accept": JSON_INDEX})
    text = http.request("GET", f"{full.endpoints.pypi}img-press/").data.decode()

    assert page.headers["Content-Type"] == JSON_INDEX
    assert [file["yanked"] for file in page.json()["files"]] == [False, "broken"]
    assert text.count("<a href=") == 2
    assert 'data-yanked="broken"' in text


def test_a_reduced_python_index_speaks_html_only(reduced: RegistryServer, http: urllib3.PoolManager) -> None:
    page = http.request("GET", f"{reduced.endpoints.pypi}img-press/", headers={"Accept": JSON_INDEX})

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"data-yanked" not in page.data


def test_other_spellings_of_a_name_are_sent_to_the_normal_one(full: RegistryServer, http: urllib3.PoolManager) -> None:
    assert http.request("GET", f"{full.endpoints.pypi}Img.Press/", redirect=False).status == 301


@pytest.mark.parametrize("path", ["npm/nothing", "npm/nothing/1.0.0", "npm/@acme/tool/9.9.9", "pypi/simple/nothing/"])
def test_what_is_not_on_the_shelf_is_not_found(full: RegistryServer, http: urllib3.PoolManager, path: str) -> None:
    assert http.request("GET", f"{full.url}/{path}").status == 404


def test_a_fault_is_answered_as_often_as_it_was_asked_for(http: urllib3.PoolManager) -> None:
    shelf = Shelf()
    shelf.put_npm("x", "1.0.0", npm_tarball("x", "1.0.0"))
    shelf.break_path("/npm/x/", answers(503, Retry_After="3"), times=2)

    with RegistryServer(shelf) as server:
        replies = [http.request("GET", f"{server.url}/npm/x/1.0.0") for _ in range(3)]

    assert [reply.status for reply in replies] == [503, 503, 200]
    assert replies[0].headers["Retry-After"] == "3"


def test_a_redirect_is_sent_word_for_word(http: urllib3.PoolManager) -> None:
    shelf = Shelf()
    shelf.break_path("/npm/x", redirects("//drop.example\\@x"))

    with RegistryServer(shelf) as server:
        assert http.request("GET", f"{server.url}/npm/x", redirect=False).headers["Location"] == "//drop.example\\@x"


def test_an_answer_can_break_off(http: urllib3.PoolManager) -> None:
    shelf = Shelf()
    shelf.break_path("/npm/x", breaks_off(b"half", missing=4))

    with RegistryServer(shelf) as server, pytest.raises(urllib3.exceptions.ProtocolError):
        http.request("GET", f"{server.url}/npm/x")


def test_requests_are_noted_with_their_headers(http: urllib3.PoolManager) -> None:
    with RegistryServer() as server:
        http.request("GET", f"{server.url}/npm/@acme%2Ftool", headers={"Authorization": "Bearer x"})

    assert [(seen.path, seen.headers["authorization"]) for seen in server.seen] == [("/npm/@acme%2Ftool", "Bearer x")]
