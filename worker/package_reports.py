"""What was learned of a package → the report that is kept of it, for whoever asks about the package by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.comment_text import TEMPORARY
from app.core.diff import Change, ChangeKind
from app.core.discretion import discreet
from app.core.integrity import Digest
from app.core.lockfile import Pin, Scope
from app.core.package import REGISTRY, Package
from app.core.package_report import PackageReport, PackageReports, make_package_report
from app.core.ports import Release
from worker.examination import summarise
from worker.lookup import Gathered, Keep, Subject, by_itself


def keeper(
    reports: PackageReports, *, afresh: bool = False, told: Callable[[PackageReport], None] = lambda _report: None
) -> Keep:
    """Keeps a report of each package that is looked at, unless there is one by this engine already (or `afresh`).

    What a review looked at beside an older version is judged once more by itself. `told` gets each report.
    """

    def keep(subject: Subject, release: Release, gathered: Gathered) -> None:
        tools = subject.tools
        if not afresh and reports.engine(subject.realm, subject.package) == tools.engine:
            return
        if not is_whole(subject.named, release):
            return
        report = discreet(_report(subject, release, by_itself(subject, release, gathered)))
        told(report)
        if not any(gap.reason in TEMPORARY for gap in report.gaps):  # the next look may see more
            reports.save(subject.realm, report)

    return keep


def is_whole(named: Sequence[Digest], release: Release) -> bool:
    """Whether what was looked at is what anybody would look at: a lockfile may name some files of a version only.

    Who writes a lockfile must not choose what everybody is told about a package.
    """
    algorithms = {digest.algorithm for digest in named}
    offered = {digest for digest in release.offered if digest.algorithm in algorithms}
    return offered <= set(named) or offered.isdisjoint(named)


def asked_for(package: Package) -> Change:
    """A package that somebody asks about, as if it were newly added."""
    return Change(ChangeKind.ADDED, "", None, Pin(package, REGISTRY, 0, Scope.RUNTIME, direct=True))


def _report(subject: Subject, release: Release, gathered: Gathered) -> PackageReport:
    summary = summarise((asked_for(subject.package),), gathered, ())
    return make_package_report(
        subject.package,
        subject.tools.engine,
        subject.tools.clock(),
        artifacts=summary.artifacts,
        capabilities=summary.capabilities,
        findings=summary.findings,
        gaps=summary.gaps,
        unopened=len(release.others),
    )
