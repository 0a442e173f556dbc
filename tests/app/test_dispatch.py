"""The queue: one waiting job a lane, by name, as JSON; and errors that say that Redis is away."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.core.errors import QueueUnavailable
from app.core.ports import Dispatch
from app.dispatch import QUEUE, QUEUES, TASKS, WEBHOOKS, MemoryDispatch, RedisDispatch
from app.valkey import running_valkey
from tests.fakes.clock import FakeClock

LANE = "99-42-7"
TASK_ID = "t" * 32
WEBHOOK_ID = "w" * 16
Waiting = Callable[[], tuple[int, int]]


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """A client for looking."""
    client = Redis.from_url(valkey_url)
    yield client
    client.close()


@pytest.fixture
def queue(redis: Redis) -> Queue:
    """The queue as a worker sees it."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


@pytest.fixture(params=["redis", "memory"])
def dispatch(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Dispatch]:
    """Each kind of queue."""
    if request.param == "memory":
        yield MemoryDispatch(clock)
        return
    opened = RedisDispatch(request.getfixturevalue("valkey_url"), clock)
    yield opened
    opened.close()


@pytest.fixture
def waiting(request: pytest.FixtureRequest, dispatch: Dispatch, clock: FakeClock) -> Waiting:
    """How many jobs wait now, and how many for later."""
    if isinstance(dispatch, MemoryDispatch):
        dues = dispatch.waiting.values()
        return lambda: (sum(due is None for due in dues), sum(due is not None for due in dues))
    queue: Queue = request.getfixturevalue("queue")
    return lambda: (queue.count, queue.scheduled_job_registry.get_job_count(cleanup=False))


def test_asking_again_changes_nothing(dispatch: Dispatch, waiting: Waiting) -> None:
    for _ in range(5):
        dispatch.review(LANE)
    dispatch.review("99-42-8")
    assert waiting() == (2, 0)


def test_a_task_waits_in_the_queue_behind_the_reviews(valkey_url: str, redis: Redis, queue: Queue) -> None:
    dispatch = RedisDispatch(valkey_url)
    for _ in range(3):
        dispatch.task(TASK_ID)
    dispatch.review(LANE)
    dispatch.close()
    assert (queue.job_ids, QUEUES) == ([LANE], (QUEUE, WEBHOOKS, TASKS))
    assert Queue(TASKS, connection=redis, serializer=JSONSerializer).job_ids == [TASK_ID]
    data = redis.hget(f"rq:job:{TASK_ID}", "data")
    assert isinstance(data, bytes)
    assert json.loads(zlib.decompress(data)) == ["worker.jobs.task", None, [TASK_ID], {}]


def test_tasks_are_taken_when_their_time_has_come(clock: FakeClock) -> None:
    dispatch = MemoryDispatch(clock)
    dispatch.task(TASK_ID, clock() + timedelta(seconds=5))
    assert dispatch.take_task() is None
    clock.advance(5)
    assert dispatch.take_task() == TASK_ID
    assert dispatch.take_task() is None


def test_a_webhook_waits_behind_the_reviews_and_before_the_tasks(
    valkey_url: str, redis: Redis, clock: FakeClock
) -> None:
    dispatch = RedisDispatch(valkey_url)
    for _ in range(3):
        dispatch.webhook(WEBHOOK_ID)
    dispatch.close()
    assert Queue(WEBHOOKS, connection=redis, serializer=JSONSerializer).job_ids == [WEBHOOK_ID]
    data = redis.hget(f"rq:job:{WEBHOOK_ID}", "data")
    assert isinstance(data, bytes)
    assert json.loads(zlib.decompress(data)) == ["worker.jobs.webhook", None, [WEBHOOK_ID], {}]
    twin = MemoryDispatch(clock)
    twin.webhook(WEBHOOK_ID, clock() + timedelta(seconds=5))
    assert twin.take_webhook() is None
    clock.advance(5)
    assert (twin.take_webhook(), twin.take_webhook()) == (WEBHOOK_ID, None)


def test_a_later_time_is_kept_and_asked_for_once(dispatch: Dispatch, waiting: Waiting, clock: FakeClock) -> None:
    for seconds in (6, 7, 8):
        dispatch.review(LANE, clock() + timedelta(seconds=seconds))
    assert waiting() == (0, 1)


def test_a_time_that_has_come_means_now(dispatch: Dispatch, waiting: Waiting, clock: FakeClock) -> None:
    dispatch.review(LANE, clock())
    dispatch.review("99-42-8", clock() - timedelta(seconds=60))
    assert waiting() == (2, 0)


def test_a_hundred_askers_at_once_make_one_job(valkey_url: str, queue: Queue) -> None:
    dispatch = RedisDispatch(valkey_url)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: dispatch.review(LANE), range(100)))
    dispatch.close()
    assert queue.job_ids == [LANE]


def test_a_scheduled_job_is_brought_forward_and_never_put_off(
    valkey_url: str, queue: Queue, redis: Redis, clock: FakeClock
) -> None:
    """A retry may wait for ten minutes; a push, or a click on "Re-run", does not."""
    dispatch = RedisDispatch(valkey_url, clock)
    registry = queue.scheduled_job_registry
    at = clock() + timedelta(seconds=600, milliseconds=1)
    dispatch.review(LANE, at)
    assert redis.zscore(registry.key, LANE) == clock().timestamp() + 601, "never too early"
    dispatch.review(LANE, clock() + timedelta(seconds=5))
    dispatch.review(LANE, clock() + timedelta(seconds=900))
    assert redis.zscore(registry.key, LANE) == clock().timestamp() + 5
    dispatch.review(LANE)
    assert redis.zscore(registry.key, LANE) == 0
    dispatch.close()


def test_a_lane_in_work_gets_one_job_behind_it(valkey_url: str, queue: Queue, redis: Redis) -> None:
    """The one that runs may have looked at the lane before the newest push came in."""
    dispatch = RedisDispatch(valkey_url)
    dispatch.review(LANE)
    redis.lpop(queue.key)
    redis.hset(f"rq:job:{LANE}", "status", "started")
    for _ in range(3):
        dispatch.review(LANE)
    assert queue.job_ids == [f"{LANE}-next"]
    redis.hset(f"rq:job:{LANE}-next", "status", "started")
    dispatch.review(LANE)
    dispatch.close()


@pytest.mark.parametrize("left", [("status", "failed"), ("status", "nonsense"), ("last_heartbeat", "x")])
def test_what_is_left_of_a_dead_job_does_not_block_its_lane(
    valkey_url: str, queue: Queue, redis: Redis, left: tuple[str, str]
) -> None:
    redis.hset(f"rq:job:{LANE}", *left)
    dispatch = RedisDispatch(valkey_url)
    dispatch.review(LANE)
    dispatch.close()
    assert queue.job_ids == [LANE]


def test_a_job_is_a_name_and_a_lane_in_json_and_nothing_else(valkey_url: str, redis: Redis) -> None:
    """Whoever can read Redis learns no more than numbers; whoever can write it cannot hide a pickle."""
    dispatch = RedisDispatch(valkey_url)
    dispatch.review(LANE)
    dispatch.close()
    data = redis.hget(f"rq:job:{LANE}", "data")
    assert isinstance(data, bytes)
    assert json.loads(zlib.decompress(data)) == ["worker.jobs.review", None, [LANE], {}]


def test_redis_being_away_is_said_in_our_words_and_heals_by_itself() -> None:
    with running_valkey() as server:
        dispatch = RedisDispatch(server.url)
        dispatch.review(LANE)
        server.kill()
        for act in (dispatch.ping, lambda: dispatch.review(LANE)):
            with pytest.raises(QueueUnavailable, match="Redis did not answer"):
                act()
        server.start()
        dispatch.review(LANE)
        dispatch.ping()
        dispatch.close()


def test_a_full_redis_is_unavailable(valkey_url: str, redis: Redis) -> None:
    dispatch = RedisDispatch(valkey_url)
    redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(QueueUnavailable, match="OutOfMemory"):
            dispatch.review(LANE)
    finally:
        redis.config_set("maxmemory", "0")
    dispatch.review(LANE)
    dispatch.close()


def test_the_twin_can_be_away_too(clock: FakeClock) -> None:
    dispatch = MemoryDispatch(clock)
    dispatch.review(LANE, clock() + timedelta(seconds=5))
    assert dispatch.take() is None
    clock.advance(5)
    assert dispatch.take() == LANE
    dispatch.down = True
    with pytest.raises(QueueUnavailable):
        dispatch.review(LANE)
