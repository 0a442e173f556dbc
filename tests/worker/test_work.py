"""Real processes, real Redis: whatever is killed, every delivery is served, and none for ever."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.clock import utc_now
from app.core.errors import HandedOver
from app.core.ports import Delivery, DeliveryState
from app.valkey import running_valkey
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import a_request
from tests.waiting import wait_until
from tests.worker.worker_house import PACE, House, alive, children, descendants
from worker.horse import told_to_stop
from worker.lane import StillMine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def done(_delivery: Delivery, _still_mine: StillMine) -> datetime | None:
    """A review that ends at once."""
    return None


@pytest.fixture
def house(tmp_path: Path, valkey_url: str) -> Iterator[House]:
    """An empty house."""
    house = House(tmp_path, valkey_url)
    yield house
    house.store.close()
    house.dispatch.close()


def test_deliveries_are_served_and_the_worker_announces_itself(house: House) -> None:
    with house.worker(done, workers=2):
        for number in range(1, 11):
            house.receive(f"guid-{number}", number)
        wait_until(lambda: all(house.is_in(f"guid-{number}", DeliveryState.DONE)() for number in range(1, 11)))
        wait_until(
            lambda: list(house.store.catalogues.workers(utc_now().replace(year=2000)).values()) == [("landlock",)]
        )
        assert house.store.catalogues.current() == a_catalogue()
    assert sorted(entry[0] for entry in house.entries("run")) == sorted(f"guid-{number}" for number in range(1, 11))


def test_a_delivery_whose_queue_entry_was_lost_is_swept_up(house: House) -> None:
    with house.worker(done):
        house.store.deliveries.accept("guid-1", "pull_request", a_request(), utc_now())
        wait_until(house.is_in("guid-1", DeliveryState.DONE))


def test_a_push_during_a_review_is_served_after_it(house: House) -> None:
    def run(delivery: Delivery, still_mine: StillMine) -> datetime | None:
        if delivery.id == "guid-1":
            wait_until(lambda: not still_mine())
        return None

    with house.worker(run, workers=2):
        house.receive("guid-1")
        wait_until(lambda: len(house.entries("run")) == 1)
        house.receive("guid-2")
        wait_until(house.is_in("guid-2", DeliveryState.DONE))
    assert [entry[0] for entry in house.entries("run")] == ["guid-1", "guid-2"]


def test_a_failing_review_is_tried_again_and_then_told(house: House) -> None:
    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        raise ZeroDivisionError

    with house.worker(run):
        house.receive("guid-1")
        wait_until(house.is_in("guid-1", DeliveryState.DEAD))
    assert [entry[1] for entry in house.entries("run")] == ["1", "2", "3"]
    assert len(house.entries("dead")) == 1


def test_a_review_whose_process_is_killed_is_run_again_at_once(house: House) -> None:
    """The lease is not waited for: the parent of the dead process gives it back."""
    house.settings = replace(house.settings, pace=replace(PACE, lease=600.0, sweep=600.0))

    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        if delivery.attempts == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return None

    with house.worker(run):
        house.receive("guid-1")
        wait_until(house.is_in("guid-1", DeliveryState.DONE))
    assert [entry[1] for entry in house.entries("run")] == ["1", "2"]


def test_a_review_whose_whole_worker_is_killed_is_run_again_when_its_lease_is_over(house: House) -> None:
    """RQ with its defaults took 812 seconds for this."""

    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        if delivery.attempts == 1:
            time.sleep(60)
        return None

    with house.worker(run):
        house.receive("guid-1")
        wait_until(lambda: len(house.entries("run")) == 1)
        _, _, horse, parent = house.entries("run")[0]
        os.kill(int(parent), signal.SIGKILL)
        os.kill(int(horse), signal.SIGKILL)
        wait_until(house.is_in("guid-1", DeliveryState.DONE))
    assert [entry[1] for entry in house.entries("run")] == ["1", "2"]


def test_a_delivery_that_kills_every_process_is_told_and_others_are_served(house: House) -> None:
    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        if delivery.id == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        return None

    with house.worker(run, workers=2):
        house.receive("poison", number=1)
        for number in range(2, 8):
            house.receive(f"guid-{number}", number)
        wait_until(house.is_in("poison", DeliveryState.DEAD))
        wait_until(lambda: all(house.is_in(f"guid-{number}", DeliveryState.DONE)() for number in range(2, 8)))
    assert [entry[1] for entry in house.entries("run") if entry[0] == "poison"] == ["1", "2", "3"]
    assert [entry[0] for entry in house.entries("dead")] == ["poison"]


@pytest.mark.parametrize("whole_group", [False, True], ids=["the parent is told", "every process is told"])
def test_a_worker_that_is_told_to_stop_finishes_its_review(house: House, *, whole_group: bool) -> None:
    """A deployment loses nothing and repeats nothing. Some service managers signal every process at once."""
    go_on = house.diary.with_name("go-on")

    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        wait_until(go_on.exists)
        return None

    with house.worker(run) as pid:
        house.receive("guid-1")
        wait_until(lambda: len(house.entries("run")) == 1)
        for target in [*descendants(pid), pid] if whole_group else [pid]:
            os.kill(target, signal.SIGTERM)
        house.receive("guid-2", number=8)
        time.sleep(0.7)  # time in which a worker that does not wait would be gone
        assert alive(int(house.entries("run")[0][2]))
        go_on.touch()
        wait_until(lambda: not alive(pid))
    assert house.is_in("guid-1", DeliveryState.DONE)()
    assert house.is_in("guid-2", DeliveryState.RECEIVED)(), "the next worker serves it"
    assert len(house.entries("run")) == 1


@pytest.mark.parametrize("whole_group", [False, True], ids=["the parent is told", "every process is told"])
def test_a_worker_that_is_told_to_stop_hands_over_and_another_goes_on(house: House, *, whole_group: bool) -> None:
    """A deployment does not wait for a review of a quarter of an hour, and loses none of it."""

    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        if delivery.attempts == 1:
            wait_until(told_to_stop)
            raise HandedOver(120, 340)
        return None

    with house.worker(run) as pid:
        house.receive("guid-1")
        wait_until(lambda: len(house.entries("run")) == 1)
        for target in [*descendants(pid), pid] if whole_group else [pid]:
            os.kill(target, signal.SIGTERM)
        wait_until(lambda: not alive(pid))
    given_back = house.store.deliveries.get("guid-1")
    assert given_back is not None
    assert (given_back.state, given_back.examined, given_back.failures) == (DeliveryState.RECEIVED, 120, 0)
    with house.worker(run):
        wait_until(house.is_in("guid-1", DeliveryState.DONE))
    assert [entry[1] for entry in house.entries("run")] == ["1", "2"]


def test_a_second_signal_ends_the_review_too_and_it_is_not_lost(house: House) -> None:
    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        time.sleep(60)
        return None

    with house.worker(run) as pid:
        house.receive("guid-1")
        wait_until(lambda: len(house.entries("run")) == 1)
        os.kill(pid, signal.SIGTERM)
        time.sleep(1.5)  # RQ takes two signals within a second for one
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not alive(pid))
    assert house.is_in("guid-1", DeliveryState.RUNNING)()
    with house.worker(done):
        wait_until(house.is_in("guid-1", DeliveryState.DONE))


def test_the_processes_of_a_supervisor_that_was_killed_end_by_themselves(house: House) -> None:
    with house.worker(done, workers=2) as pid:
        wait_until(lambda: len(children(pid)) == 3)
        family = children(pid)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(alive(child) for child in family))


def test_every_process_that_dies_is_replaced(house: House) -> None:
    with house.worker(done, workers=2) as pid:
        wait_until(lambda: len(children(pid)) == 3)
        first = children(pid)
        for child in first:
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: len(set(children(pid)) - set(first)) == 3)
        house.receive("guid-1")
        wait_until(house.is_in("guid-1", DeliveryState.DONE))


def test_a_redis_that_is_away_at_start_is_waited_for(tmp_path: Path) -> None:
    with running_valkey() as server:
        server.kill()
        house = House(tmp_path, server.url)
        with house.worker(done):
            assert house.store.deliveries.accept("guid-1", "pull_request", a_request(), utc_now())
            time.sleep(0.5)
            server.start()
            wait_until(house.is_in("guid-1", DeliveryState.DONE))
        house.store.close()
        house.dispatch.close()


def test_a_redis_that_goes_away_and_comes_back_empty_is_served_again(tmp_path: Path) -> None:
    with running_valkey() as server:
        house = House(tmp_path, server.url)
        with house.worker(done):
            house.receive("guid-1", number=1)
            wait_until(house.is_in("guid-1", DeliveryState.DONE))
            server.kill()
            assert house.store.deliveries.accept("guid-2", "pull_request", a_request(2), utc_now())
            time.sleep(0.5)
            server.start()
            wait_until(house.is_in("guid-2", DeliveryState.DONE))
        house.store.close()
        house.dispatch.close()


def test_a_job_in_redis_that_is_not_ours_is_not_run(house: House, valkey_url: str, tmp_path: Path) -> None:
    marker = tmp_path / "intruder-was-here"
    redis = Redis.from_url(valkey_url)
    queue = Queue("reviews", connection=redis, serializer=JSONSerializer)
    with house.worker(done):
        queue.enqueue("os.system", f"touch {marker}")
        house.receive("guid-1")
        wait_until(house.is_in("guid-1", DeliveryState.DONE))
        wait_until(lambda: queue.failed_job_registry.get_job_count() == 1)
    redis.close()
    assert not marker.exists()
