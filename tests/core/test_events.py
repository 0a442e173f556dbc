"""Webhook payloads: what asks for a review, what does not, and what is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from app.core.errors import InputError
from app.core.events import Ignored, ReviewRequest, read_event

HEAD = "a" * 40


def a_payload(action: str = "opened", **changes: Any) -> dict[str, Any]:
    """A pull_request payload with the fields that are read, and some that are not."""
    return {
        "action": action,
        "number": 7,
        "pull_request": {"number": 7, "title": "Update chart-kit", "head": {"sha": HEAD, "ref": "update"}},
        "repository": {"id": 42, "full_name": "acme/shop", "private": False, "name": "shop"},
        "installation": {"id": 99},
        "sender": {"login": "octo"},
    } | changes


def a_rerun(event: str, **changes: Any) -> dict[str, Any]:
    """A rerequested payload of one of our checks."""
    payload = a_payload("rerequested")
    del payload["pull_request"], payload["number"]
    payload[event] = {"head_sha": HEAD, "external_id": f"7:{HEAD}:digest", "pull_requests": []} | changes
    return payload


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
def test_a_pull_request_that_brings_commits_asks_for_a_review(action: str) -> None:
    assert read_event("pull_request", a_payload(action)) == ReviewRequest(
        installation_id=99,
        repository_id=42,
        repository="acme/shop",
        number=7,
        head_sha=HEAD,
        private=False,
        action=action,
    )


def test_a_request_says_to_whom_the_repository_belongs() -> None:
    owned = a_payload()
    owned["repository"]["owner"] = {"id": 7, "login": "acme"}
    asked = read_event("pull_request", owned)
    assert isinstance(asked, ReviewRequest)
    assert asked.owner_id == 7


def test_an_edit_counts_only_when_the_base_branch_changed() -> None:
    edit = a_payload("edited", changes={"title": {"from": "old"}})
    assert read_event("pull_request", edit) == Ignored("an edit that leaves the base branch alone")
    moved = a_payload("edited", changes={"base": {"ref": {"from": "main"}, "sha": {"from": "b" * 40}}})
    assert isinstance(read_event("pull_request", moved), ReviewRequest)


@pytest.mark.parametrize("action", ["closed", "labeled", "assigned", "converted_to_draft", "an_action_of_tomorrow"])
def test_other_actions_are_ignored_whatever_else_they_hold(action: str) -> None:
    assert read_event("pull_request", {"action": action}) == Ignored(f"a pull request was {action}")


def test_a_rerun_of_our_check_names_its_pull_request_in_its_external_id() -> None:
    """GitHub lists no pull requests for heads in forks."""
    request = read_event("check_run", a_rerun("check_run"))
    assert isinstance(request, ReviewRequest)
    assert (request.number, request.head_sha, request.action) == (7, HEAD, "rerequested")


def test_a_rerun_without_our_external_id_falls_back_to_the_listed_pull_request_of_this_repository() -> None:
    listed = [{"number": 3, "base": {"repo": {"id": 42}}}, {"number": 900, "base": {"repo": {"id": 1}}}]
    for event in ("check_run", "check_suite"):
        request = read_event(event, a_rerun(event, external_id="somebody else's", pull_requests=listed))
        assert isinstance(request, ReviewRequest)
        assert request.number == 3


def test_a_rerun_that_names_no_pull_request_is_ignored_with_its_reason() -> None:
    assert read_event("check_run", a_rerun("check_run", external_id=None)) == Ignored(
        "a check run that names no pull request"
    )
    assert read_event("check_suite", a_rerun("check_suite")) == Ignored(
        "a check suite that names no pull request (GitHub names none for forks)"
    )


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
@pytest.mark.parametrize("action", ["created", "completed", "requested"])
def test_our_own_check_runs_do_not_start_reviews(event: str, action: str) -> None:
    """Others looped on the events of their own runs."""
    assert isinstance(read_event(event, {"action": action}), Ignored)


@pytest.mark.parametrize("event", ["ping", "star", "", "pull_request_review", "\x00"])
def test_events_of_no_use_are_ignored(event: str) -> None:
    assert isinstance(read_event(event, {}), Ignored)


def _bent(path: str, value: object) -> dict[str, Any]:
    payload = deepcopy(a_payload())
    *parents, last = path.split(".")
    place = payload
    for name in parents:
        place = place[name]
    if value is _GONE:
        del place[last]
    else:
        place[last] = value
    return payload


_GONE = object()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("action", _GONE),
        ("action", 7),
        ("action", None),
        ("action", ["opened"]),
        ("action", "Opened\nINFO forged=line"),
        ("installation", _GONE),
        ("installation", None),
        ("installation.id", True),
        ("installation.id", 0),
        ("installation.id", -1),
        ("installation.id", 10**30),
        ("installation.id", 99.0),
        ("installation.id", "99"),
        ("repository", []),
        ("repository.id", _GONE),
        ("repository.private", "false"),
        ("repository.private", 0),
        ("repository.full_name", "acme/shop/../other"),
        ("repository.full_name", "acme"),
        ("repository.full_name", "acme/sh op"),
        ("repository.full_name", "acme/shop\n"),
        ("repository.full_name", "acme/\ud800"),
        ("pull_request", None),
        ("pull_request", "7"),
        ("pull_request.number", True),
        ("pull_request.number", 2**31),
        ("pull_request.head.sha", "main"),
        ("pull_request.head.sha", "A" * 40),
        ("pull_request.head.sha", HEAD + "\n"),
        ("pull_request.head.sha", "\uff41" * 40),
        ("changes", {"base": "main"}),
    ],
)
def test_a_payload_of_another_shape_is_refused_with_its_event_named(path: str, value: object) -> None:
    with pytest.raises(InputError, match=r"the pull_request payload is not as GitHub documents it"):
        read_event("pull_request", _bent(path, value))


@pytest.mark.parametrize("payload", [None, [], "text", 7, True, {"action": {}}])
def test_a_payload_that_is_no_object_is_refused(payload: object) -> None:
    for event in ("pull_request", "check_run", "check_suite"):
        with pytest.raises(InputError):
            read_event(event, payload)


def test_the_lane_is_one_pull_request() -> None:
    request = read_event("pull_request", a_payload())
    assert isinstance(request, ReviewRequest)
    assert request.lane == "99-42-7"
