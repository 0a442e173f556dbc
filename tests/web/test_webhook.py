"""Webhooks: what GitHub signed is kept and queued at once, and nothing that a stranger sends causes an error."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.core.errors import StoreUnavailable
from app.core.ports import DeliveryState
from app.core.signature import sign
from app.dispatch import MemoryDispatch
from app.store import Gathering, MemoryStore, open_store, upgrade
from app.store.memory import MemoryDeliveries
from app.web import create_app
from tests.core.test_events import HEAD, a_payload
from tests.fakes.clock import FakeClock
from tests.web.conftest import HOST, SECRET, SETTINGS, Deliver, problem

LANE = "99-42-7"


def test_a_delivery_is_kept_and_queued(deliver: Deliver, store: MemoryStore, dispatch: MemoryDispatch) -> None:
    response = deliver(a_payload("opened"))
    assert (response.status_code, response.json) == (202, {"state": "accepted"})
    kept = store.deliveries.get("guid-1")
    assert kept is not None
    assert (kept.event, kept.request.lane, kept.request.head_sha, kept.state) == (
        "pull_request",
        LANE,
        HEAD,
        DeliveryState.RECEIVED,
    )
    assert dispatch.waiting == {LANE: None}


def test_pushes_close_together_are_queued_for_later(
    deliver: Deliver, dispatch: MemoryDispatch, clock: FakeClock
) -> None:
    deliver(a_payload("opened"), delivery="guid-1")
    assert dispatch.take() == LANE
    clock.advance(1)
    deliver(a_payload("synchronize"), delivery="guid-2")
    due = dispatch.waiting[LANE]
    assert due is not None
    assert (due - clock()).total_seconds() == 5


def test_a_form_is_read_like_json(deliver: Deliver, store: MemoryStore) -> None:
    """GitHub offers both content types; the signature covers the raw body of either."""
    body = urlencode({"payload": json.dumps(a_payload())}).encode()
    assert deliver(body=body, content_type="application/x-www-form-urlencoded").status_code == 202
    assert store.deliveries.get("guid-1") is not None


def test_the_secret_before_the_current_one_still_counts(deliver: Deliver) -> None:
    assert deliver(a_payload(), secret="the secret before it").status_code == 202


def test_a_finished_delivery_that_comes_again_changes_nothing(
    deliver: Deliver, store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock
) -> None:
    deliver(a_payload())
    store.deliveries.claim(LANE, "worker-1", clock(), timedelta(seconds=120))
    store.deliveries.finish("guid-1", "worker-1", DeliveryState.DONE, "", clock())
    dispatch.take()
    response = deliver(a_payload())
    assert (response.status_code, response.json) == (200, {"state": "finished"})
    assert dispatch.waiting == {}


def test_an_unfinished_delivery_that_comes_again_is_queued_again(deliver: Deliver, dispatch: MemoryDispatch) -> None:
    """This is how a lost one is brought back by hand."""
    deliver(a_payload())
    dispatch.waiting.clear()
    assert deliver(a_payload()).status_code == 202
    assert dispatch.waiting == {LANE: None}


def test_redis_being_away_loses_nothing(
    deliver: Deliver, store: MemoryStore, dispatch: MemoryDispatch, caplog: pytest.LogCaptureFixture
) -> None:
    dispatch.down = True
    assert deliver(a_payload()).status_code == 202
    assert store.deliveries.get("guid-1") is not None
    assert "queue out of reach" in caplog.messages


def test_a_database_that_is_away_makes_the_delivery_fail_visibly(
    deliver: Deliver, store: MemoryStore, dispatch: MemoryDispatch
) -> None:
    """GitHub shows it as failed, and it can be delivered again."""

    class Away(MemoryDeliveries):
        def accept(self, *_arguments: Any) -> None:
            raise StoreUnavailable("the database did not answer: canary")

    store.deliveries = Away(Gathering())
    response = deliver(a_payload())
    assert response.status_code == 503
    assert problem(response)["detail"] == "The database does not answer. Try again in a minute."
    assert response.headers["Retry-After"] == "60"
    assert dispatch.waiting == {}


def test_a_hundred_deliveries_of_one_id_at_once_are_one(
    tmp_path: Path, dispatch: MemoryDispatch, clock: FakeClock
) -> None:
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    upgrade(url)
    store = open_store(url)
    app = create_app(SETTINGS, store, dispatch, clock)
    body = json.dumps(a_payload()).encode()
    headers = {
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": "guid-1",
        "X-Hub-Signature-256": sign(body, SECRET),
        "Content-Type": "application/json",
    }

    def post(_: int) -> int:
        return app.test_client().post("/webhooks/github", base_url=HOST, data=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, range(100))) == {202}
    assert dispatch.waiting == {LANE: None}
    assert store.deliveries.waiting(clock(), limit=10) == [LANE]
    store.close()


SIGNATURES: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "wrong": "sha256=" + "0" * 64,
    "the old algorithm": "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6",
    "upper-case": sign(b"{}", SECRET).upper(),
    "upper-case digits": "sha256=" + sign(b"{}", SECRET).removeprefix("sha256=").upper(),
    "not ASCII": "sha256=\xff\xfe" + "0" * 62,
    "of another secret": sign(b"{}", "another secret"),
    "of an empty secret": sign(b"{}", ""),
    "of other bytes": sign(b"{} ", SECRET),
    "very long": "sha256=" + "0" * 8000,
}


@pytest.mark.parametrize("what", SIGNATURES)
def test_a_request_that_github_did_not_sign_is_refused_without_a_trace(
    client: FlaskClient, store: MemoryStore, dispatch: MemoryDispatch, what: str
) -> None:
    signature = SIGNATURES[what]
    headers = {"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "guid-1", "Content-Type": "application/json"}
    environ = {} if signature is None else {"HTTP_X_HUB_SIGNATURE_256": signature}
    response = client.post("/webhooks/github", base_url=HOST, data=b"{}", headers=headers, environ_overrides=environ)
    assert response.status_code == 401
    assert "Signature" in problem(response)["detail"] or "signature" in problem(response)["detail"]
    assert store.deliveries.get("guid-1") is None
    assert dispatch.waiting == {}


def test_too_large_a_body_is_refused_before_it_is_read(client: FlaskClient, deliver: Deliver) -> None:
    assert deliver(body=b"x" * (25 * 1024 * 1024 + 1)).status_code == 413
    unread = client.post(
        "/webhooks/github",
        base_url=HOST,
        headers={"X-Hub-Signature-256": "sha256=0"},
        environ_overrides={"CONTENT_LENGTH": str(27 * 1024 * 1024)},
    )
    assert unread.status_code == 413
    assert problem(unread)["detail"] == "That is too large."


PULL = json.dumps(a_payload()).encode()
HOSTILE: dict[str, tuple[bytes, int]] = {
    # a body that GitHub signed, whoever made it → the answer
    "empty": (b"", 400),
    "white space": (b"  \n ", 400),
    "text": (b"opened", 400),
    "null": (b"null", 400),
    "true": (b"true", 400),
    "a number": (b"7", 400),
    "a string": (b'"opened"', 400),
    "an array": (b"[]", 400),
    "an array of payloads": (b"[" + PULL + b"]", 400),
    "an empty object": (b"{}", 400),
    "cut short": (PULL[:-1], 400),
    "with something after it": (PULL + b"{}", 400),
    "a byte order mark": (b"\xef\xbb\xbf" + PULL, 400),
    "UTF-16": (PULL.decode().encode("utf-16"), 400),
    "bytes that are not UTF-8": (PULL.replace(b"acme", b"\xff\xfe"), 400),
    "a NUL byte": (PULL.replace(b"acme", b"a\x00b"), 400),
    "an escaped NUL": (PULL.replace(b"acme", b"a\\u0000b"), 400),
    "NaN": (PULL.replace(b'"number": 7', b'"number": NaN'), 400),
    "Infinity": (PULL.replace(b'"number": 7', b'"number": -Infinity'), 400),
    "a number of 5,000 digits": (PULL.replace(b'"number": 7', b'"number": ' + b"9" * 5000), 400),
    "an exponent": (PULL.replace(b'"number": 7', b'"number": 1e400'), 400),
    "a negative number": (PULL.replace(b'"number": 7', b'"number": -7'), 400),
    "a fraction": (PULL.replace(b'"number": 7', b'"number": 7.5'), 400),
    "a boolean for a number": (PULL.replace(b'"number": 7', b'"number": true'), 400),
    "half of a surrogate pair": (PULL.replace(b"acme/shop", b"acme/\\ud800"), 400),
    "100,000 open brackets": (b"[" * 100_000, 400),
    "deep nesting in a field nobody reads": (
        PULL.replace(b'"sender"', b'"deep": ' + b"[" * 50_000 + b"]" * 50_000 + b', "sender"'),
        400,
    ),
    "the last of two equal keys counts": (PULL.replace(b'"action"', b'"action": "closed", "action"', 1), 202),
    "a path for a repository": (PULL.replace(b"acme/shop", b"../../etc/passwd"), 400),
    "markup for a repository": (PULL.replace(b"acme/shop", b"<script>/alert(1)"), 400),
    "a line break in an action": (PULL.replace(b'"opened"', b'"opened\\nforged"'), 400),
    "prototype keys": (PULL.replace(b'"sender"', b'"__proto__": {"action": 1}, "constructor": null, "sender"'), 202),
    "a megabyte of an unknown key": (PULL.replace(b'"sender"', b'"x": "' + b"y" * 1_000_000 + b'", "sender"'), 202),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_body_of_any_shape_is_read_or_refused(
    deliver: Deliver, store: MemoryStore, dispatch: MemoryDispatch, what: str
) -> None:
    body, status = HOSTILE[what]
    response = deliver(body=body)
    assert response.status_code == status, response.data
    kept = store.deliveries.get("guid-1")
    if status == 400:
        assert len(problem(response)["detail"]) < 500
        assert kept is None
        assert dispatch.waiting == {}
    else:
        assert kept is not None
        assert (kept.request.action, kept.request.number) == ("opened", 7)


@pytest.mark.parametrize(
    "body",
    [
        b"payload=",
        b"other=1",
        b"payload=%7B%7D&payload=%7B%7D",
        b"payload=%FF",
        b"payload=%7",
        b"payload",
        b"&" * 1000,
        "payload=ü".encode(),
        b"payload={",
    ],
)
def test_a_broken_form_is_refused(deliver: Deliver, body: bytes) -> None:
    assert deliver(body=body, content_type="application/x-www-form-urlencoded").status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "", "application/xml"])
def test_another_content_type_is_refused(deliver: Deliver, content_type: str) -> None:
    assert deliver(a_payload(), content_type=content_type).status_code == 415


@pytest.mark.parametrize(
    ("event", "delivery"),
    [("", "guid-1"), ("pull request", "guid-1"), ("x" * 100, "guid-1"), ("pull_request", ""), ("pull_request", "a/b")],
)
def test_headers_that_are_no_headers_of_github_are_refused(deliver: Deliver, event: str, delivery: str) -> None:
    problem(deliver(a_payload(), event=event, delivery=delivery))


def test_events_of_no_use_are_answered_and_counted(deliver: Deliver, client: FlaskClient) -> None:
    assert deliver({"zen": "Keep it logically awesome."}, event="ping").json == {"state": "ignored", "reason": "ping"}
    assert deliver({"action": "created"}, event="star").status_code == 204
    assert deliver(a_payload("closed")).json == {"state": "ignored", "reason": "a pull request was closed"}
    assert deliver({}, event="pull_request").status_code == 400
    assert deliver(a_payload(), secret="wrong").status_code == 401
    assert deliver(a_payload()).status_code == 202
    readyz = client.get("/readyz").json
    assert readyz is not None
    assert readyz["deliveries"] == {"accepted": 1, "ignored": 2, "malformed": 1, "refused": 1, "unknown event": 1}


def test_only_post_is_taken(client: FlaskClient) -> None:
    response = client.get("/webhooks/github", base_url=HOST)
    assert response.status_code == 405
    assert problem(response)["detail"] == "This address does not take that method."


def test_logs_name_the_delivery_and_quote_nothing_of_it(deliver: Deliver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    deliver(a_payload(sender={"login": "canary"}, pull_request={"number": 7, "head": {"sha": HEAD}, "title": "canary"}))
    deliver(body=b'{"canary": ')
    deliver({"action": "canary!"})
    assert {"delivery accepted", "delivery malformed"} <= set(caplog.messages)
    assert "canary" not in "".join(str(vars(record)) for record in caplog.records)
