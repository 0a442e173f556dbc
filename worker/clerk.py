"""The process that keeps the books: sweeps up what nobody serves, moves due jobs into the queue, says who is alive."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from app.clock import utc_now
from app.core.errors import AssayError
from app.core.ports import Clock, Dispatch, Store
from app.core.ports.tasks import KEPT
from app.core.sealing import SealingKey
from app.dispatch import QUEUES, RedisDispatch, connect
from app.environment import Ports
from app.metrics import Channel
from app.metrics_endpoint import Board, StoreState, reading, shown
from app.settings import Pace, WorkerSettings
from app.store import open_store
from worker.webhooks.herald import Herald
from worker.webhooks.sealed import reseal_all

log = logging.getLogger(__name__)

SWEEPER = "sweeper"
AT_ONCE = 1000  # lanes, and tasks, in one sweep
SCHEDULE_SECONDS = 1.0
ANSWERS_SECONDS = 600.0  # between two looks for answers that are kept no longer
TOKENS_SECONDS = 300.0  # between two looks for API tokens that ended
TASKS_SECONDS = 60.0  # between two looks for tasks that nobody will ask for any more


class Clerk:
    """Does what is due at each `tick`.

    `name` is this worker's, `layers` are the sandbox layers that hold here, `keys` seal the secrets of webhooks.
    """

    def __init__(
        self,
        name: str,
        layers: Sequence[str],
        *,
        store: Store,
        dispatch: Dispatch,
        schedule: Callable[[], None],
        pace: Pace,
        clock: Clock,
        keys: Sequence[SealingKey] = (),
    ) -> None:
        self._name = name
        self._layers = layers
        self._store = store
        self._dispatch = dispatch
        self._pace = pace
        self._clock = clock
        self._keys = keys
        self._herald = Herald(store, dispatch, clock)
        self._duties = [
            _Duty("schedule", SCHEDULE_SECONDS, schedule),
            _Duty("announce", pace.heartbeat, self.announce),
            _Duty("sweep", pace.sweep, self.sweep),
            _Duty("answers", ANSWERS_SECONDS, self.forget_answers),
            _Duty("tokens", TOKENS_SECONDS, self.end_tokens),
            _Duty("tasks", TASKS_SECONDS, self.forget_tasks),
            _Duty("herald", pace.sweep, self.look_around),
            _Duty("warnings", TOKENS_SECONDS, self._herald.look_after),
            _Duty("secrets", TOKENS_SECONDS, self.reseal),
        ]

    def tick(self) -> None:
        """Do what is due; what fails is done again next time."""
        for duty in self._duties:
            duty.do_if_due()

    def announce(self) -> None:
        """Write this worker's heartbeat."""
        self._store.catalogues.announce(self._name, self._layers, self._clock())

    def sweep(self) -> None:
        """Ask for every lane and task that is due and that nobody serves; one worker of the cluster does."""
        now = self._clock()
        if not self._store.leases.take(SWEEPER, self._name, now, timedelta(seconds=3 * self._pace.sweep)):
            return
        lanes = self._store.deliveries.waiting(now, AT_ONCE)
        for lane in lanes:
            self._dispatch.review(lane)
        tasks = self._store.tasks.waiting(now, AT_ONCE)
        for task_id in tasks:
            self._dispatch.task(task_id)
        if lanes or tasks:
            log.info("swept", extra={"lanes": len(lanes), "tasks": len(tasks)})

    def forget_answers(self) -> None:
        """Remove the answers to requests with an idempotency key that are a day old: they are not given again."""
        forgotten = self._store.idempotency.forget(self._clock())
        if forgotten:
            log.info("answers forgotten", extra={"answers": forgotten})

    def end_tokens(self) -> None:
        """Note in the audit which API tokens ended, and remove old tombstones. They are refused without it, too."""
        ended = self._store.tokens.expire(self._clock())
        if ended:
            log.info("tokens ended", extra={"tokens": ", ".join(one.id for one in ended)})

    def forget_tasks(self) -> None:
        """Remove tasks that ended long ago."""
        before = self._clock() - KEPT
        forgotten = self._store.tasks.forget(before, AT_ONCE)
        if forgotten:
            log.info("tasks forgotten", extra={"tasks": forgotten})

    def look_around(self) -> None:
        """Tell webhooks what the audit says, and ask for whatever nobody sends; one worker of the cluster does."""
        self._herald.look_around(self._name, timedelta(seconds=3 * self._pace.sweep))

    def reseal(self) -> None:
        """Bring the secrets of webhooks under today's key."""
        reseal_all(self._store, self._keys, secrets.token_bytes, self._clock())


class _Duty:
    """Something to do every so many seconds. Its failures are told once, until it works again."""

    def __init__(self, name: str, every: float, do: Callable[[], None]) -> None:
        self._name = name
        self._every = every
        self._do = do
        self._due = 0.0
        self._failing = False

    def do_if_due(self) -> None:
        if time.monotonic() < self._due:
            return
        try:
            self._do()
        except (AssayError, RedisError, OSError) as error:
            if not self._failing:
                log.warning("duty failed", extra={"duty": self._name, "why": str(error)})
            self._failing = True
        else:
            if self._failing:
                log.info("duty works again", extra={"duty": self._name})
            self._failing = False
        self._due = time.monotonic() + self._every


class Schedule:
    """Moves scheduled jobs whose time has come into the queue. RQ's lock lets one worker of the cluster do it."""

    def __init__(self, connection: Redis) -> None:
        queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES]
        self._scheduler = RQScheduler(queues, connection=connection, logging_level="WARNING", serializer=JSONSerializer)

    def __call__(self) -> None:
        """Take or keep the lock, and move what is due."""
        if self._scheduler.acquire_locks():  # type: ignore[no-untyped-call]
            self._scheduler.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]


def keep_books(settings: WorkerSettings, name: str, layers: Sequence[str], channel: Channel | None = None) -> None:
    """Tick until the process is ended, and show what the jobs count. The main function of the clerk's process."""
    store = open_store(settings.database_url)
    dispatch = RedisDispatch(settings.redis_url)
    schedule = Schedule(connect(settings.redis_url))
    clerk = Clerk(
        name,
        layers,
        store=store,
        dispatch=dispatch,
        schedule=schedule,
        pace=settings.pace,
        clock=utc_now,
        keys=settings.webhooks.keys,
    )
    rest = min(SCHEDULE_SECONDS, settings.pace.sweep) / 4
    with _metrics(settings.metrics, channel, store):
        while True:
            clerk.tick()
            time.sleep(rest)


@contextmanager
def _metrics(ports: Ports | None, channel: Channel | None, store: Store) -> Iterator[None]:
    if ports is None or channel is None:
        yield
        return
    board = Board()
    board.registry.register(StoreState(store, utc_now))
    with reading(board, channel), shown(board, ports):
        yield
