"""Which kind of native file a package says it holds: by its wheel's tag, its own name, and the names of its folders."""

from __future__ import annotations

import posixpath
import re

from app.core.specimen import ArtifactFacts, ArtifactKind

_SPLIT = re.compile(r"[^a-z0-9]+")
_VERSION = re.compile(r"[0-9_.]+$")
_WORDS = {
    **dict.fromkeys(("linux", "linuxmusl", "musl", "gnu", "glibc", "manylinux", "musllinux", "android"), "elf"),
    **dict.fromkeys(("freebsd", "openbsd", "netbsd", "sunos", "solaris", "aix", "openharmony", "elf"), "elf"),
    **dict.fromkeys(("darwin", "macos", "macosx", "osx", "dylib", "ios"), "mach-o"),
    **dict.fromkeys(("win", "win32", "win64", "windows", "msvc", "mingw", "exe", "dll", "pyd"), "pe"),
}


def claimed(artifact: ArtifactFacts, path: str) -> frozenset[str]:
    """The kinds (`elf`, `pe`, `mach-o`) that the nearest name of a platform allows at this path; empty: none is named.

    The path says more than the package: a wheel for Linux may hold the helpers for all systems, each in its folder.
    """
    for text in (path, _of_wheel(artifact), dict(artifact.metadata).get("name", "")):
        kinds = frozenset(_WORDS[word] for word in _words(text) if word in _WORDS)
        if kinds:
            return kinds
    return frozenset()


def says_any(artifact: ArtifactFacts) -> bool:
    """Whether it is a wheel that says it runs on every platform."""
    return artifact.kind is ArtifactKind.WHEEL and artifact.filename.lower().endswith("-any.whl")


def _of_wheel(artifact: ArtifactFacts) -> str:
    """The platform tag of a wheel: `manylinux_2_17_x86_64`."""
    if artifact.kind is not ArtifactKind.WHEEL:
        return ""
    return posixpath.splitext(artifact.filename)[0].rpartition("-")[2]


def _words(text: str) -> list[str]:
    """The words of a name; `manylinux2014` and `win10` without their number, which `win32` keeps."""
    words = _SPLIT.split(text.lower())
    return [word if word in _WORDS else _VERSION.sub("", word) for word in words]
