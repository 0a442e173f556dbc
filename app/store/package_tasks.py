"""The task of inspecting packages: what is asked for, and what it gave so far, as JSON in the task's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.errors import StoreUnavailable
from app.core.package import Package
from app.core.package_report import PackageReport
from app.core.package_url import read_purl
from app.store.encoding import decode, encode

MOST = 1000
"""Packages of one task."""
MOST_FINDINGS = 20
"""Findings of one package that a task shows; its own report has more."""


def write_wanted(purls: Sequence[str]) -> str:
    """What is asked for, in the asker's words."""
    return encode(tuple(purls))


def read_purls(text: str) -> tuple[str, ...]:
    """The package URLs that were asked for, as they were written."""
    purls = decode(text, tuple[str, ...])
    if purls is None:
        raise StoreUnavailable("what a task asks for cannot be read by this version of Assay")
    return purls


def read_wanted(text: str) -> tuple[Package, ...]:
    """The packages that were asked for; raise `InputError` for one that another version took and this one does not."""
    return tuple(read_purl(purl) for purl in read_purls(text))


def write_result(reports: Iterable[PackageReport]) -> str:
    """What was learned so far, each report in short."""
    return encode([report.shortened(MOST_FINDINGS) for report in reports])


def read_result(text: str | None) -> dict[Package, PackageReport]:
    """What was learned so far, by package; what this version cannot read was not learned."""
    reports = None if text is None else decode(text, tuple[PackageReport, ...])
    return {report.package: report for report in reports or ()}
