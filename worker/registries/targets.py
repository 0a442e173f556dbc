"""The machines that packages are installed on: which wheels an installer would take there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from packaging.tags import Tag, compatible_tags, cpython_tags

Target = Sequence[Tag]  # tags that fit, best first

_NEWEST_GLIBC, _OLDEST_GLIBC = 45, 5  # of 2.x
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}  # PEP 600


def linux_target(python: tuple[int, int] | None = None, machine: str = "x86_64") -> Target:
    """CPython (this interpreter's version, if none is given) on a current Linux with glibc."""
    version = python or (sys.version_info.major, sys.version_info.minor)
    interpreter = f"cp{version[0]}{version[1]}"
    platforms = list(_manylinux(machine))
    tags = [
        *cpython_tags(version, abis=[interpreter], platforms=platforms),
        *compatible_tags(version, interpreter=interpreter, platforms=platforms),
    ]
    return tuple(dict.fromkeys(tags))


def _manylinux(machine: str) -> Iterable[str]:
    for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{machine}"
    yield f"linux_{machine}"
