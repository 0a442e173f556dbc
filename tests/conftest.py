"""Fixtures that many rooms share: a clock that stands still, a real Valkey, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.store import upgrade
from app.valkey import Valkey, running_valkey
from tests.fakes.clock import FakeClock
from tests.postgres import CannotRun, Postgres, running_postgres


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of this process; skips where none can run, and says why."""
    try:
        with running_postgres() as server:
            yield server
    except CannotRun as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    """The name of a database with today's schema, for others to be copies of."""
    name = postgres.create()
    upgrade(postgres.url(name))
    return name


@pytest.fixture
def postgres_url(postgres: Postgres, migrated_database: str) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with today's schema."""
    name = postgres.create(migrated_database)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def empty_postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database without any table."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)
