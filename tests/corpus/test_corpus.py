"""Every malicious case is told by the right rule at the right line, and nothing is told of any innocent one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.corpus.cases import Case, all_cases
from tests.corpus.judged import in_words, inspected, is_caught, sealed, told
from worker.inspection.sandbox import SealedInspector

CASES = list(all_cases())
MALICIOUS = [case for case in CASES if case.side == "malicious"]
INNOCENT = [case for case in CASES if case.side == "innocent"]
FIRST = {
    (case.ecosystem, case.behaviour): case for case in reversed(MALICIOUS) if not (case.before or case.source)
}.values()


def label(case: Case) -> str:
    return case.label


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector() as one:
        yield one


@pytest.mark.parametrize("case", [case for case in MALICIOUS if not case.waiting], ids=label)
def test_a_malicious_case_is_told_by_the_right_rule_at_the_right_line(case: Case) -> None:
    inspection = inspected(case)
    assert is_caught(inspection, case), "\n".join([f"{case.rule} at {case.at}?", *in_words(inspection, case)])


@pytest.mark.parametrize("case", [case for case in INNOCENT if not case.waiting], ids=label)
def test_an_innocent_case_is_read_to_its_end_and_nothing_is_told(case: Case) -> None:
    assert in_words(inspected(case), case) == []


def test_a_gap_that_was_closed_is_not_called_open_any_more() -> None:
    """A case that waits is a gap that everybody can see; once it comes out right, its line `waiting` has to go."""
    assert [case.label for case in CASES if case.waiting and _comes_out_right(case)] == []


@pytest.mark.parametrize("case", FIRST, ids=label)
def test_the_sealed_child_says_the_same(case: Case, inspector: SealedInspector) -> None:
    """One case of each behaviour goes through everything that a real package does."""
    here, there = inspected(case), sealed(case, inspector)
    assert list(told(there, case)) == list(told(here, case))
    assert there.not_examined == here.not_examined


def _comes_out_right(case: Case) -> bool:
    inspection = inspected(case)
    return is_caught(inspection, case) if case.side == "malicious" else not in_words(inspection, case)
