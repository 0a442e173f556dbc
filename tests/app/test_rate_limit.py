"""Limits: counted for all processes in Redis, and at a quarter in this one while that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from app.rate_limit import MOST_KEYS, REST, Limit, Limiter, LocalLimiter, RedisLimiter

LIMIT = Limit("token", 8)


class Ticks:
    """A clock in seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture(params=["local", "redis"])
def limiter(request: pytest.FixtureRequest, ticks: Ticks) -> Iterator[Limiter]:
    """Each kind."""
    if request.param == "local":
        yield LocalLimiter(clock=ticks)
        return
    made = RedisLimiter(request.getfixturevalue("valkey_url"), ticks)
    yield made
    made.close()


def test_so_many_are_let_through_and_no_more(limiter: Limiter) -> None:
    stood = [limiter.take("a", LIMIT) for _ in range(10)]
    assert [one.allowed for one in stood] == [True] * 8 + [False] * 2
    assert [one.left for one in stood] == [7, 6, 5, 4, 3, 2, 1, 0, 0, 0]
    assert all(one.reset == 60 for one in stood)


def test_each_key_counts_for_itself(limiter: Limiter) -> None:
    for _ in range(9):
        limiter.take("a", LIMIT)
    assert limiter.take("b", LIMIT).left == 7


def test_looking_costs_nothing(limiter: Limiter) -> None:
    limiter.take("a", LIMIT)
    for _ in range(20):
        assert limiter.take("a", LIMIT, cost=0).left == 7


def test_of_many_at_the_same_time_so_many_are_let_through(limiter: Limiter) -> None:
    with ThreadPoolExecutor(8) as pool:
        stood = list(pool.map(lambda _: limiter.take("a", LIMIT), range(40)))
    assert sum(one.allowed for one in stood) == 8


def test_a_window_ends(ticks: Ticks) -> None:
    limiter = LocalLimiter(clock=ticks)
    for _ in range(9):
        limiter.take("a", LIMIT)
    ticks.now += 59.5
    assert (limiter.take("a", LIMIT).allowed, limiter.take("a", LIMIT).reset) == (False, 1)
    ticks.now += 0.5
    assert limiter.take("a", LIMIT).left == 7


def test_in_redis_a_window_ends_by_itself(valkey_url: str) -> None:
    limiter = RedisLimiter(valkey_url)
    limiter.take("a", LIMIT)
    connection = Redis.from_url(valkey_url)
    assert 0 < connection.pttl("assay:limit:a") <= 60_000
    connection.close()
    limiter.close()


def test_without_redis_a_process_allows_a_quarter_and_never_everything(
    ticks: Ticks, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = RedisLimiter("redis://127.0.0.1:1/0", ticks)
    stood = [limiter.take("a", LIMIT) for _ in range(4)]
    assert [one.allowed for one in stood] == [True, True, False, False]
    assert stood[0].limit == Limit("token", 2)
    assert caplog.messages == ["limits counted in this process only"], "asked once, then left alone for a while"
    ticks.now += REST
    limiter.take("a", LIMIT)
    assert len(caplog.messages) == 2
    limiter.close()


def test_a_small_limit_does_not_become_none() -> None:
    assert LocalLimiter(part=4).take("a", Limit("leaks", 1)).allowed


def test_a_process_remembers_only_so_many_keys(ticks: Ticks) -> None:
    limiter = LocalLimiter(clock=ticks)
    for number in range(MOST_KEYS + 10):
        limiter.take(str(number), LIMIT)
    assert limiter.take("0", LIMIT).left == 7, "the oldest was forgotten"
    assert len(limiter._windows) == MOST_KEYS
