"""Work that two reviews need is done once, and nobody waits for the dead."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
from redis import Redis

from app.core.ports import Turns
from app.valkey import running_valkey
from tests.waiting import wait_until
from worker.shared_turns import SharedTurns
from worker.turns import InFlight

fork = multiprocessing.get_context("fork")
Make = Callable[[float], Turns]


@pytest.fixture(params=["threads of one process", "all workers"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes turns with so many seconds of waiting."""
    if request.param == "threads of one process":
        yield InFlight
        return
    redis = Redis.from_url(request.getfixturevalue("valkey_url"))
    yield lambda wait: SharedTurns(redis, wait)
    redis.close()


class Desk:
    """Some work, and how often it was done."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.done: set[str] = set()
        self.times = 0

    def need(self, key: str) -> None:
        """As `worker.lookup` does: take a turn, look again, do it if nobody has."""
        with self.turns.take(key):
            if key not in self.done:
                self.times += 1
                time.sleep(0.05)
                self.done.add(key)


def test_what_many_need_at_once_is_done_once(make: Make) -> None:
    desk, together = Desk(make(20.0)), Barrier(8)

    def need(_number: int) -> None:
        together.wait()
        desk.need("npm/left@1.0.0")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(need, range(8)))
    assert desk.times == 1


def test_different_work_does_not_wait(make: Make) -> None:
    turns = make(20.0)
    with turns.take("one"), ThreadPoolExecutor(1) as pool:
        desk = Desk(turns)
        pool.submit(desk.need, "another").result(timeout=10)
    assert desk.times == 1


def test_waiting_has_an_end(make: Make) -> None:
    """Then the work is done twice: late is worse than twice."""
    turns, over = make(0.3), Event()
    with ThreadPoolExecutor(2) as pool:

        def hang() -> None:
            with turns.take("hanging"):
                over.wait(20)

        hanging = pool.submit(hang)
        desk = Desk(turns)
        pool.submit(desk.need, "hanging").result(timeout=10)
        over.set()
        hanging.result(timeout=10)
    assert desk.times == 1


def test_a_failure_inside_gives_the_turn_back(make: Make) -> None:
    turns = make(20.0)
    with pytest.raises(ZeroDivisionError), turns.take("failing"):
        raise ZeroDivisionError
    desk = Desk(turns)
    desk.need("failing")
    assert desk.times == 1


def test_two_processes_do_it_once(valkey_url: str, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    processes = [fork.Process(target=_open_once, args=(valkey_url, diary)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0]
    assert diary.read_text() == "opened\n"


def test_a_process_that_is_killed_keeps_nobody_waiting_for_longer_than_its_turn(
    valkey_url: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    process = fork.Process(target=_take_and_hang, args=(valkey_url, mark))
    process.start()
    wait_until(mark.exists)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    redis = Redis.from_url(valkey_url)
    (name,) = redis.keys("assay:turn:*")
    assert 0 < redis.pttl(name) <= 500
    desk = Desk(SharedTurns(redis, 0.5))
    desk.need("npm/left@1.0.0")
    assert desk.times == 1
    redis.close()


def test_without_redis_everybody_works_alone() -> None:
    with running_valkey() as server:
        redis = Redis.from_url(server.url)
        turns = SharedTurns(redis, 20.0)
        server.kill()
        desk = Desk(turns)
        for number in range(50):
            desk.need(f"npm/left@{number}")
        redis.close()
    assert desk.times == 50


def _open_once(valkey_url: str, diary: Path) -> None:
    redis = Redis.from_url(valkey_url)
    with SharedTurns(redis, 20.0).take("npm/left@1.0.0"):
        if not diary.exists():
            time.sleep(0.3)
            with diary.open("a") as file:
                file.write("opened\n")
    redis.close()


def _take_and_hang(valkey_url: str, mark: Path) -> None:
    with SharedTurns(Redis.from_url(valkey_url), 0.5).take("npm/left@1.0.0"):
        mark.touch()
        time.sleep(60)
