"""What Python's lockfiles say of a package: a name, a version, an archive, a folder of the repository."""

from __future__ import annotations

import posixpath
from functools import lru_cache

import re2
from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from app.core.escape import visible
from app.core.package import Ecosystem, Package

_LONGEST_NAME = 255  # characters; more fit into no file name
_LONGEST_VERSION = 128
_LONGEST_FILE_NAME = 512
_NAME = re2.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_ARCHIVES = (
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
)


@lru_cache(maxsize=8192)
def python_name(text: str) -> str | None:
    """The normalised name (PEP 503); None when it is not a name (PEP 508)."""
    if len(text) > _LONGEST_NAME:
        return None
    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        return None


@lru_cache(maxsize=8192)
def python_version(text: str) -> str | None:
    """The normalised version (PEP 440); None when it is none."""
    if len(text) > _LONGEST_VERSION:
        return None
    try:
        return str(Version(text))
    except InvalidVersion:
        return None


def python_package(name: object, version: object) -> Package | None:
    """The package of this name and version; None when one of them is none."""
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    found, release = python_name(name), python_version(version)
    return Package(Ecosystem.PYPI, found, release) if found is not None and release is not None else None


def required_name(text: str) -> str | None:
    """The normalised name at the beginning of a requirement (PEP 508), whatever follows; None when none is there."""
    found = _NAME.match(text[:_LONGEST_NAME])
    return None if found is None else python_name(found[0])


def is_archive(path: str) -> bool:
    """Whether an installer takes this path for an archive, by its name."""
    return path.lower().endswith(_ARCHIVES)


def package_of_archive(name: str) -> Package | None:
    """The package that an archive's file name promises; None when it promises none."""
    if len(name) > _LONGEST_FILE_NAME:
        return None
    try:
        if name.lower().endswith(".whl"):
            found, version, _, _ = parse_wheel_filename(name)
        else:
            found, version = parse_sdist_filename(name)
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        return None
    return Package.of(Ecosystem.PYPI, found, str(version))


def no_package(shown: str, version: object) -> str:
    """A sentence for an entry that `python_package` is None for; `shown` is its name, harmless to show."""
    if version is None:
        return f"{shown} names no version."
    return f"{shown} {visible(str(version), 80)} is not a name and a version of a Python package."


def is_within_repository(file: str, folder: str) -> bool:
    """Whether a folder, as the file at this path names it (from its own folder), belongs to the repository.

    A file that is named from elsewhere (on the command line) stands at the top of what is known.
    """
    if file.startswith(("/", "../")):
        file = posixpath.basename(file)
    where = posixpath.normpath(posixpath.join(posixpath.dirname(file), folder.replace("\\", "/")))
    return not (where.startswith(("/", "~", "../")) or where == ".." or ":" in where)
