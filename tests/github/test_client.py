"""What PyGithub does not do by itself: waiting with a bound, repeating what is harmless, naming what went wrong."""

from __future__ import annotations

import json

import pytest
from github.Auth import AppAuthToken
from requests import RequestException

from app.core.errors import Forbidden, ForgeError, ForgeUnavailable, Gone, RateLimited
from app.core.policy import Conclusion
from app.core.ports import CheckOutput, Forge, Phase
from app.demo.github import PullRequest
from app.demo.github.faults import Fault, bad_gateway, dropped, primary_limit, secondary_limit
from app.github.client import connect
from app.github.patience import Patience
from tests.github.loopback import Loopback

PULL = "/pulls/1$"
NOON = 1795435200  # the fake clock's time


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_tried_again_with_growing_waits(world: Loopback, status: int) -> None:
    pull = world.pull()
    world.github.faults.next("GET", PULL, bad_gateway(status), times=3)
    with world.open() as forge:
        assert forge.pull(pull.number).number == 1
    assert [round(nap) for nap in world.naps] in ([2, 4], [2, 5], [3, 4], [3, 5], [2, 4])


def test_an_outage_that_lasts_is_named(world: Loopback) -> None:
    world.github.faults.next("GET", PULL, bad_gateway(), times=4)
    with world.open() as forge, pytest.raises(ForgeUnavailable, match=r"failed to show the pull request \(502\)"):
        forge.pull(1)
    assert world.github.faults.waiting == 0


def test_a_lost_connection_is_tried_again_when_reading(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        world.github.faults.next("GET", PULL, dropped())
        assert forge.pull(pull.number).number == 1


def test_nobody_answering_is_an_outage(world: Loopback) -> None:
    with pytest.raises(ForgeUnavailable) as raised, world.open(base_url="http://127.0.0.1:1/api/v3"):
        pass
    assert isinstance(raised.value.__cause__, RequestException)
    assert raised.value.__cause__.request is None  # it would hold the token


def test_a_completion_is_repeated(world: Loopback) -> None:
    """PyGithub never repeats PATCH; a check would stay in progress for ever."""
    pull = world.pull()
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        world.github.faults.next("PATCH", "/check-runs/", bad_gateway(after=True))
        forge.complete_check(check, Conclusion.SUCCESS, CheckOutput("t", "s"))
    assert world.github.check_runs[check].conclusion == "success"


@pytest.mark.parametrize("fault", [bad_gateway(after=True), dropped(after=True)], ids=["502", "dropped"])
def test_a_write_that_was_done_all_the_same_is_not_done_twice(world: Loopback, fault: Fault) -> None:
    pull = world.pull()
    with world.open() as forge:
        for path in ("/check-runs$", "/issues/1/comments$"):
            world.github.faults.next("POST", path, fault)
        check = forge.start_check(pull.head_sha, "1:x")
        forge.upsert_comment(pull.number, "<!-- m -->", "hello")
    assert [run.id for run in world.github.checks(world.repository, pull.head_sha)] == [check]
    assert len(world.github.comments(pull)) == 1
    assert world.judge.count("POST", "/check-runs") == 1
    assert world.judge.count("POST", "/comments") == 1


def test_a_write_that_was_not_done_is_an_outage_and_not_repeated(world: Loopback) -> None:
    pull = world.pull()
    world.github.faults.next("POST", "/check-runs$", bad_gateway())
    with world.open() as forge, pytest.raises(ForgeUnavailable):
        forge.start_check(pull.head_sha, "1:x")
    assert world.judge.count("POST", "/check-runs") == 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_short_wait_is_waited_as_asked(world: Loopback, status: int) -> None:
    """For a POST too: what GitHub refuses it has not done."""
    pull = world.pull()
    world.github.faults.next("GET", PULL, secondary_limit(status, retry_after=3))
    world.github.faults.next("POST", "/check-runs$", secondary_limit(status, retry_after=30))
    with world.open() as forge:
        forge.pull(pull.number)
        forge.start_check(pull.head_sha, "1:x")
    assert world.naps == [3.0, 30.0]
    assert len(world.github.checks(world.repository, pull.head_sha)) == 1


LIMITS = {
    "a long wait": (secondary_limit(403, retry_after=31), 31),
    "a long wait by 429": (secondary_limit(429, retry_after=900), 900),
    "a wait until a time": (secondary_limit(403, retry_after="Mon, 23 Nov 2026 12:02:00 GMT"), 120),
    "no wait named": (secondary_limit(403), 60),
    "no wait named by 429": (secondary_limit(429), 60),
    "a wait that is no number": (secondary_limit(429, retry_after="soon"), 60),
    "the hour used up": (primary_limit(NOON + 600), 601),
    "the hour used up by 429": (primary_limit(NOON + 600, 429), 601),
    "the hour over already": (primary_limit(NOON - 600), 1),
    "a wait without end": (secondary_limit(403, retry_after=10**9), 3600),
}


def act(forge: Forge, method: str, pull: PullRequest, check: int) -> None:
    """Something that makes one request of this method."""
    if method == "GET":
        forge.pull(pull.number)
    elif method == "POST":
        forge.start_check(pull.head_sha, "1:other")
    else:
        forge.progress(check, "title", "summary")


@pytest.mark.parametrize(("fault", "wait"), LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_limit_goes_back_to_the_queue_at_once(world: Loopback, fault: Fault, wait: float, method: str) -> None:
    """One request, no sleeping, and for how long to wait."""
    assert world.clock.now.timestamp() == NOON
    pull = world.pull()
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        world.judge.log.clear()
        world.github.faults.next(method, "", fault)
        with pytest.raises(RateLimited, match="GitHub asks us to wait") as raised:
            act(forge, method, pull, check)
        assert world.judge.count(method) == 1
    assert raised.value.retry_after == wait
    assert world.naps == []


def test_a_refusal_is_not_a_limit(world: Loopback) -> None:
    pull = world.pull()
    del world.installation.permissions["contents"]
    refused = r"refused to list the files of a commit \(403: Resource not accessible"
    with world.open(Phase.WRITE) as forge, pytest.raises(Forbidden, match=refused):
        forge.tree(pull.head_sha)
    assert world.judge.count("GET", pull.head_sha) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (451, Gone), (409, ForgeError), (422, ForgeError), (400, ForgeError)],
)
def test_every_refusal_has_a_family(world: Loopback, status: int, error: type[Exception]) -> None:
    world.github.faults.next("GET", PULL, Fault(status, "no"))
    with world.open() as forge, pytest.raises(ForgeError, match=f"\\({status}: no\\)") as raised:
        forge.pull(1)
    assert isinstance(raised.value, error)
    assert not isinstance(raised.value, ForgeUnavailable)


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "<html>maintenance</html>", '"text"', "null", "{}", '{"number": "seven"}', "[1, 2"],
)
def test_an_answer_that_is_none_is_an_outage(world: Loopback, body: str) -> None:
    """A proxy in between answers 200 with a page of its own."""
    world.github.faults.next("GET", PULL, Fault(200, body=body))
    with world.open() as forge, pytest.raises(ForgeUnavailable, match="asked to show the pull request"):
        forge.pull(1)


@pytest.mark.parametrize("location", ["http://elsewhere.example/api/v3/x", "https://127.0.0.1/api/v3/x"])
def test_a_redirect_to_another_host_is_not_followed(world: Loopback, location: str) -> None:
    world.github.faults.next("GET", PULL, Fault(301, "Moved", {"Location": location}))
    with world.open() as forge, pytest.raises(ForgeUnavailable):
        forge.pull(1)


def test_links_to_another_host_are_not_followed(world: Loopback) -> None:
    pull = world.pull()
    link = {"Link": '<http://elsewhere.example/api/v3/x?page=2>; rel="next"'}
    world.github.faults.next("GET", "/issues/1/comments$", Fault(200, headers=link, body="[]"))
    with world.open() as forge, pytest.raises(ForgeUnavailable):
        forge.retire_comment(pull.number, "<!-- m -->", "x")


def test_a_repository_that_was_renamed_long_ago_is_called_by_its_new_name(world: Loopback) -> None:
    """PyGithub follows the redirect but drops the query; GitHub names the repository when it makes the token."""
    pull = world.pull()
    world.github.rename(world.repository, "store")
    with world.door().open(world.installation.id, world.repository.id, "harbour/shop", Phase.READ) as forge:
        assert forge.pull(pull.number).repository == "harbour/store"
        check = forge.start_check(pull.head_sha, "1:x")
        assert forge.start_check(pull.head_sha, "1:x") == check
    assert all("/repos/harbour/shop" not in path for _, path in world.judge.log)


def test_a_repository_that_is_renamed_in_the_middle_loses_nothing(world: Loopback) -> None:
    """The redirected request for a tree has lost `recursive`; folders without contents are walked."""
    pull = world.pull()
    with world.open(Phase.READ) as forge:
        before = forge.tree(pull.head_sha)
        check = forge.start_check(pull.head_sha, "1:x")
        world.github.rename(world.repository, "store")
        assert forge.tree(pull.head_sha) == before
        assert "src/web/package.json" in before
        assert forge.start_check(pull.head_sha, "1:x") == check
        assert forge.pull(pull.number).repository == "harbour/store"


def test_writes_are_spaced_as_the_setting_says(world: Loopback) -> None:
    github = connect(
        AppAuthToken("x"), world.server.base_url, patience=Patience(world.nap), write_interval=1.0, verify=True
    )
    settings = github.requester.kwargs
    assert (settings["seconds_between_writes"], settings["seconds_between_requests"]) == (1.0, 0)
    assert (settings["per_page"], settings["api_version"], settings["timeout"]) == (100, "2022-11-28", 15)
    github.close()


def test_an_enterprise_server_is_asked_at_its_own_addresses(world: Loopback) -> None:
    github = connect(
        AppAuthToken("x"),
        "https://git.example/api/v3",
        patience=Patience(world.nap),
        write_interval=0,
        verify="/ca.pem",
    )
    assert github.requester.graphql_url == "https://git.example/api/graphql"
    assert github.requester.kwargs["verify"] == "/ca.pem"
    github.close()


def test_what_is_wrong_with_a_request_is_said(world: Loopback) -> None:
    pull = world.pull()
    body = json.dumps({"message": "Validation Failed", "errors": [{"code": "custom", "message": "too long"}, "odd"]})
    world.github.faults.next("POST", "/issues/1/comments$", Fault(422, body=body))
    with world.open() as forge, pytest.raises(ForgeError, match="422: Validation Failed; too long; odd"):
        forge.upsert_comment(pull.number, "<!-- m -->", "hello")
