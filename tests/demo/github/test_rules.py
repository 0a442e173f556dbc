"""Our GitHub refuses what GitHub refuses, and what its description forgets to say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from tests.github.loopback import Loopback

SHOP = "/repos/harbour/shop"
SHA = "<head>"  # stands for the head of the pull request
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
CHECK = {"name": "Assay", "head_sha": SHA}


def send(world: Loopback, method: str, path: str, body: Any, **permissions: str) -> tuple[int, Any]:
    text = json.dumps(body).replace(SHA, world.github.pulls[0].head_sha)
    answer = world.request(method, path, world.token(**permissions), text.encode())
    return answer.status, json.loads(answer.data or b"null")


def output(**more: Any) -> dict[str, Any]:
    return CHECK | {"output": {"title": "t", "summary": "s"} | more}


CHECKS = {
    "completed without a conclusion": CHECK | {"status": "completed"},
    "an unknown key": CHECK | {"externalid": "1"},
    "an unknown key inside": output(anotations=[]),
    "a short sha": CHECK | {"head_sha": "abc"},
    "a commit that is not there": CHECK | {"head_sha": "0" * 40},
    "no name": {"head_sha": SHA},
    "an unknown status": CHECK | {"status": "done"},
    "an unknown conclusion": CHECK | {"conclusion": "fine"},
    "no summary": CHECK | {"output": {"title": "t"}},
    "a summary that is too long": output(summary="s" * 65_536),
    "a text that is too long": output(text="s" * 65_536),
    "51 annotations": output(annotations=[NOTE] * 51),
    "a message over 64 KB": output(annotations=[NOTE | {"message": "ü" * 32_769}]),
    "a title over 255": output(annotations=[NOTE | {"title": "t" * 256}]),
    "an unknown level": output(annotations=[NOTE | {"annotation_level": "error"}]),
    "a line that is none": output(annotations=[NOTE | {"start_line": 0}]),
    "an end before the start": output(annotations=[NOTE | {"start_line": 2}]),
    "columns over two lines": output(annotations=[NOTE | {"end_line": 2, "start_column": 1}]),
    "four buttons": CHECK | {"actions": [{"label": "l", "description": "d", "identifier": "i"}] * 4},
    "a label over 20": CHECK | {"actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}]},
    "a time that is none": CHECK | {"started_at": "yesterday"},
    "an address that is none": CHECK | {"details_url": "javascript:1"},
}


@pytest.mark.parametrize("body", CHECKS.values(), ids=CHECKS)
def test_a_check_that_is_wrong_is_refused_and_not_kept(world: Loopback, body: dict[str, Any]) -> None:
    pull = world.pull()
    status, answer = send(world, "POST", f"{SHOP}/check-runs", body)
    assert (status, answer["status"]) == (422, "422")
    assert world.github.checks(world.repository, pull.head_sha) == []


def test_a_check_at_the_limits_is_taken(world: Loopback) -> None:
    pull = world.pull()
    widest = NOTE | {"title": "t" * 255, "message": "m" * 65_536}
    status, _ = send(world, "POST", f"{SHOP}/check-runs", output(summary="s" * 65_535, annotations=[widest] * 50))
    assert status == 201
    assert len(world.github.checks(world.repository, pull.head_sha)[0].annotations) == 50


def test_a_conclusion_completes_and_a_new_start_forgets_it(world: Loopback) -> None:
    world.pull()
    _, run = send(world, "POST", f"{SHOP}/check-runs", CHECK | {"conclusion": "success"})
    assert (run["status"], run["completed_at"]) == ("completed", "2026-11-23T12:00:00Z")
    _, run = send(world, "PATCH", f"{SHOP}/check-runs/{run['id']}", {"status": "in_progress"})
    assert (run["conclusion"], run["completed_at"]) == (None, None)


def test_only_its_own_app_may_change_a_check(world: Loopback) -> None:
    pull = world.pull()
    _, run = send(world, "POST", f"{SHOP}/check-runs", CHECK)
    other = world.github.create_app("Other", permissions={"checks": "write"})
    installation = world.github.install(other, "harbour")
    token = world.github.tokens.mint(installation, None, {"checks": "write"}).value
    answer = world.request("PATCH", f"{SHOP}/check-runs/{run['id']}", token, b'{"conclusion": "success"}')
    assert answer.status == 403
    assert world.github.checks(world.repository, pull.head_sha)[0].conclusion is None


LOCK = "package-lock.json"
REVIEWS = {
    "a line outside the diff": {"path": LOCK, "line": 2, "side": "RIGHT", "body": "b"},
    "a file outside the diff": {"path": "package.json", "line": 4, "side": "RIGHT", "body": "b"},
    "the side of the old file": {"path": LOCK, "line": 20, "side": "LEFT", "body": "b"},
    "no line": {"path": LOCK, "side": "RIGHT", "body": "b"},
    "a start after the end": {"path": LOCK, "line": 20, "side": "RIGHT", "start_line": 21, "body": "b"},
    "no words": {"path": LOCK, "line": 20, "side": "RIGHT", "body": ""},
    "too many words": {"path": LOCK, "line": 20, "side": "RIGHT", "body": "b" * 65_537},
    "an unknown key": {"path": LOCK, "line": 20, "sied": "RIGHT", "body": "b"},
}


@pytest.mark.parametrize("bad", REVIEWS.values(), ids=REVIEWS)
def test_one_bad_line_refuses_the_whole_review(world: Loopback, bad: dict[str, Any]) -> None:
    world.pull()
    good = {"path": LOCK, "line": 20, "side": "RIGHT", "body": "good"}
    body = {"commit_id": SHA, "event": "COMMENT", "body": "two", "comments": [good, bad]}
    status, _ = send(world, "POST", f"{SHOP}/pulls/1/reviews", body)
    assert status == 422
    assert world.github.line_comments == {}
    assert world.github.reviews == []


@pytest.mark.parametrize(
    "body",
    [
        {"event": "COMMENT"},
        {"event": "COMMENT", "body": "b", "commit_id": "0" * 40},
        {"event": "COMMENT", "body": "b" * 65_537},
        {"body": "b"},
    ],
    ids=["no words", "a foreign commit", "too many words", "no event"],
)
def test_a_review_that_is_wrong_is_refused(world: Loopback, body: dict[str, Any]) -> None:
    world.pull()
    assert send(world, "POST", f"{SHOP}/pulls/1/reviews", body)[0] == 422


def test_a_comment_on_a_file_needs_a_file_of_the_diff_and_no_line(world: Loopback) -> None:
    world.pull()
    body = {"commit_id": SHA, "body": "b", "path": LOCK, "subject_type": "file"}
    assert send(world, "POST", f"{SHOP}/pulls/1/comments", body)[0] == 201
    assert send(world, "POST", f"{SHOP}/pulls/1/comments", body | {"path": "package.json"})[0] == 422
    assert send(world, "POST", f"{SHOP}/pulls/1/comments", body | {"line": 20})[0] == 422


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": "b" * 65_537}, {"body": "b", "text": "t"}, [], None, 7])
def test_a_comment_that_is_wrong_is_refused(world: Loopback, body: Any) -> None:
    world.pull()
    assert send(world, "POST", f"{SHOP}/issues/1/comments", body)[0] == 422
    assert world.github.thread == {}


# --- who asks -------------------------------------------------------------------------------------------------------

MATRIX = [
    ("GET", "/git/trees/main", "contents"),
    ("GET", f"/git/blobs/{'0' * 40}", "contents"),
    ("GET", "/commits/HEAD", "contents"),
    ("GET", "/contents/package.json", "contents"),
    ("GET", "/compare/main...main", "contents"),
    ("GET", "/pulls/1", "pull_requests"),
    ("GET", "/pulls/1/files", "pull_requests"),
    ("GET", "/pulls/1/comments", "pull_requests"),
    ("POST", "/pulls/1/comments", "pull_requests"),
    ("POST", "/pulls/1/reviews", "pull_requests"),
    ("PATCH", "/pulls/comments/1", "pull_requests"),
    ("GET", "/issues/1/comments", "pull_requests"),
    ("POST", "/issues/1/comments", "pull_requests"),
    ("PATCH", "/issues/comments/1", "pull_requests"),
    ("GET", f"/commits/{'0' * 40}/check-runs", "checks"),
    ("GET", "/check-runs/1", "checks"),
    ("GET", "/check-runs/1/annotations", "checks"),
    ("POST", "/check-runs", "checks"),
    ("PATCH", "/check-runs/1", "checks"),
]


def test_every_call_needs_its_permission(world: Loopback) -> None:
    """403 without it and, for writes, with reading alone; anything else with it."""
    world.pull()
    for method, path, permission in MATRIX:
        others = {name: level for name, level in world.installation.permissions.items() if name != permission}
        attempts = [others] + ([others | {permission: "read"}] if method != "GET" else [])
        for permissions in attempts:
            answer = world.request(method, SHOP + path, world.token(**permissions), b"{}" if method != "GET" else None)
            assert answer.status == 403, (method, path)
            assert json.loads(answer.data)["message"] == "Resource not accessible by integration"
        body = b"{}" if method != "GET" else None
        assert world.request(method, SHOP + path, world.token(), body).status != 403, (method, path)


def test_a_token_ends_after_an_hour(world: Loopback) -> None:
    token = world.token()
    world.pull()
    world.clock.advance(3_599)
    assert world.request("GET", f"{SHOP}/pulls/1", token).status == 200
    world.clock.advance(1)
    assert world.request("GET", f"{SHOP}/pulls/1", token).status == 401


def test_a_revoked_token_is_unknown(world: Loopback) -> None:
    token = world.token()
    assert world.request("DELETE", "/installation/token", token).status == 204
    answer = world.request("GET", f"{SHOP}/pulls/1", token)
    assert (answer.status, json.loads(answer.data)["message"]) == (401, "Bad credentials")


@pytest.mark.parametrize("credential", ["", "ghs_guess", "eyJ.eyJ.x"])
def test_without_a_good_credential_nothing_is_shown(world: Loopback, credential: str) -> None:
    for path in (f"{SHOP}/pulls/1", "/app"):
        assert world.request("GET", path, credential).status == 401


def test_what_the_token_does_not_cover_is_not_there(world: Loopback) -> None:
    """404, not 403: whether it exists is nobody's business."""
    world.github.repository("harbour/secret", private=True)
    world.github.repository("elsewhere/shop")
    for name in ("harbour/secret", "elsewhere/shop", "harbour/none"):
        assert world.request("GET", f"/repos/{name}/pulls/1", world.token()).status == 404


JWTS = {
    "expired": (-700, -10, 401, "future"),
    "too long": (0, 700, 401, "too far in the future"),
    "issued in the future": (120, 500, 401, "Issued at"),
    "good": (-60, 300, 200, "assay"),
    "as long as allowed": (0, 600, 200, "assay"),
}


@pytest.mark.parametrize(("issued", "expires", "status", "words"), JWTS.values(), ids=JWTS)
def test_a_jwt_is_good_for_ten_minutes_at_most(
    world: Loopback, issued: int, expires: int, status: int, words: str
) -> None:
    now = world.clock.now
    claims = {"iat": now + timedelta(seconds=issued), "exp": now + timedelta(seconds=expires), "iss": str(world.app.id)}
    answer = world.request("GET", "/app", jwt.encode(claims, world.app.pem, algorithm="RS256"))
    assert answer.status == status
    assert words in answer.data.decode()


def test_a_token_for_more_than_was_granted_is_refused(world: Loopback) -> None:
    claims = {"iat": world.clock.now, "exp": world.clock.now + timedelta(seconds=60), "iss": str(world.app.id)}
    key = jwt.encode(claims, world.app.pem, algorithm="RS256")
    path = f"/app/installations/{world.installation.id}/access_tokens"
    for body in ({"permissions": {"contents": "write"}}, {"permissions": {"administration": "read"}}):
        assert world.request("POST", path, key, json.dumps(body).encode()).status == 422
    outside = world.github.repository("harbour/other").id
    assert world.request("POST", path, key, json.dumps({"repository_ids": [outside]}).encode()).status == 422
    assert world.request("POST", path, key, b'{"repositoryids": [1]}').status == 422
    world.judge.violations.clear()  # the last body is wrong on purpose


# --- answers --------------------------------------------------------------------------------------------------------


def test_a_renamed_repository_answers_with_its_number(world: Loopback) -> None:
    world.pull()
    world.github.rename(world.repository, "store")
    answer = world.request("GET", f"{SHOP}/pulls/1/files?per_page=1", world.token())
    by_number = f"{world.server.base_url}/repositories/{world.repository.id}/pulls/1/files?per_page=1"
    assert (answer.status, answer.headers["Location"]) == (301, by_number)
    followed = world.request("GET", by_number.removeprefix(world.server.base_url), world.token())
    assert len(json.loads(followed.data)) == 1
    assert (
        f'/repositories/{world.repository.id}/pulls/1/files?per_page=1&page=2>; rel="next"' in followed.headers["Link"]
    )


def test_what_did_not_change_is_answered_with_304(world: Loopback) -> None:
    pull = world.pull()
    first = world.request("GET", f"{SHOP}/pulls/1", world.token())
    again = world.request("GET", f"{SHOP}/pulls/1", world.token(), If_None_Match=first.headers["ETag"])
    assert (again.status, again.data) == (304, b"")
    world.github.push(pull, {"more": "x"})
    assert world.request("GET", f"{SHOP}/pulls/1", world.token(), If_None_Match=first.headers["ETag"]).status == 200


def test_a_comparison_shows_files_on_the_first_page_only(world: Loopback) -> None:
    pull = world.pull()
    world.github.push(pull, {"more": "x"})
    compared = f"{SHOP}/compare/main...{pull.head_sha}?per_page=1&page="
    first, second = (json.loads(world.request("GET", compared + page, world.token()).data) for page in "12")
    assert (len(first["commits"]), len(first["files"]), first["status"], first["ahead_by"]) == (1, 3, "ahead", 2)
    assert "files" not in second
    assert second["merge_base_commit"]["sha"] == world.repository.head


def test_resolving_a_thread_needs_to_write_contents(world: Loopback) -> None:
    query = {"query": "mutation { resolveReviewThread(input: $input) { thread { id } } }", "variables": {"input": {}}}
    answer = json.loads(world.request("POST", "/../graphql", world.token(), json.dumps(query).encode()).data or b"{}")
    assert answer["errors"][0]["type"] == "FORBIDDEN"


def test_calls_that_do_not_exist_are_not_there(world: Loopback) -> None:
    assert world.request("GET", "/nonsense", world.token()).status == 404
    world.judge.violations.clear()
