"""Many at once: exact under threads and under processes, on a lock for all writers and on row locks alike."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.integrity import Digest
from app.core.ports import Delivery, DeliveryState, Store
from app.core.review_search import EVERYTHING, IntakeFilter
from app.store import open_store
from tests.builders import a_file, a_package, a_report, an_artifact
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import LEASE, a_request

LANE = a_request().lane
LATER = START + LEASE


def at_once(work: Callable[[int], object], times: int = 100) -> list[object]:
    """Run the work in 16 threads."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(work, range(times)))


def test_a_delivery_that_comes_a_hundred_times_in_parallel_is_one_row(store: Store) -> None:
    accepted = at_once(lambda _: store.deliveries.accept("guid-1", "pull_request", a_request(), START))
    assert len(set(accepted)) == 1
    assert store.deliveries.waiting(START, limit=100) == [LANE]


def test_pushes_in_parallel_are_gathered_as_if_they_came_one_by_one(store: Store) -> None:
    """The first is due at once, all others together; if two thought they were the first, both would run."""
    at_once(lambda number: store.deliveries.accept(f"guid-{number}", "pull_request", a_request(), START), 40)
    dues = Counter(row.due for number in range(40) if (row := store.deliveries.get(f"guid-{number}")))
    assert dues == {START + timedelta(seconds=5): 40}


def test_a_hundred_parallel_claims_have_one_winner(store: Store) -> None:
    store.deliveries.accept("guid-1", "pull_request", a_request(), START)
    claims = at_once(lambda number: store.deliveries.claim(LANE, f"worker-{number}", START, LEASE))
    winners = [claim for claim in claims if isinstance(claim, Delivery)]
    assert len(winners) == 1
    assert winners[0].attempts == 1


def test_what_a_dead_worker_left_has_one_heir(store: Store) -> None:
    store.deliveries.accept("guid-1", "pull_request", a_request(), START)
    store.deliveries.claim(LANE, "dead-worker", START, LEASE)
    claims = at_once(lambda number: store.deliveries.claim(LANE, f"worker-{number}", LATER, LEASE))
    (heir,) = [claim for claim in claims if isinstance(claim, Delivery)]
    assert (heir.attempts, heir.failures) == (2, 2)
    assert store.deliveries.get("guid-1") == heir


def test_a_hundred_pushes_of_one_lane_and_twenty_lanes_mix(store: Store) -> None:
    at_once(
        lambda number: store.deliveries.accept(f"guid-{number}", "pull_request", a_request(number % 20), START), 200
    )
    late = START + timedelta(seconds=60)
    claims = at_once(lambda number: store.deliveries.claim(a_request(number % 20).lane, str(number), late, LEASE), 200)
    won = Counter(claim.request.lane for claim in claims if isinstance(claim, Delivery))
    assert won == Counter({a_request(number).lane: 1 for number in range(20)})


def test_pushes_while_workers_claim_leave_one_run_and_the_newest_waiting(store: Store) -> None:
    """Whatever the order: one of the lane runs at most, and nothing newer than the newest claim is put aside."""
    due = START + timedelta(seconds=60)

    def push_or_claim(number: int) -> object:
        if number % 3:
            return store.deliveries.accept(f"guid-{number}", "pull_request", a_request(), START)
        return store.deliveries.claim(LANE, f"worker-{number}", due, LEASE)

    claims = [claim for claim in at_once(push_or_claim, 90) if isinstance(claim, Delivery) and claim.owner]
    rows = [row for number in range(90) if (row := store.deliveries.get(f"guid-{number}"))]
    states = Counter(row.state for row in rows)
    assert len(rows) == 60
    assert states[DeliveryState.RUNNING] == len(claims) == 1
    assert states[DeliveryState.RECEIVED] + states[DeliveryState.SUPERSEDED] == 59
    last = store.deliveries.claim(LANE, "worker", due + LEASE, LEASE)
    assert last is not None
    assert store.deliveries.is_newest(last.id)


def test_who_finishes_late_and_who_takes_over_cannot_both_win(store: Store) -> None:
    lanes = range(1, 41)
    for number in lanes:
        store.deliveries.accept(f"guid-{number}", "pull_request", a_request(number), START)
        store.deliveries.claim(a_request(number).lane, "slow", START, LEASE)

    def end_or_take(step: int) -> Delivery | None:
        number = step // 2 + 1
        if step % 2 == 0:
            return store.deliveries.claim(a_request(number).lane, "heir", LATER, LEASE)
        store.deliveries.finish(f"guid-{number}", "slow", DeliveryState.DONE, "", LATER)
        return None

    taken = {claim.id for claim in at_once(end_or_take, 80) if isinstance(claim, Delivery)}
    for number in lanes:
        row = store.deliveries.get(f"guid-{number}")
        assert row is not None
        expected = (DeliveryState.RUNNING, "heir") if row.id in taken else (DeliveryState.DONE, None)
        assert (row.state, row.owner) == expected


def test_a_dead_owners_work_is_given_back_once(store: Store) -> None:
    for number in range(1, 6):
        store.deliveries.accept(f"guid-{number}", "pull_request", a_request(number), START)
        store.deliveries.claim(a_request(number).lane, "dead", START, LEASE)
    released = at_once(lambda _: store.deliveries.release("dead", START, "killed"), 16)
    lanes = Counter(lane for answer in released if isinstance(answer, list) for lane in answer)
    assert lanes == Counter({a_request(number).lane: 1 for number in range(1, 6)})


def test_a_lease_that_many_want_has_one_holder(store: Store) -> None:
    taken = at_once(lambda number: store.leases.take("sweeper", f"worker-{number}", START, LEASE))
    assert taken.count(True) == 1


def test_a_lease_that_ran_out_has_one_new_holder(store: Store) -> None:
    store.leases.take("sweeper", "gone", START, LEASE)
    taken = at_once(lambda number: store.leases.take("sweeper", f"worker-{number}", LATER, LEASE))
    assert taken.count(True) == 1


def test_facts_that_many_save_at_once_are_kept(store: Store) -> None:
    """Two reviews often examine the same package at the same time, and not all of them know the same hashes."""
    facts, hashes = an_artifact(a_file()), (Digest("sha256", "1" * 64), Digest("sha512", "2" * 128))
    at_once(lambda n: store.inspections.save("public", a_package(), facts, hashes[n % 2 : n % 3 + 1], START), 60)
    for digest in hashes:
        assert store.inspections.find("public", a_package(), facts.engine, (digest,)) == facts


def test_a_report_that_two_runs_save_at_once_has_one_address(store: Store) -> None:
    ids = at_once(lambda _: store.reports.save(a_request(), a_report(), START), 30)
    assert len(set(ids)) == 1


def test_reviews_of_one_repository_that_end_at_once_are_all_found(store: Store) -> None:
    at_once(lambda number: store.reports.save(a_request(number % 20 + 1), a_report(), START), 60)
    found = store.search.intakes(IntakeFilter(a_package().key), EVERYTHING, 100)
    assert sorted(one.review.number for one in found) == list(range(1, 21))
    assert store.search.repositories("acme/shop", EVERYTHING) == {42}


def test_workers_that_start_together_are_all_known_and_agree_on_the_rules(store: Store) -> None:
    def start(number: int) -> None:
        store.catalogues.publish(a_catalogue(), START)
        store.catalogues.announce(f"worker-{number % 8}", (), START + timedelta(seconds=number))

    at_once(start, 40)
    assert store.catalogues.current() == a_catalogue()
    assert len(store.catalogues.workers(START)) == 8


def _accept_and_claim(url: str, owner: str) -> tuple[bool, bool]:
    store = open_store(url)
    accepted = store.deliveries.accept("guid-1", "pull_request", a_request(), START) is not None
    claimed = store.deliveries.claim(LANE, owner, START, LEASE) is not None
    store.close()
    return accepted, claimed


def test_processes_agree_on_one_row_and_one_winner(
    database_url: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.syspath_prepend(pytestconfig.rootpath)  # fresh processes import this module by name
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        answers = list(processes.map(_accept_and_claim, [database_url] * 40, [f"worker-{n}" for n in range(40)]))
    assert all(accepted for accepted, _ in answers)
    assert sum(claimed for _, claimed in answers) == 1
