"""Idempotency keys: one request under a key does the work, the others get its answer, and it ends by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.core.idempotency import KEPT, LEASE, Answer, Attempt, attempt, fingerprint
from app.core.ports import Store
from tests.fakes.clock import START

ONE, OTHER = fingerprint(b"POST", b"/reviews"), fingerprint(b"POST", b"/tokens")
ANSWER = Answer(202, b'{"state":"queued"}', (("Location", "/api/v1/x"),))
SECOND = timedelta(seconds=1)


def an_attempt(request: str = "r-1", after: timedelta = timedelta(0), mark: bytes = ONE) -> Attempt:
    return attempt(mark, request, START + after)


def test_the_first_one_begins_and_the_second_one_finds_it(store: Store) -> None:
    first = an_attempt()
    assert store.idempotency.begin("holder", "key", first) is None
    assert store.idempotency.begin("holder", "key", an_attempt("r-2", mark=OTHER)) == first


def test_keys_belong_to_their_holder(store: Store) -> None:
    assert store.idempotency.begin("holder", "key", an_attempt()) is None
    assert store.idempotency.begin("another", "key", an_attempt("r-2")) is None
    assert store.idempotency.begin("holder", "another key", an_attempt("r-3")) is None


def test_an_answer_is_kept_as_it_was(store: Store) -> None:
    store.idempotency.begin("holder", "key", an_attempt())
    store.idempotency.finish("holder", "key", "r-1", ANSWER)
    found = store.idempotency.begin("holder", "key", an_attempt("r-2", SECOND))
    assert found is not None
    assert (found.request, found.answer) == ("r-1", ANSWER)
    assert store.idempotency.get("holder", "key", START) == found
    assert store.idempotency.get("another", "key", START) is None
    assert store.idempotency.get("holder", "key", START + KEPT) is None


def test_what_was_made_is_kept_where_the_answer_may_not_be(store: Store) -> None:
    store.idempotency.begin("holder", "key", an_attempt())
    store.idempotency.finish("holder", "key", "r-1", Answer(201, b"", made="the-id"))
    found = store.idempotency.begin("holder", "key", an_attempt("r-2", SECOND))
    assert found is not None
    assert found.answer == Answer(201, b"", made="the-id")


def test_who_did_nothing_leaves_the_key_free(store: Store) -> None:
    store.idempotency.begin("holder", "key", an_attempt())
    store.idempotency.drop("holder", "key", "r-1")
    assert store.idempotency.begin("holder", "key", an_attempt("r-2")) is None


def test_who_died_is_replaced_by_one_other(store: Store) -> None:
    first = an_attempt()
    store.idempotency.begin("holder", "key", first)
    store.idempotency.let_go("holder", "key", "r-1", START + SECOND)
    found = store.idempotency.begin("holder", "key", an_attempt("r-2", 2 * SECOND))
    assert found is not None
    assert found.until == START + SECOND
    assert store.idempotency.take_over("holder", "key", found, an_attempt("r-2", 2 * SECOND))
    assert not store.idempotency.take_over("holder", "key", found, an_attempt("r-3", 2 * SECOND))
    store.idempotency.finish("holder", "key", "r-1", ANSWER)  # it was not dead, only late
    now = store.idempotency.begin("holder", "key", an_attempt("r-4", 3 * SECOND))
    assert now is not None
    assert (now.request, now.answer, now.until) == ("r-2", None, START + 2 * SECOND + LEASE)


def test_an_answer_is_not_taken_over_nor_let_go_nor_dropped(store: Store) -> None:
    first = an_attempt()
    store.idempotency.begin("holder", "key", first)
    store.idempotency.finish("holder", "key", "r-1", ANSWER)
    assert not store.idempotency.take_over("holder", "key", first, an_attempt("r-2"))
    store.idempotency.let_go("holder", "key", "r-1", START)
    store.idempotency.drop("holder", "key", "r-1")
    found = store.idempotency.begin("holder", "key", an_attempt("r-3"))
    assert found is not None
    assert (found.answer, found.until) == (ANSWER, first.until)


def test_a_key_is_as_good_as_new_after_a_day(store: Store) -> None:
    store.idempotency.begin("holder", "key", an_attempt())
    store.idempotency.finish("holder", "key", "r-1", ANSWER)
    assert store.idempotency.begin("holder", "key", an_attempt("r-2", KEPT - SECOND, OTHER)) is not None
    assert store.idempotency.begin("holder", "key", an_attempt("r-3", KEPT, OTHER)) is None
    found = store.idempotency.begin("holder", "key", an_attempt("r-4", KEPT))
    assert found is not None
    assert (found.fingerprint, found.answer) == (OTHER, None)


def test_what_is_past_its_end_is_removed(store: Store) -> None:
    store.idempotency.begin("holder", "old", an_attempt())
    store.idempotency.begin("holder", "young", an_attempt("r-2", SECOND))
    assert store.idempotency.forget(START + KEPT) == 1
    assert store.idempotency.forget(START + KEPT) == 0
    assert store.idempotency.begin("holder", "young", an_attempt("r-3", KEPT)) is not None


def test_of_many_at_once_one_begins(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: store.idempotency.begin("holder", "key", an_attempt(f"r-{n}")), range(24)))
    assert found.count(None) == 1
    (winner,) = {one.request for one in found if one is not None}
    assert winner == f"r-{found.index(None)}"


def test_any_text_may_be_a_key(store: Store) -> None:
    for text in ("\0", "\ud800", "x" * 10_000):
        assert store.idempotency.begin("holder", text, an_attempt()) is None
        assert store.idempotency.begin("holder", text, an_attempt("r-2")) is not None


def test_requests_are_told_apart_by_all_of_their_parts() -> None:
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
    assert fingerprint(b"a") != fingerprint(b"a", b"")
    assert len(fingerprint()) == 32
