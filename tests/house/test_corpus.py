"""The corpus holds what its README says, and every behaviour has both sides."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from app.core.package import Ecosystem
from app.core.providers import is_registry
from tests.corpus.cases import ROOT, SIDES, all_cases
from worker.detectors import register

CASES = list(all_cases())
README = (ROOT / "README.md").read_text("utf-8")
_ROW = re.compile(r"^\| (npm|PyPI) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


@pytest.mark.parametrize("ecosystem", [Ecosystem.NPM, Ecosystem.PYPI])
def test_the_counts_are_those_of_the_readme(ecosystem: Ecosystem) -> None:
    """Behaviours, malicious, innocent, evasions, kept aside."""
    mine = [case for case in CASES if case.ecosystem is ecosystem]
    sides = Counter(case.side for case in mine)
    counted = (
        len({case.behaviour for case in mine}),
        sides["malicious"],
        sides["innocent"],
        sum(bool(case.evasion) for case in mine),
        sum(case.is_aside for case in mine),
    )
    rows = {row[0].lower(): tuple(map(int, row[1:])) for row in _ROW.findall(README)}
    assert rows[ecosystem.value] == counted, "tests/corpus/README.md says otherwise"


def test_every_behaviour_has_both_sides() -> None:
    sides: dict[tuple[str, str], set[str]] = {}
    for case in CASES:
        sides.setdefault((case.ecosystem.value, case.behaviour), set()).add(case.side)
    assert [behaviour for behaviour, seen in sides.items() if seen != set(SIDES)] == []


def test_every_rule_that_a_case_names_exists_or_the_case_waits_for_it() -> None:
    rules = register.catalogue("1").rules
    assert [case.label for case in CASES if case.rule and case.rule not in rules and not case.waiting] == []


def test_no_two_cases_are_about_the_same() -> None:
    counted = Counter((case.ecosystem, case.about) for case in CASES)
    assert [about for about, times in counted.items() if times > 1] == []


def test_no_case_names_the_host_of_a_registry() -> None:
    text = "".join(path.read_text("utf-8") for path in ROOT.rglob("*.txt"))
    assert [host for host in set(re.findall(r"[\w-]+(?:\.[\w-]+)+", text)) if is_registry(host)] == []
