"""What is known of a package: how much of it was examined, within bounds, and what changed."""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import Reason
from app.core.finding import Severity, Words
from app.core.package_report import MOST_EVIDENCE, MOST_FINDINGS, MOST_GAPS, Examination, compare_reports
from app.core.specimen import FactId, NotExamined
from tests.builders import a_finding
from tests.store.test_package_reports import COLOUR, a_package_report

GAP = NotExamined("lib/big.js", Reason.PARTLY, "Only its first megabyte was read.")


def test_only_what_was_examined_whole_is_called_examined() -> None:
    assert a_package_report().examination is Examination.EXAMINED
    assert a_package_report(gaps=[GAP]).examination is Examination.PARTLY
    assert a_package_report(artifacts=(), gaps=[GAP]).examination is Examination.NOT_EXAMINED
    assert a_package_report(artifacts=()).examination is Examination.NOT_EXAMINED


def test_a_package_with_findings_without_end_has_a_report_that_ends() -> None:
    row = a_finding().evidence[0]
    findings = [
        replace(a_finding(), severity=Severity.LOW, message=Words(f"does {number}"), evidence=(row,) * 50)
        for number in range(1000)
    ]
    grave = replace(a_finding(), severity=Severity.CRITICAL)
    report = a_package_report(findings=[*findings, grave], gaps=[GAP] * 1000)
    assert (len(report.findings), report.found, report.findings[0]) == (MOST_FINDINGS, 1001, grave)
    assert max(len(one.evidence) for one in report.findings) == MOST_EVIDENCE
    assert (len(report.gaps), report.unread) == (MOST_GAPS, 1000)
    short = report.shortened(3)
    assert (len(short.findings), short.found, len(short.gaps), short.unread) == (3, 1001, 3, 1000)
    assert short.examination is Examination.PARTLY


def test_a_version_is_held_against_another() -> None:
    lost = replace(a_finding(), rule="hidden-text")
    before = a_package_report(
        replace(COLOUR, version="2.4.0"), capabilities=(FactId.NETWORK, FactId.FILE_READ), findings=[lost]
    )
    after = a_package_report()
    change = compare_reports(before, after)
    assert (change.gained, change.lost) == ((FactId.INSTALL_SCRIPT,), (FactId.FILE_READ,))
    assert ([one.rule for one in change.appeared], [one.rule for one in change.gone]) == (
        [a_finding().rule],
        ["hidden-text"],
    )
    assert change.same_engine
    assert not compare_reports(replace(before, engine="0"), after).same_engine
