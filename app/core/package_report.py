"""What is known of one package version: its report, how much of it was examined, and what changed since another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.finding import Finding
from app.core.package import Package
from app.core.report import ArtifactSummary
from app.core.specimen import FactId, NotExamined

PUBLIC = "public"
"""The realm of what everybody may know."""
MOST_FINDINGS = 200
"""Findings that a report holds; a hostile package could have as many as it likes."""
MOST_EVIDENCE = 5
MOST_GAPS = 100


class Examination(StrEnum):
    """How much of a package was looked at. Only the first one lets anybody say that nothing was found."""

    EXAMINED = "examined"
    PARTLY = "partly"
    NOT_EXAMINED = "not-examined"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class PackageReport:
    """All that one engine says of one version by itself: not beside another version, not in somebody's lockfile.

    `findings` are the gravest, `found` is how many there are; `gaps` is what was not looked at, and why (`unread` is
    their number). `unopened` counts files of the version that no target installs.
    """

    package: Package
    engine: str
    examined_at: datetime
    artifacts: tuple[ArtifactSummary, ...] = ()
    capabilities: tuple[FactId, ...] = ()
    findings: tuple[Finding, ...] = ()
    found: int = 0
    gaps: tuple[NotExamined, ...] = ()
    unread: int = 0
    unopened: int = 0

    @property
    def examination(self) -> Examination:
        """How much of it was looked at."""
        if not self.artifacts:
            return Examination.NOT_EXAMINED
        return Examination.PARTLY if self.unread else Examination.EXAMINED

    def shortened(self, findings: int) -> PackageReport:
        """The same with fewer findings, and less evidence."""
        kept = tuple(replace(one, evidence=one.evidence[:1]) for one in self.findings[:findings])
        return replace(self, findings=kept, gaps=self.gaps[:findings])


@dataclass(frozen=True, slots=True)
class ReportChange:
    """What is different from an earlier version. Two engines may differ where the packages do not (`same_engine`)."""

    before: PackageReport
    gained: tuple[FactId, ...]
    lost: tuple[FactId, ...]
    appeared: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    same_engine: bool


class PackageReports(Protocol):
    """Reports by realm and package version, the newest of each."""

    def save(self, realm: str, report: PackageReport) -> None:
        """Keep it in place of what was there. Names that no registry takes are not kept."""
        ...

    def find(self, realms: Sequence[str], package: Package) -> tuple[str, PackageReport] | None:
        """The report in the first of these realms that has one, with that realm; None also when it cannot be read."""
        ...

    def engine(self, realm: str, package: Package) -> str | None:
        """Which engine made the report that is kept; None: there is none."""
        ...

    def erase(self, realm: str) -> int:
        """Remove what is known in a realm; return how many reports."""
        ...


def make_package_report(
    package: Package,
    engine: str,
    now: datetime,
    *,
    artifacts: tuple[ArtifactSummary, ...] = (),
    capabilities: tuple[FactId, ...] = (),
    findings: Iterable[Finding] = (),
    gaps: Sequence[NotExamined] = (),
    unopened: int = 0,
) -> PackageReport:
    """Put a report together, within its bounds, the gravest findings first."""
    gravest = sorted(findings, key=lambda one: (-one.severity.rank, one.rule))
    return PackageReport(
        package=package,
        engine=engine,
        examined_at=now,
        artifacts=artifacts,
        capabilities=capabilities,
        findings=tuple(replace(one, evidence=one.evidence[:MOST_EVIDENCE]) for one in gravest[:MOST_FINDINGS]),
        found=len(gravest),
        gaps=tuple(gaps[:MOST_GAPS]),
        unread=len(gaps),
        unopened=unopened,
    )


def compare_reports(before: PackageReport, after: PackageReport) -> ReportChange:
    """What the later one has and the earlier one has not, and the other way round."""
    return ReportChange(
        before=before,
        gained=tuple(fact for fact in after.capabilities if fact not in before.capabilities),
        lost=tuple(fact for fact in before.capabilities if fact not in after.capabilities),
        appeared=_missing(after.findings, before.findings),
        gone=_missing(before.findings, after.findings),
        same_engine=before.engine == after.engine,
    )


def _missing(here: Sequence[Finding], there: Sequence[Finding]) -> tuple[Finding, ...]:
    known = {(one.rule, one.message.plain()) for one in there}
    return tuple(one for one in here if (one.rule, one.message.plain()) not in known)
