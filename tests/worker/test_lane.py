"""Serving a lane: one run at a time, its lease kept, and always an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from app.core.errors import (
    AssayError,
    Forbidden,
    ForgeUnavailable,
    Gone,
    HandedOver,
    InputError,
    RateLimited,
    StoreUnavailable,
    Superseded,
)
from app.core.events import ReviewRequest
from app.core.ports import Delivery, DeliveryState
from app.dispatch import MemoryDispatch
from app.settings import Pace
from app.store import Gathering, MemoryStore
from app.store.memory import MemoryDeliveries
from tests.fakes.clock import START, FakeClock
from tests.waiting import wait_until
from worker.lane import KILLED, Run, StillMine, serve_lane
from worker.retry import OUR_FAULT

REQUEST = ReviewRequest(99, 42, "acme/shop", 7, "a" * 40, private=False, action="synchronize")
LANE = REQUEST.lane


class House:
    """A store, a queue and a clock with one delivery waiting; `serve` runs what the test hands over."""

    def __init__(self, pace: Pace | None = None, deliveries: MemoryDeliveries | None = None) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.store.deliveries = deliveries or self.store.deliveries
        self.dispatch = MemoryDispatch(self.clock)
        self.pace = pace or Pace()
        self.buried: list[tuple[str, str]] = []
        self.accept("guid-1")

    def accept(self, delivery_id: str) -> None:
        self.store.deliveries.accept(delivery_id, "pull_request", REQUEST, self.clock())

    def serve(self, run: Run, give_up: Callable[[Delivery, BaseException], None] | None = None) -> Delivery:
        self.dispatch.take()
        serve_lane(
            LANE,
            store=self.store,
            dispatch=self.dispatch,
            run=run,
            give_up=give_up or self.bury,
            pace=self.pace,
            clock=self.clock,
        )
        return self.delivery()

    def bury(self, delivery: Delivery, error: BaseException) -> None:
        self.buried.append((delivery.id, str(error)))

    def delivery(self, delivery_id: str = "guid-1") -> Delivery:
        delivery = self.store.deliveries.get(delivery_id)
        assert delivery is not None
        return delivery


def failing(error: Exception) -> Run:
    """A run that fails."""

    def run(_delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        raise error

    return run


def done(_delivery: Delivery, _still_mine: StillMine) -> datetime | None:
    """A run that ends well."""
    return None


def keep_asking(still_mine: StillMine) -> None:
    """Ask until there is an answer that is none."""
    wait_until(lambda: not still_mine())


def test_a_run_that_ends_well_is_done() -> None:
    house = House()
    seen: list[tuple[str, int, bool]] = []

    def run(delivery: Delivery, still_mine: StillMine) -> datetime | None:
        seen.append((delivery.id, delivery.attempts, still_mine()))
        return None

    assert house.serve(run).state is DeliveryState.DONE
    assert seen == [("guid-1", 1, True)]
    assert house.dispatch.waiting == {}


def test_a_lane_with_nothing_due_runs_nothing_and_is_looked_at_again_when_it_is() -> None:
    house = House()
    house.serve(failing(ForgeUnavailable("GitHub answered 502.")))
    house.dispatch.waiting.clear()
    house.serve(failing(AssertionError("this must not run")))
    assert house.dispatch.waiting == {LANE: START + timedelta(seconds=60)}


def test_a_lane_that_somebody_else_serves_is_left_to_them() -> None:
    """Asking for another look at once would go round and round until the other one ends."""
    house = House()
    house.store.deliveries.claim(LANE, "other", house.clock(), timedelta(seconds=120))
    house.accept("guid-2")
    house.clock.advance(30)
    house.serve(failing(AssertionError("this must not run")))
    assert house.dispatch.waiting == {}


def test_a_failure_is_tried_again_at_its_time() -> None:
    house = House()
    given_back = house.serve(failing(ForgeUnavailable("GitHub answered 502.")))
    assert (given_back.state, given_back.note) == (DeliveryState.RECEIVED, "GitHub answered 502.")
    assert given_back.due == START + timedelta(seconds=60)
    assert house.dispatch.waiting == {LANE: START + timedelta(seconds=60)}
    house.clock.advance(60)
    assert house.serve(done).state is DeliveryState.DONE


def test_after_three_failures_the_check_says_so() -> None:
    house = House()
    for wait in (60, 600, 0):
        delivery = house.serve(failing(ForgeUnavailable("GitHub answered 502.")))
        house.clock.advance(wait)
    assert (delivery.state, delivery.note) == (DeliveryState.DEAD, "GitHub answered 502.")
    assert house.buried == [("guid-1", "GitHub answered 502.")]
    assert house.store.deliveries.next_due(LANE) is None


def test_a_fault_of_our_own_is_tried_again_and_not_explained() -> None:
    house = House()
    assert house.serve(failing(ZeroDivisionError("canary"))).note == OUR_FAULT


@pytest.mark.parametrize("error", [Superseded(), Gone("gone"), Forbidden("forbidden")])
def test_what_nobody_waits_for_ends_quietly(error: AssayError) -> None:
    house = House()
    ended = house.serve(failing(error))
    assert ended.state is (DeliveryState.SUPERSEDED if isinstance(error, Superseded) else DeliveryState.DONE)
    assert house.buried == []


def test_somebodys_wrong_input_is_told_at_once() -> None:
    house = House()
    assert house.serve(failing(InputError("line 3 is wrong"))).state is DeliveryState.DEAD
    assert house.buried == [("guid-1", "line 3 is wrong")]


def test_a_rate_limit_is_waited_for_and_is_no_failure() -> None:
    house = House()
    for _ in range(5):
        delivery = house.serve(failing(RateLimited("GitHub asks us to wait.", 3600)))
        assert (delivery.state, delivery.failures) == (DeliveryState.RECEIVED, 0)
        house.clock.advance(3600)


def test_but_not_for_ever() -> None:
    house = House()
    house.clock.advance(house.pace.patience + 1)
    assert house.serve(failing(RateLimited("GitHub asks us to wait.", 3600))).state is DeliveryState.DEAD
    assert house.buried == [("guid-1", "GitHub asks us to wait.")]


def test_a_run_may_ask_for_another_one() -> None:
    """What the registry did not serve today is tried again, and a review past its time continues."""
    house = House()
    for count in range(1, 6):
        delivery = house.serve(lambda _delivery, _mine: house.clock() + timedelta(seconds=300))
        assert (delivery.state, delivery.attempts, delivery.failures) == (DeliveryState.RECEIVED, count, 0)
        assert house.dispatch.waiting[LANE] == house.clock() + timedelta(seconds=300)
        house.clock.advance(300)


def test_a_run_hands_over_as_often_as_it_gets_on() -> None:
    house = House()
    for count in range(1, 8):
        delivery = house.serve(failing(HandedOver(100 * count, 2000)))
        assert (delivery.state, delivery.failures, delivery.examined) == (DeliveryState.RECEIVED, 0, 100 * count)
        assert house.dispatch.waiting == {LANE: None}, "the next run may begin at once"
    assert house.serve(done).state is DeliveryState.DONE


def test_a_run_that_got_nowhere_is_a_failure() -> None:
    house = House()
    delivery = house.serve(failing(HandedOver(100, 2000, counted=True)))
    assert (delivery.failures, delivery.due) == (1, START + timedelta(seconds=60))
    assert delivery.note == "Examined 100 of 2000 changed packages; the next run goes on from there."


def test_a_delivery_that_kills_its_process_every_time_is_given_up_without_another_run() -> None:
    """A poison job must not take the worker down for ever."""
    house = House()
    for kills in (1, 2, 3):
        claimed = house.store.deliveries.claim(LANE, "host:1", house.clock(), timedelta(seconds=120))
        assert claimed is not None
        assert claimed.failures == kills
        house.store.deliveries.release("host:1", house.clock(), KILLED)
    assert house.serve(failing(AssertionError("this must not run"))).state is DeliveryState.DEAD
    assert house.buried == [("guid-1", KILLED)]


def test_when_nobody_can_be_told_it_is_tried_again_later() -> None:
    house = House()

    def mute(_delivery: Delivery, _error: BaseException) -> None:
        raise ForgeUnavailable("GitHub answered 502.")

    for wait in (60, 600):
        house.serve(failing(ForgeUnavailable("GitHub answered 502.")))
        house.clock.advance(wait)
    delivery = house.serve(failing(ForgeUnavailable("GitHub answered 502.")), mute)
    assert (delivery.state, delivery.due) == (DeliveryState.RECEIVED, house.clock() + timedelta(seconds=600))
    house.clock.advance(600)
    assert house.serve(failing(AssertionError("this must not run"))).state is DeliveryState.DEAD
    assert house.buried == [("guid-1", "GitHub answered 502.")]


def test_and_in_the_end_it_is_dead_even_if_nobody_heard() -> None:
    house = House()

    def mute(_delivery: Delivery, _error: BaseException) -> None:
        raise ForgeUnavailable("GitHub answered 502.")

    house.clock.advance(house.pace.patience + 1)
    assert house.serve(failing(InputError("line 3 is wrong")), mute).state is DeliveryState.DEAD


def test_a_newer_push_during_a_run_takes_back_its_right_to_publish() -> None:
    house = House()
    rights: list[bool] = []

    def run(_delivery: Delivery, still_mine: StillMine) -> datetime | None:
        rights.append(still_mine())
        house.accept("guid-2")
        rights.append(still_mine())
        raise Superseded

    assert house.serve(run).state is DeliveryState.SUPERSEDED
    assert rights == [True, False]
    assert house.dispatch.waiting == {LANE: START + timedelta(seconds=5)}, "the newer one comes next"


def test_older_deliveries_are_not_run_at_all() -> None:
    """Events may come in any order: the run reads the pull request as it is now."""
    house = House()
    house.accept("guid-2")
    house.clock.advance(30)
    assert house.serve(done).state is DeliveryState.SUPERSEDED
    assert house.delivery("guid-2").state is DeliveryState.DONE


def test_redis_being_away_at_the_end_is_no_failure() -> None:
    house = House()
    house.dispatch.down = True
    delivery = house.serve(failing(ForgeUnavailable("GitHub answered 502.")))
    assert delivery.state is DeliveryState.RECEIVED


def test_the_lease_is_kept_while_the_run_takes_long() -> None:
    class Counting(MemoryDeliveries):
        renewed = 0

        def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
            self.renewed += 1
            return super().renew(delivery_id, owner, until)

    deliveries = Counting(Gathering())
    house = House(Pace(lease=1.0), deliveries)

    def run(_delivery: Delivery, still_mine: StillMine) -> datetime | None:
        wait_until(lambda: deliveries.renewed >= 5)
        assert still_mine()
        return None

    assert house.serve(run).state is DeliveryState.DONE


def test_a_lost_lease_takes_back_the_right_to_publish_and_to_speak() -> None:
    """Somebody else serves the delivery now; two voices would be one too many."""
    house = House(Pace(lease=0.2))

    def run(delivery: Delivery, still_mine: StillMine) -> datetime | None:
        house.clock.advance(10)  # stands for a machine that slept: the lease ran out and another worker took over
        assert house.store.deliveries.claim(LANE, "other", house.clock(), timedelta(seconds=120)) is not None
        keep_asking(still_mine)
        return None

    taken = house.serve(run)
    assert (taken.owner, taken.state) == ("other", DeliveryState.RUNNING)
    assert house.buried == []


def test_a_database_that_is_away_for_a_whole_lease_takes_back_the_right_to_publish_and_nothing_is_lost() -> None:
    class Away(MemoryDeliveries):
        def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
            raise StoreUnavailable("away")

    house = House(Pace(lease=0.2), Away(Gathering()))

    def run(_delivery: Delivery, still_mine: StillMine) -> datetime | None:
        keep_asking(still_mine)
        return None

    given_back = house.serve(run)
    assert (given_back.state, given_back.failures) == (DeliveryState.RECEIVED, 1)


def test_two_workers_at_one_lane_run_it_once() -> None:
    house = House()
    runs: list[str] = []
    start = Barrier(8)

    def run(delivery: Delivery, _still_mine: StillMine) -> datetime | None:
        runs.append(delivery.id)
        return None

    def work() -> None:
        start.wait()
        house.serve(run)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs == ["guid-1"]
