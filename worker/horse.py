"""The process that takes jobs from the queue, with RQ's doors to other code closed.

Measured: RQ runs any importable function that a job in Redis names, as its callback too, and calls any webhook.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
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
from app.dispatch import QUEUES, REVIEW, TASK, WEBHOOK, RedisDispatch
from app.settings import WorkerSettings
from app.store import open_store
from worker.lane import KILLED, process_owner

log = logging.getLogger(__name__)

Jobs = Mapping[str, Callable[[str], None]]

_KEYS = {
    REVIEW: re.compile(r"[0-9]+-[0-9]+-[0-9]+", re.ASCII),  # a lane
    TASK: re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII),  # a task's id
    WEBHOOK: re.compile(r"[A-Za-z0-9]{16}", re.ASCII),  # a webhook's id
}
_MARGIN = 120  # seconds that a job may take past its own time limit, to say what it knows, before RQ ends it
_STOP = (signal.SIGTERM, signal.SIGINT)


class RefusedJob(AssayError):
    """A job that the queue may not run."""


class AllowedJob(Job):
    """A job that is one of ours with one lane, task or webhook, or nothing, whatever Redis says."""

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
        if name is None or function is None or self.instance is not None or self.kwargs or len(arguments) != 1:
            raise RefusedJob("a job in the queue names something that is not ours")
        key, shape = arguments[0], _KEYS.get(name)
        if not isinstance(key, str) or shape is None or shape.fullmatch(key) is None:
            raise RefusedJob("a job in the queue names no lane, no task and no webhook")
        function(key)


class ReviewWorker(Worker):
    """RQ's worker, which comes back soon after an outage, and lets its job hand over when it is told to stop."""

    max_connection_wait_time = 5.0
    log_result_lifespan = False
    seconds: ClassVar[float] = 900.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job in a child, within our time limit: a limit that stands in Redis does not count."""
        job.timeout = int(self.seconds) + _MARGIN
        super().execute_job(job, queue)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork the child. Signals wait until it can tell what they mean."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        try:
            super().fork_work_horse(job, queue)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    def setup_work_horse_signals(self) -> None:
        """Let the child come to its end when it is told to stop, or every process of the service is at once."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, _stop)  # a handler, not SIG_IGN, which its own children would inherit
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    def handle_warm_shutdown_request(self) -> None:
        """Tell the child as well: a review may take many minutes, and another worker can go on with it."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)


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
        [Queue(name, connection=connection, job_class=job_class, serializer=JSONSerializer) for name in QUEUES],
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
    for task_id in store.tasks.release(owner, clock(), KILLED):
        log.warning("process killed", extra={"task": task_id, "owner": owner})
        dispatch.task(task_id)


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


class _Stopping:
    """Whether this process was told to stop. A handler may interrupt anything, so there is no lock in it."""

    told = False


def told_to_stop() -> bool:
    """Whether the process of this job was told to stop: then it hands over what it has not begun."""
    return _Stopping.told


def _stop(_signal: int, _frame: FrameType | None) -> None:
    _Stopping.told = True
    log.info("told to stop; handing over")
