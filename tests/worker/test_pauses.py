"""An installation that GitHub asks to wait waits as a whole, and the others do not."""

from __future__ import annotations

import pytest
from redis import Redis

from app.valkey import running_valkey
from tests.waiting import wait_until
from worker.pauses import SharedPauses


def test_one_installation_waits_and_the_others_do_not(valkey_url: str) -> None:
    redis = Redis.from_url(valkey_url)
    one, another = SharedPauses(redis), SharedPauses(redis)
    one.begin(99, 60)
    assert another.left(99) == pytest.approx(60, abs=5)
    assert another.left(100) == 0
    redis.close()


def test_a_pause_ends_by_itself_and_is_never_made_shorter(valkey_url: str) -> None:
    redis = Redis.from_url(valkey_url)
    pauses = SharedPauses(redis)
    pauses.begin(99, 60)
    pauses.begin(99, 1)
    assert pauses.left(99) > 50
    pauses.begin(100, 0)
    assert 0 < pauses.left(100) <= 1
    wait_until(lambda: pauses.left(100) == 0)
    redis.close()


def test_without_redis_nobody_waits() -> None:
    with running_valkey() as server:
        redis = Redis.from_url(server.url)
        server.kill()
        pauses = SharedPauses(redis)
        pauses.begin(99, 60)
        assert pauses.left(99) == 0
        redis.close()
