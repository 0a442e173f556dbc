"""Hand work to the queue by name, as JSON, once.

The row is the truth and the queue a hint: whatever is lost here, the sweeper asks for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from app.clock import utc_now
from app.core.errors import QueueUnavailable
from app.core.ports import Clock

QUEUE = "reviews"
WEBHOOKS = "webhooks"
TASKS = "tasks"
QUEUES = (QUEUE, WEBHOOKS, TASKS)
"""In the order in which workers look: no review waits while a task could."""
REVIEW = "worker.jobs.review"  # a name, never an import: this side cannot load the worker
TASK = "worker.jobs.task"
WEBHOOK = "worker.jobs.webhook"

_FORGOTTEN = 3600  # seconds after which a job that nobody took makes way for a new one
_FAILED_KEPT = 60  # seconds
_NO_LIMIT = -1  # the worker sets the time limit of a job


class RedisDispatch:
    """`app.core.ports.Dispatch` on RQ. Safe to share between threads; connects when first used.

    At most one job of a lane, or of a task, waits. A job that runs already may have looked at its lane too early, so
    then another one is queued behind it, under the lane's second name.
    """

    def __init__(self, redis_url: str, clock: Clock = utc_now) -> None:
        self._redis = connect(redis_url)
        self._queues = {name: Queue(name, connection=self._redis, serializer=JSONSerializer) for name in QUEUES}
        self._clock = clock

    def review(self, lane: str, due: datetime | None = None) -> None:
        """Queue a job for the lane, or schedule it when `due` is in the future."""
        self._ask(self._queues[QUEUE], REVIEW, lane, due)

    def task(self, task_id: str, due: datetime | None = None) -> None:
        """Queue a job for the task, or schedule it."""
        self._ask(self._queues[TASKS], TASK, task_id, due)

    def webhook(self, webhook_id: str, due: datetime | None = None) -> None:
        """Queue a job for the webhook, or schedule it."""
        self._ask(self._queues[WEBHOOKS], WEBHOOK, webhook_id, due)

    def ping(self) -> None:
        """Raise `QueueUnavailable` when Redis does not answer."""
        with _translated():
            self._redis.ping()

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()

    def _ask(self, queue: Queue, name: str, key: str, due: datetime | None) -> None:
        later = due if due is not None and due > self._clock() else None
        with _translated():
            for job_id in (key, f"{key}-next"):
                if self._waits(queue, name, job_id, key, later):
                    return
        # Two of them run at this moment. The one that serves the lane looks at it again when it ends.

    def _waits(self, queue: Queue, name: str, job_id: str, key: str, later: datetime | None) -> bool:
        """Make sure that a job of this id waits; False when it runs already."""
        for _ in range(3):
            try:
                self._enqueue(queue, name, job_id, key, later)
            except DuplicateJobError:
                status = self._status(job_id)
            else:
                return True
            if status is JobStatus.QUEUED:
                return True
            if status is JobStatus.SCHEDULED:
                self._bring_forward(queue, job_id, later)
                return True
            if status is JobStatus.STARTED:
                return False
            self._redis.delete(Job.key_for(job_id))  # failed, stopped, or what is left of a lost one
        return False

    def _enqueue(self, queue: Queue, name: str, job_id: str, key: str, later: datetime | None) -> None:
        wait = 0 if later is None else int((later - self._clock()).total_seconds()) + 1
        options = {
            "args": (key,),
            "job_id": job_id,
            "unique": True,
            "job_timeout": _NO_LIMIT,
            "result_ttl": 0,
            "failure_ttl": _FAILED_KEPT,
            "ttl": _FORGOTTEN + wait,
            "description": "",
        }
        if later is None:
            queue.enqueue(name, **options)
        else:
            queue.enqueue_at(_next_second(later), name, **options)

    def _bring_forward(self, queue: Queue, job_id: str, later: datetime | None) -> None:
        when = 0.0 if later is None else _next_second(later).timestamp()
        registry = queue.scheduled_job_registry
        self._redis.zadd(registry.key, {job_id: when}, xx=True, lt=True)  # only if it is still there, only earlier

    def _status(self, job_id: str) -> JobStatus | None:
        status = self._redis.hget(Job.key_for(job_id), "status")
        try:
            return JobStatus(status.decode()) if isinstance(status, bytes) else None
        except ValueError:
            return None


class MemoryDispatch:
    """The queue in memory: the twin for tests. `waiting` holds the lanes that were asked for, with their due times, and
    `tasks` the tasks.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        self.waiting: dict[str, datetime | None] = {}
        self.tasks: dict[str, datetime | None] = {}
        self.webhooks: dict[str, datetime | None] = {}
        self.down = False
        self._clock = clock

    def review(self, lane: str, due: datetime | None = None) -> None:
        """Remember the lane, once, at the earliest time it was asked for."""
        self._ask(self.waiting, lane, due)

    def task(self, task_id: str, due: datetime | None = None) -> None:
        """Remember the task."""
        self._ask(self.tasks, task_id, due)

    def webhook(self, webhook_id: str, due: datetime | None = None) -> None:
        """Remember the webhook."""
        self._ask(self.webhooks, webhook_id, due)

    def ping(self) -> None:
        """Raise `QueueUnavailable` while `down`."""
        if self.down:
            raise QueueUnavailable("Redis did not answer")

    def take(self) -> str | None:
        """Remove and return the first lane whose time has come."""
        return self._take(self.waiting)

    def take_task(self) -> str | None:
        """Remove and return the first task whose time has come."""
        return self._take(self.tasks)

    def take_webhook(self) -> str | None:
        """Remove and return the first webhook whose time has come."""
        return self._take(self.webhooks)

    def _ask(self, asked: dict[str, datetime | None], key: str, due: datetime | None) -> None:
        self.ping()
        later = due if due is not None and due > self._clock() else None
        known = asked.get(key, later)
        asked[key] = None if later is None or known is None else min(known, later)

    def _take(self, asked: dict[str, datetime | None]) -> str | None:
        now = self._clock()
        key = next((key for key, due in asked.items() if due is None or due <= now), None)
        if key is not None:
            del asked[key]
        return key


def connect(redis_url: str) -> Redis:
    """A client that gives up soon: GitHub waits ten seconds for our answer."""
    return Redis.from_url(
        redis_url, socket_connect_timeout=2, socket_timeout=3, retry=Retry(NoBackoff(), 1), health_check_interval=30
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise QueueUnavailable(f"Redis did not answer: {type(error).__name__}: {error}") from error


def _next_second(time: datetime) -> datetime:
    """RQ cuts fractions off, and a job that comes too early finds nothing due."""
    return time if time.microsecond == 0 else time.replace(microsecond=0) + timedelta(seconds=1)
