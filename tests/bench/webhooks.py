"""Webhooks accepted by the real server (gunicorn) at a steady rate: how long GitHub waits for its answer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from app.core.signature import sign
from tests.bench.serving import Ask, load, on_each_database, running_server, spread
from tests.core.test_events import a_payload
from tests.web.conftest import SECRET

RATE = 50  # deliveries a second
SECONDS = 10
PULLS = 100  # pull requests that the deliveries are about


def figures() -> Iterator[str]:
    """One row a database."""
    yield from on_each_database(_rows)


def _rows(database: str, url: str) -> Iterator[str]:
    with running_server(url) as port:
        load(port, RATE, 1, _delivery, 202)  # connections, caches, prepared statements
        times, refused = load(port, RATE, SECONDS, _delivery, 202)
    rate = len(times) / SECONDS
    yield f"{database:<12} {len(times)} accepted at {rate:.0f} a second, {refused} refused: {spread(times)}"


def _delivery(number: int) -> Ask:
    payload = a_payload("synchronize")
    payload["pull_request"]["number"] = payload["number"] = number % PULLS + 1
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(body, SECRET),
    }
    return Ask("POST", "/webhooks/github", body, headers)
