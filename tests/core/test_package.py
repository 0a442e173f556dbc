"""Packages as people type them, and addresses as people may see them."""

from __future__ import annotations

import pytest

from app.core.errors import InputError
from app.core.package import Ecosystem, Package, without_login


@pytest.mark.parametrize(
    "label",
    [
        "npm/left-pad@1.3.0",
        "npm/@scope/name@1.0.0-rc.1",
        "pypi/zope-interface@7.0",
        "golang/git.example/acme/colour@v1.2.0",
        "githubactions/acme/setup@v4",
    ],
)
def test_a_label_is_read_as_it_is_written(label: str) -> None:
    assert Package.parse(label).label == label


def test_names_lose_their_case_only_where_it_means_nothing() -> None:
    assert Package.parse("githubactions/Acme/Setup@V4").label == "githubactions/acme/setup@V4"
    assert Package.parse("golang/git.example/Acme/colour@v1").label == "golang/git.example/Acme/colour@v1"


def test_every_ecosystem_has_a_name_for_people() -> None:
    assert len({ecosystem.called for ecosystem in Ecosystem}) == len(Ecosystem)


def test_python_names_are_normalised_and_npm_names_are_not() -> None:
    assert Package.parse("pypi/Zope.Interface@7.0").name == "zope-interface"
    assert Package.parse("npm/JSONStream@1.0.0").name == "JSONStream"


@pytest.mark.parametrize("text", ["", "left-pad", "npm/left-pad", "npm/a b@1", "crates/serde@1.0", "npm/../x@1"])
def test_what_is_no_package_is_refused_with_its_cause(text: str) -> None:
    with pytest.raises(InputError, match="is not"):
        Package.parse(text)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://registry.example/a/-/a-1.0.0.tgz", "https://registry.example/a/-/a-1.0.0.tgz"),
        ("https://registry.example/@scope/a", "https://registry.example/@scope/a"),
        ("https://token@registry.example/a", "https://***@registry.example/a"),
        ("git+https://me:secret@git.example/a.git#v1", "git+https://***@git.example/a.git#v1"),
        ("git+ssh://git@git.example/a.git", "git+ssh://git@git.example/a.git"),
        ("git+ssh://git:secret@git.example/a.git", "git+ssh://***@git.example/a.git"),
        ("https://${USER}:${PASSWORD}@index.example/simple", "https://***@index.example/simple"),
        ("https://here.example\\@there.example/", "https://here.example\\@there.example/"),
        ("me@git.example:a.git", "me@git.example:a.git"),
        ("./wheels", "./wheels"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    """A back-slash before the `@` leads a browser to the host on its left: hiding that host would hide the trick."""
    assert without_login(address) == shown
