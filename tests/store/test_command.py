"""The `assay migrate` command: what a deployment runs before its processes start."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.core.errors import SettingsError
from app.store import open_store
from app.store.command import migrate
from tests.fakes.clock import START
from tests.store.test_deliveries import accept
from tests.store.test_migrations import revisions


def test_it_needs_the_database_url_alone_and_says_where_the_database_is(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_url)
    monkeypatch.setenv("ASSAY_SHARED_DISK", "1")
    for _ in range(2):
        done = CliRunner().invoke(migrate)
        assert (done.exit_code, done.stdout) == (0, f"The database is at revision {revisions()[-1]}.\n")
    store = open_store(empty_url)
    assert accept(store, START)
    store.close()


def test_a_database_that_cannot_be_meant_is_told_before_anything_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://assay:canary@db/assay")
    failed = CliRunner().invoke(migrate)
    assert isinstance(failed.exception, SettingsError)
    assert "canary" not in str(failed.exception)
