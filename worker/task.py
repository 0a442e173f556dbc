"""One task's next run: claim it, hold the lease while it runs, and end it or give it back, whatever happens."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.core.errors import AssayError, InputError, QueueUnavailable
from app.core.ports import Clock, Dispatch, Store, Task, TaskKind, Tasks, TaskState
from app.log import bound
from app.settings import Pace
from worker.lane import KILLED, process_owner, trace_of
from worker.lease import Lease
from worker.retry import GiveUp, RetryAfter, decide

log = logging.getLogger(__name__)

STUCK = "It came no further for a long time."


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One run of a task. After `deadline` (on the clock of `time.monotonic`), and once `go_on` says no, it leaves the
    rest to the next run, which may be another worker's. `last`: none follows one that comes no further.
    """

    deadline: float
    go_on: Callable[[], bool]
    last: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave: the result (JSON, as the task's kind has it), whole or so far.

    `ended`: nothing is left for another run. `further`: it came further than the runs before.
    """

    result: str
    ended: bool = True
    further: bool = True


Runner = Callable[[Task, TaskRun], Outcome]
Runners = Mapping[TaskKind, Runner]
"""Who does what each kind of task asks for."""


def serve_task(
    task_id: str,
    *,
    store: Store,
    dispatch: Dispatch,
    runners: Runners,
    pace: Pace,
    clock: Clock,
    owner: str | None = None,
    told_to_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run a task that is due, if nobody else does, and ask for its next run when one follows.

    Never raises for what a runner does. Raise `StoreUnavailable` when the database is away; then the lease runs out and
    the sweeper starts again.
    """
    owner = owner or process_owner()
    task = store.tasks.claim(task_id, owner, clock(), timedelta(seconds=pace.lease))
    if task is None:
        return
    with bound(task=task.id, kind=task.kind):
        disowned = _is_disowned(task, store)
        _Service(task, store.tasks, owner, pace, clock, told_to_stop, disowned).serve(runners.get(task.kind))
    after = store.tasks.get(task_id)
    if after is None or after.state is not TaskState.WAITING:
        return
    try:
        dispatch.task(task_id, after.due)
    except QueueUnavailable as error:  # the sweeper asks again
        log.warning("queue out of reach", extra={"why": str(error)})


def _is_disowned(task: Task, store: Store) -> bool:
    """Whether its asker may not ask any more: an installation that is removed takes its tokens and its work along."""
    token = store.tokens.get(task.asker.token)
    return token is not None and (token.revoked_at is not None or token.suspended_at is not None)


class Exhausted(AssayError):
    """This task failed as often as the schedule allows."""


@dataclass(frozen=True, slots=True)
class _Service:
    """One claimed task, from its run to its end."""

    task: Task
    tasks: Tasks
    owner: str
    pace: Pace
    clock: Clock
    told_to_stop: Callable[[], bool]
    is_disowned: bool = False

    def serve(self, runner: Runner | None) -> None:
        attempt = {"attempt": self.task.attempts, "failures": self.task.failures}
        renew = partial(self.tasks.renew, self.task.id, self.owner)
        with Lease(renew, self.pace.lease, self.clock) as lease:
            run = TaskRun(
                deadline=time.monotonic() + self.pace.task,
                go_on=lambda: lease.held and not self.told_to_stop(),
                last=self.task.failures >= len(self.pace.retries) or self._expired(),
            )
            try:
                if self.task.failures > len(self.pace.retries):
                    raise Exhausted(self.task.note or KILLED)  # noqa: TRY301  (the table decides on this one too)
                if self.is_disowned:
                    raise InputError("The token that asked for this was revoked or suspended.")  # noqa: TRY301
                if runner is None:
                    raise AssayError(f"This worker does not know what to do for {self.task.kind}.")  # noqa: TRY301
                log.info("task begins", extra=attempt)
                outcome = runner(self.task, run)
            except Exception as error:
                if lease.lost:
                    log.warning("task ended after its lease was lost", exc_info=trace_of(error))
                else:
                    self._fail(error)
                return
        if outcome.ended:
            self._end(TaskState.DONE, outcome.result)
            log.info("task done", extra=attempt)
        elif (outcome.further or self.told_to_stop()) and not self._expired():
            now = self.clock()
            self.tasks.give_back(self.task.id, self.owner, now, "", result=outcome.result, failed=False)
            log.info("task handed over", extra=attempt)
        else:
            self._fail(AssayError(STUCK), outcome.result)

    def _fail(self, error: Exception, result: str | None = None) -> None:
        decision = decide(error, self.task.failures, self.pace.retries)
        if isinstance(decision, RetryAfter) and not self._expired():
            again = {"again_in": decision.seconds, "why": decision.reason}
            log.warning("task failed", extra=again, exc_info=trace_of(error))
            due = self.clock() + timedelta(seconds=decision.seconds)
            self.tasks.give_back(self.task.id, self.owner, due, decision.reason, result=result, failed=decision.counted)
            return
        why = decision.message if isinstance(decision, GiveUp) else decision.reason
        log.error("task given up", extra={"why": why}, exc_info=trace_of(error))
        self._end(TaskState.FAILED, result, why)

    def _end(self, state: TaskState, result: str | None, note: str = "") -> None:
        """What was sent for a review is somebody's own files, and large; of an inspection it is what is looked up."""
        sent = self.task.kind is TaskKind.REVIEW
        self.tasks.finish(self.task.id, self.owner, state, self.clock(), result=result, note=note, drop_input=sent)

    def _expired(self) -> bool:
        return (self.clock() - self.task.created_at).total_seconds() > self.pace.patience
