"""Reports quote what stands in dependency files; a token of ours that stands there is not quoted."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from app.core.discretion import discreet
from app.core.errors import Reason
from app.core.specimen import NotExamined
from app.core.tokens import Kind, mint
from tests.builders import a_report
from tests.store.test_package_reports import a_package_report

TOKEN = mint(Kind.API, hashlib.sha512(b"somebody's").digest())


def test_a_report_without_a_token_is_what_it_was() -> None:
    report = a_report()
    assert discreet(report) is report


def test_a_token_is_shown_as_everywhere() -> None:
    report = replace(a_report(), notes=(f"left=={TOKEN.text}", "é \ud800"), base_sha=TOKEN.text[:40])
    seen = discreet(report)
    assert seen.notes == (f"left=={TOKEN.shown}", "é ?")
    assert seen.base_sha == TOKEN.shown
    assert replace(seen, notes=(), base_sha="") == replace(report, notes=(), base_sha="")


def test_the_report_of_a_package_quotes_none_either() -> None:
    report = a_package_report(gaps=[NotExamined("lib/big.js", Reason.PARTLY, f"It holds {TOKEN.text}.")])
    assert discreet(report).gaps[0].detail == f"It holds {TOKEN.shown}."
    assert discreet(a_package_report()) == a_package_report()
