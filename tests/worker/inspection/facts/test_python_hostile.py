"""Hostile sources end with facts, with a reason, or out of their budget: never with another exception."""

from __future__ import annotations

import pytest

from tests.worker.inspection.facts.hostile import PYTHON
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python import extract
from worker.inspection.facts.tree import Budget, OutOfBudget


@pytest.mark.parametrize("name", PYTHON)
def test_a_hostile_source_ends(name: str) -> None:
    try:
        found = extract("pkg/mod.py", PYTHON[name], Budget(2))
    except OutOfBudget:
        return
    assert isinstance(found, Extracted)
    for fact in found.facts:
        assert len(fact.evidence) <= 200
        assert len(fact.detail) <= 1_100


def test_code_behind_a_hostile_expression_is_still_seen() -> None:
    source = b"import os\nx = " + b"(" * 3_000 + b")" * 3_000 + b"\nos.system('id')\n"
    found = extract("pkg/mod.py", source, Budget(30))
    assert [fact.detail for fact in found.facts] == ["os.system"]


def test_a_source_that_takes_too_long_says_so() -> None:
    source = b"import os\n" + b"os.system(a)\n" * 50_000
    try:
        found = extract("pkg/mod.py", source, Budget(0.3))
    except OutOfBudget:
        return
    assert found.partly == "it takes longer to read than a file's share of time"
