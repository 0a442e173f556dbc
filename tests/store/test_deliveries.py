"""Deliveries: accepted once, served by one owner at a time, never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from app.core.events import ReviewRequest
from app.core.ports import Delivery, DeliveryState, Store
from tests.fakes.clock import START, FakeClock

LEASE = timedelta(seconds=120)
_ids = count(1)


def a_request(number: int = 7, head: str = "a") -> ReviewRequest:
    """A request of one lane."""
    return ReviewRequest(99, 42, "acme/shop", number, head * 40, private=False, action="synchronize")


def accept(store: Store, now: datetime, delivery_id: str | None = None, number: int = 7) -> Delivery:
    """Accept a delivery that is new or unfinished."""
    delivery = store.deliveries.accept(delivery_id or f"delivery-{next(_ids)}", "pull_request", a_request(number), now)
    assert delivery is not None
    return delivery


def claim(store: Store, now: datetime, owner: str = "worker-1", number: int = 7) -> Delivery | None:
    """Claim the lane of a pull request."""
    return store.deliveries.claim(a_request(number).lane, owner, now, LEASE)


def test_a_delivery_comes_back_as_it_was_accepted(store: Store) -> None:
    accepted = accept(store, START, "guid-1")
    assert accepted == Delivery(id="guid-1", event="pull_request", request=a_request(), received_at=START, due=START)
    assert store.deliveries.get("guid-1") == accepted
    assert store.deliveries.get("guid-2") is None


def test_a_redelivery_of_an_unfinished_delivery_is_returned_again(store: Store, clock: FakeClock) -> None:
    """GitHub redelivers with the same id: dropping every known id would block our own recovery."""
    first = accept(store, clock(), "guid-1")
    assert accept(store, clock.advance(60), "guid-1") == first
    running = claim(store, clock())
    assert accept(store, clock.advance(60), "guid-1") == running


@pytest.mark.parametrize("state", [DeliveryState.DONE, DeliveryState.SUPERSEDED, DeliveryState.DEAD])
def test_a_redelivery_of_a_finished_delivery_is_dropped(store: Store, state: DeliveryState) -> None:
    accept(store, START, "guid-1")
    claim(store, START)
    store.deliveries.finish("guid-1", "worker-1", state, "", START)
    assert store.deliveries.accept("guid-1", "pull_request", a_request(), START) is None


def test_the_first_push_is_due_at_once_and_the_next_ones_together(store: Store, clock: FakeClock) -> None:
    assert accept(store, clock(), "first").due == START
    claim(store, clock())
    assert accept(store, clock.advance(1), "second").due == START + timedelta(seconds=6)
    assert accept(store, clock.advance(2), "third").due == START + timedelta(seconds=8)
    second = store.deliveries.get("second")
    assert second is not None
    assert second.due == START + timedelta(seconds=8), "it waits with the third"


def test_a_push_after_a_quiet_time_is_due_at_once(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "first")
    claim(store, clock())
    store.deliveries.finish("first", "worker-1", DeliveryState.DONE, "", clock())
    assert accept(store, clock.advance(5.1), "second").due == clock()


def test_other_lanes_do_not_wait(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), number=1)
    assert accept(store, clock.advance(1), number=2).due == clock()


def test_under_constant_pushes_nobody_waits_longer_than_thirty_seconds(store: Store, clock: FakeClock) -> None:
    """50 pushes in 60 seconds: at most three runs, and the last push is served within a minute."""
    runs: list[datetime] = []
    pushes = [START + timedelta(seconds=60 * step / 49) for step in range(50)]
    for second in range(1300):
        now = START + timedelta(seconds=second / 10)
        while pushes and pushes[0] <= now:
            last_push = accept(store, pushes.pop(0))
        taken = claim(store, now)
        if taken is not None:
            runs.append(now)
            store.deliveries.finish(taken.id, "worker-1", DeliveryState.DONE, "", now)
    assert len(runs) <= 3
    assert runs[-1] - last_push.received_at <= timedelta(seconds=60)
    finished = store.deliveries.get(last_push.id)
    assert finished is not None
    assert finished.state is DeliveryState.DONE
    assert store.deliveries.next_due(a_request().lane) is None


def test_a_claim_counts_and_holds_the_lane(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    taken = claim(store, clock(), "worker-1")
    assert taken is not None
    assert (taken.state, taken.owner, taken.attempts, taken.failures) == (DeliveryState.RUNNING, "worker-1", 1, 1)
    assert taken.lease_until == START + LEASE
    assert claim(store, clock.advance(119), "worker-2") is None


def test_a_lane_with_nothing_due_gives_nothing(store: Store, clock: FakeClock) -> None:
    assert claim(store, clock()) is None
    accept(store, clock(), "first")
    claim(store, clock())
    store.deliveries.give_back("first", "worker-1", START + timedelta(seconds=60), "GitHub is out of reach")
    assert claim(store, clock.advance(59)) is None
    again = claim(store, clock.advance(1))
    assert again is not None
    assert (again.attempts, again.failures, again.note) == (2, 2, "GitHub is out of reach")


def test_the_newest_is_taken_and_the_older_ones_are_superseded(store: Store, clock: FakeClock) -> None:
    for name in ("first", "second", "third"):
        accept(store, clock(), name)
    taken = claim(store, clock.advance(30))
    assert taken is not None
    assert taken.id == "third"
    states = {name: store.deliveries.get(name) for name in ("first", "second")}
    assert {row.state for row in states.values() if row} == {DeliveryState.SUPERSEDED}


def test_order_of_arrival_decides_not_the_clock(store: Store, clock: FakeClock) -> None:
    """A clock that is set back an hour must not make an older event the newest."""
    accept(store, clock(), "older")
    accept(store, clock.advance(-3600), "newer")
    taken = claim(store, clock.advance(7200))
    assert taken is not None
    assert taken.id == "newer"


def test_a_lease_that_ran_out_is_claimed_again(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock(), "dead-worker")
    taken = claim(store, clock.advance(120), "worker-2")
    assert taken is not None
    assert (taken.owner, taken.attempts, taken.failures) == ("worker-2", 2, 2)


def test_who_lost_the_lease_can_change_nothing_any_more(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock(), "slow-worker")
    taken = claim(store, clock.advance(121), "worker-2")
    assert not store.deliveries.renew("guid-1", "slow-worker", clock.advance(1))
    store.deliveries.finish("guid-1", "slow-worker", DeliveryState.DONE, "late", clock())
    store.deliveries.give_back("guid-1", "slow-worker", clock(), "late")
    assert store.deliveries.release("slow-worker", clock(), "late") == []
    assert store.deliveries.get("guid-1") == taken


def test_renewing_keeps_the_lane(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock(), "worker-1")
    assert store.deliveries.renew("guid-1", "worker-1", clock.advance(100) + LEASE)
    assert claim(store, clock.advance(119), "worker-2") is None


def test_a_run_that_ended_well_and_asks_for_another_is_no_failure(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    for attempt in (1, 2, 3, 4, 5):
        taken = claim(store, clock())
        assert taken is not None
        assert (taken.attempts, taken.failures) == (attempt, 1)
        store.deliveries.give_back("guid-1", "worker-1", clock(), "continues", failed=False)


def test_a_run_that_hands_over_is_no_failure_and_says_how_far_it_came(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    for examined in (120, 240):
        taken = claim(store, clock())
        assert taken is not None
        assert taken.failures == 1
        store.deliveries.hand_over("guid-1", "worker-1", clock.advance(1), f"{examined} of 340", examined)
    taken = claim(store, clock())
    assert taken is not None
    assert (taken.attempts, taken.handovers, taken.examined, taken.note) == (3, 2, 240, "240 of 340")


def test_only_the_owner_hands_over(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock(), "slow-worker")
    taken = claim(store, clock.advance(121), "worker-2")
    store.deliveries.hand_over("guid-1", "slow-worker", clock(), "late", 7)
    assert store.deliveries.get("guid-1") == taken


def test_what_was_begun_and_replaced_since_is_known(store: Store, clock: FakeClock) -> None:
    """Its check stands at in progress, and nobody else will complete it."""
    accept(store, clock(), "begun")
    claim(store, clock())
    store.deliveries.hand_over("begun", "worker-1", clock.advance(60), "", 0)
    accept(store, clock.advance(60), "never begun")
    accept(store, clock.advance(1), "newest")
    assert store.deliveries.replaced("newest") == []
    claim(store, clock.advance(30))
    assert [row.id for row in store.deliveries.replaced("newest")] == ["begun"]
    store.deliveries.finish("newest", "worker-1", DeliveryState.DONE, "", clock())
    accept(store, clock.advance(60), "another")
    claim(store, clock())
    assert store.deliveries.replaced("another") == []
    assert store.deliveries.replaced("unknown") == []


def test_a_dead_owners_work_is_given_back_at_once(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock(), "host:1234")
    assert store.deliveries.release("host:1234", clock(), "its process was killed") == [a_request().lane]
    taken = claim(store, clock(), "host:1235")
    assert taken is not None
    assert (taken.failures, taken.note) == (2, "its process was killed")


def test_a_newer_delivery_makes_the_running_one_old(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "first")
    claim(store, clock())
    assert store.deliveries.is_newest("first")
    accept(store, clock.advance(1), "other lane", number=8)
    assert store.deliveries.is_newest("first")
    accept(store, clock.advance(1), "second")
    assert not store.deliveries.is_newest("first")
    assert store.deliveries.is_newest("second")
    assert not store.deliveries.is_newest("unknown")


def test_waiting_lanes_come_longest_waiting_first_and_without_those_in_work(store: Store, clock: FakeClock) -> None:
    for number in (1, 2, 3, 4):
        accept(store, clock.advance(1), number=number)
    claim(store, clock(), number=1)  # in work
    claim(store, clock(), "dead-worker", number=2)
    now = clock.advance(60)
    lanes = [a_request(number).lane for number in (1, 2, 3, 4)]
    assert store.deliveries.waiting(now, limit=10) == lanes[2:]
    assert store.deliveries.waiting(now, limit=1) == lanes[2:3]
    assert store.deliveries.waiting(clock.advance(60), limit=10) == lanes, "both leases ran out"


def test_what_is_not_due_does_not_wait_yet(store: Store, clock: FakeClock) -> None:
    accept(store, clock(), "first")
    claim(store, clock())
    store.deliveries.give_back("first", "worker-1", START + timedelta(seconds=600), "")
    assert store.deliveries.waiting(clock.advance(599), limit=10) == []
    assert store.deliveries.next_due(a_request().lane) == START + timedelta(seconds=600)
    assert store.deliveries.waiting(clock.advance(1), limit=10) == [a_request().lane]


def test_the_oldest_waiting_delivery_is_known(store: Store, clock: FakeClock) -> None:
    assert store.deliveries.oldest_waiting() is None
    accept(store, clock(), number=1)
    accept(store, clock.advance(5), number=2)
    assert store.deliveries.oldest_waiting() == START
    claim(store, clock(), number=1)
    assert store.deliveries.oldest_waiting() == START + timedelta(seconds=5)


def test_a_note_may_hold_anything(store: Store) -> None:
    """Notes quote errors, and errors quote strangers."""
    accept(store, START, "guid-1")
    claim(store, START)
    store.deliveries.give_back("guid-1", "worker-1", START, "half \ud800 of a pair, \x00, " + "x" * 5000)
    given = store.deliveries.get("guid-1")
    assert given is not None
    assert given.note.startswith("half ? of a pair, , x")
    assert len(given.note) < 1001


def test_what_waits_of_an_installation_that_is_gone_ends_and_says_why(store: Store) -> None:
    for delivery_id, number in (("running", 7), ("waiting", 8), ("handed over", 9)):
        accept(store, START, delivery_id, number)
    assert claim(store, START, number=7) is not None
    assert claim(store, START, number=9) is not None
    store.deliveries.hand_over("handed over", "worker-1", START, "going on", 3)
    assert store.deliveries.dismiss(98, None, "gone", START) == 0
    assert store.deliveries.dismiss(99, frozenset({41}), "gone", START) == 0
    assert store.deliveries.dismiss(99, None, "gone", START) == 2
    kept = {name: store.deliveries.get(name) for name in ("running", "waiting", "handed over")}
    assert {name: row and (row.state, row.note) for name, row in kept.items()} == {
        "running": (DeliveryState.RUNNING, ""),
        "waiting": (DeliveryState.SUPERSEDED, "gone"),
        "handed over": (DeliveryState.SUPERSEDED, "gone"),
    }
    assert store.deliveries.waiting(START, 10) == []
    assert store.deliveries.dismiss(99, frozenset({42}), "gone", START) == 0
