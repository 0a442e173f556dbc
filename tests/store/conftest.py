"""The store under test: every law holds for the database and for its twin in memory."""

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


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each kind of store."""
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = open_store(request.getfixturevalue("sqlite_url"))
    yield opened
    opened.close()
