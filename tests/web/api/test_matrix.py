"""Who may use which route: every cell of route × scope × tenant, made from the table of routes itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.issuer import Made
from app.web.api import refuse_unlisted
from app.web.api.route import Mark, Route
from app.web.api.table import ROUTES
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service, problem

OURS, THEIRS = 99, 98
BY_SCOPE = [route for route in ROUTES if isinstance(route.access, Scope)]
WITH_OBJECT = [route for route in ROUTES if "token_id" in route.parameters]
GIVES_AWAY = {"create_token", "create_webhook"}  # what their examples ask for, a token of one scope does not have


def use(service: Service, route: Route, token: Made | None, about: Made) -> TestResponse:
    """Use a route as its example says, about this token."""
    service.packages()
    path = route.path
    told = service.told() if "webhook_id" in route.parameters else {}
    for name, value in route.example.path.items():
        value = told.get(value, value)  # noqa: PLW2901 (what it stands for)
        path = path.replace(f"{{{name}}}", made(service, value, about))
    body = None if route.example.body is None else filled(route.example.body, about)
    if body and "subject_token" in body:
        body["subject_token"] = service.workflow_token()
    return service.ask(route.method, path, token, query_string=dict(route.example.query), json=body)


def made(service: Service, value: str, about: Made) -> Any:
    """What an example's placeholder stands for."""
    match value:
        case "REVIEW_ID":
            return service.review()
        case "TASK_ID":
            return service.task(about)
        case "ASKED_ID":
            return service.asked(about)
        case _:
            return filled(value, about)


def filled(value: Any, about: Made) -> Any:
    """An example with a token in it."""
    if isinstance(value, Mapping):
        return {key: filled(inner, about) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, about) for inner in value]
    return {"TOKEN": about.token.text, "TOKEN_ID": about.credential.id}.get(value, value)


def ids(route: Route) -> str:
    return route.name


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("route", BY_SCOPE, ids=ids)
def test_a_route_takes_the_one_scope_that_the_table_names(service: Service, route: Route, scope: Scope) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    about = service.token(scope)  # no more than the caller may do
    response = use(service, route, service.token(scope), about)
    if scope is route.access:
        code = json.loads(response.data).get("code")
        assert response.status_code == route.status or (route.key in GIVES_AWAY and code == "more_than_creator")
        return
    problem(response, "insufficient_scope")
    assert response.headers["WWW-Authenticate"] == (
        f'Bearer realm="api", error="insufficient_scope", scope="{route.access}"'
    )
    assert not service.is_revoked(about)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_public], ids=ids)
def test_without_a_token_nothing_is_told_but_that_one_is_needed(service: Service, route: Route) -> None:
    response = use(service, route, None, service.token())
    problem(response, "authentication_required")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("route", [route for route in ROUTES if route.access is Mark.ANY_TOKEN], ids=ids)
@pytest.mark.parametrize("scope", Scope)
def test_any_token_may_look_at_itself(service: Service, route: Route, scope: Scope) -> None:
    one = service.token(scope)
    assert use(service, route, one, one).status_code == route.status


@pytest.mark.parametrize("route", [route for route in ROUTES if route.is_public and not route.raw], ids=ids)
def test_public_routes_want_no_token(service: Service, route: Route) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    assert use(service, route, None, service.token()).status_code == route.status


@pytest.mark.parametrize("theirs", [(THEIRS,), (OURS, THEIRS), ()], ids=["another", "both", "all"])
@pytest.mark.parametrize("route", WITH_OBJECT, ids=ids)
def test_what_belongs_to_another_tenant_is_not_there(service: Service, route: Route, theirs: tuple[int, ...]) -> None:
    assert isinstance(route.access, Scope)
    about = service.token(route.access, installations=theirs)
    problem(use(service, route, service.token(installations=(OURS,)), about), "not_found")
    assert not service.is_revoked(about)
    assert "rotated" not in service.deeds(about)


@pytest.mark.parametrize("route", WITH_OBJECT, ids=ids)
def test_what_is_not_there_is_answered_in_the_same_words(service: Service, route: Route) -> None:
    assert isinstance(route.access, Scope)
    mine = service.token(installations=(OURS,))
    about = service.token(route.access, installations=(THEIRS,))
    nobody = replace(about, credential=replace(about.credential, id="0" * 16))
    there, not_there = (json.loads(use(service, route, mine, one).data) for one in (about, nobody))
    assert {**there, "request_id": ""} == {**not_there, "request_id": ""}


@pytest.mark.parametrize("route", WITH_OBJECT, ids=ids)
def test_a_tenants_own_is_there(service: Service, route: Route) -> None:
    assert isinstance(route.access, Scope)
    about = service.token(route.access, installations=(OURS,))
    assert use(service, route, service.token(installations=(OURS,)), about).status_code == route.status


def test_lists_hold_the_tenants_own_only(service: Service) -> None:
    mine = service.token(installations=(OURS,))
    for installations in ((THEIRS,), (OURS, THEIRS), ()):
        service.token(installations=installations)
    own = service.token(installations=(OURS,), name="ours")
    listed = json.loads(service.ask("GET", "/tokens", mine).data)["items"]
    assert {one["id"] for one in listed} == {mine.credential.id, own.credential.id}
    seen = json.loads(service.ask("GET", "/audit", mine).data)["items"]
    assert {event["token_id"] for event in seen} == {mine.credential.id, own.credential.id}


def test_who_is_narrowed_to_a_repository_sees_its_tokens_only(service: Service) -> None:
    mine = service.token(installations=(OURS,), repositories=(42,))
    service.token(installations=(OURS,), repositories=(43,))
    service.token(installations=(OURS,))
    only = service.token(repositories=(42,))
    for asker, seen in ((mine, {mine}), (only, {mine, only})):
        ids = {one.credential.id for one in seen}
        assert {one["id"] for one in json.loads(service.ask("GET", "/tokens", asker).data)["items"]} == ids
        events = json.loads(service.ask("GET", "/audit", asker).data)["items"]
        assert {event["token_id"] for event in events} == ids


def test_a_group_is_revoked_as_far_as_it_is_ours(service: Service) -> None:
    mine = service.token(installations=(OURS,))
    both = service.token(installations=(OURS, THEIRS))
    own = service.token(installations=(OURS,))
    answer = service.ask("POST", "/tokens/revoke-group", mine, json={"installation": OURS})
    assert set(json.loads(answer.data)["revoked"]) == {mine.credential.id, own.credential.id}
    assert not service.is_revoked(both)


def test_introspection_knows_the_tenants_own_only(service: Service) -> None:
    theirs = service.token(installations=(THEIRS,))
    answer = service.ask(
        "POST", "/tokens/introspect", service.token(installations=(OURS,)), json={"token": theirs.token.text}
    )
    assert json.loads(answer.data) == {"active": False}


def test_every_scope_has_a_route() -> None:
    assert {route.access for route in BY_SCOPE} == set(Scope)


def test_a_route_that_nobody_listed_keeps_the_service_from_starting(service: Service) -> None:
    app = Flask("stranger")
    app.add_url_rule("/api/v1/hidden", endpoint="hidden", view_func=lambda: "")
    with pytest.raises(RuntimeError, match="not in the table of the API's routes: /api/v1/hidden"):
        refuse_unlisted(app, ROUTES)
    refuse_unlisted(service.app, ROUTES)
