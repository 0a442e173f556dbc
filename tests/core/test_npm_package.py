"""What counts as a name, a version and an address of an npm package."""

from __future__ import annotations

import pytest

from app.core.npm_package import digests_of, is_name, is_own_archive, is_own_path, is_version, source_of
from app.core.package import REGISTRY, Source, SourceKind

OWN = "https://registry.example/@acme/kit/-/kit-1.0.0.tgz"


@pytest.mark.parametrize("name", ["ms", "@acme/kit", "JSONStream", "old~name!", "0x10", "@acme/kit.js"])
def test_names_that_the_registry_served(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a b", "a/b", "@acme", "@/kit", "@acme/", "a@b", "a" * 215, "@.a/b", "é"]
)
def test_names_that_no_registry_served(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(
    ("text", "whether"), [("1.0.0-rc.1+b", True), ("v1.0.0", False), ("1.0", False), ("^1.0.0", False)]
)
def test_a_version_is_one_version(text: str, whether: bool) -> None:
    assert is_version(text) is whether


@pytest.mark.parametrize(
    "address",
    [
        OWN,
        "http://other.example:8443/npm/@acme/kit/-/kit-1.0.0.tgz?token=1#a",
        "https://registry.example/@acme%2fkit/-/kit-1.0.0.tgz",
        "https://registry.example/@acme/kit/-/@acme/kit-1.0.0.tgz",
    ],
)
def test_the_packages_own_archive_is_the_registrys_on_whatever_host(address: str) -> None:
    assert is_own_archive(address, "@acme/kit", "1.0.0")
    assert source_of(address, "@acme/kit", "1.0.0") == Source(SourceKind.REGISTRY, address)


@pytest.mark.parametrize(
    "address",
    [
        "https://registry.example/@acme/kit/-/kit-1.0.1.tgz",
        "https://registry.example/evil/-/kit-1.0.0.tgz",
        "https://me@registry.example/@acme/kit/-/kit-1.0.0.tgz",
        "https://drop.example\\@registry.example/@acme/kit/-/kit-1.0.0.tgz",
        "https://registry.example/ @acme/kit/-/kit-1.0.0.tgz",
        "https://drop.example?/@acme/kit/-/kit-1.0.0.tgz",
        "https://drop.example#/@acme/kit/-/kit-1.0.0.tgz",
        "https:///@acme/kit/-/kit-1.0.0.tgz",
        "https://rеgistry.example/@acme/kit/-/kit-1.0.0.tgz",
    ],
)
def test_any_other_address_is_only_an_address(address: str) -> None:
    assert not is_own_archive(address, "@acme/kit", "1.0.0")
    source = source_of(address, "@acme/kit", "1.0.0")
    assert source is not None
    assert source.kind is SourceKind.URL


def test_a_path_with_two_slashes_at_its_beginning_names_a_host() -> None:
    assert is_own_path("/npm/ms/-/ms-2.1.3.tgz", "ms", "2.1.3")
    assert not is_own_path("//drop.example/ms/-/ms-2.1.3.tgz", "ms", "2.1.3")
    assert not is_own_path("/\\drop.example/ms/-/ms-2.1.3.tgz", "ms", "2.1.3")
    assert not is_own_path("/\t/drop.example/ms/-/ms-2.1.3.tgz", "ms", "2.1.3")
    assert not is_own_path("ms/-/ms-2.1.3.tgz", "ms", "2.1.3")


def test_without_an_address_the_configured_registry_is_asked() -> None:
    assert source_of("", "ms", "2.1.3") is REGISTRY


def test_git_and_paths_are_themselves_and_other_words_are_nothing() -> None:
    assert source_of("git+ssh://git@git.example/a.git#v1", "a", "1.0.0") == Source(
        SourceKind.GIT, "git+ssh://git@git.example/a.git#v1", "v1"
    )
    assert source_of("file:../a.tgz", "a", "1.0.0") == Source(SourceKind.PATH, "file:../a.tgz", "../a.tgz")
    assert source_of("npm:evil@6.6.6", "a", "1.0.0") is None


def test_the_hashes_that_can_be_read_stay_beside_the_first_that_cannot() -> None:
    digests, broken = digests_of("sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA= sha512-short md6-x")
    assert [digest.algorithm for digest in digests] == ["sha1"]
    assert "not a sha512 hash" in str(broken) or "sha512-short" in str(broken)
