"""What holds for every route of the table, whatever it is about."""

from __future__ import annotations

import re

import pytest

from app.core.errors import StoreUnavailable
from app.web.api.route import Route
from app.web.api.table import ROUTES
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service, problem

PRIVATE = [route for route in ROUTES if not route.is_public]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def ids(route: Route) -> str:
    return route.name


def path_of(route: Route) -> str:
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", "x" * 16)
    return path


def leads_to(path: str, route: Route) -> bool:
    """Whether a request for this path may come to that route: `/tokens/self` could be a token's id."""
    part = ".+" if route.slashes else "[^/]+"
    return re.fullmatch(re.sub(r"{\w+}", part, route.path), path) is not None


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_token_in_the_address_is_refused(service: Service, route: Route) -> None:
    one = service.token()
    for name in ("access_token", "token", "anything"):
        response = service.ask(route.method, path_of(route), query_string={name: one.token.text})
        problem(response, "token_in_url")


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_token_in_a_cookie_is_refused(service: Service, route: Route) -> None:
    one = service.token()
    response = service.ask(route.method, path_of(route), headers={"Cookie": f"session={one.token.text}"})
    problem(response, "invalid_request")


@pytest.mark.parametrize("route", PRIVATE, ids=ids)
def test_a_token_in_another_scheme_or_in_a_form_is_refused(service: Service, route: Route) -> None:
    one = service.token()
    basic = service.ask(route.method, path_of(route), headers={"Authorization": f"Basic {one.token.text}"})
    problem(basic, "invalid_request")
    form = service.ask(route.method, path_of(route), data={"access_token": one.token.text})
    problem(form, "invalid_request")


@pytest.mark.parametrize("route", PRIVATE, ids=ids)
def test_a_token_in_clear_is_refused(service: Service, route: Route) -> None:
    response = service.ask(route.method, path_of(route), service.token(), address="203.0.113.9")
    problem(response, "insecure_transport")


@pytest.mark.parametrize("route", PRIVATE, ids=ids)
def test_a_dead_token_opens_nothing(service: Service, route: Route) -> None:
    one = service.token(days=1)
    service.clock.advance(86400)
    problem(service.ask(route.method, path_of(route), one), "expired_token")


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_an_unknown_query_parameter_is_refused(service: Service, route: Route) -> None:
    response = service.ask(route.method, path_of(route), service.token(), query_string={"colour": "red"})
    problem(response, "invalid_input")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.body is not None], ids=ids)
@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"{", b"\xff", b'{"colour": 1}', b"[" * 5000])
def test_a_body_of_another_shape_is_refused(service: Service, route: Route, body: bytes) -> None:
    response = service.ask(route.method, path_of(route), service.token(), data=body, content_type="application/json")
    problem(response, "invalid_input")


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_method_that_nobody_listed_is_refused(service: Service, route: Route) -> None:
    taken = {other.method for other in ROUTES if leads_to(path_of(route), other)}
    for method in METHODS:
        if method not in taken:
            problem(service.ask(method, path_of(route), service.token()), "method_not_allowed")


@pytest.mark.parametrize("route", PRIVATE, ids=ids)
def test_when_the_database_does_not_answer_it_is_said_to_be_ours(service: Service, route: Route) -> None:
    one = service.token()

    def down(_: str) -> None:
        raise StoreUnavailable("the database did not answer")

    service.store.tokens.get = down  # type: ignore[method-assign, assignment]
    response = service.ask(route.method, path_of(route), one)
    problem(response, "auth_unavailable")
    assert response.headers["Retry-After"] == "10"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=ids)
def test_what_can_be_got_can_be_asked_about(service: Service, route: Route) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    one = service.token()
    got, asked = (service.ask(method, path_of(route), one) for method in ("GET", "HEAD"))
    assert (got.status_code, b"") == (asked.status_code, asked.data)
