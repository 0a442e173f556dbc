"""The store under test: every law holds for both databases and for their twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.ports import Store
from app.store import MemoryStore, open_store, upgrade


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite file with today's schema."""
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    upgrade(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with today's schema, of each kind."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url = request.getfixturevalue("empty_postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each kind of store."""
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = open_store(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
    yield opened
    opened.close()
