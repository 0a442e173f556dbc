"""What goes over the pipe fits it, and says so when something had to stay behind."""

from __future__ import annotations

import msgspec

from app.core.errors import Reason
from app.core.finding import Severity
from app.core.ports import Inspection
from app.core.specimen import FactId, NotExamined
from tests.builders import a_fact, a_file, a_finding, an_artifact
from worker.inspection.answer import encode, fitted


def decoded(answer: bytes) -> Inspection:
    return msgspec.json.decode(answer, type=Inspection)


def test_what_fits_goes_as_it_is() -> None:
    inspection = Inspection(an_artifact(a_file("a.js", a_fact())), findings=(a_finding(),))
    assert decoded(fitted(inspection, "a.tgz", 1 << 20)) == inspection


def test_too_many_facts_are_cut_by_file_and_the_file_says_so() -> None:
    crowd = a_file("crowd.js", *(a_fact(FactId.HOST, line, f"{line}.example") for line in range(1, 400)))
    small = a_file("small.js", a_fact())
    inspection = Inspection(an_artifact(crowd, small), findings=(a_finding(),))
    limit = len(encode(inspection)) // 3
    answer = fitted(inspection, "a.tgz", limit)
    assert len(answer) <= limit
    got = decoded(answer)
    assert got.facts is not None
    assert got.facts.files[0].partly == "only 100 of its 399 facts are kept, for the archive has too many"
    assert got.facts.files[0].facts == crowd.facts[:100]
    assert got.facts.files[1] == small, "a file that lost nothing is as it was"
    assert got.findings == inspection.findings


def test_a_file_that_was_partly_examined_keeps_its_own_reason() -> None:
    crowd = a_file(
        "crowd.js", *(a_fact(line=line) for line in range(1, 400)), partly="12 MiB, past the parser's 10 MiB"
    )
    got = decoded(fitted(Inspection(an_artifact(crowd)), "a.tgz", 20_000))
    assert got.facts is not None
    assert got.facts.files[0].partly == "12 MiB, past the parser's 10 MiB"


def test_facts_that_cannot_fit_are_a_gap_and_the_findings_stay() -> None:
    files = (a_file(f"{'long/' * 100}{n}.js") for n in range(100))
    inspection = Inspection(an_artifact(*files), findings=(a_finding(),))
    assert decoded(fitted(inspection, "a.tgz", 10_000)) == Inspection(
        None,
        findings=(a_finding(),),
        not_examined=(
            NotExamined(
                "a.tgz",
                Reason.TOO_LARGE,
                "a.tgz gives more facts than the 0 MiB that are kept; they could not be stored.",
            ),
        ),
    )


def test_of_too_many_findings_the_gravest_go_first() -> None:
    findings = (*[a_finding(severity=Severity.LOW)] * 500, a_finding(severity=Severity.CRITICAL))
    got = decoded(fitted(Inspection(None, findings=findings), "a.tgz", 50_000))
    assert got.findings[0].severity is Severity.CRITICAL
    assert 0 < len(got.findings) < 500
    assert got.not_examined[0].reason is Reason.TOO_LARGE
