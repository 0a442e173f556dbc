"""One lane's next run: claim it, hold the lease while it runs, and end it, whatever happens."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from app.core.errors import AssayError, HandedOver, QueueUnavailable, Superseded
from app.core.ports import Clock, Deliveries, Delivery, DeliveryState, Dispatch, Store
from app.log import bound
from app.metrics import RUNS, SILENT, Meter
from app.settings import Pace
from worker.lease import Lease, LeaseLost
from worker.retry import Drop, GiveUp, RetryAfter, decide

log = logging.getLogger(__name__)

StillMine = Callable[[], bool]
Run = Callable[[Delivery, StillMine], datetime | None]
"""Serve a delivery; return when it has to run again, or None when it is done."""
Farewell = Callable[[Delivery, BaseException], None]
"""Say on the pull request that this delivery is given up."""


KILLED = "The process that examined it was killed."


class Exhausted(AssayError):
    """This delivery failed as often as the schedule allows; all that is left is to say so."""


def process_owner(pid: int | None = None) -> str:
    """The name under which a process of this worker holds leases.

    Two machines may have one name, and processes of theirs one number: the start of the worker tells them apart.
    """
    return f"{socket.gethostname()}-{_start()}:{os.getpid() if pid is None else pid}"


@cache
def _start() -> str:
    """Chosen when the worker's parent asks first; its children inherit it."""
    return secrets.token_hex(3)


def serve_lane(
    lane: str,
    *,
    store: Store,
    dispatch: Dispatch,
    run: Run,
    give_up: Farewell,
    pace: Pace,
    clock: Clock,
    owner: str | None = None,
    meter: Meter = SILENT,
) -> None:
    """Run the newest due delivery of a lane, if nobody else does, and ask for another look when more is waiting.

    Never raises for what `run` and `give_up` do. Raise `StoreUnavailable` when the database is away; then the lease
    runs out and the sweeper starts again.
    """
    owner = owner or process_owner()
    delivery = store.deliveries.claim(lane, owner, clock(), timedelta(seconds=pace.lease))
    if delivery is not None:
        review = secrets.token_hex(6)  # tells the runs of a delivery apart, in the log
        with bound(delivery=delivery.id, review=review, lane=lane, repository=delivery.request.repository):
            _Service(delivery, store.deliveries, owner, give_up, pace, clock, meter).serve(run)
    due = store.deliveries.next_due(lane)
    if due is not None and (delivery is not None or due > clock()):  # else whoever holds the lane looks again
        try:
            dispatch.review(lane, due)
        except QueueUnavailable as error:  # the sweeper asks again
            log.warning("queue out of reach", extra={"why": str(error)})


@dataclass(frozen=True, slots=True)
class _Service:
    """One claimed delivery, from its run to its end."""

    delivery: Delivery
    deliveries: Deliveries
    owner: str
    give_up: Farewell
    pace: Pace
    clock: Clock
    meter: Meter

    def serve(self, run: Run) -> None:
        attempt = {"attempt": self.delivery.attempts, "failures": self.delivery.failures}
        renew = partial(self.deliveries.renew, self.delivery.id, self.owner)
        with Lease(renew, self.pace.lease, self.clock) as lease:
            try:
                if self.delivery.failures > len(self.pace.retries):
                    raise Exhausted(self.delivery.note or KILLED)  # noqa: TRY301  (the table decides on this one too)
                log.info("review begins", extra=attempt)
                again = run(self.delivery, partial(self._is_newest, lease))
            except Exception as error:
                if lease.lost:
                    log.warning("review ended after its lease was lost", exc_info=trace_of(error))
                    self.meter.note(RUNS, outcome="lease lost")
                else:
                    self._fail(error)  # the table knows our own errors; the rest is a fault of ours
                return
        if again is None:
            self._finish(DeliveryState.DONE, "")
            log.info("review done", extra=attempt)
            self.meter.note(RUNS, outcome="done")
        else:
            self._give_back(again, "", failed=False)
            log.info("review runs again", extra=attempt | {"at": again.isoformat()})
            self.meter.note(RUNS, outcome="again")

    def _is_newest(self, lease: Lease) -> bool:
        """Whether no newer delivery waits: only then may its result be published. Raise `LeaseLost`.

        (A review that is newer closes this one's check. Who merely lost the lease leaves it to whoever goes on.)
        """
        if not lease.held:
            raise LeaseLost("This review could not keep its place: the database was away, or another one took over.")
        return self.deliveries.is_newest(self.delivery.id)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, HandedOver) and not error.counted:
            self.meter.note(RUNS, outcome="handed over")
            log.info("review handed over", extra={"examined": error.examined, "of": error.whole})
            now = self.clock()
            self.deliveries.hand_over(self.delivery.id, self.owner, now, str(error), error.examined)
            return
        decision = decide(error, self.delivery.failures, self.pace.retries)
        if isinstance(decision, RetryAfter) and self._expired():
            decision = GiveUp(decision.reason)
        match decision:
            case RetryAfter(seconds, reason, counted):
                self.meter.note(RUNS, outcome="failed")
                log.warning("review failed", extra={"again_in": seconds, "why": reason}, exc_info=trace_of(error))
                self._give_back(self.clock() + timedelta(seconds=seconds), reason, failed=counted)
            case Drop(reason):
                self.meter.note(RUNS, outcome="dropped")
                log.info("review dropped", extra={"why": reason})
                replaced = isinstance(error, Superseded)
                self._finish(DeliveryState.SUPERSEDED if replaced else DeliveryState.DONE, reason)
            case GiveUp(message):
                self.meter.note(RUNS, outcome="given up")
                log.error("review given up", extra={"why": message}, exc_info=trace_of(error))
                self._bury(error, message)

    def _bury(self, error: Exception, message: str) -> None:
        """Say so on the pull request, and if even that fails, try it again later: a check must not hang for ever."""
        try:
            self.give_up(self.delivery, error)
        except Exception as silent:
            decision = decide(silent, 0, self.pace.retries)
            if isinstance(decision, RetryAfter) and not self._expired():
                wait = max(self.pace.retries[-1], decision.seconds)
                log.warning("could not say so", extra={"again_in": wait}, exc_info=trace_of(silent))
                self._give_back(self.clock() + timedelta(seconds=wait), message)
                return
            log.error("could not say so", exc_info=trace_of(silent))  # noqa: TRY400  (the trace is chosen)
        self._finish(DeliveryState.DEAD, message)

    def _finish(self, state: DeliveryState, note: str) -> None:
        self.deliveries.finish(self.delivery.id, self.owner, state, note, self.clock())

    def _give_back(self, due: datetime, note: str, *, failed: bool = True) -> None:
        self.deliveries.give_back(self.delivery.id, self.owner, due, note, failed=failed)

    def _expired(self) -> bool:
        return (self.clock() - self.delivery.received_at).total_seconds() > self.pace.patience


def trace_of(error: Exception) -> Exception | None:
    """Our own errors say enough; others need their traceback."""
    return None if isinstance(error, AssayError) else error
