"""Who holds the right secret of a live token gets in; everybody else learns no more than they know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.access import Access, Scope, read_networks
from app.core.credentials import IDLE, Credential, Refusal, Refused, Status, authenticate, authorise
from app.core.issuing import issued
from app.core.tokens import ENTROPY, Kind, Pepper, Token, mint
from tests.fakes.clock import START

PEPPER = Pepper("1", b"pepper")
DAY = timedelta(days=1)


def a_token(seed: int = 1, kind: Kind = Kind.API) -> Token:
    return mint(kind, bytes([seed]) * ENTROPY)


def a_credential(token: Token | None = None, **changes: Any) -> Credential:
    access = Access(frozenset({Scope.PACKAGES_READ}))
    made = issued(token or a_token(), PEPPER, "ci", access, "operator", START, START + 30 * DAY)
    return replace(made, **changes)


def test_the_right_secret_of_a_live_token_is_that_credential() -> None:
    assert authenticate(a_token(), a_credential(), (PEPPER,), START) == a_credential()


def test_an_unknown_id_and_a_wrong_secret_get_the_same_answer() -> None:
    answers = [
        authenticate(a_token(), None, (PEPPER,), START),
        authenticate(a_token(), a_credential(a_token(2)), (PEPPER,), START),
        authenticate(a_token(), a_credential(revoked_at=START, digest=b"x" * 32), (PEPPER,), START),
        authenticate(a_token(), a_credential(), (Pepper("2", b"other"),), START),
    ]
    assert set(answers) == {Refused(Refusal.INVALID, "This token is not known here.")}


def test_what_signs_webhooks_opens_nothing() -> None:
    token = a_token(kind=Kind.WEBHOOK)
    answer = authenticate(token, a_credential(token), (PEPPER,), START)
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.INVALID


@pytest.mark.parametrize(
    ("changes", "refusal", "words"),
    [
        ({"revoked_at": START}, Refusal.REVOKED, "was revoked on 2026-11-23 12:00 UTC."),
        (
            {"superseded_at": START, "superseded_by": "next"},
            Refusal.SUPERSEDED,
            "replaced by next, and the overlap is over.",
        ),
        ({"expires_at": START}, Refusal.EXPIRED, "expired on 2026-11-23 12:00 UTC."),
        (
            {"suspended_at": START, "suspended_why": "a burst from a new network"},
            Refusal.SUSPENDED,
            "a burst from a new",
        ),
        ({"created_at": START - IDLE, "last_used_at": None}, Refusal.EXPIRED, "not used for 90 days"),
        ({"last_used_at": START - IDLE}, Refusal.EXPIRED, "not used for 90 days"),
    ],
)
def test_who_holds_a_dead_tokens_secret_is_told_why_it_is_dead(
    changes: dict[str, Any], refusal: Refusal, words: str
) -> None:
    answer = authenticate(a_token(), a_credential(**changes), (PEPPER,), START)
    assert isinstance(answer, Refused)
    assert answer.refusal is refusal
    assert words in answer.detail


def test_the_moment_of_its_end_is_past_it() -> None:
    end = START + 30 * DAY
    used = a_credential(last_used_at=end - DAY)
    assert used.status(end - timedelta(microseconds=1)) is Status.LIVE
    assert used.status(end) is Status.EXPIRED


def test_revoked_beats_every_other_state() -> None:
    dead = a_credential(revoked_at=START, superseded_at=START, expires_at=START, suspended_at=START)
    assert dead.status(START) is Status.REVOKED


def test_a_replaced_token_lives_until_the_overlap_is_over() -> None:
    old = a_credential(superseded_at=START + DAY, superseded_by="next")
    assert old.status(START) is Status.LIVE
    assert old.status(START + DAY) is Status.SUPERSEDED


def test_a_route_asks_for_its_scope_and_the_network_comes_first() -> None:
    one = a_credential(access=Access(frozenset({Scope.PACKAGES_READ}), networks=read_networks(["192.0.2.0/24"])))
    assert authorise(one, Scope.PACKAGES_READ, "192.0.2.1") is None
    assert authorise(one, None, "192.0.2.1") is None
    missing = authorise(one, Scope.AUDIT_READ, "192.0.2.1")
    assert missing is not None
    assert (missing.refusal, missing.scope) == (Refusal.SCOPE, Scope.AUDIT_READ)
    elsewhere = authorise(one, Scope.AUDIT_READ, "198.51.100.1")
    assert elsewhere is not None
    assert elsewhere.refusal is Refusal.NETWORK


def test_a_credential_prints_no_hash() -> None:
    assert "digest" not in repr(a_credential())
