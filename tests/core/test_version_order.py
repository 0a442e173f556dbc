"""Which of two versions is the lower one, in each ecosystem."""

from __future__ import annotations

import pytest

from app.core.package import Ecosystem
from app.core.version_order import is_lower, is_patch, numbers_of, version_order


@pytest.mark.parametrize(
    ("ecosystem", "lower", "higher"),
    [
        (Ecosystem.NPM, "1.9.0", "1.10.0"),
        (Ecosystem.NPM, "2.0.0-rc.1", "2.0.0"),
        (Ecosystem.PYPI, "1.0rc1", "1.0"),
        (Ecosystem.PYPI, "1.0", "1.0.post1"),
        (Ecosystem.GO, "v1.9.0", "v1.10.0"),
        (Ecosystem.GO, "v0.0.0-20240101000000-aaaaaaaaaaaa", "v0.0.0-20250101000000-bbbbbbbbbbbb"),
        (Ecosystem.GO, "v2.0.0+incompatible", "v2.0.1+incompatible"),
        (Ecosystem.CARGO, "1.0.0-alpha", "1.0.0"),
        (Ecosystem.GEM, "7.1.0.rc1", "7.1.0"),
        (Ecosystem.COMPOSER, "v6.4.9", "6.4.10"),
        (Ecosystem.MAVEN, "31.1-jre", "32.0-jre"),
        (Ecosystem.MAVEN, "1.0.0.RELEASE", "1.0.1.RELEASE"),
        (Ecosystem.NUGET, "1.2.3.4", "1.2.3.10"),
        (Ecosystem.GITHUB_ACTIONS, "v4.1.0", "v4.2.0"),
    ],
)
def test_the_lower_of_two_versions_is_told(ecosystem: Ecosystem, lower: str, higher: str) -> None:
    assert is_lower(ecosystem, lower, higher)
    assert not is_lower(ecosystem, higher, lower)


@pytest.mark.parametrize("ecosystem", Ecosystem)
@pytest.mark.parametrize("text", ["", " ", "main", "-" * 300, "1" * 300, "\x00", "☃", "..", "1." * 128, "9" * 256])
def test_what_is_no_version_is_neither_lower_nor_higher_nor_a_crash(ecosystem: Ecosystem, text: str) -> None:
    assert isinstance(numbers_of(ecosystem, text), tuple)
    if version_order(ecosystem, text) is None:
        assert not is_lower(ecosystem, text, "1.0.0")
        assert not is_lower(ecosystem, "1.0.0", text)


def test_the_numbers_that_a_version_begins_with() -> None:
    assert numbers_of(Ecosystem.NPM, "1.2.3-rc.1") == (1, 2, 3)
    assert numbers_of(Ecosystem.PYPI, "1.2") == (1, 2)
    assert numbers_of(Ecosystem.NUGET, "1.2.3.4") == (1, 2, 3, 4)
    assert numbers_of(Ecosystem.GO, "main") == ()


@pytest.mark.parametrize(
    ("ecosystem", "old", "new", "patch"),
    [
        (Ecosystem.NPM, "1.2.3", "1.2.4", True),
        (Ecosystem.NPM, "1.2.3", "1.3.0", False),
        (Ecosystem.NPM, "1.2.3", "2.2.3", False),
        (Ecosystem.PYPI, "1.2", "1.2.post1", True),
        (Ecosystem.PYPI, "1", "1.0.1", True),
        (Ecosystem.NPM, "latest", "latest", False),
    ],
)
def test_a_patch_changes_what_stands_behind_the_second_number(
    ecosystem: Ecosystem, old: str, new: str, patch: bool
) -> None:
    assert is_patch(ecosystem, old, new) is patch
