"""Workflows exchange their own token for a short one of their repository; whoever is nobody's gets an exact answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.access import Access, Scope
from app.core.audit import Deed
from app.core.events import InstallationAction, InstallationChange
from app.core.signature import sign
from app.removal import carry_out
from app.store import MemoryStore
from app.web.api.exchange import GRANT, JWT, OURS, PER_ADDRESS, PER_REPOSITORY
from tests.fakes.clock import FakeClock
from tests.store.test_deliveries import a_request
from tests.web.api.conftest import NAME, WORKFLOWS, Service, problem
from tests.web.conftest import SECRET

DAY = 86_400
ASKED = {"grant_type": GRANT, "subject_token_type": JWT}


def exchange(service: Service, subject: str | None = None, *, form: bool = False, **fields: Any) -> TestResponse:
    """Ask for a token, as JSON or as a form."""
    subject = service.workflow_token() if subject is None else subject
    body = {name: value for name, value in (ASKED | {"subject_token": subject} | fields).items() if value is not None}
    return service.ask("POST", "/tokens/exchange", address="203.0.113.9", scheme="https", **_sent(body, form=form))


def _sent(body: dict[str, Any], *, form: bool) -> dict[str, Any]:
    return {"data": body} if form else {"json": body}


@pytest.mark.parametrize("form", [True, False], ids=["form", "JSON"])
def test_a_workflow_gets_a_token_of_its_repository_for_fifteen_minutes(service: Service, *, form: bool) -> None:
    answer = exchange(service, scope="reviews:read packages:read", form=form)
    assert answer.status_code == 200, answer.text
    given = json.loads(answer.data)
    text = given.pop("access_token")
    assert given == {
        "issued_token_type": OURS,
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "packages:read reviews:read",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    kept = service.issuer.holder(text)
    assert kept is not None
    scopes = frozenset({Scope.PACKAGES_READ, Scope.REVIEWS_READ})
    assert kept.access == Access(scopes, frozenset({99}), frozenset({42}))
    assert kept.lifetime == timedelta(minutes=15)
    service.clock.advance(899)
    assert service.ask("GET", "/reviews", text).status_code == 200
    service.clock.advance(1)
    problem(service.ask("GET", "/reviews", text), "expired_token")


def test_it_sees_its_own_repository_and_no_other(service: Service) -> None:
    own = service.review(repository=42)
    other, elsewhere = service.review(repository=43), service.review(installation=98, repository=44)
    text = json.loads(exchange(service, scope="reviews:read").data)["access_token"]
    assert [one["id"] for one in json.loads(service.ask("GET", "/reviews", text).data)["items"]] == [own]
    for hidden in (other, elsewhere):
        problem(service.ask("GET", f"/reviews/{hidden}", text), "not_found")


def test_the_audit_says_which_run_got_it(service: Service) -> None:
    subject = service.workflow_token(sub="repo:acme/shop:ref:refs/heads/\u202eniam", ref="refs/heads/\u202eniam")
    exchange(service, subject)
    (event,) = [link.event for link in service.store.audit.read(9)]
    assert (event.deed, event.actor, event.network) == (Deed.CREATED, "a workflow", "203.0.113.0/24")
    assert event.installations == (99,)
    assert event.detail == "run 1001, ref refs/heads/U+202Eniam, sub repo:acme/shop:ref:refs/heads/U+202Eniam"


def test_names_of_any_length_do_not_push_the_run_out_of_the_audit(service: Service) -> None:
    exchange(service, service.workflow_token(sub="\u200b" * 500, ref="\u200b" * 500))
    (event,) = [link.event for link in service.store.audit.read(9)]
    assert event.detail.startswith("run 1001, ref U+200B")
    assert len(event.detail) <= 500


def test_without_a_scope_it_reads_packages(service: Service) -> None:
    assert json.loads(exchange(service).data)["scope"] == "packages:read"


def test_a_token_is_exchanged_once(service: Service) -> None:
    subject = service.workflow_token()
    assert exchange(service, subject).status_code == 200
    told = problem(exchange(service, subject), "replayed_token")
    assert told["error"] == "invalid_request"
    assert len([link for link in service.store.audit.read(9) if link.event.deed is Deed.CREATED]) == 1


def test_a_repository_that_nobody_has_told_of_is_unknown(service: Service) -> None:
    told = problem(exchange(service, service.actions.token()), "unknown_repository")
    assert told["detail"] == (
        "GitHub has told this installation of no pull request in the repository of this workflow. "
        "Install the App there, or open a pull request first."
    )


STRANGERS = [
    {"repository_id": "43"},  # of the same name
    {"repository_id": "43", "repository_owner_id": "8", "repository_owner": "other"},
    {"repository_owner_id": "8"},  # another owner's by now, or an id of another GitHub
]


@pytest.mark.parametrize("claims", STRANGERS, ids=["another id", "another owner", "the same id of another owner"])
def test_a_repository_of_the_same_name_is_another(service: Service, claims: dict[str, Any]) -> None:
    problem(exchange(service, service.workflow_token(**claims)), "unknown_repository")


def test_a_repository_that_changed_hands_is_where_it_is_now(service: Service) -> None:
    service.workflow_token()
    moved = replace(a_request(), installation_id=98, owner_id=8)
    service.store.deliveries.accept("moved", "pull_request", moved, service.clock())
    problem(exchange(service, service.actions.token()), "unknown_repository")
    theirs = service.actions.token(repository_owner_id="8", repository="other/shop")
    kept = service.issuer.holder(json.loads(exchange(service, theirs).data)["access_token"])
    assert kept is not None
    assert kept.access.installations == {98}


LOST = [
    InstallationChange(99, InstallationAction.DELETED),
    InstallationChange(99, InstallationAction.SUSPENDED),
    InstallationChange(99, InstallationAction.REPOSITORIES_REMOVED, frozenset({42})),
]


@pytest.mark.parametrize("change", LOST, ids=lambda change: change.action)
def test_where_the_app_was_taken_away_nobody_gets_a_token(service: Service, change: InstallationChange) -> None:
    text = json.loads(exchange(service, scope="reviews:read").data)["access_token"]
    carry_out(change, "guid-9", service.store, service.clock())
    assert service.ask("GET", "/reviews", text).status_code == 401
    problem(exchange(service, service.actions.token()), "unknown_repository")


def test_a_delivery_that_does_not_say_whose_it_is_makes_nobody_known(service: Service) -> None:
    service.store.deliveries.accept("older", "pull_request", a_request(), service.clock())
    problem(exchange(service, service.actions.token()), "unknown_repository")


def test_the_operator_may_allow_less(store: MemoryStore, clock: FakeClock) -> None:
    narrowed = replace(WORKFLOWS, scopes=frozenset({Scope.REVIEWS_READ}))
    service = Service(store, clock, workflows=narrowed)
    assert exchange(service, scope="reviews:read").status_code == 200
    for scope in ("packages:read", None):
        told = problem(exchange(service, scope=scope), "invalid_scope")
        assert told["detail"] == "A workflow gets these scopes here, and at least one: reviews:read."


def test_it_is_off_unless_the_operator_switches_it_on(store: MemoryStore, clock: FakeClock) -> None:
    service = Service(store, clock, workflows=None)
    problem(exchange(service), "not_found")
    assert service.actions.asked == []
    problem(exchange(Service(store, clock, peppers=())), "not_found")


def test_a_workflows_token_cannot_be_made_to_live_longer(service: Service) -> None:
    text = json.loads(exchange(service).data)["access_token"]
    told = problem(service.ask("POST", "/tokens/self/rotate", text, json={}), "exchanged_token")
    assert "exchange another" in told["detail"]


def test_one_address_may_try_so_often_and_no_more(service: Service) -> None:
    for _ in range(PER_ADDRESS.most):
        exchange(service, "x")
    problem(exchange(service), "rate_limited")


def test_one_repository_gets_so_many_from_wherever_it_asks(service: Service) -> None:
    codes = set()
    for count in range(PER_REPOSITORY.most + 1):
        body = ASKED | {"subject_token": service.workflow_token()}
        answer = service.ask("POST", "/tokens/exchange", address=f"203.0.113.{count % 3}", json=body)
        codes.add((count == PER_REPOSITORY.most, answer.status_code))
    assert codes == {(False, 200), (True, 429)}


def test_a_delivery_of_github_makes_its_repository_known(service: Service) -> None:
    payload = {
        "action": "opened",
        "pull_request": {"number": 7, "head": {"sha": "a" * 40}},
        "repository": {"id": 42, "full_name": "acme/shop", "private": False, "owner": {"id": 7, "login": "acme"}},
        "installation": {"id": 99},
    }
    body = json.dumps(payload).encode()
    event = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "guid-7", "Content-Type": "application/json"}
    headers = event | {"X-Hub-Signature-256": sign(body, SECRET)}
    sent = service.client.post("/webhooks/github", base_url=f"http://{NAME}", headers=headers, data=body)
    assert sent.status_code == 202
    assert exchange(service, service.actions.token()).status_code == 200
