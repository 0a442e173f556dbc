"""Idempotency keys: a request that is sent again is answered again and done once; a secret is never shown twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Response
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.core.audit import Deed
from app.core.errors import StoreUnavailable
from app.core.idempotency import KEPT, LEASE, attempt
from app.core.token_store import TokenFilter
from app.issuer import Made
from app.rate_limit import LocalLimiter
from app.web.api.repeats import HEADER, PER_TOKEN, REPLAYED, to_keep
from app.web.api.route import Document, Reply, Route
from app.web.api.table import ROUTES
from tests.fakes.clock import START, FakeClock
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service, problem

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
WITH_KEY = [route for route in ROUTES if route.takes_key]


def revoke(
    service: Service, asker: Made, about: Made, key: str | None = KEY, why: str = "no longer needed"
) -> TestResponse:
    headers = {} if key is None else {HEADER: key}
    return service.ask("POST", f"/tokens/{about.credential.id}/revoke", asker, headers=headers, json={"why": why})


def create(service: Service, asker: Made, key: str = KEY, name: str = "ci") -> TestResponse:
    body = {"name": name, "scopes": ["packages:read"]}
    return service.ask("POST", "/tokens", asker, headers={HEADER: key}, json=body)


def named(service: Service, name: str) -> list[str]:
    return [one.id for one in service.store.tokens.find(TokenFilter(), 200) if one.name == name]


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(service: Service) -> None:
    asker, about = service.token(), service.token()
    first = revoke(service, asker, about)
    again = revoke(service, asker, about)
    assert json.loads(first.data) == {"revoked": [about.credential.id]}
    assert (again.status_code, again.data, again.mimetype) == (200, first.data, first.mimetype)
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert again.headers["Repr-Digest"] == first.headers["Repr-Digest"]
    assert service.deeds(about).count(Deed.REVOKED) == 1


def test_without_a_key_it_is_done_again(service: Service) -> None:
    asker, about = service.token(), service.token()
    revoke(service, asker, about, None)
    again = revoke(service, asker, about, None)
    assert json.loads(again.data) == {"revoked": []}
    assert REPLAYED not in again.headers


def test_the_same_key_with_another_request_is_refused(service: Service) -> None:
    asker, about, other = service.token(), service.token(), service.token()
    revoke(service, asker, about)
    for answer in (revoke(service, asker, about, why="another reason"), revoke(service, asker, other)):
        assert answer.status_code == 422
        problem(answer, "idempotency_key_reused")
    assert not service.is_revoked(other)


def test_keys_belong_to_a_token(service: Service) -> None:
    about = service.token()
    revoke(service, service.token(), about)
    again = revoke(service, service.token(), about)
    assert (again.status_code, json.loads(again.data)) == (200, {"revoked": []})
    assert REPLAYED not in again.headers


def test_quotes_around_a_key_make_no_difference(service: Service) -> None:
    asker, about = service.token(), service.token()
    revoke(service, asker, about, f'"{KEY}"')
    assert revoke(service, asker, about, KEY).headers[REPLAYED] == "true"


@pytest.mark.parametrize("key", ["", " ", '"', '""', f'"{KEY}', "a b", "a,b", "x" * 129, "naïve", "a\tb"])
def test_a_key_that_is_none_is_refused(service: Service, key: str) -> None:
    asker, about = service.token(), service.token()
    problem(revoke(service, asker, about, key), "invalid_input")
    assert not service.is_revoked(about)


def test_a_token_is_no_key(service: Service) -> None:
    asker, about = service.token(), service.token()
    assert "no token" in problem(revoke(service, asker, about, about.token.text), "invalid_input")["detail"]
    assert not service.is_revoked(about)


def test_an_answer_is_kept_for_a_day(service: Service, clock: FakeClock) -> None:
    asker, about = service.token(days=30), service.token()
    revoke(service, asker, about)
    clock.advance(KEPT.total_seconds() - 1)
    assert REPLAYED in revoke(service, asker, about).headers
    clock.advance(1)
    answer = revoke(service, asker, about, why="another request")
    assert (answer.status_code, json.loads(answer.data)) == (200, {"revoked": []})


def test_what_is_being_worked_on_is_not_done_twice(service: Service) -> None:
    asker, about = service.token(), service.token()
    held: list[TestResponse] = []
    real = service.store.tokens.revoke

    def slowly(*given: Any) -> Any:
        if not held:
            held.append(revoke(service, asker, about))  # somebody asks again meanwhile
        return real(*given)

    service.store.tokens.revoke = slowly  # type: ignore[method-assign,assignment]
    first = revoke(service, asker, about)
    problem(held[0], "idempotency_in_progress")
    assert (held[0].status_code, held[0].headers["Retry-After"]) == (409, "5")
    assert first.status_code == 200
    assert revoke(service, asker, about).data == first.data


def test_a_request_that_was_refused_leaves_its_key_free(service: Service) -> None:
    asker = service.token(Scope.TOKENS_REVOKE, installations=(99,))
    about = service.token(installations=(98,))
    problem(revoke(service, asker, about), "not_found")
    own = service.token(installations=(99,))
    assert revoke(service, asker, own).status_code == 200


def test_what_broke_off_is_done_by_whoever_asks_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    asker, about = service.token(), service.token()

    def away(*_: Any) -> None:
        raise StoreUnavailable("the database did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.tokens, "revoke", away)
        assert revoke(service, asker, about).status_code == 503
    answer = revoke(service, asker, about)
    assert json.loads(answer.data) == {"revoked": [about.credential.id]}
    assert REPLAYED not in answer.headers


def test_who_died_in_the_middle_is_waited_for_and_then_replaced(service: Service, clock: FakeClock) -> None:
    asker, about = service.token(), service.token()
    revoke(service, asker, about, "another")  # what its fingerprint is, only the service knows
    known = service.store.idempotency.get(asker.credential.id, "another", clock())
    assert known is not None
    dead = attempt(known.fingerprint, "r-dead", clock())
    service.store.idempotency.begin(asker.credential.id, KEY, dead)
    problem(revoke(service, asker, about), "idempotency_in_progress")
    clock.advance(LEASE.total_seconds())
    assert json.loads(revoke(service, asker, about).data) == {"revoked": []}


def test_the_text_of_a_token_is_shown_once_and_no_second_one_is_made(service: Service) -> None:
    asker = service.token()
    made = json.loads(create(service, asker).data)
    answer = create(service, asker)
    document = problem(answer, "shown_once")
    assert answer.status_code == 409
    assert answer.headers["Location"] == f"/api/v1/tokens/{made['record']['id']}"
    assert f"/api/v1/tokens/{made['record']['id']}" in document["detail"]
    assert "rotate or revoke" in document["detail"]
    assert made["token"] not in answer.text
    assert named(service, "ci") == [made["record"]["id"]]
    kept = service.store.idempotency.get(asker.credential.id, KEY, service.clock())
    assert kept is not None
    assert kept.answer is not None
    assert kept.answer.body == b""


def test_an_answer_with_a_token_in_it_is_not_kept_whatever_its_route_says(service: Service) -> None:
    careless = next(route for route in ROUTES if route.key == "revoke_token")
    text = service.token().token.text
    reply = Reply(Document(text, "text/plain", "secret.txt"))
    kept = to_keep(careless, reply, Response(f"the secret is {text}"), "/api/v1/secrets")
    assert (kept.body, kept.made) == (b"", "/secrets")


def test_the_same_holds_for_a_successor(service: Service) -> None:
    asker, about = service.token(), service.token()
    for path, holder in ((f"/tokens/{about.credential.id}/rotate", asker), ("/tokens/self/rotate", asker)):
        key = {HEADER: path}
        first = service.ask("POST", path, holder, headers=key, json={"overlap_hours": 1})
        assert first.status_code == 201
        again = service.ask("POST", path, holder, headers=key, json={"overlap_hours": 1})
        problem(again, "shown_once")
        assert again.headers["Location"].endswith(json.loads(first.data)["record"]["id"])


def test_a_rotation_that_is_sent_again_does_not_pass_for_a_theft(service: Service) -> None:
    """The old token is dead at once, and whoever rotates with it again is taken for somebody who copied it."""
    held = service.token()
    headers = {HEADER: KEY}
    first = service.ask("POST", "/tokens/self/rotate", held, headers=headers, json={"overlap_hours": 0})
    new = json.loads(first.data)
    again = service.ask("POST", "/tokens/self/rotate", held, headers=headers, json={"overlap_hours": 0})
    problem(again, "shown_once")
    assert service.ask("GET", "/tokens/self", new["token"]).status_code == 200
    thief = service.ask("POST", "/tokens/self/rotate", held, headers={HEADER: "another"}, json={})
    problem(thief, "superseded_token")
    problem(service.ask("GET", "/tokens/self", new["token"]), "revoked_token")


def test_only_the_same_rotation_is_a_repeated_one(service: Service, clock: FakeClock) -> None:
    """Whoever copied a token may keep a key ready under another request, so as not to be noticed later."""
    held = service.token(Scope.PACKAGES_INSPECT)
    service.ask("POST", "/tokens/self/rotate", held, json={})
    clock.advance(23 * 3600)
    service.ask("POST", "/packages/inspect", held, headers={HEADER: "ready"}, json={"packages": ["pkg:npm/x@1"]})
    clock.advance(2 * 3600)
    thief = service.ask("POST", "/tokens/self/rotate", held, headers={HEADER: "ready"}, json={})
    assert problem(thief, "superseded_token")["detail"].endswith("its family is revoked now.")
    assert service.is_revoked(held)


def test_a_token_whose_maker_broke_off_is_found_by_its_event(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody got its text; making a second one would leave the first one behind, unseen."""
    asker = service.token()
    real = service.store.tokens.add

    def breaks_off(*given: Any) -> None:
        real(*given)
        raise StoreUnavailable("the connection broke before the answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.tokens, "add", breaks_off)
        assert create(service, asker).status_code == 503
    (made,) = named(service, "ci")
    for _ in range(2):
        answer = create(service, asker)
        problem(answer, "shown_once")
        assert answer.headers["Location"] == f"/api/v1/tokens/{made}"
    assert named(service, "ci") == [made]


def test_a_token_that_was_not_made_is_made_by_whoever_asks_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = service.token()

    def away(*_: Any) -> None:
        raise StoreUnavailable("the database did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.tokens, "add", away)
        assert create(service, asker).status_code == 503
    assert create(service, asker).status_code == 201
    assert len(named(service, "ci")) == 1


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    service: Service, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    asker = service.token()

    def away(*_: Any) -> None:
        raise StoreUnavailable("the database did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.idempotency, "finish", away)
        assert create(service, asker).status_code == 201
    problem(create(service, asker), "idempotency_in_progress")
    clock.advance(LEASE.total_seconds())
    problem(create(service, asker), "shown_once")
    assert len(named(service, "ci")) == 1


def test_who_only_asks_is_answered_anew(service: Service) -> None:
    """A kept answer would call a token alive that is revoked."""
    service.store.catalogues.publish(a_catalogue(), START)
    asker, about = service.token(), service.token()
    body, headers = {"token": about.token.text}, {HEADER: KEY}
    assert json.loads(service.ask("POST", "/tokens/introspect", asker, headers=headers, json=body).data)["active"]
    revoke(service, asker, about)
    answer = service.ask("POST", "/tokens/introspect", asker, headers=headers, json=body)
    assert json.loads(answer.data) == {"active": False}


def test_so_many_keys_and_no_more(service: Service) -> None:
    limiter = LocalLimiter()
    served = Service(service.store, service.clock, limiter=limiter)
    asker, about = served.token(), served.token()
    limiter.take(f"keys:token:{asker.credential.id}", PER_TOKEN, PER_TOKEN.most)
    answer = revoke(served, asker, about)
    problem(answer, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 3600
    assert revoke(served, asker, about, None).status_code == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_keys_are_for_what_could_be_done_twice(service: Service, route: Route) -> None:
    document = json.loads(service.ask("GET", "/openapi.json").data)
    operation = document["paths"]["/api/v1" + route.path][route.method.lower()]
    headers = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
    assert (headers == [HEADER]) is (route in WITH_KEY)
    assert route not in WITH_KEY or (route.method == "POST" and not route.is_public)


def test_they_are_these() -> None:
    assert {route.key for route in WITH_KEY} >= {"create_token", "rotate_self", "rotate_token", "revoke_token"}
    assert not {"introspect", "check_policy", "revoke_held", "report_leaks"} & {route.key for route in WITH_KEY}
    assert {route.key for route in WITH_KEY if route.shown_once} >= {"create_token", "rotate_self", "rotate_token"}
