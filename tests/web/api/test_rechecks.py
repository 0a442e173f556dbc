"""A program asks for a review again: a delivery of our own, once a minute, for pull requests of its own tenant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.access import Scope
from app.core.errors import StoreUnavailable
from app.core.ports import DeliveryState
from tests.fakes.clock import FakeClock
from tests.store.test_deliveries import LEASE
from tests.web.api.conftest import Service, problem

LANE = "99-42-7"


def recheck(service: Service, review: str, token: Any = None) -> dict[str, Any]:
    answer = service.ask("POST", f"/reviews/{review}/recheck", token or service.token(Scope.REVIEWS_WRITE))
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = json.loads(answer.data)
    return body


def test_the_pull_request_waits_for_a_review_as_after_an_event_of_github(service: Service) -> None:
    review = service.review()
    asked = recheck(service, review)
    delivery = service.store.deliveries.get(asked["delivery"])
    assert delivery is not None
    assert (delivery.event, delivery.request.action, delivery.request.lane) == ("api", "recheck", LANE)
    assert (delivery.request.repository, delivery.request.private) == ("acme/shop", True)
    assert (asked["state"], asked["before"]["id"]) == ("received", review)
    assert service.store.deliveries.waiting(service.clock(), 10) == [LANE]
    assert list(service.dispatch.waiting) == [LANE]


def test_who_asks_again_within_the_minute_asks_for_the_same(service: Service, clock: FakeClock) -> None:
    review = service.review()
    first = recheck(service, review)
    clock.advance(20)
    again = recheck(service, review)
    assert again["delivery"] == first["delivery"]
    claimed = service.store.deliveries.claim(LANE, "worker-1", clock(), LEASE)
    assert claimed is not None
    assert recheck(service, review)["state"] == "running"
    service.store.deliveries.finish(claimed.id, "worker-1", DeliveryState.DONE, "", clock())
    service.dispatch.waiting.clear()
    assert recheck(service, review)["state"] == "done"
    assert service.dispatch.waiting == {}
    clock.advance(60)
    later = recheck(service, review)
    assert later["delivery"] != first["delivery"]
    assert later["state"] == "received"


def test_it_says_where_the_new_review_will_stand(service: Service, clock: FakeClock) -> None:
    review = service.review()
    clock.advance(90)
    asked = recheck(service, review)
    reader = service.token(Scope.REVIEWS_READ)
    assert json.loads(service.ask("GET", asked["look"], reader).data)["items"] == []
    clock.advance(5)
    service.review()
    (found,) = json.loads(service.ask("GET", asked["look"], reader).data)["items"]
    assert found["id"] == review


def test_another_tenants_review_is_not_there(service: Service) -> None:
    review = service.review(installation=98)
    mine = service.token(Scope.REVIEWS_WRITE, installations=(99,))
    theirs = service.ask("POST", f"/reviews/{review}/recheck", mine)
    nobody = service.ask("POST", f"/reviews/{'0' * 32}/recheck", mine)
    documents = [problem(answer, "not_found") for answer in (theirs, nobody)]
    assert {**documents[0], "request_id": ""} == {**documents[1], "request_id": ""}
    other_repository = service.token(Scope.REVIEWS_WRITE, repositories=(43,))
    problem(service.ask("POST", f"/reviews/{service.review()}/recheck", other_repository), "not_found")
    assert service.store.deliveries.waiting(service.clock(), 10) == []


def test_a_queue_that_is_away_loses_nothing(service: Service) -> None:
    service.dispatch.down = True
    recheck(service, service.review())
    assert service.store.deliveries.waiting(service.clock(), 10) == [LANE]


def test_a_database_that_is_away_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    review = service.review()

    def away(*_: Any) -> None:
        raise StoreUnavailable("the database did not answer")

    monkeypatch.setattr(service.store.deliveries, "accept", away)
    token = service.token(Scope.REVIEWS_WRITE)
    problem(service.ask("POST", f"/reviews/{review}/recheck", token), "unavailable")
    assert service.dispatch.waiting == {}
