"""Many at once: exact under threads and under processes."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.ports import Delivery, Store
from app.store import open_store, upgrade
from tests.fakes.clock import START
from tests.store.test_deliveries import LEASE, a_request

LANE = a_request().lane


def at_once(work: Callable[[int], object], times: int = 100) -> list[object]:
    """Run the work in 16 threads."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(work, range(times)))


def test_a_delivery_that_comes_a_hundred_times_in_parallel_is_one_row(store: Store) -> None:
    accepted = at_once(lambda _: store.deliveries.accept("guid-1", "pull_request", a_request(), START))
    assert len(set(accepted)) == 1
    assert store.deliveries.waiting(START, limit=100) == [LANE]


def test_a_hundred_parallel_claims_have_one_winner(store: Store) -> None:
    store.deliveries.accept("guid-1", "pull_request", a_request(), START)
    claims = at_once(lambda number: store.deliveries.claim(LANE, f"worker-{number}", START, LEASE))
    winners = [claim for claim in claims if isinstance(claim, Delivery)]
    assert len(winners) == 1
    assert winners[0].attempts == 1


def test_a_hundred_pushes_of_one_lane_and_twenty_lanes_mix(store: Store) -> None:
    at_once(
        lambda number: store.deliveries.accept(f"guid-{number}", "pull_request", a_request(number % 20), START), 200
    )
    late = START + timedelta(seconds=60)
    claims = at_once(lambda number: store.deliveries.claim(a_request(number % 20).lane, str(number), late, LEASE), 200)
    won = Counter(claim.request.lane for claim in claims if isinstance(claim, Delivery))
    assert won == Counter({a_request(number).lane: 1 for number in range(20)})


def test_a_lease_that_many_want_has_one_holder(store: Store) -> None:
    taken = at_once(lambda number: store.leases.take("sweeper", f"worker-{number}", START, LEASE))
    assert taken.count(True) == 1


def _accept_and_claim(url: str, owner: str) -> tuple[bool, bool]:
    store = open_store(url)
    accepted = store.deliveries.accept("guid-1", "pull_request", a_request(), START) is not None
    claimed = store.deliveries.claim(LANE, owner, START, LEASE) is not None
    store.close()
    return accepted, claimed


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> ProcessPoolExecutor:
    """Fresh processes, as a deployment has them. They import this module by name."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath)
    return ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn"))


def test_processes_agree_on_one_row_and_one_winner(sqlite_url: str, processes: ProcessPoolExecutor) -> None:
    with processes:
        answers = list(processes.map(_accept_and_claim, [sqlite_url] * 40, [f"worker-{n}" for n in range(40)]))
    assert all(accepted for accepted, _ in answers)
    assert sum(claimed for _, claimed in answers) == 1


def test_processes_that_start_together_migrate_once(
    tmp_path_factory: pytest.TempPathFactory, processes: ProcessPoolExecutor
) -> None:
    urls = [f"sqlite:///{tmp_path_factory.mktemp('db') / 'assay.db'}" for _ in range(5)]
    with processes:
        list(processes.map(upgrade, [url for url in urls for _ in range(4)]))
    for url in urls:
        assert _accept_and_claim(url, "worker-1") == (True, True)
