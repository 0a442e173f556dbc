"""What `make bench` tries the rules on is really what they look for: each finds something in it."""

from __future__ import annotations

from tests.bench.crowds import crowds, judge, rules

SMALL = 20_000  # bytes: what is looked for is there, the time is not measured here


def test_every_rule_finds_what_it_looks_for_in_a_crowd() -> None:
    silent = [name for name, rule in rules() if not any(judge(rule, crowd) for crowd in crowds(SMALL))]
    assert silent == []
