"""The web side under test, with stores and queues in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.signature import sign
from app.dispatch import MemoryDispatch
from app.settings import WebSettings
from app.store import MemoryStore
from app.web import create_app
from tests.fakes.clock import FakeClock

SECRET = "a secret for the tests"
SETTINGS = WebSettings(
    database_url="", redis_url="", webhook_secrets=(SECRET, "the secret before it"), trusted_hosts=("assay.example",)
)
HOST = "http://assay.example"

Deliver = Callable[..., TestResponse]


@pytest.fixture
def store() -> MemoryStore:
    """An empty store."""
    return MemoryStore()


@pytest.fixture
def dispatch(clock: FakeClock) -> MemoryDispatch:
    """An empty queue."""
    return MemoryDispatch(clock)


@pytest.fixture
def client(store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock) -> FlaskClient:
    """A visitor."""
    return create_app(SETTINGS, store, dispatch, clock).test_client()


@pytest.fixture
def deliver(client: FlaskClient) -> Deliver:
    """Post a delivery as GitHub does; keywords bend it."""

    def post(
        payload: object = None,
        *,
        body: bytes | None = None,
        event: str = "pull_request",
        delivery: str = "guid-1",
        secret: str = SECRET,
        content_type: str = "application/json",
        **headers: str,
    ) -> TestResponse:
        raw = json.dumps(payload).encode() if body is None else body
        return client.post(
            "/webhooks/github",
            base_url=HOST,
            data=raw,
            content_type=content_type,
            headers={
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery,
                "X-Hub-Signature-256": sign(raw, secret),
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    return post


def problem(response: TestResponse) -> dict[str, Any]:
    """A problem document, checked for its shape."""
    assert response.mimetype == "application/problem+json"
    document: dict[str, Any] = json.loads(response.data)
    assert set(document) == {"type", "title", "status", "detail"}
    assert document["status"] == response.status_code
    return document
