"""Waiting within a request: bounded in time, and in how many do it at once."""

from __future__ import annotations

import threading

from app.core.ports import TaskState
from app.store import MemoryStore
from app.web.api.waiting import LONGEST, WaitingRoom
from tests.fakes.clock import START
from tests.store.test_tasks import ask, claim
from tests.web.api.conftest import Nap


def test_nobody_waits_longer_than_the_longest_time() -> None:
    nap, store = Nap(), MemoryStore()
    WaitingRoom(1, nap.sleep, nap).wait(store.tasks, ask(store).id, 1000)
    assert nap.slept == LONGEST


def test_looks_become_rarer() -> None:
    """A second of delay at the end costs less than ten questions a second to the database."""
    nap, store, looks = Nap(), MemoryStore(), []
    nap.meanwhile = lambda: looks.append(nap.slept)
    WaitingRoom(1, nap.sleep, nap).wait(store.tasks, ask(store).id, LONGEST)
    assert len(looks) < 32


def test_who_finds_no_place_does_not_wait() -> None:
    nap, store = Nap(), MemoryStore()
    one = ask(store)
    room = WaitingRoom(1, nap.sleep, nap)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(10)

    nap.meanwhile = hold
    thread = threading.Thread(target=room.wait, args=(store.tasks, one.id, 1))
    thread.start()
    assert entered.wait(10)
    before = nap.slept
    room.wait(store.tasks, one.id, 20)
    assert nap.slept == before
    leave.set()
    thread.join()
    nap.meanwhile = lambda: None
    room.wait(store.tasks, one.id, 1)
    assert nap.slept > before, "the place is free again"


def test_a_task_that_is_gone_is_not_waited_for() -> None:
    nap, store = Nap(), MemoryStore()
    WaitingRoom(1, nap.sleep, nap).wait(store.tasks, "0" * 32, 20)
    assert nap.slept < 1


def test_a_failure_is_an_end() -> None:
    nap, store = Nap(), MemoryStore()
    one = ask(store)
    claim(store, one, START)
    store.tasks.finish(one.id, "worker-1", TaskState.FAILED, START)
    WaitingRoom(1, nap.sleep, nap).wait(store.tasks, one.id, 20)
    assert nap.slept < 1
