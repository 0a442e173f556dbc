"""Reviews by the API: who took in what, the list, one review in every format; and never another tenant's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, get_args

import pytest

from app.core.access import Scope
from app.exports import EXPORTS
from app.web.api.paging import cursor, place
from app.web.api.reviews import Format
from tests.fakes.clock import START
from tests.web.api.conftest import Service, problem

PACKAGE = "npm/fast-colour"


def items(service: Service, path: str, token: Any, **query: str) -> list[dict[str, Any]]:
    response = service.ask("GET", path, token, query_string=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = json.loads(response.data)["items"]
    return found


def test_who_took_a_package_in_when_through_what_in_which_pull_request(service: Service) -> None:
    review_id = service.review()
    (found,) = items(service, "/findings", service.token(Scope.FINDINGS_READ), package=f"{PACKAGE}@2.4.1")
    assert found == {
        "package": "npm/fast-colour@2.4.1",
        "before": "2.4.0",
        "kind": "upgraded",
        "scope": "runtime",
        "direct": True,
        "through": [],
        "file": "package-lock.json",
        "line": 12,
        "action": "block",
        "findings": [
            {
                "alert": "credential-theft",
                "action": "block",
                "severity": "critical",
                "confidence": "high",
                "new": True,
                "message": "reads ~/.npmrc and sends it to drop.example",
                "file": "scripts/setup.js",
                "line": 7,
            }
        ],
        "review": {
            "id": review_id,
            "installation": 99,
            "repository_id": 42,
            "repository": "acme/shop",
            "number": 7,
            "head_sha": "a" * 40,
            "conclusion": "failure",
            "private": True,
            "at": "2026-11-23T12:00:00Z",
        },
    }


def test_findings_are_narrowed_by_alert_action_repository_and_time(service: Service) -> None:
    service.review()
    token = service.token(Scope.FINDINGS_READ)
    assert len(items(service, "/findings", token, alert="credential-theft")) == 1
    assert items(service, "/findings", token, alert="install-script") == []
    assert len(items(service, "/findings", token, action="block")) == 1
    assert items(service, "/findings", token, action="warn") == []
    assert len(items(service, "/findings", token, repository="Acme/Shop")) == 1
    assert len(items(service, "/findings", token, package=PACKAGE, since="2026-11-23T12:00:00Z")) == 1
    assert items(service, "/findings", token, package=PACKAGE, since="2026-11-23T12:00:01Z") == []
    assert items(service, "/findings", token, package=PACKAGE, until="2026-11-23T12:00:00Z") == []


@pytest.mark.parametrize("path", ["/findings", "/reviews"])
def test_a_repository_that_is_not_known_is_an_error_and_no_empty_list(service: Service, path: str) -> None:
    """An empty list would say that the package is not in there."""
    service.review(installation=98, repository=43)
    mine = service.token(Scope.FINDINGS_READ, Scope.REVIEWS_READ, installations=(99,))
    for name in ("acme/shop", "acme/nowhere"):  # another tenant's, and nobody's, in the same words
        answer = problem(service.ask("GET", path, mine, query_string={"repository": name}), "not_found")
        assert answer["detail"] == "No repository of this name has been reviewed."


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "Name what to look for: a package, an alert, an action or a repository."),
        ({"since": "2026-11-23T12:00:00Z"}, "Name what to look for: a package, an alert, an action or a repository."),
        ({"package": "fast-colour"}, "'fast-colour' is not a package. Write npm/name, npm/@scope/name or pypi/name"),
        ({"package": PACKAGE, "since": "yesterday"}, "`since`: "),
        ({"package": PACKAGE, "since": "2026-11-23T12:00:00"}, "`since`: "),
        ({"package": PACKAGE, "limit": "201"}, "`limit`: "),
        ({"package": PACKAGE, "cursor": "1-x"}, "`cursor`: "),
        ({"package": PACKAGE, "cursor": "9" * 20 + "-1"}, "`cursor`: "),
        ({"package": PACKAGE, "verison": "1"}, "`verison` is not a query parameter of this route."),
    ],
)
def test_a_search_that_cannot_be_read_is_told(service: Service, query: dict[str, str], said: str) -> None:
    answer = problem(
        service.ask("GET", "/findings", service.token(Scope.FINDINGS_READ), query_string=query), "invalid_input"
    )
    assert answer["detail"].startswith(said)


@pytest.mark.parametrize("path", ["/findings", "/reviews"])
def test_pages_are_linked_and_end(service: Service, path: str) -> None:
    for repository in range(1, 6):
        service.review(repository=repository)
        service.clock.advance(3600)
    token = service.token(Scope.FINDINGS_READ, Scope.REVIEWS_READ)
    seen: list[int] = []
    address: str | None = f"/api/v1{path}?limit=2" + ("&package=npm/fast-colour" if path == "/findings" else "")
    while address:
        response = service.ask("GET", address, token)
        body = json.loads(response.data)
        seen += [one.get("review", one)["repository_id"] for one in body["items"]]
        link = response.headers.get("Link")
        assert (link is None) == (body["next"] is None)
        address = None if link is None else link.partition("<http://assay.example")[2].partition(">")[0]
    assert seen == [5, 4, 3, 2, 1]


def test_a_token_sees_the_installations_and_repositories_that_it_is_narrowed_to(service: Service) -> None:
    theirs = service.review(installation=98, repository=43)
    other = service.review(installation=99, repository=44)
    mine = service.review(installation=99, repository=42)
    both = (Scope.FINDINGS_READ, Scope.REVIEWS_READ)

    def seen(token: Any) -> set[str]:
        listed = {one["id"] for one in items(service, "/reviews", token)}
        found = {one["review"]["id"] for one in items(service, "/findings", token, package=PACKAGE)}
        there = {
            one for one in (theirs, other, mine) if service.ask("GET", f"/reviews/{one}", token).status_code == 200
        }
        assert listed == found == there
        return listed

    assert seen(service.token(*both)) == {theirs, other, mine}
    assert seen(service.token(*both, installations=(99,))) == {other, mine}
    assert seen(service.token(*both, installations=(99,), repositories=(42,))) == {mine}
    assert seen(service.token(*both, installations=(97,))) == set()
    assert seen(service.token(*both, repositories=(43,))) == {theirs}


def test_what_is_not_there_is_answered_in_the_same_words(service: Service) -> None:
    theirs = service.review(installation=98)
    mine = service.token(Scope.REVIEWS_READ, installations=(99,))
    answers = [problem(service.ask("GET", f"/reviews/{one}", mine), "not_found") for one in (theirs, "x" * 32)]
    assert answers[0]["detail"] == answers[1]["detail"] == "There is no review of this id."


def test_one_review_comes_with_its_whole_report(service: Service) -> None:
    review_id = service.review()
    answer = json.loads(service.ask("GET", f"/reviews/{review_id}", service.token(Scope.REVIEWS_READ)).data)
    assert answer["review"]["id"] == review_id
    assert answer["report"]["conclusion"] == "failure"
    assert answer["report"]["findings"][0]["evidence"][0]["file"] == "scripts/setup.js"


@pytest.mark.parametrize("name", EXPORTS)
def test_a_review_is_exported_in_every_format(service: Service, name: str) -> None:
    address = f"/reviews/{service.review()}"
    response = service.ask("GET", address, service.token(Scope.REVIEWS_READ), query_string={"format": name})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == EXPORTS[name].media_type
    assert (
        response.headers["Content-Disposition"] == f'attachment; filename="assay-shop-7-aaaaaaa{EXPORTS[name].ending}"'
    )
    assert response.headers["Repr-Digest"]
    assert "fast-colour" in response.text


def test_a_format_that_nobody_knows_is_refused(service: Service) -> None:
    address = f"/reviews/{service.review()}?format=pdf"
    problem(service.ask("GET", address, service.token(Scope.REVIEWS_READ)), "invalid_input")


def test_all_formats_may_be_asked_for() -> None:
    assert set(get_args(Format)) == set(EXPORTS)


def test_a_cursor_says_where_a_page_ended() -> None:
    assert place(cursor(START, 17)) == (START, "17")
    assert place(cursor(START + timedelta(microseconds=1), "a-b_c")) == (START + timedelta(microseconds=1), "a-b_c")
