"""Fixtures that many rooms share: a clock that stands still, and a real Valkey."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.valkey import Valkey, running_valkey
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """2026-11-23 12:00 UTC, until the test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def valkey_process() -> Iterator[Valkey]:
    """One Valkey for all tests of this process."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def valkey_url(valkey_process: Valkey) -> Iterator[str]:
    """The URL of an empty Valkey."""
    yield valkey_process.url
    connection = Redis.from_url(valkey_process.url)
    connection.flushall()
    connection.close()
