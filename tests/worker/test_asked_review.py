"""A review that was asked for, run by run: it hands over without a verdict, and ends with one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.asked_review import AskedPackages, AskedResult, AskedReview
from app.core.errors import InputError
from app.core.ports import Task, TaskKind
from app.store.encoding import decode, encode
from tests.fakes.clock import FakeClock
from tests.store.test_tasks import a_task
from tests.stories.theatre import GREETER, Theatre, theatre
from worker.asked_review import review_asked
from worker.inspection.sandbox import SealedInspector
from worker.task import Outcome, TaskRun


@pytest.fixture
def house(tmp_path: Path, clock: FakeClock) -> Iterator[Theatre]:
    """A house with one package on its registry."""
    with SealedInspector() as inspector, theatre(tmp_path, clock, inspector) as opened:
        opened.publish("left-pad", "1.3.0", GREETER)
        yield opened


def a_review(asked: AskedReview | None = None, result: str | None = None) -> Task:
    wanted = asked or AskedReview(packages=AskedPackages((), ("pkg:npm/left-pad@1.3.0",)))
    return a_task(kind=TaskKind.REVIEW, input=encode(wanted), result=result)


def run(house: Theatre, task: Task, *, in_time: bool = True, told_to_stop: bool = False, last: bool = False) -> Outcome:
    deadline = time.monotonic() + (60 if in_time else -1)
    return review_asked(task, TaskRun(deadline, lambda: not told_to_stop, last), house.toolbox())


def read(outcome: Outcome) -> AskedResult:
    result = decode(outcome.result, AskedResult)
    assert result is not None
    return result


def test_a_run_whose_time_is_over_hands_over_without_a_report(house: Theatre) -> None:
    outcome = run(house, a_review(), in_time=False)
    assert (outcome.ended, outcome.further) == (False, False)
    assert read(outcome) == AskedResult(0, 1)


def test_the_run_after_it_ends_with_a_report(house: Theatre) -> None:
    first = run(house, a_review(), in_time=False)
    outcome = run(house, a_review(result=first.result))
    assert outcome.ended
    report = read(outcome).report
    assert report is not None
    assert report.conclusion == "success"


def test_the_last_run_names_what_is_missing(house: Theatre) -> None:
    outcome = run(house, a_review(), in_time=False, last=True)
    assert outcome.ended
    report = read(outcome).report
    assert report is not None
    assert report.conclusion == "action_required"
    assert [gap.gap.reason for gap in report.gaps] == ["interrupted"]


def test_a_worker_that_is_told_to_stop_leaves_even_the_last_run_to_another(house: Theatre) -> None:
    assert not run(house, a_review(), in_time=False, told_to_stop=True, last=True).ended


def test_what_another_version_took_in_is_refused(house: Theatre) -> None:
    task = a_task(kind=TaskKind.REVIEW, input='{"of": "tomorrow", "files": 3}')
    with pytest.raises(InputError, match="Ask again"):
        run(house, task)


def test_a_policy_that_can_be_read_no_more_is_told_with_its_line(house: Theatre) -> None:
    asked = AskedReview(packages=AskedPackages((), ()), policy="version: 1\nunknown: 1\n")
    with pytest.raises(InputError, match="line 2"):
        run(house, a_review(asked))
