"""What is known of artifacts and of package versions in memory: the twins that pass the same tests as the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.core.integrity import Digest
from app.core.package import Package
from app.core.package_report import PackageReport
from app.core.specimen import ArtifactFacts
from app.store.inspections import strong
from app.store.package_reports import is_kept


class MemoryInspections:
    """`app.core.ports.Inspections`."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str, str, Digest], ArtifactFacts] = {}

    def find(self, realm: str, package: Package, engine: str, digests: Sequence[Digest]) -> ArtifactFacts | None:
        """Facts of the artifact that has one of these hashes."""
        keys = ((realm, package.key, engine, digest) for digest in strong(digests))
        return next((self._facts[key] for key in keys if key in self._facts), None)

    def save(
        self,
        realm: str,
        package: Package,
        facts: ArtifactFacts,
        digests: Sequence[Digest],
        now: datetime,  # noqa: ARG002  (the port's)
    ) -> None:
        """Keep the facts under every strong hash."""
        for digest in strong(digests):
            self._facts[realm, package.key, facts.engine, digest] = facts

    def erase(self, realm: str) -> int:
        """Remove the facts of a realm."""
        theirs = [key for key in list(self._facts) if key[0] == realm]
        return len({id(self._facts.pop(key)) for key in theirs})


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

    def erase(self, realm: str) -> int:
        """Remove what is known in a realm."""
        theirs = [key for key in list(self._reports) if key[0] == realm]
        return sum(self._reports.pop(key, None) is not None for key in theirs)
