"""Registries: what they say of a release, and how an archive is had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from app.core.integrity import Digest
from app.core.package import Package
from app.core.specimen import (
    ArtifactKind,
)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a release, as the index lists it. `size` in bytes, None when the index does not say."""

    filename: str
    url: str
    kind: ArtifactKind
    digests: tuple[Digest, ...] = ()
    size: int | None = None
    package: Package | None = None  # whose registry is asked for it


@dataclass(frozen=True, slots=True)
class Release:
    """One package version on its registry.

    `artifacts` are the ones to inspect for the operator's targets, in a fixed order; `others` names the rest ("not a
    target"); `offered` are the hashes of all its files. Missing fields mean unknown, never an alert.
    """

    package: Package
    artifacts: tuple[Artifact, ...]
    others: tuple[str, ...] = ()
    offered: tuple[Digest, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)  # "published", "deprecated", "yanked" …
    declared: tuple[tuple[str, str], ...] = ()  # its manifest by the registry's word (`app/core/declaration.py`)


@dataclass(frozen=True, slots=True)
class Download:
    """An artifact on local disk. `content` is open for reading at 0, has no name, and vanishes when closed."""

    artifact: Artifact
    content: BinaryIO
    size: int
    digests: tuple[Digest, ...]  # sha512, sha256, sha1 computed while downloading

    def digest(self, algorithm: str) -> str:
        """The hexadecimal digest of one of the computed algorithms."""
        return next(digest.hex for digest in self.digests if digest.algorithm == algorithm)


class Registry(Protocol):
    """One ecosystem's registry."""

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:
        """Look a version up. `named` are the lockfile's hashes: where the index lists several files, those named are
        preferred. Raise `PackageNotFound` or `RegistryUnavailable`; no artifacts means none for the targets.
        """
        ...

    def download(self, artifact: Artifact) -> AbstractContextManager[Download]:
        """Fetch one artifact within the limits; raise `CannotExamine` (too large, not found, unavailable)."""
        ...
