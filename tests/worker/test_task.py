"""One task's run: one owner at a time, tried again, given up visibly, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.core.errors import InputError, QueueUnavailable, RegistryUnavailable
from app.core.ports import Asker, Task, TaskKind, TaskState
from app.core.ports.tasks import ENDED
from app.dispatch import MemoryDispatch
from app.settings import Pace
from app.store import MemoryStore
from tests.fakes.clock import FakeClock
from tests.store.test_tasks import ask, claim, kept
from tests.store.test_tokens import an_event, keep
from worker.lane import KILLED
from worker.task import STUCK, Outcome, Runner, TaskRun, serve_task

PACE = Pace(retries=(0.0, 60.0, 600.0))


class Bureau:
    """A store, a queue and a runner; `serve` runs one task once."""

    def __init__(self, clock: FakeClock) -> None:
        self.store, self.dispatch, self.clock = MemoryStore(), MemoryDispatch(clock), clock

    def serve(
        self, one: Task, runner: Runner | None, *, told_to_stop: Callable[[], bool] = lambda: False, owner: str = "w"
    ) -> Task:
        serve_task(
            one.id,
            store=self.store,
            dispatch=self.dispatch,
            runners={} if runner is None else dict.fromkeys(TaskKind, runner),
            pace=PACE,
            clock=self.clock,
            owner=owner,
            told_to_stop=told_to_stop,
        )
        return kept(self.store, one)


@pytest.fixture
def bureau(clock: FakeClock) -> Bureau:
    return Bureau(clock)


def done(_task: Task, _run: TaskRun) -> Outcome:
    return Outcome('"all"')


def failing(_task: Task, _run: TaskRun) -> Outcome:
    raise RegistryUnavailable("The registry did not answer.")


def faulty(_task: Task, _run: TaskRun) -> Outcome:
    raise ZeroDivisionError("a secret of ours")


def refused(_task: Task, _run: TaskRun) -> Outcome:
    raise InputError("It cannot be read.")


def nowhere(_task: Task, _run: TaskRun) -> Outcome:
    return Outcome('"some"', ended=False, further=False)


def test_a_task_that_is_done_has_its_result(bureau: Bureau) -> None:
    one = ask(bureau.store)
    ended = bureau.serve(one, done)
    assert (ended.state, ended.result, ended.note) == (TaskState.DONE, '"all"', "")
    assert bureau.dispatch.tasks == {}


@pytest.mark.parametrize("runner", [done, refused], ids=["done", "given up"])
def test_what_was_sent_for_a_review_is_not_kept_after_its_end(bureau: Bureau, runner: Runner) -> None:
    one = ask(bureau.store, kind=TaskKind.REVIEW, input='{"files": "a lockfile"}')
    ended = bureau.serve(one, runner)
    assert ended.state in ENDED
    assert ended.input == ""
    other = ask(bureau.store)
    assert bureau.serve(other, runner).input == other.input, "the packages that a task is about are shown"


def test_a_run_gets_the_task_and_a_minute(bureau: Bureau) -> None:
    seen: list[tuple[str, bool, bool]] = []

    def look(task: Task, run: TaskRun) -> Outcome:
        seen.append((task.input, run.go_on(), run.last))
        return Outcome("1")

    one = ask(bureau.store)
    bureau.serve(one, look)
    assert seen == [(one.input, True, False)]


def test_what_is_left_goes_on_in_the_next_run_without_a_failure(bureau: Bureau) -> None:
    one = ask(bureau.store)
    waits = bureau.serve(one, lambda _task, _run: Outcome('"some"', ended=False))
    assert (waits.state, waits.result, waits.failures, waits.due) == (TaskState.WAITING, '"some"', 0, bureau.clock())
    assert bureau.dispatch.take_task() == one.id
    assert bureau.serve(one, done).state is TaskState.DONE


def test_a_failure_is_tried_again_later_and_then_told(bureau: Bureau) -> None:
    one = ask(bureau.store)
    for wait in (60, 600):
        waits = bureau.serve(one, failing)
        assert (waits.state, waits.note) == (TaskState.WAITING, "The registry did not answer.")
        assert waits.due == bureau.clock() + timedelta(seconds=wait)
        assert bureau.dispatch.tasks == {one.id: waits.due}
        assert bureau.serve(one, done) == waits, "not before its time"
        bureau.clock.advance(wait)
        assert bureau.dispatch.take_task() == one.id
    ended = bureau.serve(one, failing)
    assert (ended.state, ended.note) == (TaskState.FAILED, "The registry did not answer.")
    assert bureau.dispatch.tasks == {}


def test_a_fault_of_ours_is_told_without_its_words(bureau: Bureau) -> None:
    note = bureau.serve(ask(bureau.store), faulty).note
    assert note == "Assay failed by a fault of its own. Its operator finds the cause in the log."


def test_a_task_that_comes_no_further_fails_and_keeps_what_is_there(bureau: Bureau) -> None:
    one = ask(bureau.store)
    for wait in (60, 600):
        assert bureau.serve(one, nowhere).state is TaskState.WAITING
        bureau.clock.advance(wait)
    ended = bureau.serve(one, nowhere)
    assert (ended.state, ended.note, ended.result) == (TaskState.FAILED, STUCK, '"some"')


def test_a_worker_that_is_told_to_stop_leaves_the_rest_to_others(bureau: Bureau) -> None:
    one = ask(bureau.store)

    def stopped(_task: Task, run: TaskRun) -> Outcome:
        assert not run.go_on()
        return Outcome("0", ended=False, further=False)

    waits = bureau.serve(one, stopped, told_to_stop=lambda: True)
    assert (waits.state, waits.failures, waits.due) == (TaskState.WAITING, 0, bureau.clock())


def test_a_task_that_kills_its_worker_each_time_fails_visibly(bureau: Bureau) -> None:
    one = ask(bureau.store)
    for owner in ("host:1", "host:2", "host:3"):
        assert claim(bureau.store, one, bureau.clock(), owner) is not None
        assert bureau.store.tasks.release(owner, bureau.clock(), KILLED) == [one.id]
    ended = bureau.serve(one, done)
    assert (ended.state, ended.note, ended.result) == (TaskState.FAILED, KILLED, None)


def test_nothing_waits_longer_than_the_operators_patience(bureau: Bureau) -> None:
    one = ask(bureau.store)
    bureau.clock.advance(PACE.patience + 1)
    assert bureau.serve(one, lambda _task, _run: Outcome("0", ended=False)).state is TaskState.FAILED


def test_a_kind_that_this_worker_does_not_know_is_no_success(bureau: Bureau) -> None:
    assert bureau.serve(ask(bureau.store), None).state is TaskState.WAITING


def test_what_a_revoked_token_asked_for_is_not_done(bureau: Bureau) -> None:
    asker = keep(bureau.store)
    one = ask(bureau.store, asker=Asker(asker.id, asker.family, asker.access))
    bureau.store.tokens.revoke([asker.id], "leaked", bureau.clock(), an_event(asker.id))
    ended = bureau.serve(one, done)
    assert (ended.state, ended.result) == (TaskState.FAILED, None)
    assert ended.note == "The token that asked for this was revoked or suspended."


def test_what_somebody_else_does_is_left_alone(bureau: Bureau) -> None:
    one = ask(bureau.store)
    claim(bureau.store, one, bureau.clock(), "other")
    assert bureau.serve(one, failing).owner == "other"


def test_a_run_whose_lease_is_gone_changes_nothing(bureau: Bureau) -> None:
    one = ask(bureau.store)

    def overtaken(task: Task, _run: TaskRun) -> Outcome:
        bureau.clock.advance(121)
        assert claim(bureau.store, task, bureau.clock(), "other") is not None
        return Outcome('"late"')

    kept_now = bureau.serve(one, overtaken)
    assert (kept_now.state, kept_now.owner, kept_now.result) == (TaskState.RUNNING, "other", None)


def test_a_queue_that_is_away_loses_nothing(bureau: Bureau) -> None:
    one = ask(bureau.store)

    def break_queue(_task: Task, _run: TaskRun) -> Outcome:
        bureau.dispatch.down = True
        return Outcome("0", ended=False)

    bureau.serve(one, break_queue)
    with pytest.raises(QueueUnavailable):
        bureau.dispatch.task(one.id)
    assert bureau.store.tasks.waiting(bureau.clock(), 10) == [one.id], "the sweeper asks again"
