"""A review that a program asks for: of dependency files that it sends, of packages that it names, or of two commits."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.report import Report

MOST_FILES = 50
LONGEST_FILE = 12 << 20  # characters of one side; the largest in real life have about ten million
MOST_PACKAGES = 5_000  # of one side
LONGEST_POLICY = 200_000  # characters
PACKAGES = "packages"
"""How the report calls the list of packages, which no file holds; lines count from the first one."""


@dataclass(frozen=True, slots=True)
class AskedFile:
    """One dependency file before and after; None where it did not exist. Its format is told by its path and text."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class AskedPackages:
    """Package URLs before and after."""

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedCommits:
    """Two commits of a repository that the asker sees."""

    installation_id: int
    repository_id: int
    repository: str  # owner/name
    private: bool
    base: str
    head: str


@dataclass(frozen=True, slots=True)
class AskedReview:
    """What is asked for: exactly one of the three. `policy` is the text of a policy file, checked before it is kept."""

    files: tuple[AskedFile, ...] = ()
    packages: AskedPackages | None = None
    commits: AskedCommits | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class AskedResult:
    """How far it is, in packages; the report comes at the end and not before."""

    examined: int
    whole: int
    report: Report | None = None
