"""Plug-ins: rules and parsers, each a module with these names in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.core.finding import Finding
from app.core.lockfile import Lockfile
from app.core.manifest import Manifest
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import (
    ChangeSpecimen,
    FileSpecimen,
    ReleaseSpecimen,
    Specimen,
)


class Detector(Protocol):
    """A module of `worker/detectors/` that judges one artifact; its docstring is the rule's page."""

    CARD: RuleCard

    def detect(self, specimen: Specimen) -> Iterator[Finding]:
        """Report what is wrong with this artifact."""
        ...


class ReleaseDetector(Protocol):
    """A module of `worker/detectors/` that holds the artifacts of one version against each other."""

    CARD: RuleCard

    def detect_release(self, specimen: ReleaseSpecimen) -> Iterator[Finding]:
        """Report what is wrong between these artifacts."""
        ...


class ChangeDetector(Protocol):
    """A module of `worker/detectors/` that judges one change without opening an archive."""

    CARD: RuleCard

    def detect_change(self, specimen: ChangeSpecimen) -> Iterator[Finding]:
        """Report what is wrong with this change."""
        ...


class FileDetector(Protocol):
    """A module of `worker/detectors/` that judges a dependency file as a whole; the first evidence is its line."""

    CARD: RuleCard

    def detect_file(self, specimen: FileSpecimen) -> Iterator[Finding]:
        """Report what is wrong with this file."""
        ...


class Parser(Protocol):
    """A module of `worker/lockfiles/`: one dependency-file format."""

    FORMAT: str
    ECOSYSTEM: Ecosystem

    def claims(self, path: str) -> bool:
        """Whether a file of this path (POSIX, relative to the repository) is of this format, by its name."""
        ...

    def parse(self, path: str, content: bytes) -> Lockfile:
        """Read a file; raise `UnreadableLockfile` when it cannot be read as a whole. Never an empty guess."""
        ...


class ManifestParser(Parser, Protocol):
    """A module of `worker/lockfiles/` for files in which people write what a project asks for.

    Where a lockfile of one of the formats `COVERED_BY` stands beside it or above, that one says which versions are
    installed, and the manifest is only held against it.
    """

    COVERED_BY: frozenset[str]

    def read_manifest(self, path: str, content: bytes) -> Manifest:
        """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
        ...
