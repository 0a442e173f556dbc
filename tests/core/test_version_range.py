"""Ranges mean what npm and pip mean by them."""

from __future__ import annotations

import pytest

from app.core.package import Ecosystem
from app.core.version_range import read_range


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.3-rc.1"]),
        ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0", "2.0.0-rc.1"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^1", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9"]),
        ("^0", ["0.0.1", "0.9.9"], ["1.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
        ("1.2.x", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("1.*", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("*", ["0.0.1", "9.9.9"], []),
        ("", ["0.0.1"], []),
        (">=1.2.3 <2", ["1.2.3", "1.9.9"], ["2.0.0", "1.2.2"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        (">= 1.2.3", ["1.2.3"], ["1.2.2"]),
        ("1.2.3 - 2.3", ["1.2.3", "2.3.9"], ["2.4.0", "1.2.2"]),
        ("^1 || ^3", ["1.1.0", "3.0.0"], ["2.0.0"]),
        ("<1.0.0-beta.2", ["1.0.0-beta.1"], ["1.0.0"]),
    ],
)
def test_npm_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    contains = read_range(Ecosystem.NPM, text)
    assert [version for version in (*inside, *outside) if contains(version)] == inside


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.2,<2", ["1.2", "1.9.post1"], ["2.0", "1.1"]),
        ("==1.*", ["1.0", "1.5"], ["2.0"]),
        ("~=1.4.2", ["1.4.5"], ["1.5"]),
        ("1.0", ["1.0", "1.0.0"], ["1.0.1"]),
        ("<2", ["1.9", "1.9rc1"], ["2.0", "2.0rc1"]),
    ],
)
def test_python_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    contains = read_range(Ecosystem.PYPI, text)
    assert [version for version in (*inside, *outside) if contains(version)] == inside


@pytest.mark.parametrize("text", ["abc", "latest", "^", "1.2.3.4", ">=", "1 ^", "1.2.3-", "9" * 300, "^1.2.3rc"])
def test_what_is_not_a_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|version"):
        read_range(Ecosystem.NPM, text)


def test_what_is_not_a_version_is_in_no_range() -> None:
    assert not read_range(Ecosystem.NPM, "*")("not-a-version")
    assert not read_range(Ecosystem.PYPI, ">=0")("not a version")
