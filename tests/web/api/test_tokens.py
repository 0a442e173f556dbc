"""Tokens through the API: made once, never shown twice, rotated with an overlap, revoked at once."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.core.audit import Deed
from app.core.tokens import PATTERN
from app.issuer import Actor, Made
from app.token_settings import a_pepper
from tests.web.api.conftest import Service, problem

READS = (Scope.PACKAGES_READ,)


def body(response: TestResponse, status: int = 200) -> Any:
    """The answer, which went well."""
    assert response.status_code == status, response.text
    return json.loads(response.data)


def test_a_new_token_works_at_once_and_its_text_is_shown_this_once(service: Service) -> None:
    maker = service.token()
    made = body(service.ask("POST", "/tokens", maker, json={"name": "ci", "scopes": ["tokens:read"]}), 201)
    own = body(service.ask("GET", "/tokens/self", made["token"]))
    assert (own["name"], own["scopes"], own["creator"]) == ("ci", ["tokens:read"], maker.credential.id)
    assert own["id"] == made["record"]["id"]
    for path in ("/tokens", f"/tokens/{own['id']}", "/audit"):
        assert not re.search(PATTERN, service.ask("GET", path, maker).text)


def test_without_scopes_a_token_may_read_packages(service: Service) -> None:
    made = body(service.ask("POST", "/tokens", service.token(installations=(7,)), json={"name": "ci"}), 201)
    assert (made["record"]["scopes"], made["record"]["installations"]) == (["packages:read"], [7])


def test_a_token_is_narrowed_at_least_as_its_maker_is(service: Service) -> None:
    maker = service.token(installations=(7,), networks=("127.0.0.0/8",))
    made = body(service.ask("POST", "/tokens", maker, json={"name": "ci", "scopes": ["audit:read"]}), 201)
    assert (made["record"]["installations"], made["record"]["networks"]) == ([7], ["127.0.0.0/8"])
    wider = service.ask("POST", "/tokens", maker, json={"name": "ci", "scopes": ["audit:read"], "installations": [8]})
    problem(wider, "more_than_creator")


def test_a_bootstrap_token_makes_one_token_and_nothing_else(service: Service) -> None:
    first = service.issuer.bootstrap()
    assert isinstance(first, Made)
    problem(service.ask("GET", "/audit", first), "insufficient_scope")
    body(service.ask("POST", "/tokens", first, json={"name": "admin", "scopes": list(Scope), "days": 30}), 201)
    problem(service.ask("POST", "/tokens", first, json={"name": "more"}), "revoked_token")


def test_a_rotation_keeps_both_for_the_overlap(service: Service) -> None:
    old = service.token(*READS)
    new = body(service.ask("POST", "/tokens/self/rotate", old, json={"overlap_hours": 2}), 201)
    assert new["record"]["family"] == old.credential.id
    own = body(service.ask("GET", "/tokens/self", old))
    assert (own["superseded_by"], own["status"]) == (new["record"]["id"], "live")
    assert service.ask("GET", "/tokens/self", old).headers["Token-Expires"] == "Mon, 23 Nov 2026 14:00:00 GMT"
    service.clock.advance(2 * 3600)
    problem(service.ask("GET", "/tokens/self", old), "superseded_token")
    body(service.ask("GET", "/tokens/self", new["token"]))


def test_a_rotation_may_give_scopes_up_and_add_none(service: Service) -> None:
    old = service.token(Scope.AUDIT_READ, Scope.POLICY_READ)
    problem(service.ask("POST", "/tokens/self/rotate", old, json={"scopes": ["tokens:read"]}), "more_than_creator")
    new = body(service.ask("POST", "/tokens/self/rotate", old, json={"scopes": ["audit:read"]}), 201)
    assert new["record"]["scopes"] == ["audit:read"]


def test_an_answer_that_was_lost_locks_nobody_out(service: Service) -> None:
    old = service.token(*READS)
    lost = body(service.ask("POST", "/tokens/self/rotate", old), 201)
    again = body(service.ask("POST", "/tokens/self/rotate", old), 201)
    problem(service.ask("GET", "/tokens/self", lost["token"]), "revoked_token")
    body(service.ask("GET", "/tokens/self", again["token"]))
    problem(service.ask("POST", "/tokens/self/rotate", old), "successor_in_use")


def test_rotating_with_a_replaced_token_ends_its_family(service: Service) -> None:
    old = service.token(*READS)
    new = body(service.ask("POST", "/tokens/self/rotate", old, json={"overlap_hours": 0}), 201)
    problem(service.ask("GET", "/rules", old), "no_rules_yet")  # a public route does not look at it
    problem(service.ask("POST", "/tokens/self/rotate", old), "superseded_token")
    problem(service.ask("GET", "/tokens/self", new["token"]), "revoked_token")
    assert Deed.FAMILY_REVOKED in service.deeds(old)


def test_any_other_use_of_a_replaced_token_is_refused_and_noted_and_no_more(service: Service) -> None:
    old = service.token(*READS)
    new = body(service.ask("POST", "/tokens/self/rotate", old, json={"overlap_hours": 0}), 201)
    for _ in range(3):
        problem(service.ask("GET", "/tokens/self", old), "superseded_token")
    body(service.ask("GET", "/tokens/self", new["token"]))
    assert service.deeds(old).count(Deed.SUPERSEDED_USE) == 1


def test_whoever_looks_after_tokens_does_not_end_a_family_by_its_old_id(service: Service) -> None:
    old = service.token(*READS)
    new = body(service.ask("POST", "/tokens/self/rotate", old, json={"overlap_hours": 0}), 201)
    refused = problem(service.ask("POST", f"/tokens/{old.credential.id}/rotate", service.token()), "not_live")
    assert refused["detail"] == f"This token was replaced by {new['record']['id']}. Rotate that one."
    body(service.ask("GET", "/tokens/self", new["token"]))


def test_nobody_is_given_the_successor_of_a_token_that_may_do_more(service: Service) -> None:
    """Otherwise `tokens:rotate` would be every scope there is."""
    admin = service.token()
    rotates = service.token(Scope.TOKENS_ROTATE, Scope.AUDIT_READ)
    problem(service.ask("POST", f"/tokens/{admin.credential.id}/rotate", rotates), "more_than_creator")
    assert Deed.ROTATED not in service.deeds(admin)
    lesser = service.token(Scope.AUDIT_READ)
    assert service.ask("POST", f"/tokens/{lesser.credential.id}/rotate", rotates).status_code == 201


def test_a_revoked_token_is_refused_at_the_next_request(service: Service) -> None:
    one, manager = service.token(*READS), service.token()
    body(service.ask("GET", "/tokens/self", one))
    answer = body(service.ask("POST", f"/tokens/{one.credential.id}/revoke", manager, json={"why": "left"}))
    assert answer == {"revoked": [one.credential.id]}
    problem(service.ask("GET", "/tokens/self", one), "revoked_token")
    kept = body(service.ask("GET", f"/tokens/{one.credential.id}", manager))
    assert (kept["status"], kept["revoked_why"]) == ("revoked", "left")
    assert body(service.ask("POST", f"/tokens/{one.credential.id}/revoke", manager)) == {"revoked": []}


def test_all_that_a_token_made_are_revoked_together(service: Service) -> None:
    maker, manager = service.token(), service.token()
    made = [body(service.ask("POST", "/tokens", maker, json={"name": f"n{n}"}), 201)["record"]["id"] for n in range(3)]
    answer = body(service.ask("POST", "/tokens/revoke-group", manager, json={"creator": maker.credential.id}))
    assert set(answer["revoked"]) == set(made)


@pytest.mark.parametrize("as_form", [False, True])
def test_whoever_holds_a_token_may_revoke_it_and_learns_nothing(service: Service, as_form: bool) -> None:
    one = service.token()

    def revoke(text: str) -> str:
        options: dict[str, Any] = {"data" if as_form else "json": {"token": text, "token_type_hint": "access_token"}}
        answer = service.ask("POST", "/tokens/revoke", **options)
        assert answer.status_code == 200
        return answer.text

    unknown = revoke("asy_u1_" + "0" * 16 + "_" + "0" * 49)
    assert revoke("nonsense") == unknown
    assert not service.is_revoked(one)
    assert revoke(one.token.text) == unknown
    assert service.is_revoked(one)
    assert revoke(one.token.text) == unknown


def test_introspection_is_as_the_standard_has_it(service: Service) -> None:
    asker, one = service.token(Scope.TOKENS_INTROSPECT), service.token(Scope.AUDIT_READ, Scope.POLICY_READ, days=3)
    answer = body(service.ask("POST", "/tokens/introspect", asker, data={"token": one.token.text}))
    assert answer == {
        "active": True,
        "scope": "audit:read policy:read",
        "client_id": one.credential.id,
        "token_type": "Bearer",
        "exp": int((one.credential.created_at + timedelta(days=3)).timestamp()),
        "iat": int(one.credential.created_at.timestamp()),
        "sub": one.credential.id,
    }
    service.clock.advance(timedelta(days=3).total_seconds())
    gone = {"active": False}
    assert body(service.ask("POST", "/tokens/introspect", asker, json={"token": one.token.text})) == gone
    assert body(service.ask("POST", "/tokens/introspect", asker, json={"token": "nonsense"})) == gone


def test_lists_come_in_pages_that_the_link_header_leads_through(service: Service) -> None:
    manager = service.token()
    for number in range(7):
        service.clock.advance(1)
        service.token(*READS, name=f"n{number}")
    seen, path = [], "/api/v1/tokens?limit=3"
    for _ in range(3):
        response = service.ask("GET", path, manager)
        page = body(response)
        seen += [one["name"] for one in page["items"]]
        link = response.headers.get("Link")
        assert (link is None) == (page["next"] is None)
        if link is None:
            break
        address = urlsplit(link.partition(">")[0].removeprefix("<"))
        assert link.endswith('rel="next"')
        path = f"{address.path}?{address.query}"
    assert seen == ["for a test", *(f"n{number}" for number in range(7))]
    assert "Link" not in response.headers


def test_the_tokens_that_live_can_be_told_from_the_others(service: Service) -> None:
    manager, dead = service.token(), service.token(*READS)
    service.issuer.revoke([dead.credential.id], "", Actor())
    listed = body(service.ask("GET", "/tokens?live=true", manager))["items"]
    assert [one["id"] for one in listed] == [manager.credential.id]


def test_use_is_counted_by_route_and_hour(service: Service) -> None:
    one = service.token(*READS)
    for _ in range(3):
        service.ask("GET", "/tokens/self", one, headers={"User-Agent": "curl/8.5"})
    service.ask("GET", "/tokens", one)
    (hour,) = body(service.ask("GET", "/tokens/self/usage", one))["items"]
    assert hour == {
        "hour": "2026-11-23T12:00:00Z",
        "routes": [
            {"route": "GET /tokens", "status_class": 4, "uses": 1},
            {"route": "GET /tokens/self", "status_class": 2, "uses": 3},
        ],
        "networks": 1,
        "agents": 1,
    }
    managed = body(service.ask("GET", f"/tokens/{one.credential.id}/usage?days=1", service.token()))
    assert managed["items"][0]["routes"][-1]["route"] == "GET /tokens/self/usage"


def test_the_first_use_is_an_event(service: Service) -> None:
    one = service.token(*READS)
    for _ in range(3):
        service.clock.advance(1)
        service.ask("GET", "/tokens/self", one)
    assert service.deeds(one) == [Deed.CREATED, Deed.FIRST_USED]


def test_the_audit_can_be_asked_by_actor_action_token_and_time(service: Service) -> None:
    reader = service.token(Scope.AUDIT_READ)
    maker = service.token()
    service.clock.advance(60)
    made = body(service.ask("POST", "/tokens", maker, json={"name": "ci"}), 201)["record"]["id"]

    def found(query: str) -> list[tuple[str, str]]:
        events = body(service.ask("GET", f"/audit?{query}", reader))["items"]
        return [(event["action"], event["token_id"]) for event in events]

    assert found(f"actor={maker.credential.id}&action=created") == [("created", made)]
    assert found(f"token_id={made}") == [("created", made)]
    assert ("created", made) in found("since=2026-11-23T12:01:00Z")
    assert ("created", reader.credential.id) not in found("since=2026-11-23T12:01:00Z")
    pages: list[dict[str, Any]] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = body(service.ask("GET", f"/audit?limit=1&action=created&cursor={cursor}", reader))
        pages += page["items"]
        cursor = page["next"]
    assert [event["token_id"] for event in pages] == [reader.credential.id, maker.credential.id, made]
    assert all(len(event["chain"]) == 64 for event in pages)


def test_a_token_moves_to_todays_pepper_when_it_is_used(service: Service) -> None:
    one = service.token(*READS)
    today = a_pepper("another pepper, which replaces the one before it")
    rotated = Service(service.store, service.clock, peppers=(today, *service.settings.tokens.peppers))
    body(rotated.ask("GET", "/tokens/self", one))
    only_today = Service(service.store, service.clock, peppers=(today,))
    body(only_today.ask("GET", "/tokens/self", one))
    problem(service.ask("GET", "/tokens/self", one), "invalid_token")
