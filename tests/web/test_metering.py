"""The web process counts deliveries by event and outcome, and how long GitHub waited for each answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.signature import sign
from app.dispatch import MemoryDispatch
from app.metrics import DELIVERIES, WEBHOOK
from app.store import MemoryStore
from app.web import create_app
from tests.core.test_events import a_payload
from tests.fakes.clock import FakeClock
from tests.web.conftest import HOST, SECRET, SETTINGS
from tests.worker.test_metering import Notes


class Door:
    """The webhook with a meter that remembers."""

    def __init__(self, clock: FakeClock) -> None:
        self.notes = Notes()
        self.dispatch = MemoryDispatch(clock)
        app = create_app(SETTINGS, MemoryStore(), self.dispatch, clock, meter=self.notes)
        self.client = app.test_client()

    def knock(self, payload: object, *, event: str = "pull_request", secret: str = SECRET) -> TestResponse:
        body = json.dumps(payload).encode()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": "guid-1", "X-Hub-Signature-256": sign(body, secret)}
        return self.client.post(
            "/webhooks/github", base_url=HOST, data=body, headers=headers, content_type="application/json"
        )


@pytest.mark.parametrize(
    ("knock", "status", "event", "outcome"),
    [
        ({"payload": a_payload("opened")}, "202", "pull_request", "accepted"),
        ({"payload": {}, "event": "ping"}, "200", "ping", "ignored"),
        ({"payload": {}, "event": "stargazing"}, "204", "stargazing", "unknown event"),
        ({"payload": {"action": 7}}, "400", "pull_request", "malformed"),
        ({"payload": {}, "secret": "somebody else's secret"}, "401", "", "refused"),
    ],
)
def test_each_delivery_is_counted_with_its_answer(
    clock: FakeClock, knock: dict[str, Any], status: str, event: str, outcome: str
) -> None:
    door = Door(clock)
    door.knock(**knock)
    assert door.notes.of(DELIVERIES) == [{"event": event, "outcome": outcome}]
    assert door.notes.of(WEBHOOK) == [{"status": status}]


def test_a_delivery_that_could_not_be_queued_is_accepted_and_counted_as_such_too(clock: FakeClock) -> None:
    door = Door(clock)
    door.dispatch.down = True
    door.knock(a_payload("opened"))
    door.knock(a_payload("opened"))
    assert [labels["outcome"] for labels in door.notes.of(DELIVERIES)] == [
        "accepted", "not queued", "accepted", "not queued",
    ]  # fmt: skip


def test_pages_are_not_counted_as_webhooks(clock: FakeClock) -> None:
    door = Door(clock)
    door.client.get("/healthz", base_url=HOST)
    door.client.post("/nowhere", base_url=HOST)
    door.client.post("/webhooks/github", base_url="http://stranger.example")
    assert all(labels["status"] in {"400", "401", "404"} for labels in door.notes.of(WEBHOOK))
    assert len(door.notes.of(WEBHOOK)) <= 1
