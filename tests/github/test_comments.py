"""One comment, ours, edited in place."""

from __future__ import annotations

import json

import pytest

from app.core.errors import RateLimited
from app.demo.github.faults import Fault, secondary_limit
from tests.github.loopback import Loopback

MARKER = "<!-- assay 0123 -->"


def without_minimised(world: Loopback, number: int) -> Fault:
    """The list of comments as servers give it that do not tell whether one is minimised."""
    with world.github.lock:
        comments = [
            {"id": comment.id, "node_id": f"IC_{comment.id}", "user": {"login": "assay[bot]", "type": "Bot"}, "body": comment.body}
            for comment in world.github.comments(world.github.pulls[number - 1])
        ]  # fmt: skip
    return Fault(200, body=json.dumps(comments))


def test_a_server_that_does_not_tell_is_asked_by_graphql(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        world.github.faults.next("GET", "/issues/1/comments$", without_minimised(world, 1))
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        (comment,) = world.github.comments(pull)
        assert comment.minimised == "RESOLVED"
        world.github.faults.next("GET", "/issues/1/comments$", without_minimised(world, 1))
        forge.upsert_comment(pull.number, MARKER, "bad again")
        assert comment.minimised is None


def test_a_comment_that_may_not_be_minimised_is_settled_all_the_same(
    world: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    pull = world.pull()
    refused = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        world.github.faults.next("POST", "/api/graphql$", Fault(200, body=json.dumps(refused)))
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
    (comment,) = world.github.comments(pull)
    assert (comment.body, comment.minimised) == (f"nothing to decide\n\n{MARKER}", None)
    assert "comment not minimised" in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        secondary_limit(403, retry_after=90),
        Fault(200, body=json.dumps({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})),
    ],
    ids=["403", "in the answer"],
)
def test_a_limit_on_graphql_is_a_limit(world: Loopback, fault: Fault) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        world.github.faults.next("POST", "/api/graphql$", fault)
        with pytest.raises(RateLimited):
            forge.retire_comment(pull.number, MARKER, "nothing to decide")


def test_a_run_that_died_after_un_minimising_edits_the_text_next_time(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        world.github.faults.next("PATCH", "/comments/", Fault(500), times=4)
        with pytest.raises(Exception, match="failed to edit our comment"):
            forge.upsert_comment(pull.number, MARKER, "bad again")
        forge.upsert_comment(pull.number, MARKER, "bad again")
    (comment,) = world.github.comments(pull)
    assert (comment.body, comment.minimised) == (f"bad again\n\n{MARKER}", None)


def test_a_comment_that_is_settled_costs_no_further_write(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        world.judge.log.clear()
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        assert [method for method, _ in world.judge.log] == ["GET"]


def test_the_marker_survives_when_a_text_is_cut(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "x" * 70_000)
        forge.upsert_comment(pull.number, MARKER, f"{MARKER}\n" + "y" * 70_000)
    (comment,) = world.github.comments(pull)
    assert len(comment.body) == 65_536
    assert comment.body.startswith(MARKER)
