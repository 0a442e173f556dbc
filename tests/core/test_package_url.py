"""Package URLs: read into the package that they name, never into another one."""

from __future__ import annotations

import pytest

from app.core.errors import InputError
from app.core.package import Ecosystem, Package
from app.core.package_url import read_purl, write_purl


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("pkg:npm/fast-colour@2.4.1", "npm/fast-colour@2.4.1"),
        ("pkg:npm/%40scope/name@1.0.0", "npm/@scope/name@1.0.0"),
        ("pkg:npm/@scope/name@1.0.0", "npm/@scope/name@1.0.0"),
        ("pkg:npm/JSONStream@1.3.5", "npm/JSONStream@1.3.5"),
        ("pkg:npm/name@1.0.0-rc.1%2Bbuild", "npm/name@1.0.0-rc.1+build"),
        ("pkg:npm/name@1.0.0-rc.1+build", "npm/name@1.0.0-rc.1+build"),
        ("pkg:pypi/Foo_Bar@1.0", "pypi/foo-bar@1.0"),
        ("pkg:golang/github.com/acme/shop@v1.2.3", "golang/github.com/acme/shop@v1.2.3"),
    ],
)
def test_a_package_url_is_read(text: str, label: str) -> None:
    assert read_purl(text).label == label


@pytest.mark.parametrize("text", ["pkg:npm/%40scope/name@1.0.0", "pkg:npm/JSONStream@1.3.5", "pkg:pypi/foo@1.0%2Bcpu"])
def test_what_is_written_is_read_again(text: str) -> None:
    assert write_purl(read_purl(text)) == text
    assert write_purl(Package(Ecosystem.NPM, "@scope/name", "1")) == "pkg:npm/%40scope/name@1"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("npm/fast-colour@2.4.1", "is not a package URL such as"),
        ("", "is not a package URL such as"),
        ("pkg:npm/fast-colour", "names no version"),
        ("pkg:npm/fast-colour@2.4.1?repository_url=https://drop.example", "has qualifiers or a subpath"),
        ("pkg:npm/fast-colour@2.4.1#lib", "has qualifiers or a subpath"),
        ("pkg:deb/debian/curl@7.50", "the type 'deb' are not known here"),
        ("pkg:npm/a/b/c@1", "could exist"),
        ("pkg:npm/fast%20colour@1", "could exist"),
        ("pkg:npm/%2E%2E/colour@1", "could exist"),
        ("pkg:pypi/a/b@1", "could exist"),
        ("pkg:npm/x@1%0A2", "could exist"),
    ],
)
def test_anything_else_is_refused_with_the_cause(text: str, cause: str) -> None:
    with pytest.raises(InputError, match=cause.replace("?", r"\?")):
        read_purl(text)


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(InputError) as refused:
        read_purl("x" * 100_000)
    assert len(str(refused.value)) < 300
