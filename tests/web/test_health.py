"""Health: up, ready, degraded, and who works."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

from app.core.errors import StoreUnavailable
from app.dispatch import MemoryDispatch
from app.store import Gathering, MemoryStore
from app.store.memory import MemoryDeliveries
from tests.fakes.clock import START, FakeClock
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import accept


def readyz(client: FlaskClient, status: int = 200) -> dict[str, Any]:
    """The answer, with its status checked."""
    response = client.get("/readyz")
    assert response.status_code == status
    answer: dict[str, Any] = json.loads(response.data)
    return answer


def test_ready_means_that_everything_is_there(client: FlaskClient, store: MemoryStore) -> None:
    store.catalogues.publish(a_catalogue("1.0"), START)
    store.catalogues.announce("host:1", ("landlock", "seccomp"), START)
    assert readyz(client) == {
        "status": "ready",
        "degraded": [],
        "database": "up",
        "redis": "up",
        "oldest_waiting_seconds": None,
        "workers": [{"sandbox": ["landlock", "seccomp"]}],
        "engine": "1.0",
        "deliveries": {},
    }


def test_without_a_worker_it_is_ready_and_says_so(client: FlaskClient, store: MemoryStore, clock: FakeClock) -> None:
    store.catalogues.announce("host:1", (), START)
    clock.advance(61)
    answer = readyz(client)
    assert (answer["status"], answer["degraded"]) == ("degraded", ["no worker has been heard of"])


def test_without_redis_deliveries_are_late_and_not_lost(client: FlaskClient, dispatch: MemoryDispatch) -> None:
    dispatch.down = True
    answer = readyz(client)
    assert answer["redis"] == "out of reach"
    assert "redis is out of reach" in answer["degraded"]


def test_the_oldest_delivery_that_waits_is_what_counts(
    client: FlaskClient, store: MemoryStore, clock: FakeClock
) -> None:
    """Not the mean: behind a good mean one pull request can wait for an hour."""
    accept(store, clock(), number=1)
    clock.advance(301)
    accept(store, clock(), number=2)
    answer = readyz(client)
    assert answer["oldest_waiting_seconds"] == 301
    assert "the oldest delivery waits for too long" in answer["degraded"]


def test_without_the_database_it_is_not_ready(client: FlaskClient, store: MemoryStore) -> None:
    class Away(MemoryDeliveries):
        def oldest_waiting(self) -> None:
            raise StoreUnavailable("canary")

    store.deliveries = Away(Gathering())
    answer = readyz(client, 503)
    assert (answer["status"], answer["database"]) == ("unready", "out of reach")
    assert client.get("/healthz").status_code == 200
