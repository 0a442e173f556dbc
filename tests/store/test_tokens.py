"""API tokens: kept with their events, rotated and revoked once whoever asks, counted by the hour."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.access import Access, Scope, read_networks
from app.core.audit import Deed, Event, first_break
from app.core.credentials import IDLE, Credential, Status
from app.core.issuing import Denied, Lifetimes, issued, rotate, successor
from app.core.ports import Store
from app.core.token_store import HourOfUse, TokenFilter, Use
from app.core.tokens import Kind, Pepper, Token, mint
from app.core.watching import Signal
from app.store.tokens import TOMBSTONE
from tests.fakes.clock import START, FakeClock

PEPPER = Pepper("1", b"pepper")
READER = Access(
    frozenset({Scope.PACKAGES_READ, Scope.REVIEWS_READ}),
    frozenset({7, 8}),
    frozenset({70}),
    read_networks(["192.0.2.0/24", "2001:db8::/32"]),
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_token(seed: object = 0, kind: Kind = Kind.API) -> Token:
    return mint(kind, hashlib.sha512(str(seed).encode()).digest())


def a_credential(seed: object = 0, now: datetime = START, access: Access = READER, **changes: Any) -> Credential:
    made = issued(a_token(seed), PEPPER, f"ci {seed}", access, "operator", now, now + 30 * DAY)
    return replace(made, **changes)


def an_event(token: str, at: datetime = START, deed: Deed = Deed.CREATED) -> Event:
    return Event(at, deed, token, request="r-1", installations=(7, 8), actor="operator", network="192.0.2.0/24")


def keep(store: Store, seed: object = 0, now: datetime = START, **changes: Any) -> Credential:
    one = a_credential(seed, now, **changes)
    store.tokens.add(one, an_event(one.id, now))
    return one


def deeds(store: Store, token: str | None = None) -> list[Deed]:
    return [link.event.deed for link in store.audit.read(100, token=token)]


def a_rotation(store: Store, old: Credential, seed: object, now: datetime) -> tuple[Credential, bool]:
    """Decide on what is kept now, and keep it."""
    family = store.tokens.find(TokenFilter(family=old.family), 50)
    before = next(one for one in family if one.id == old.id)
    decided = rotate(before, family, Lifetimes(), now)
    assert not isinstance(decided, Denied), decided
    after, new = successor(a_token(seed), PEPPER, decided, now)
    return new, store.tokens.rotate(after, before, new, decided.revoked, an_event(new.id, now, Deed.ROTATED))


def test_a_token_comes_back_as_it_was_made(store: Store) -> None:
    one = keep(store)
    assert store.tokens.get(one.id) == one
    assert store.tokens.get("nobody") is None
    assert store.tokens.get("\0") is None
    assert deeds(store) == [Deed.CREATED]


def test_an_id_is_taken_once(store: Store) -> None:
    keep(store)
    with pytest.raises(ValueError, match="is there already"):
        keep(store)
    assert deeds(store) == [Deed.CREATED]


def test_tokens_are_listed_by_creation_page_by_page(store: Store) -> None:
    made = [keep(store, number, START + number * HOUR) for number in range(5)]
    first = store.tokens.find(TokenFilter(), 2)
    second = store.tokens.find(TokenFilter(), 10, after=first[-1].id)
    assert [one.id for one in (*first, *second)] == [one.id for one in made]
    assert store.tokens.find(TokenFilter(), 10, after="nobody") == []


def test_tokens_are_found_by_family_creator_installation_and_whether_they_live(store: Store) -> None:
    one = keep(store, 1)
    other = keep(store, 2, access=Access(frozenset({Scope.TOKENS_CREATE})), creator=one.id)
    dead = keep(store, 3, expires_at=START + HOUR)
    keep(store, 4, START - 2 * IDLE, expires_at=START + DAY)

    def found(**wanted: Any) -> set[str]:
        return {each.name for each in store.tokens.find(TokenFilter(**wanted), 10)}

    assert found(family=one.id) == {"ci 1"}
    assert found(creator=one.id) == {"ci 2"}
    assert found(installation=7) == {"ci 1", "ci 3", "ci 4"}
    assert found(installation=9) == set()
    assert found(live_at=START + HOUR) == {"ci 1", "ci 2"}
    store.tokens.revoke([other.id], "no longer needed", START, an_event(other.id))
    assert found(live_at=START) == {one.name, dead.name}


def test_a_rotation_keeps_both_for_the_overlap(store: Store) -> None:
    old = keep(store)
    new, kept = a_rotation(store, old, "next", START + HOUR)
    assert kept
    now = store.tokens.get(old.id)
    assert now is not None
    assert (now.superseded_by, now.superseded_at) == (new.id, START + HOUR + DAY)
    assert store.tokens.get(new.id) == new
    assert now.status(START + DAY) is Status.LIVE
    assert deeds(store) == [Deed.CREATED, Deed.ROTATED]


def test_of_two_rotations_at_a_time_one_is_kept(store: Store) -> None:
    old = keep(store)
    family = [old]
    decided = rotate(old, family, Lifetimes(), START)
    assert not isinstance(decided, Denied)

    def attempt(seed: int) -> bool:
        after, new = successor(a_token(f"next {seed}"), PEPPER, decided, START)
        return store.tokens.rotate(after, old, new, decided.revoked, an_event(new.id, START, Deed.ROTATED))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(store.tokens.find(TokenFilter(family=old.id), 10)) == 2


def test_an_answer_that_got_lost_is_asked_for_again_and_the_unused_successor_dies(store: Store) -> None:
    old = keep(store)
    lost, _ = a_rotation(store, old, "lost", START)
    new, kept = a_rotation(store, old, "new", START + HOUR)
    assert kept
    dead = store.tokens.get(lost.id)
    assert dead is not None
    assert dead.status(START + HOUR) is Status.REVOKED
    assert store.tokens.get(new.id) == new


def test_a_token_is_revoked_once_and_each_with_its_event(store: Store) -> None:
    one, two = keep(store, 1), keep(store, 2)
    event = an_event("", START + HOUR)
    assert store.tokens.revoke([one.id, two.id, "nobody"], "its owner left", START + HOUR, event) == [one.id, two.id]
    assert store.tokens.revoke([one.id], "again", START + DAY, event) == []
    dead = store.tokens.get(one.id)
    assert dead is not None
    assert (dead.revoked_at, dead.revoked_why) == (START + HOUR, "its owner left")
    assert deeds(store, one.id) == [Deed.CREATED, Deed.REVOKED]


def test_a_bootstrap_token_makes_one_token(store: Store) -> None:
    first = keep(store, "boot")
    one, two = a_credential(1), a_credential(2)
    assert store.tokens.spend(first.id, one, an_event(one.id))
    assert not store.tokens.spend(first.id, two, an_event(two.id))
    assert store.tokens.get(two.id) is None


def test_a_token_is_suspended_and_lifted(store: Store) -> None:
    one = keep(store)
    store.tokens.suspend(one.id, "a burst from a new network", START, an_event(one.id, deed=Deed.SUSPENDED))
    kept = store.tokens.get(one.id)
    assert kept is not None
    assert kept.status(START) is Status.SUSPENDED
    store.tokens.suspend(one.id, None, START, an_event(one.id, deed=Deed.RESUMED))
    assert store.tokens.get(one.id) == one
    assert deeds(store, one.id) == [Deed.CREATED, Deed.SUSPENDED, Deed.RESUMED]


def test_a_token_is_hashed_anew(store: Store) -> None:
    one = keep(store)
    store.tokens.rehash(one.id, b"y" * 32, "2")
    assert store.tokens.get(one.id) == replace(one, digest=b"y" * 32, pepper="2")


def use(token: str, at: datetime, **changes: Any) -> Use:
    return replace(Use(token, at, "/api/v1/packages/{purl}", 200, "192.0.2.0/24", "curl"), **changes)


def test_uses_are_counted_by_the_hour_and_the_last_one_at_most_once_a_minute(store: Store, clock: FakeClock) -> None:
    one = keep(store)
    for seconds in (0, 10, 59, 61):
        store.tokens.note(use(one.id, START + timedelta(seconds=seconds)))
    store.tokens.note(use(one.id, START + HOUR, status=404, network="198.51.100.0/24", agent="python"))
    kept = store.tokens.get(one.id)
    assert kept is not None
    assert kept.last_used_at == START + HOUR
    assert store.tokens.usage(one.id, START) == [
        HourOfUse(START, (("/api/v1/packages/{purl}", 2, 4),), 1, 1),
        HourOfUse(START + HOUR, (("/api/v1/packages/{purl}", 4, 1),), 1, 1),
    ]
    assert [hour.hour for hour in store.tokens.usage(one.id, START + HOUR)] == [START + HOUR]
    store.tokens.note(use("nobody", START))


def test_habits_are_what_was_before(store: Store) -> None:
    one = keep(store)
    for hours in (0, 1, 1, 3):
        store.tokens.note(use(one.id, START + hours * HOUR))
    store.tokens.note(use(one.id, START + 3 * HOUR, status=403))
    habits = store.tokens.habits(one.id, START + 3 * HOUR)
    assert (habits.uses, habits.this_hour, sorted(habits.hours)) == (4, 1, [1, 2])
    assert habits.last_used_at == START + 3 * HOUR
    assert habits.networks == {"192.0.2.0/24": START + 3 * HOUR}


def test_refused_uses_are_kept_for_a_while_and_do_not_count_as_use(store: Store) -> None:
    one = keep(store)
    for minutes in (0, 1):
        store.tokens.note(use(one.id, START + timedelta(minutes=minutes), status=403, route=f"/r{minutes}"))
    assert [each.route for each in store.tokens.recent(one.id, START)] == ["/r0", "/r1"]
    assert [each.route for each in store.tokens.recent(one.id, START + timedelta(minutes=1))] == ["/r1"]
    kept = store.tokens.get(one.id)
    assert kept is not None
    assert kept.last_used_at is None


def test_a_signal_is_told_once_a_day(store: Store) -> None:
    one = keep(store)
    told = [
        store.tokens.tell(one.id, Signal.BURST, an_event(one.id, START + hours * HOUR, Deed.ANOMALY))
        for hours in (0, 1, 23, 24)
    ]
    assert told == [True, False, False, True]
    assert store.tokens.habits(one.id, START + DAY).told == {Signal.BURST: START + DAY}
    assert deeds(store, one.id) == [Deed.CREATED, Deed.ANOMALY, Deed.ANOMALY]


def test_the_end_of_a_token_is_noticed_once_and_its_tombstone_goes_after_400_days(store: Store) -> None:
    short, long = keep(store, 1, expires_at=START + HOUR), keep(store, 2, expires_at=START + 300 * DAY)
    store.tokens.note(use(long.id, START))
    assert store.tokens.expire(START) == []
    assert [one.id for one in store.tokens.expire(START + HOUR)] == [short.id]
    assert store.tokens.expire(START + 2 * HOUR) == []
    assert deeds(store, short.id) == [Deed.CREATED, Deed.EXPIRED]
    assert [one.id for one in store.tokens.expire(START + IDLE)] == [long.id]
    store.tokens.expire(START + HOUR + TOMBSTONE)
    assert store.tokens.get(short.id) is None
    assert store.tokens.get(long.id) is not None


def test_counts_of_use_are_forgotten_after_90_days(store: Store) -> None:
    one = keep(store, expires_at=START + 300 * DAY)
    for days in (0, 1):
        store.tokens.note(use(one.id, START + days * DAY))
    store.tokens.expire(START + 90 * DAY)
    assert len(store.tokens.usage(one.id, START)) == 2
    store.tokens.expire(START + 90 * DAY + HOUR)
    assert [hour.hour for hour in store.tokens.usage(one.id, START)] == [START + DAY]


def test_events_are_one_chain_whoever_writes(store: Store) -> None:
    made = [keep(store, number) for number in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda n: store.audit.append(an_event(made[n % 3].id, START + n * HOUR, Deed.ANOMALY)), range(12))
        )
    links = store.audit.read(100)
    assert [link.sequence for link in links] == list(range(1, 16))
    assert first_break(links) is None
    assert first_break(store.audit.read(100, after=10), links[9].chain, 10) is None


def test_events_are_found_by_what_they_are_about(store: Store) -> None:
    one = keep(store, 1)
    store.audit.append(Event(START + DAY, Deed.REVOKED, one.id, actor="somebody"))
    assert [link.sequence for link in store.audit.read(10, installation=7)] == [1]
    assert [link.sequence for link in store.audit.read(10, since=START + HOUR)] == [2]
    assert [link.sequence for link in store.audit.read(10, actor="somebody", deed="revoked")] == [2]
    assert store.audit.read(10, token="nobody") == []
    assert [link.sequence for link in store.audit.read(1, token=one.id)] == [1]


def test_an_installation_that_goes_takes_its_traces_and_leaves_the_chain_whole(store: Store) -> None:
    keep(store, 1)
    store.audit.append(Event(START, Deed.CREATED, "other", actor="operator", installations=(9,)))
    assert store.audit.erase(7, START) == 1
    first, second = store.audit.read(10)
    assert (first.event.actor, first.event.network, first.erased) == (None, None, True)
    assert second.event.actor == "operator"
    assert first_break([first, second]) is None
    assert store.audit.erase(7, START) == 0


def test_hostile_words_break_neither_the_database_nor_the_chain(store: Store) -> None:
    store.audit.append(Event(START, Deed.REVOKED, "x", detail="\0half \ud800 and " + "y" * 600))
    assert first_break(store.audit.read(10)) is None


def test_tokens_that_have_not_ended_are_found_with_those_that_are_suspended(store: Store) -> None:
    live, suspended, revoked = (keep(store, seed) for seed in range(3))
    ended = keep(store, 3, expires_at=START + DAY)
    store.tokens.suspend(suspended.id, "its use looked wrong", START, an_event(suspended.id, deed=Deed.SUSPENDED))
    store.tokens.revoke([revoked.id], "leaked", START, an_event(revoked.id, deed=Deed.REVOKED))
    found = store.tokens.find(TokenFilter(unended_at=START + DAY), 50)
    assert {one.id for one in found} == {live.id, suspended.id}
    assert ended.id in {one.id for one in store.tokens.find(TokenFilter(unended_at=START), 50)}
