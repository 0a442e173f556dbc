"""The judge finds what is not as GitHub describes it."""

from __future__ import annotations

import pytest

from tests.github.judge import Judge, find, model
from tests.github.loopback import Loopback

GOOD = {"name": "Assay", "head_sha": "a" * 40}


@pytest.mark.parametrize(
    "body",
    [
        GOOD | {"externalid": "1"},
        GOOD | {"output": {"title": "t", "summary": "s", "anotations": []}},
        GOOD | {"status": "done"},
        GOOD | {"status": "completed"},
        {"name": "Assay"},
        GOOD | {"output": {"title": "t"}},
    ],
    ids=["an unknown key", "an unknown key inside", "an unknown word", "no conclusion", "no sha", "no summary"],
)
def test_a_body_that_is_wrong_is_found(body: dict[str, object]) -> None:
    judge, call = Judge(), find("POST", "/repos/a/b/check-runs")
    assert call is not None
    assert call.body is not None
    judge._hold("it", model(call.body), GOOD)
    assert judge.violations == []
    judge._hold("it", model(call.body), body)
    assert len(judge.violations) == 1


@pytest.mark.parametrize("path", ["/repos/harbour/shop/nonsense", "/repos/harbour/shop/pulls/1?verbose=1"])
def test_calls_and_queries_that_github_does_not_know_are_found(world: Loopback, path: str) -> None:
    world.pull()
    world.request("GET", path, world.token())
    assert len(world.judge.violations) == 1
    world.judge.violations.clear()


def test_a_request_that_names_no_version_is_found(world: Loopback) -> None:
    world.pull()
    world.request("GET", "/repos/harbour/shop/pulls/1", world.token(), X_GitHub_Api_Version="")
    assert world.judge.violations == ["GET /repos/harbour/shop/pulls/1: names no API version"]
    world.judge.violations.clear()
