"""New tokens never allow more or live longer than they may; rotation keeps its promises whatever happens in between."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.access import Access, Scope
from app.core.credentials import Credential, Status
from app.core.issuing import (
    ROTATIONS_A_DAY,
    Denial,
    Denied,
    Lifetimes,
    Wanted,
    bootstrap_needed,
    issued,
    plan,
    rotate,
    successor,
)
from app.core.tokens import Kind, Token, mint
from tests.core.test_credentials import DAY, PEPPER, a_credential
from tests.fakes.clock import START

READER = Access(frozenset({Scope.PACKAGES_READ, Scope.REVIEWS_READ}))
ADMIN = Access(frozenset(Scope))


def fresh(seed: int = 0, kind: Kind = Kind.API) -> Token:
    return mint(kind, hashlib.sha512(str(seed).encode()).digest())


def an_admin(access: Access = ADMIN, **changes: Any) -> Credential:
    return a_credential(access=access, **changes)


def denial(answer: object) -> Denial:
    assert isinstance(answer, Denied), answer
    return answer.denial


def test_the_default_token_reads_packages_and_lives_30_days() -> None:
    assert plan(Wanted("ci"), an_admin(), Lifetimes(), START) == (
        Access(frozenset({Scope.PACKAGES_READ})),
        START + 30 * DAY,
    )


def test_the_default_token_is_narrowed_as_its_creator_is() -> None:
    creator = an_admin(access=replace(ADMIN, installations=frozenset({7})))
    planned = plan(Wanted("ci"), creator, Lifetimes(), START)
    assert not isinstance(planned, Denied)
    assert planned[0].installations == {7}


@pytest.mark.parametrize(
    ("access", "lifetime", "fine"),
    [
        (READER, 366 * DAY, True),
        (READER, 366 * DAY + timedelta(seconds=1), False),
        (READER, timedelta(0), False),
        (READER, -DAY, False),
        (ADMIN, 30 * DAY, True),
        (ADMIN, 31 * DAY, False),
        (Access(frozenset({Scope.TOKENS_READ})), 31 * DAY, False),
    ],
)
def test_nobody_gets_a_token_that_lives_too_long(access: Access, lifetime: timedelta, fine: bool) -> None:
    for creator in (None, an_admin()):
        answer = plan(Wanted("ci", access, lifetime), creator, Lifetimes(), START)
        assert isinstance(answer, Denied) is not fine
        assert fine or denial(answer) is Denial.LIFETIME


@given(st.frozensets(st.sampled_from(Scope), min_size=1), st.timedeltas(timedelta(0), 400 * DAY), st.booleans())
def test_every_token_ends_within_its_maximum(scopes: frozenset[Scope], lifetime: timedelta, is_asked: bool) -> None:
    lifetimes = Lifetimes().shortened(60 * DAY)
    answer = plan(Wanted("x", Access(scopes), lifetime if is_asked else None), None, lifetimes, START)
    if not isinstance(answer, Denied):
        assert START < answer[1] <= START + (30 if answer[0].manages_tokens else 60) * DAY


def test_a_token_without_the_scope_creates_none_and_nobody_gives_away_what_they_lack() -> None:
    reader = a_credential(access=READER)
    assert denial(plan(Wanted("x", READER), reader, Lifetimes(), START)) is Denial.SCOPE
    some = an_admin(access=Access(frozenset({Scope.TOKENS_CREATE, Scope.PACKAGES_READ})))
    assert denial(plan(Wanted("x", READER), some, Lifetimes(), START)) is Denial.SUBSET


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "line\nbreak", "\u202eevil"])
def test_a_token_has_a_name_that_people_can_read(name: str) -> None:
    assert denial(plan(Wanted(name), None, Lifetimes(), START)) is Denial.NAME


def test_the_first_token_is_made_only_while_nobody_can_make_one() -> None:
    assert bootstrap_needed([], START) is None
    assert bootstrap_needed([an_admin(expires_at=START)], START) is None
    assert denial(bootstrap_needed([an_admin()], START)) is Denial.ADMIN_EXISTS


def test_a_bootstrap_token_may_give_any_scope_for_at_most_30_days() -> None:
    bootstrap = a_credential(fresh(kind=Kind.BOOTSTRAP), access=Access(frozenset({Scope.TOKENS_CREATE})))
    assert not isinstance(plan(Wanted("first", ADMIN, 30 * DAY), bootstrap, Lifetimes(), START), Denied)
    assert denial(plan(Wanted("first", READER, 31 * DAY), bootstrap, Lifetimes(), START)) is Denial.LIFETIME


def test_rotation_keeps_or_gives_up_scopes_and_adds_none() -> None:
    old = a_credential(access=READER)
    fewer = rotate(old, [old], Lifetimes(), START, scopes=frozenset({Scope.REVIEWS_READ}))
    assert not isinstance(fewer, Denied)
    assert fewer.access.scopes == {Scope.REVIEWS_READ}
    for scopes in (frozenset({Scope.AUDIT_READ}), frozenset[Scope]()):
        assert denial(rotate(old, [old], Lifetimes(), START, scopes=scopes)) is Denial.SUBSET


@pytest.mark.parametrize("overlap", [timedelta(days=7, seconds=1), -DAY])
def test_the_overlap_has_its_limits(overlap: timedelta) -> None:
    old = a_credential()
    assert denial(rotate(old, [old], Lifetimes(), START, overlap)) is Denial.OVERLAP


def test_a_token_that_manages_tokens_does_not_outgrow_its_maximum_by_rotation() -> None:
    old = an_admin(created_at=START - 30 * DAY, expires_at=START + DAY, last_used_at=START)
    rotation = rotate(old, [old], Lifetimes(), START)
    assert not isinstance(rotation, Denied)
    assert rotation.expires_at == START + 30 * DAY


class Family(RuleBasedStateMachine):
    """One family of tokens in the hands of forgetful clients: rotated, used, lost, revoked, while time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        first = issued(fresh(), PEPPER, "ci", READER, "operator", START, START + 30 * DAY)
        self.kept: dict[str, Credential] = {first.id: first}
        self.rotations: list[datetime] = []
        self.revoked_family = False

    @rule(hours=st.integers(1, 80))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data())
    def is_used(self, data: st.DataObject) -> None:
        one = self._some(data)
        if one.status(self.now) is Status.LIVE:
            self.kept[one.id] = replace(one, last_used_at=self.now)

    @rule(data=st.data(), overlap=st.sampled_from([0, 1, 24, 168]))
    def is_rotated(self, data: st.DataObject, overlap: int) -> None:
        old = self._some(data)
        answer = rotate(old, list(self.kept.values()), Lifetimes(), self.now, timedelta(hours=overlap))
        was = old.status(self.now)
        if isinstance(answer, Denied):
            assert (answer.denial is Denial.REUSE) is (was is Status.SUPERSEDED)
            if answer.denial is Denial.REUSE:
                self._revoke(*self.kept)
                self.revoked_family = True
            return
        assert was is Status.LIVE
        assert all(self.kept[one].id != old.id for one in answer.revoked)
        self._revoke(*answer.revoked)
        self.kept[old.id], new = successor(fresh(len(self.kept)), PEPPER, answer, self.now)
        self.kept[new.id] = new
        self.rotations.append(self.now)
        assert new.family == old.family
        assert new.access.scopes <= old.access.scopes
        assert new.status(self.now) is Status.LIVE

    @rule(data=st.data())
    @precondition(lambda self: len(self.kept) > 2)
    def one_is_revoked(self, data: st.DataObject) -> None:
        self._revoke(self._some(data).id)

    @invariant()
    def at_most_two_are_alive(self) -> None:
        assert len(self._alive()) <= 2

    @invariant()
    def a_revoked_family_stays_dead(self) -> None:
        assert not (self.revoked_family and self._alive())

    @invariant()
    def it_is_not_rotated_all_day(self) -> None:
        assert sum(one > self.now - DAY for one in self.rotations) <= ROTATIONS_A_DAY

    @invariant()
    def nothing_lives_for_ever(self) -> None:
        for one in self.kept.values():
            assert one.expires_at <= one.created_at + 366 * DAY
            assert one.superseded_at is None or one.superseded_at <= one.expires_at

    def _alive(self) -> list[Credential]:
        return [one for one in self.kept.values() if one.status(self.now) is Status.LIVE]

    def _some(self, data: st.DataObject) -> Credential:
        return self.kept[data.draw(st.sampled_from(sorted(self.kept)))]

    def _revoke(self, *ids: str) -> None:
        for one in ids:
            self.kept[one] = replace(self.kept[one], revoked_at=self.kept[one].revoked_at or self.now)


TestFamily = Family.TestCase
TestFamily.settings = settings(max_examples=1_000, stateful_step_count=20, deadline=None)


def test_an_answer_that_got_lost_locks_nobody_out() -> None:
    old = a_credential()
    first = rotate(old, [old], Lifetimes(), START)
    assert not isinstance(first, Denied)
    old, lost = successor(fresh(), PEPPER, first, START)
    again = rotate(old, [old, lost], Lifetimes(), START + timedelta(hours=1))
    assert not isinstance(again, Denied)
    assert again.revoked == (lost.id,)
    assert again.old.superseded_at == old.superseded_at, "asking again does not lengthen the overlap"


def test_once_the_successor_is_in_use_the_old_token_is_rotated_no_more() -> None:
    old = a_credential()
    rotation = rotate(old, [old], Lifetimes(), START)
    assert not isinstance(rotation, Denied)
    old, new = successor(fresh(), PEPPER, rotation, START)
    used = replace(new, last_used_at=START)
    assert denial(rotate(old, [old, used], Lifetimes(), START)) is Denial.SUCCESSOR_IN_USE
    assert denial(rotate(old, [old, used], Lifetimes(), START + DAY)) is Denial.REUSE
