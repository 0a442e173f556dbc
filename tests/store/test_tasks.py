"""Tasks of the API: kept once, done by one owner at a time, never lost, and forgotten after a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.core.access import Access, Scope, read_networks
from app.core.ports import Asker, Store, Task, TaskKind, TaskState
from tests.fakes.clock import START, FakeClock

LEASE = timedelta(seconds=120)
MOST = 10
OURS = Access(frozenset(), frozenset({99}), frozenset({42, 43}))
_ids = count(1)


def a_task(now: datetime = START, **changes: Any) -> Task:
    """A task that was just asked for."""
    asker = Asker("tokenA", "familyA", OURS)
    one = Task(f"{next(_ids):032d}", TaskKind.INSPECT, asker, '["pkg:npm/fast-colour@2.4.1"]', now, now)
    return replace(one, **changes)


def ask(store: Store, now: datetime = START, **changes: Any) -> Task:
    """Keep a new task."""
    one = a_task(now, **changes)
    assert store.tasks.add(one, MOST)
    return one


def claim(store: Store, one: Task, now: datetime, owner: str = "worker-1") -> Task | None:
    """Claim it."""
    return store.tasks.claim(one.id, owner, now, LEASE)


def kept(store: Store, one: Task) -> Task:
    """The task as it is kept."""
    found = store.tasks.get(one.id)
    assert found is not None
    return found


def test_a_task_comes_back_as_it_was_asked_for(store: Store) -> None:
    one = ask(store)
    assert store.tasks.get(one.id) == one
    assert store.tasks.get("0" * 32) is None
    assert store.tasks.get("\x00\ud800") is None


def test_who_waits_for_its_end_asks_for_the_state_alone(store: Store) -> None:
    one = ask(store)
    assert store.tasks.state(one.id) is TaskState.WAITING
    claim(store, one, START)
    assert store.tasks.state(one.id) is TaskState.RUNNING
    assert store.tasks.state("0" * 32) is None
    assert store.tasks.state("\x00\ud800") is None


def test_of_its_askers_access_only_whose_it_is_is_kept(store: Store) -> None:
    whole = replace(OURS, scopes=frozenset(Scope), networks=read_networks(["192.0.2.0/24"]))
    one = ask(store, asker=Asker("tokenA", "familyA", whole))
    assert kept(store, one).asker.access == OURS


def test_who_acts_for_one_installation_is_known() -> None:
    assert Asker("t", "f", OURS).installation == 99
    assert Asker("t", "f", Access(frozenset())).installation is None
    assert Asker("t", "f", Access(frozenset(), frozenset({98, 99}))).installation is None


def test_a_family_has_so_many_unfinished_tasks_at_most(store: Store) -> None:
    first = ask(store)
    ask(store)
    assert not store.tasks.add(a_task(), 2)
    other = Asker("tokenB", "familyB")
    assert store.tasks.add(a_task(asker=other), 2), "others are not concerned"
    claim(store, first, START)
    assert not store.tasks.add(a_task(), 2)
    store.tasks.finish(first.id, "worker-1", TaskState.FAILED, START)
    assert store.tasks.add(a_task(), 2)


def test_a_claim_counts_and_holds_the_task(store: Store, clock: FakeClock) -> None:
    one = ask(store)
    taken = claim(store, one, clock())
    assert taken is not None
    assert (taken.state, taken.owner, taken.attempts, taken.failures) == (TaskState.RUNNING, "worker-1", 1, 1)
    assert taken.lease_until == START + LEASE
    assert kept(store, one) == taken
    assert claim(store, one, clock.advance(119), "worker-2") is None
    again = claim(store, one, clock.advance(1), "worker-2")
    assert again is not None, "its lease ran out"
    assert (again.owner, again.attempts, again.failures) == ("worker-2", 2, 2)


def test_nothing_is_claimed_before_its_time_and_nothing_unknown(store: Store, clock: FakeClock) -> None:
    one = ask(store, due=START + timedelta(seconds=60))
    assert claim(store, one, clock.advance(59)) is None
    assert claim(store, one, clock.advance(1)) is not None
    assert store.tasks.claim("0" * 32, "worker-1", clock(), LEASE) is None


def test_a_hundred_parallel_claims_have_one_winner(store: Store) -> None:
    one = ask(store)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: claim(store, one, START, f"worker-{number}"), range(100)))
    assert sum(found is not None for found in taken) == 1


def test_many_that_ask_at_once_get_no_more_than_they_may(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: store.tasks.add(a_task(), 3), range(20)))
    assert sum(asked) == 3


@pytest.mark.parametrize("state", [TaskState.DONE, TaskState.FAILED])
def test_a_task_ends_once_with_its_result(store: Store, clock: FakeClock, state: TaskState) -> None:
    one = ask(store)
    claim(store, one, clock())
    assert store.tasks.finish(one.id, "worker-1", state, clock.advance(5), result='{"a": "é"}', note="why")
    ended = kept(store, one)
    assert (ended.state, ended.result, ended.note, ended.finished_at) == (state, '{"a": "é"}', "why", clock())
    assert (ended.owner, ended.lease_until) == (None, None)
    assert claim(store, one, clock.advance(1000)) is None
    assert not store.tasks.finish(one.id, "worker-1", TaskState.DONE, clock(), result="late")
    assert kept(store, one) == ended


def test_what_was_sent_may_go_at_the_end(store: Store, clock: FakeClock) -> None:
    for one, drop in ((ask(store), True), (ask(store), False)):
        claim(store, one, START)
        assert store.tasks.finish(one.id, "worker-1", TaskState.DONE, clock(), result="[]", drop_input=drop)
        assert (kept(store, one).input, kept(store, one).result) == ("" if drop else one.input, "[]")


def test_a_run_that_leaves_the_rest_is_no_failure_and_what_it_gave_stays(store: Store, clock: FakeClock) -> None:
    one = ask(store)
    for attempt in (1, 2, 3):
        taken = claim(store, one, clock())
        assert taken is not None
        assert (taken.attempts, taken.failures) == (attempt, 1)
        assert store.tasks.give_back(one.id, "worker-1", clock(), "", result=f"[{attempt}]", failed=False)
    claim(store, one, clock())
    due = clock() + timedelta(seconds=60)
    assert store.tasks.give_back(one.id, "worker-1", due, "The registry did not answer.")
    waits = kept(store, one)
    assert (waits.state, waits.failures, waits.due, waits.result) == (TaskState.WAITING, 1, due, "[3]")
    assert waits.note == "The registry did not answer."


def test_who_lost_the_lease_can_change_nothing_any_more(store: Store, clock: FakeClock) -> None:
    one = ask(store)
    claim(store, one, clock(), "slow-worker")
    taken = claim(store, one, clock.advance(121), "worker-2")
    assert not store.tasks.renew(one.id, "slow-worker", clock.advance(1))
    assert not store.tasks.finish(one.id, "slow-worker", TaskState.DONE, clock(), result="late")
    assert not store.tasks.give_back(one.id, "slow-worker", clock(), "late")
    assert store.tasks.release("slow-worker", clock(), "late") == []
    assert kept(store, one) == taken


def test_renewing_keeps_the_task(store: Store, clock: FakeClock) -> None:
    one = ask(store)
    claim(store, one, clock())
    assert store.tasks.renew(one.id, "worker-1", clock.advance(100) + LEASE)
    assert claim(store, one, clock.advance(119), "worker-2") is None


def test_a_dead_owners_tasks_are_given_back_at_once(store: Store, clock: FakeClock) -> None:
    one, other = ask(store), ask(store)
    claim(store, one, clock(), "host:1234")
    claim(store, other, clock(), "host:1235")
    assert store.tasks.release("host:1234", clock(), "its process was killed") == [one.id]
    taken = claim(store, one, clock(), "host:1236")
    assert taken is not None
    assert (taken.failures, taken.note) == (2, "its process was killed")


def test_what_waits_comes_oldest_first_and_without_those_in_work(store: Store, clock: FakeClock) -> None:
    tasks = [ask(store, clock.advance(1)) for _ in range(4)]
    claim(store, tasks[0], clock())
    claim(store, tasks[1], clock(), "dead-worker")
    store.tasks.renew(tasks[1].id, "dead-worker", clock())
    ask(store, clock(), due=clock() + timedelta(seconds=60))
    ids = [one.id for one in tasks]
    assert store.tasks.waiting(clock(), 10) == ids[1:]
    assert store.tasks.waiting(clock(), 2) == ids[1:3]
    store.tasks.finish(tasks[0].id, "worker-1", TaskState.DONE, clock())
    assert ids[0] not in store.tasks.waiting(clock.advance(3600), 10)


def test_what_ended_long_ago_is_forgotten_bit_by_bit(store: Store, clock: FakeClock) -> None:
    ended = [ask(store) for _ in range(3)]
    for one in ended:
        claim(store, one, clock.advance(1))
        store.tasks.finish(one.id, "worker-1", TaskState.DONE, clock())
    waits = ask(store)
    before = clock()  # the last one ended at this moment
    assert store.tasks.forget(before, 1) == 1
    assert store.tasks.forget(before, 10) == 1
    assert store.tasks.forget(before, 10) == 0
    assert [store.tasks.get(one.id) is None for one in ended] == [True, True, False]
    assert store.tasks.get(waits.id) is not None


def test_a_note_may_hold_anything(store: Store) -> None:
    one = ask(store)
    claim(store, one, START)
    store.tasks.give_back(one.id, "worker-1", START, "half \ud800 of a pair, \x00, " + "x" * 5000)
    assert kept(store, one).note.startswith("half ? of a pair, , x")
    assert len(kept(store, one).note) < 1001


def test_what_an_installation_asked_for_is_erased_and_nothing_of_others(store: Store) -> None:
    def asked(installations: set[int], repositories: set[int]) -> Task:
        access = Access(frozenset(), frozenset(installations), frozenset(repositories))
        return ask(store, asker=Asker("tokenA", f"family-{len(installations)}", access))

    whole, narrowed = asked({99}, set()), asked({99}, {42})
    others = [asked({98}, set()), asked({98, 99}, set()), asked(set(), {42}), asked(set(), set())]
    claim(store, narrowed, START)
    assert store.tasks.erase(99) == 2
    assert [store.tasks.get(one.id) for one in (whole, narrowed)] == [None, None]
    assert [kept(store, one) for one in others] == others
    assert not store.tasks.renew(narrowed.id, "worker-1", START + LEASE), "whoever runs it is told so"
    assert store.tasks.erase(99) == 0


def test_with_repositories_goes_what_was_asked_for_by_those_that_reach_nothing_else(store: Store) -> None:
    narrowed = [ask(store, asker=Asker("tokenA", "familyA", replace(OURS, repositories=frozenset({42}))))]
    more = ask(store)
    whole = ask(store, asker=Asker("tokenA", "familyA", replace(OURS, repositories=frozenset())))
    assert store.tasks.erase(99, frozenset({42, 7})) == 1
    assert [store.tasks.get(one.id) for one in narrowed] == [None]
    assert (kept(store, more), kept(store, whole)) == (more, whole)


def test_however_much_an_installation_asked_for_all_of_it_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.tasks.AT_ONCE", 2)
    for _ in range(5):
        ask(store)
    assert store.tasks.erase(99) == 5
    assert store.tasks.waiting(START, 10) == []
