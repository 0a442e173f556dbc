"""What is known of packages, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.core.finding import Category, Confidence, Finding, Reach, Severity
from app.core.package_report import Examination, PackageReport, ReportChange
from app.core.package_url import write_purl
from app.core.specimen import FactId, NotExamined
from app.web.api.route import Shape


class ArtifactShape(Shape):
    """An archive that was opened. `size` in bytes, `files` is how many it holds."""

    filename: str
    sha256: str
    size: int
    files: int


class EvidenceShape(Shape):
    """A line of the package; `text` is quoted from it."""

    file: str
    line: int
    says: str
    text: str


class FindingShape(Shape):
    """What a rule found; `message` continues the sentence "the package …"."""

    alert: str
    category: Category
    severity: Severity
    confidence: Confidence
    reach: Reach
    message: str
    evidence: tuple[EvidenceShape, ...]


class GapShape(Shape):
    """What was not examined, and why."""

    what: str
    reason: str
    detail: str


class PackageShape(Shape):
    """What one engine says of one version by itself.

    Only `state: examined` says that all of it was looked at: then an empty list of findings means that nothing was
    found. `findings` are the gravest of `findings_total`, `not_examined` the first of `not_examined_total`.
    `files_not_opened` counts files of the version for other machines than those that are looked at. `engine` is null
    where no engine has seen it.
    """

    package: str
    purl: str
    state: Examination
    engine: str | None
    examined_at: datetime | None
    artifacts: tuple[ArtifactShape, ...]
    capabilities: tuple[FactId, ...]
    findings: tuple[FindingShape, ...]
    findings_total: int
    not_examined: tuple[GapShape, ...]
    not_examined_total: int
    files_not_opened: int


class ChangeShape(Shape):
    """What is different from the version that was named.

    `same_engine` false: the two reports are of different engines, so that a difference may be the engines' own.
    """

    version: str
    state: Examination
    engine: str
    same_engine: bool
    capabilities_gained: tuple[FactId, ...]
    capabilities_lost: tuple[FactId, ...]
    findings_new: tuple[FindingShape, ...]
    findings_gone: tuple[FindingShape, ...]


class PackageReportShape(Shape):
    """The report of a package.

    `outdated` true: another engine than today's made it (`engine_now`; null: no worker has started yet). POST
    /packages/inspect examines it again. `private` true: it was learned with the credentials of the token's
    installation, and nobody else sees it.
    """

    report: PackageShape
    private: bool
    outdated: bool
    engine_now: str | None
    against: ChangeShape | None


def show_package(report: PackageReport) -> PackageShape:
    """A report as JSON."""
    return PackageShape(
        package=report.package.label,
        purl=write_purl(report.package),
        state=report.examination,
        engine=report.engine,
        examined_at=report.examined_at,
        artifacts=tuple(
            ArtifactShape(filename=one.filename, sha256=one.sha256, size=one.size, files=one.files)
            for one in report.artifacts
        ),
        capabilities=report.capabilities,
        findings=_findings(report.findings),
        findings_total=report.found,
        not_examined=tuple(show_gap(gap) for gap in report.gaps),
        not_examined_total=report.unread,
        files_not_opened=report.unopened,
    )


def show_change(change: ReportChange) -> ChangeShape:
    """A comparison as JSON."""
    before = change.before
    return ChangeShape(
        version=before.package.version,
        state=before.examination,
        engine=before.engine,
        same_engine=change.same_engine,
        capabilities_gained=change.gained,
        capabilities_lost=change.lost,
        findings_new=_findings(change.appeared),
        findings_gone=_findings(change.gone),
    )


def show_gap(gap: NotExamined) -> GapShape:
    """A gap as JSON."""
    return GapShape(what=gap.what, reason=gap.reason, detail=gap.detail)


def _findings(findings: Sequence[Finding]) -> tuple[FindingShape, ...]:
    return tuple(
        FindingShape(
            alert=one.rule,
            category=one.category,
            severity=one.severity,
            confidence=one.confidence,
            reach=one.reach,
            message=one.message.plain(),
            evidence=tuple(
                EvidenceShape(file=row.file, line=row.line, says=row.says.plain(), text=row.text)
                for row in one.evidence
            ),
        )
        for one in findings
    )
