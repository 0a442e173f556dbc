"""Reports: kept whole, one per head, shown to strangers for public repositories only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.core.ports import Store
from app.core.report import Judged, Reviewed
from tests.builders import a_change, a_finding, a_judged, a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request


def test_a_report_comes_back_whole(store: Store) -> None:
    judged = Judged(a_finding(), a_judged().action, "a rule of the policy", owner="@acme", until=date(2027, 1, 31))
    report = a_report(Reviewed((a_change(),), findings=(judged,)))
    report_id = store.reports.save(a_request(), report, START)
    assert store.reports.get(report_id) == report


def test_ids_cannot_be_guessed_and_unknown_ones_give_nothing(store: Store) -> None:
    ids = {store.reports.save(a_request(number), a_report(), START) for number in range(1, 20)}
    assert len(ids) == 19
    assert all(len(report_id) == 32 for report_id in ids)
    assert store.reports.get("x" * 32) is None


def test_a_private_repositorys_report_is_not_for_strangers(store: Store) -> None:
    report_id = store.reports.save(replace(a_request(), private=True), a_report(), START)
    assert store.reports.get(report_id) is None


def test_a_repository_that_becomes_private_takes_its_older_reports_with_it(store: Store) -> None:
    older = store.reports.save(a_request(1), a_report(), START)
    elsewhere = store.reports.save(replace(a_request(2), repository_id=43), a_report(), START)
    store.reports.save(replace(a_request(3), private=True), a_report(), START)
    assert store.reports.get(older) is None
    assert store.reports.get(elsewhere) is not None


def test_a_second_report_of_the_same_head_replaces_the_first_under_its_address(store: Store) -> None:
    first = store.reports.save(a_request(), a_report(), START)
    better = a_report(seconds=9.0)
    assert store.reports.save(a_request(), better, START) == first
    assert store.reports.get(first) == better
    assert store.reports.save(a_request(), a_report(head_sha="c" * 40), START) != first


@pytest.mark.parametrize("nonsense", ["\x00", "a\x00", "\ud800", "x" * 100_000])
def test_an_id_that_is_no_text_gives_nothing(store: Store, nonsense: str) -> None:
    """The address of a report is whatever somebody types."""
    assert store.reports.get(nonsense) is None


def test_hostile_strings_come_back_readable(store: Store) -> None:
    report = a_report(notes=("\ud800 \x00 \u202e </script>",))
    kept = store.reports.get(store.reports.save(a_request(), report, START))
    assert kept is not None
    assert kept.notes[0].endswith(" \x00 \u202e </script>")
