"""The process that takes jobs from the queue, with RQ's doors to other code closed.

Measured: RQ runs any importable function that a job in Redis names, as its callback too, and calls any webhook.
"""

from __future__ import annotations

import logging
import re
import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, ClassVar

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.clock import utc_now
from app.core.errors import AssayError, QueueUnavailable, StoreUnavailable
from app.core.ports import Clock, Dispatch, Store
from app.dispatch import QUEUE, RedisDispatch
from app.settings import WorkerSettings
from app.store import open_store
from worker.lane import KILLED, process_owner

log = logging.getLogger(__name__)

Jobs = Mapping[str, Callable[[str], None]]

_LANE = re.compile(r"[0-9]+-[0-9]+-[0-9]+", re.ASCII)
_MARGIN = 60  # seconds that a job may take past its own time limit before RQ ends it


class RefusedJob(AssayError):
    """A job that the queue may not run."""


class AllowedJob(Job):
    """A job that is one of ours with one lane, or nothing, whatever Redis says."""

    allowed: ClassVar[Jobs] = {}
    success_callback = None
    failure_callback = None
    stopped_callback = None

    def restore(self, raw_data: Any) -> Any:
        """Read the job from Redis, without the webhooks, retries and repeats it may ask for."""
        restored = super().restore(raw_data)
        self.webhooks = []
        self.retries_left = self.repeats_left = None
        return restored

    def perform(self) -> None:
        """Run it, if it is allowed; raise `RefusedJob` otherwise."""
        name, arguments = self.func_name, self.args
        function = self.allowed.get(name) if isinstance(name, str) else None
        if function is None or self.instance is not None or self.kwargs or len(arguments) != 1:
            raise RefusedJob("a job in the queue names something that is not ours")
        lane = arguments[0]
        if not isinstance(lane, str) or _LANE.fullmatch(lane) is None:
            raise RefusedJob("a job in the queue names no lane")
        function(lane)


class ReviewWorker(Worker):
    """RQ's worker, which comes back soon after an outage and finishes its job when it is told to stop."""

    max_connection_wait_time = 5.0
    log_result_lifespan = False
    seconds: ClassVar[float] = 900.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job in a child, within our time limit: a limit that stands in Redis does not count."""
        job.timeout = int(self.seconds) + _MARGIN
        super().execute_job(job, queue)

    def setup_work_horse_signals(self) -> None:
        """Let the child finish when a service manager signals every process of the service at once."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, _carry_on)  # a handler, not SIG_IGN, which its own children would inherit


def take_jobs(settings: WorkerSettings, jobs: Jobs) -> None:
    """Take jobs from the queue until told to stop. The main function of a worker process.

    `jobs` are all that the queue may run, by the name that `app.dispatch` gives them.
    """
    connection = Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=5,
        retry=Retry(ExponentialBackoff(cap=2), 3),
        health_check_interval=30,
    )
    job_class = type("OurJob", (AllowedJob,), {"allowed": jobs})
    worker_class = type("OurWorker", (ReviewWorker,), {"seconds": settings.pace.job})
    worker = worker_class(
        [Queue(QUEUE, connection=connection, job_class=job_class, serializer=JSONSerializer)],
        connection=connection,
        job_class=job_class,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=10,
        job_monitoring_interval=5,
        default_result_ttl=0,
        log_job_description=False,
        work_horse_killed_handler=lambda _job, pid, _status, _usage: _release_killed(settings, pid),
    )
    worker.work(logging_level="WARNING")


def release_owner(owner: str, store: Store, dispatch: Dispatch, clock: Clock = utc_now) -> None:
    """Give back what a dead process was running, and ask for another run at once."""
    for lane in store.deliveries.release(owner, clock(), KILLED):
        log.warning("process killed", extra={"lane": lane, "owner": owner})
        dispatch.review(lane)


def _release_killed(settings: WorkerSettings, pid: int | None) -> None:
    if pid is None:
        return
    dispatch = RedisDispatch(settings.redis_url)
    try:
        store = open_store(settings.database_url)
        try:
            release_owner(process_owner(pid), store, dispatch)
        finally:
            store.close()
    except (StoreUnavailable, QueueUnavailable) as error:  # then its lease runs out, and the sweeper asks again
        log.warning("killed process not released", extra={"why": str(error)})
    finally:
        dispatch.close()


def _carry_on(_signal: int, _frame: FrameType | None) -> None:
    log.info("told to stop; finishing the job first")
