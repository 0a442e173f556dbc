"""Webhooks arrive signed and as GitHub describes them; once, twice, late, out of order, or never."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest

from app.demo.github.courier import Mode
from tests.demo.github.conftest import Receiver
from tests.fakes.clock import FakeClock
from tests.github.loopback import Loopback, loopback


@pytest.fixture
def world(clock: FakeClock, receiver: Receiver) -> Iterator[Loopback]:
    with loopback(clock, webhook_url=receiver.url, secret="s3cret") as served:
        yield served


def actions(receiver: Receiver) -> list[str]:
    return [json.loads(body)["action"] for _, body in receiver.taken]


def test_a_webhook_is_signed_and_says_who_it_is_for(world: Loopback, receiver: Receiver) -> None:
    world.pull()
    world.github.courier.settle()
    ((headers, body),) = receiver.taken
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-GitHub-Event"] == "pull_request"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    payload = json.loads(body)
    assert payload["installation"]["id"] == world.installation.id
    assert payload["repository"]["id"] == world.repository.id


def test_everything_that_happens_to_a_pull_request_is_told(world: Loopback, receiver: Receiver) -> None:
    """And the judge finds every payload as GitHub describes it."""
    github, pull = world.github, world.pull(draft=True)
    before = pull.head_sha
    after = github.push(pull, {"more": "x"})
    github.push(pull, {"other": "y"}, onto=before)
    github.ready(pull)
    github.commit(world.repository, {"old": "z"}, branch="stable")
    github.retarget(pull, "stable")
    github.close(pull)
    github.reopen(pull)
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
    github.rerequest(github.check_runs[check])
    github.courier.settle()
    assert actions(receiver) == [
        "opened", "synchronize", "synchronize", "ready_for_review", "edited", "closed", "reopened", "rerequested",
    ]  # fmt: skip
    pushed = json.loads(receiver.taken[1][1])
    assert (pushed["before"], pushed["after"]) == (before, after)
    assert json.loads(receiver.taken[4][1])["changes"]["base"]["ref"]["from"] == "main"


def test_a_pull_request_from_a_fork_is_told_to_the_base(world: Loopback, receiver: Receiver) -> None:
    world.pull(from_fork=world.github.fork(world.repository, "mallory"), author="mallory")
    world.github.courier.settle()
    payload = json.loads(receiver.taken[0][1])
    assert payload["pull_request"]["head"]["repo"]["full_name"] == "mallory/shop"
    assert payload["repository"]["full_name"] == "harbour/shop"


def test_only_who_is_installed_and_listens_is_told(world: Loopback, receiver: Receiver) -> None:
    world.github.create_app("Deaf", webhook_url=receiver.url, permissions={}, events=["pull_request"])
    deaf = world.github.create_app("Other", webhook_url=receiver.url, permissions={}, events=["push"])
    world.github.install(deaf, "harbour")
    other = world.github.repository("harbour/other")
    world.github.open_pull(other, "Elsewhere", {"a": "b"})
    world.pull()
    world.github.courier.settle()
    assert len(receiver.taken) == 1


def test_a_suspended_installation_hears_nothing(world: Loopback, receiver: Receiver) -> None:
    world.github.suspend(world.installation)
    world.pull()
    world.github.courier.settle()
    assert receiver.taken == []


def test_twice_is_twice_with_one_guid(world: Loopback, receiver: Receiver) -> None:
    world.github.courier.mode = Mode.TWICE
    world.pull()
    world.github.courier.settle()
    assert len(receiver.taken) == 2
    assert len(set(receiver.guids)) == 1


def test_late_is_when_released(world: Loopback, receiver: Receiver) -> None:
    world.github.courier.mode = Mode.LATE
    world.github.push(world.pull(), {"more": "x"})
    world.github.courier.settle()
    assert receiver.taken == []
    world.github.courier.release()
    world.github.courier.settle()
    assert actions(receiver) == ["opened", "synchronize"]


def test_out_of_order_is_newest_first(world: Loopback, receiver: Receiver) -> None:
    world.github.courier.mode = Mode.REVERSED
    world.github.push(world.pull(), {"more": "x"})
    world.github.courier.release()
    world.github.courier.settle()
    assert actions(receiver) == ["synchronize", "opened"]


def app_key(world: Loopback) -> str:
    claims = {"iat": world.clock.now, "exp": world.clock.now + timedelta(seconds=60), "iss": str(world.app.id)}
    return jwt.encode(claims, world.app.pem, algorithm="RS256")


def test_never_is_in_the_log_and_can_be_redelivered(world: Loopback, receiver: Receiver) -> None:
    world.github.courier.mode = Mode.NEVER
    world.pull()
    world.github.courier.settle()
    assert receiver.taken == []
    (lost,) = json.loads(world.request("GET", "/app/hook/deliveries?status=failure", app_key(world)).data)
    assert (lost["event"], lost["action"], lost["redelivery"]) == ("pull_request", "opened", False)
    answer = world.request("POST", f"/app/hook/deliveries/{lost['id']}/attempts", app_key(world))
    assert answer.status == 202
    world.github.courier.settle()
    assert receiver.guids == [lost["guid"]]
    again, first = json.loads(world.request("GET", "/app/hook/deliveries", app_key(world)).data)
    assert (again["guid"], again["redelivery"], again["status_code"]) == (first["guid"], True, 202)
    shown = json.loads(world.request("GET", f"/app/hook/deliveries/{again['id']}", app_key(world)).data)
    assert shown["request"]["payload"]["action"] == "opened"


def test_a_receiver_that_fails_or_is_away_is_in_the_log(world: Loopback, receiver: Receiver) -> None:
    receiver.status = 500
    world.pull()
    world.github.courier.settle()
    world.app.webhook_url = "http://127.0.0.1:1/webhook"
    world.github.close(world.github.pulls[0])
    world.github.courier.settle()
    assert [delivery.status_code for delivery in world.github.deliveries] == [500, 502]
    assert world.github.deliveries[1].status == "failed to connect to host (NewConnectionError)"
