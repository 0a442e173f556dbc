"""What a worker takes from the queue: our jobs with one lane, and nothing else that Redis may hold."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Callback, Queue, SimpleWorker
from rq.job import Retry
from rq.serializers import DefaultSerializer, JSONSerializer
from rq.webhook import Webhook

from app.dispatch import QUEUE, REVIEW, RedisDispatch
from worker.horse import AllowedJob

LANE = "99-42-7"
intrusions: list[str] = []


def intruder(*_arguments: object) -> None:
    """What must never run."""
    intrusions.append("here")


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """Whoever can write to Redis."""
    intrusions.clear()
    client = Redis.from_url(valkey_url)
    yield client
    client.close()


@pytest.fixture
def served(redis: Redis) -> Callable[[], list[str]]:
    """Run all that is queued; return the lanes that were served."""
    lanes: list[str] = []

    class Ours(AllowedJob):
        allowed = {REVIEW: lanes.append}  # noqa: RUF012

    def serve() -> list[str]:
        queue = Queue(QUEUE, connection=redis, job_class=Ours, serializer=JSONSerializer)
        worker = SimpleWorker([queue], connection=redis, job_class=Ours, serializer=JSONSerializer)
        worker.work(burst=True)
        return lanes

    return serve


def test_a_job_of_ours_is_run_and_leaves_nothing_behind(
    valkey_url: str, redis: Redis, served: Callable[[], list[str]]
) -> None:
    dispatch = RedisDispatch(valkey_url)
    dispatch.review(LANE)
    assert served() == [LANE]
    assert not redis.keys("rq:job:*")
    dispatch.review(LANE)
    assert served() == [LANE, LANE]
    dispatch.close()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("os.system", ["touch {marker}"]),
        ("tests.worker.test_horse.intruder", [LANE]),
        ("worker.jobs.review.__globals__", [LANE]),
        ("worker.bootstrap.review_lane", [LANE]),
        ("subprocess.run", [["touch", "{marker}"]]),
        (REVIEW, []),
        (REVIEW, [LANE, "more"]),
        (REVIEW, [7]),
        (REVIEW, [None]),
        (REVIEW, [{"lane": LANE}]),
        (REVIEW, ["../../etc/passwd"]),
        (REVIEW, [LANE + "\n"]),
        (REVIEW, ["99-42-٧"]),
    ],
)
def test_anything_else_is_refused(
    redis: Redis, served: Callable[[], list[str]], name: str, arguments: list[Any], tmp_path: Path
) -> None:
    """RQ by itself runs whatever importable name stands in Redis: measured with `os.system`."""
    marker = tmp_path / "intruder-was-here"
    filled = json.loads(json.dumps(arguments).replace("{marker}", str(marker)))
    Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(name, args=tuple(filled))
    assert served() == []
    assert not marker.exists()
    assert intrusions == []


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"[]",
        b'["worker.jobs.review"]',
        b'{"a": 1}',
        b'["worker.jobs.review", "an instance", ["99-42-7"], {}]',
        b'["worker.jobs.review", null, ["99-42-7"], {"more": 1}]',
        b'[["worker.jobs.review"], null, ["99-42-7"], {}]',
        b'[null, null, ["99-42-7"], {}]',
        b'["worker.jobs.review", null, "99-42-7", {}]',
        b'["worker.jobs.review", null, ["\\ud800"], {}]',
        DefaultSerializer.dumps(("worker.jobs.review", None, (LANE,), {})),
    ],
)
def test_a_job_of_another_shape_is_refused(redis: Redis, served: Callable[[], list[str]], data: bytes) -> None:
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    job = queue.enqueue(REVIEW, args=(LANE,))
    redis.hset(job.key, "data", data)
    assert served() == []


def test_callbacks_webhooks_retries_and_repeats_in_redis_do_nothing(
    redis: Redis, served: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    everything = {
        "on_success": Callback("tests.worker.test_horse.intruder"),
        "on_failure": Callback("tests.worker.test_horse.intruder"),
        "on_stopped": Callback("tests.worker.test_horse.intruder"),
        "webhooks": [Webhook("http://127.0.0.1:9/", status) for status in ("finished", "failed")],
        "retry": Retry(max=3),
    }
    queue.enqueue(REVIEW, args=(LANE,), **everything)
    queue.enqueue("os.getcwd", **everything)
    with caplog.at_level(logging.WARNING, "rq.webhook"):
        assert served() == [LANE]
    assert intrusions == []
    assert not [record for record in caplog.records if record.name == "rq.webhook"]
    assert queue.count == 0
