"""Long lists, line by line, with a last line that says whether they are whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from app.core.access import Scope
from app.core.errors import StoreUnavailable
from app.issuer import Actor
from app.web.api import streaming
from app.web.api.problems import Problem
from app.web.api.route import Lines, Shape
from app.web.api.streaming import stream
from tests.web.api.conftest import Service, problem
from tests.web.conftest import HOST


class Item(Shape):
    number: int


def read(limit: int, start: int) -> tuple[Sequence[Item], int | None]:
    """A thousand items."""
    end = min(start + limit, 1000)
    return [Item(number=number) for number in range(start, end)], end if end < 1000 else None


def go_on() -> bool:
    """The token lives."""
    return True


def told(lines: Lines) -> tuple[list[int], dict[str, Any]]:
    """The numbers, and how it ended."""
    *items, end = [json.loads(text) for text in lines.texts]
    lines.over()
    return [item["number"] for item in items], end["end"]


def lines_of(service: Service, path: str, scope: Scope, **query: str) -> list[Any]:
    response = service.ask("GET", path, service.token(scope), query_string={"format": "ndjson", **query})
    assert (response.status_code, response.mimetype) == (200, "application/x-ndjson")
    assert "Repr-Digest" not in response.headers
    return [json.loads(line) for line in response.text.splitlines()]


def test_all_pages_come_and_the_end_says_so() -> None:
    numbers, end = told(stream(read, 0, go_on))
    assert numbers == list(range(1000))
    assert end == {"complete": True, "items": 1000}


def test_past_its_bound_it_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST", 400)
    numbers, end = told(stream(read, 0, go_on))
    assert len(numbers) == 400
    assert end == {
        "complete": False,
        "items": 400,
        "next": "400",
        "why": "There is more: ask again with this cursor.",
    }
    assert told(stream(read, int(end["next"]), go_on))[0][0] == 400


def test_a_reader_that_is_slow_does_not_hold_a_thread_for_ever() -> None:
    times = iter([0.0, streaming.PATIENCE + 1])
    numbers, end = told(stream(read, 0, go_on, lambda: next(times)))
    assert (len(numbers), end["complete"], end["next"]) == (200, False, "200")


def test_a_database_that_goes_away_is_told_in_the_last_line() -> None:
    def broken(limit: int, start: int) -> tuple[Sequence[Item], int | None]:
        if start:
            raise StoreUnavailable("gone")
        return read(limit, start)

    numbers, end = told(stream(broken, 0, go_on))
    assert len(numbers) == 200
    assert end["why"] == "The database does not answer. Ask again with this cursor."


def test_a_token_that_ends_meanwhile_reads_no_further_page() -> None:
    lives = iter([True, False])
    numbers, end = told(stream(read, 0, lambda: next(lives)))
    assert (len(numbers), end["complete"], end["next"]) == (400, False, "400")
    assert end["why"] == "This token has ended."


def test_a_revoked_token_is_noticed_within_a_stream(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "AT_ONCE", 2)
    for number in range(6):
        service.review(repository=40 + number)
    token = service.token(Scope.REVIEWS_READ)
    with service.client.get(
        "/api/v1/reviews",
        base_url=HOST,
        headers={"Authorization": f"Bearer {token.token.text}"},
        query_string={"format": "ndjson"},
        buffered=False,
    ) as response:
        service.issuer.revoke([token.credential.id], "it leaked", Actor(called="test"))
        *reviews, end = [json.loads(line) for line in response.get_data(as_text=True).splitlines()]
    assert (len(reviews), end["end"]["why"]) == (2, "This token has ended.")


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_stream_that_nobody_reads_leaves_its_place(service: Service, method: str) -> None:
    token = service.token(Scope.REVIEWS_READ)
    for _ in range(2 * streaming.PLACES):
        response = service.ask(method, "/reviews", token, query_string={"format": "ndjson"})
        assert response.status_code == 200
        response.close()


def test_what_is_wrong_from_the_start_is_an_error_and_takes_no_place() -> None:
    def broken(_limit: int, _start: int) -> tuple[Sequence[Item], int | None]:
        raise StoreUnavailable("gone")

    for _ in range(2 * streaming.PLACES):
        with pytest.raises(StoreUnavailable):
            stream(broken, 0, go_on)


def test_some_are_streamed_at_a_time_and_the_next_one_waits_for_its_turn() -> None:
    running = [stream(read, 0, go_on) for _ in range(streaming.PLACES)]
    with pytest.raises(Problem) as caught:
        stream(read, 0, go_on)
    assert caught.value.code == "too_many_streams"
    for one in running:
        one.over()
    stream(read, 0, go_on).over()


def test_reviews_and_findings_are_streamed_within_the_callers_sight(service: Service) -> None:
    for number in range(3):
        service.review(repository=40 + number)
    *reviews, end = lines_of(service, "/reviews", Scope.REVIEWS_READ)
    assert (len(reviews), end) == (3, {"end": {"complete": True, "items": 3}})
    *found, end = lines_of(service, "/findings", Scope.FINDINGS_READ, package="npm/fast-colour", limit="1")
    assert [one["package"] for one in found] == ["npm/fast-colour@2.4.1"] * 3
    assert end["end"]["complete"]
    stranger = service.token(Scope.REVIEWS_READ, installations=(1,))
    response = service.ask("GET", "/reviews", stranger, query_string={"format": "ndjson"})
    assert response.text == '{"end":{"complete":true,"items":0}}\n'


def test_the_audit_is_streamed(service: Service) -> None:
    token = service.token(Scope.AUDIT_READ)
    response = service.ask("GET", "/audit", token, query_string={"format": "ndjson"})
    *events, end = [json.loads(line) for line in response.text.splitlines()]
    assert next(event["action"] for event in events) == "created"
    assert end["end"] == {"complete": True, "items": len(events)}


def test_a_wrong_query_is_an_error_like_any_other(service: Service) -> None:
    token = service.token(Scope.FINDINGS_READ)
    problem(service.ask("GET", "/findings", token, query_string={"format": "ndjson"}), "invalid_input")
