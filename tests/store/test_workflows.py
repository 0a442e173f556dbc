"""Tokens that workflows get for their own: each once, whoever asks at the same moment; and whose a repository is."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.access import Access, Scope
from app.core.audit import Deed
from app.core.credentials import WORKFLOW, Credential, event_about
from app.core.issuing import issued
from app.core.ports import Store
from app.core.tenancy import Home
from app.core.tokens import Kind, mint
from app.store.tokens import EXCHANGED_TOMBSTONE
from app.token_settings import a_pepper
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request

PEPPER = a_pepper("a pepper for the tests, long enough for one")
ACCESS = Access(frozenset({Scope.PACKAGES_READ}), frozenset({99}), frozenset({42}))
MINUTE = timedelta(minutes=1)


def a_token(seed: int) -> Credential:
    """What a workflow gets."""
    token = mint(Kind.API, hashlib.sha512(bytes([seed])).digest())
    return issued(token, PEPPER, "acme/shop run 1001", ACCESS, WORKFLOW, START, START + 15 * MINUTE)


def redeem(store: Store, once: bytes, seed: int, now: datetime = START) -> bool:
    one = a_token(seed)
    return store.tokens.redeem(once.ljust(32), now + 5 * MINUTE, one, event_about(one, Deed.CREATED, now, "run 1001"))


def test_what_was_exchanged_is_not_exchanged_again(store: Store) -> None:
    assert redeem(store, b"a", 1)
    assert not redeem(store, b"a", 2)
    assert redeem(store, b"b", 3)
    assert store.tokens.get(a_token(1).id) == a_token(1)
    assert store.tokens.get(a_token(2).id) is None
    assert [link.event.token for link in store.audit.read(9)] == [a_token(1).id, a_token(3).id]


def test_of_many_at_once_one_gets_a_token(store: Store) -> None:
    gate = threading.Barrier(6)
    got: list[bool] = []

    def ask(seed: int) -> None:
        gate.wait()
        got.append(redeem(store, b"a", seed))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]
    assert len(store.audit.read(9)) == 1


def test_it_is_remembered_until_the_other_token_has_ended(store: Store) -> None:
    redeem(store, b"a", 1)
    store.tokens.expire(START + 4 * MINUTE)
    assert not redeem(store, b"a", 2)
    store.tokens.expire(START + 5 * MINUTE)
    assert redeem(store, b"a", 3)


def test_its_end_is_no_event_and_its_row_goes_sooner(store: Store) -> None:
    redeem(store, b"a", 1)
    (ended,) = store.tokens.expire(START + 15 * MINUTE)
    assert ended.id == a_token(1).id
    assert [link.event.deed for link in store.audit.read(9)] == [Deed.CREATED]
    store.tokens.expire(START + 15 * MINUTE + EXCHANGED_TOMBSTONE)
    assert store.tokens.get(a_token(1).id) is None


def test_a_repository_is_where_its_newest_delivery_says(store: Store) -> None:
    assert store.deliveries.home(42) is None
    deliveries = [
        replace(a_request(), owner_id=7),
        replace(a_request(8), owner_id=None),
        replace(a_request(9), repository_id=43, owner_id=9),
    ]
    for count, request in enumerate(deliveries):
        store.deliveries.accept(f"guid-{count}", "pull_request", request, START)
    assert store.deliveries.home(42) == Home(99, 42, 7)
    moved = replace(a_request(10), installation_id=98, owner_id=8)
    kept = store.deliveries.accept("guid-moved", "pull_request", moved, START)
    assert kept is not None
    assert kept.request == moved
    assert store.deliveries.home(42) == Home(98, 42, 8)


def test_what_an_installation_lost_is_at_home_nowhere_until_github_says_so_again(store: Store) -> None:
    for count, repository in enumerate((42, 43)):
        request = replace(a_request(count + 1), repository_id=repository, owner_id=7)
        store.deliveries.accept(f"guid-{count}", "pull_request", request, START)
    store.deliveries.forget_homes(98)
    assert store.deliveries.home(42) == Home(99, 42, 7)
    store.deliveries.forget_homes(99, frozenset({43}))
    assert (store.deliveries.home(42), store.deliveries.home(43)) == (Home(99, 42, 7), None)
    store.deliveries.forget_homes(99)
    assert store.deliveries.home(42) is None
    store.deliveries.accept("guid-again", "pull_request", replace(a_request(), owner_id=7), START)
    assert store.deliveries.home(42) == Home(99, 42, 7)
