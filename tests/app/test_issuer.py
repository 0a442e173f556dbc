"""The issuer: tokens are made once and shown once, rotated without locking anybody out, and dead the moment they are revoked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from app.core.access import Access, Scope
from app.core.audit import Deed, first_break
from app.core.credentials import Credential, Status, authenticate
from app.core.issuing import Denial, Denied, Wanted
from app.core.token_store import TokenFilter, Use
from app.core.tokens import Kind
from app.issuer import Actor, Issuer, Made
from app.store import MemoryStore
from app.token_settings import a_pepper
from tests.fakes.clock import FakeClock

OPERATOR = Actor(request="r-1")
ADMIN = Access(frozenset(Scope))
READER = Access(frozenset({Scope.PACKAGES_READ}))
HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def issuer(store: MemoryStore, clock: FakeClock) -> Issuer:
    numbers = count()
    peppers = (a_pepper("today's pepper, long enough for anybody"),)
    return Issuer(
        store, peppers, clock=clock, entropy=lambda size: hashlib.sha512(str(next(numbers)).encode()).digest()[:size]
    )


def made(answer: Made | Denied | None) -> Made:
    assert isinstance(answer, Made), answer
    return answer


def denial(answer: Made | Denied | None) -> Denial:
    assert isinstance(answer, Denied), answer
    return answer.denial


def deeds(store: MemoryStore) -> list[tuple[Deed, str | None]]:
    links = store.audit.read(100)
    assert first_break(links) is None
    return [(link.event.deed, link.event.actor) for link in links]


def test_what_is_made_opens_and_is_kept_without_its_text(issuer: Issuer, store: MemoryStore, clock: FakeClock) -> None:
    one = made(issuer.create(Wanted("ci", READER), OPERATOR))
    kept = store.tokens.get(one.token.id)
    assert authenticate(one.token, kept, issuer.peppers, clock()) == kept
    assert one.token.text not in repr(kept)
    assert one.token.text.encode() not in (kept.digest if kept else b"")
    assert deeds(store) == [(Deed.CREATED, "operator")]


def test_the_first_token_makes_exactly_one_other_and_is_dead_then(issuer: Issuer, store: MemoryStore) -> None:
    first = made(issuer.bootstrap())
    assert first.credential.kind is Kind.BOOTSTRAP
    by_it = Actor(first.credential)
    admin = made(issuer.create(Wanted("admin", ADMIN), by_it))
    assert denial(issuer.create(Wanted("another", READER), by_it)) is Denial.SPENT
    assert denial(issuer.bootstrap()) is Denial.ADMIN_EXISTS
    issuer.revoke([admin.credential.id], "gone", OPERATOR)
    assert isinstance(issuer.bootstrap(), Made)


def test_a_second_bootstrap_token_is_not_made_while_the_first_lives(issuer: Issuer, clock: FakeClock) -> None:
    issuer.bootstrap()
    assert denial(issuer.bootstrap()) is Denial.ADMIN_EXISTS
    clock.advance(24 * 3600)
    assert isinstance(issuer.bootstrap(), Made)


def test_a_token_is_rotated_and_both_open_for_the_overlap(issuer: Issuer, store: MemoryStore, clock: FakeClock) -> None:
    old = made(issuer.create(Wanted("ci", READER), OPERATOR))
    new = made(issuer.rotate(old.token.id, OPERATOR))

    def opens(one: Made) -> bool:
        return isinstance(authenticate(one.token, store.tokens.get(one.token.id), issuer.peppers, clock()), Credential)

    assert opens(old)
    assert opens(new)
    clock.advance(24 * 3600)
    assert not opens(old)
    assert opens(new)
    assert issuer.rotate("nobody", OPERATOR) is None


def test_who_rotates_a_replaced_token_after_the_overlap_ends_the_family(
    issuer: Issuer, store: MemoryStore, clock: FakeClock
) -> None:
    old = made(issuer.create(Wanted("ci", READER), OPERATOR))
    new = made(issuer.rotate(old.token.id, OPERATOR))
    store.tokens.note(Use(new.token.id, clock(), "/", 200, "192.0.2.0/24"))
    clock.advance(25 * 3600)
    assert denial(issuer.rotate(old.token.id, Actor(old.credential))) is Denial.REUSE
    assert {one.status(clock()) for one in store.tokens.find(TokenFilter(family=old.token.id), 10)} == {Status.REVOKED}
    assert deeds(store)[-1] == (Deed.FAMILY_REVOKED, old.token.id)


def test_tokens_are_revoked_by_creator_family_and_installation(issuer: Issuer, store: MemoryStore) -> None:
    admin = made(issuer.create(Wanted("admin", replace(ADMIN, installations=frozenset({7}))), OPERATOR))
    child = made(issuer.create(Wanted("child"), Actor(admin.credential)))
    assert child.credential.access.installations == {7}
    assert issuer.revoke_where(TokenFilter(creator=admin.token.id), "left", OPERATOR) == [child.token.id]
    assert issuer.revoke_where(TokenFilter(installation=7), "removed", OPERATOR) == [admin.token.id]
    assert issuer.revoke_where(TokenFilter(installation=7), "removed", OPERATOR) == []
    assert [link.event.installations for link in store.audit.read(10, deed="revoked")] == [(7,), (7,)]


def test_whoever_holds_the_whole_token_may_revoke_it_and_nobody_else(issuer: Issuer) -> None:
    one = made(issuer.create(Wanted("ci", READER), OPERATOR))
    assert issuer.holder(one.token.text) == one.credential
    other = made(issuer.create(Wanted("other", READER), OPERATOR))
    for text in ("", "asy_u1_x", one.token.text[:-1], other.token.text.replace(other.token.id, one.token.id)):
        assert issuer.holder(text) is None


def test_a_leak_ends_the_family_and_an_id_alone_ends_nothing(issuer: Issuer, store: MemoryStore) -> None:
    old = made(issuer.create(Wanted("ci", READER), OPERATOR))
    new = made(issuer.rotate(old.token.id, OPERATOR))
    forged = issuer.leaked([new.token.id, "asy_u1_" + new.token.id + "_" + "0" * 49], "https://paste.example", Actor())
    assert forged == []
    revoked = issuer.leaked([old.token.text, old.token.text], "https://paste.example/1", Actor(request="r-2"))
    assert set(revoked) == {old.token.id, new.token.id}
    leak = store.audit.read(10, deed="leak-reported")[0].event
    assert (leak.token, leak.detail) == (old.token.id, "https://paste.example/1")
    assert old.token.text not in repr(store.audit.read(100))


def test_a_dead_tokens_holder_holds_it_all_the_same(issuer: Issuer, clock: FakeClock) -> None:
    one = made(issuer.create(Wanted("ci", READER, HOUR), OPERATOR))
    clock.advance(7200)
    assert issuer.holder(one.token.text) is not None


def test_without_a_pepper_there_is_no_issuer(store: MemoryStore, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="need a pepper"):
        Issuer(store, (), clock=clock, entropy=lambda size: b"x" * size)
