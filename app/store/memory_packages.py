"""What is known of package versions in memory: the twin that passes the same tests as the real one."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.package import Package
from app.core.package_report import PackageReport
from app.store.package_reports import is_kept


class MemoryPackageReports:
    """`app.core.package_report.PackageReports`."""

    def __init__(self) -> None:
        self._reports: dict[tuple[str, Package], PackageReport] = {}

    def save(self, realm: str, report: PackageReport) -> None:
        """Keep it in place of what was there."""
        if is_kept(report.package):
            self._reports[realm, report.package] = report

    def find(self, realms: Sequence[str], package: Package) -> tuple[str, PackageReport] | None:
        """The report in the first of these realms that has one."""
        known = ((realm, self._reports.get((realm, package))) for realm in realms)
        return next(((realm, report) for realm, report in known if report is not None), None)

    def engine(self, realm: str, package: Package) -> str | None:
        """Which engine made the report that is kept."""
        report = self._reports.get((realm, package))
        return None if report is None else report.engine
