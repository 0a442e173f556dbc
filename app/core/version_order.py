"""Which of two versions is the higher one, as their ecosystem sorts them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from packaging.version import Version as PythonVersion
from semver import Version as SemanticVersion
from univers.nuget import InvalidNuGetVersion
from univers.versions import (
    ComposerVersion,
    GolangVersion,
    MavenVersion,
    NugetVersion,
    RubygemsVersion,
    Version,
)

from app.core.package import Ecosystem

Order = PythonVersion | SemanticVersion | Version
"""A value that sorts beside others of its ecosystem, and beside nothing else."""

_LONGEST = 256  # characters of a version; the longest that npm itself reads
_TAG = re.compile(r"v?[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}")
_NUMBER = re.compile(r"[0-9]{1,18}")


def version_order(ecosystem: Ecosystem, version: str) -> Order | None:
    """The version as a value that sorts as the ecosystem sorts it; None when it is not a version there."""
    if len(version) > _LONGEST or _NUMBER.search(version) is None:
        return None
    try:
        return _READERS.get(ecosystem, _semantic)(version)
    except (ValueError, TypeError, InvalidNuGetVersion):
        return None


@lru_cache(maxsize=4096)
def is_lower(ecosystem: Ecosystem, one: str, other: str) -> bool:
    """Whether `one` is the lower version; False as well where either is none."""
    mine, others = version_order(ecosystem, one), version_order(ecosystem, other)
    return mine is not None and others is not None and bool(mine < others)  # type: ignore[operator]


def numbers_of(ecosystem: Ecosystem, version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, `(1, 2, 3)`; empty when it is none."""
    match version_order(ecosystem, version):
        case None:
            return ()
        case PythonVersion() as read:
            return read.release
        case SemanticVersion() as read:
            return read.major, read.minor, read.patch
        case _:
            return tuple(map(int, _NUMBER.findall(version)))


def is_patch(ecosystem: Ecosystem, old: str, new: str) -> bool:
    """Whether only what stands behind the second number of the version grew; False where either is no version."""
    before, after = numbers_of(ecosystem, old), numbers_of(ecosystem, new)
    return bool(before and after) and (*before, 0)[:2] == (*after, 0)[:2]


def _reference(version: str) -> PythonVersion:
    """A tag such as `v4` or `v4.2.1`; branches and commits are in no order."""
    if _TAG.fullmatch(version) is None:
        raise ValueError(version)
    return PythonVersion(version)


def _semantic(version: str) -> SemanticVersion:
    return SemanticVersion.parse(version.removeprefix("v"))


_READERS: Mapping[Ecosystem, Callable[[str], Order]] = {
    Ecosystem.PYPI: PythonVersion,
    Ecosystem.GITHUB_ACTIONS: _reference,
    Ecosystem.DOCKER: _reference,
    Ecosystem.PRE_COMMIT: _reference,
    Ecosystem.GO: GolangVersion,
    Ecosystem.GEM: RubygemsVersion,
    Ecosystem.COMPOSER: ComposerVersion,
    Ecosystem.MAVEN: MavenVersion,
    Ecosystem.NUGET: NugetVersion,
    Ecosystem.COCOAPODS: RubygemsVersion,  # CocoaPods counts as RubyGems does
}
