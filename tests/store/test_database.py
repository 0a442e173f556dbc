"""The database behind the store: its schema, its errors, and what it never says."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.core.errors import SettingsError, StoreUnavailable
from app.store import open_store, upgrade
from app.store.database import Database
from app.store.schema import metadata
from tests.builders import a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request, accept


def test_the_migrations_lead_to_the_schema_in_the_code(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.reading() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()
    assert difference == []


def test_upgrading_twice_keeps_what_is_there(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    accept(store, START, "guid-1")
    upgrade(sqlite_url)
    assert store.deliveries.get("guid-1") is not None
    store.close()


def test_the_directory_of_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'var' / 'assay.db'}")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_database_without_its_tables_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable, match=r"the database did not answer: .*no such table: deliveries"):
        store.deliveries.get("guid-1")
    store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "assay.db").write_text("not a database, but long enough to be looked at as one " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        upgrade(f"sqlite:///{tmp_path / 'assay.db'}")


def test_a_database_that_another_process_holds_is_unavailable_after_the_patience(
    sqlite_url: str, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "assay.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = open_store(sqlite_url, patience=0.1)
    with pytest.raises(StoreUnavailable, match="locked"):
        accept(store, START)
    store.ping()
    other.execute("ROLLBACK")
    other.close()
    assert accept(store, START)
    store.close()


def test_errors_name_no_values(tmp_path: Path) -> None:
    """What is written may be somebody's private repository."""
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable) as caught:
        accept(store, START, "guid-canary")
    store.close()
    assert "canary" not in str(caught.value)
    assert "canary" not in str(caught.value.__cause__)


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "nosuch://host/db"])
def test_a_url_that_cannot_be_a_shared_database_is_the_operators_mistake(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        open_store(url)


def test_what_an_older_version_wrote_and_nobody_can_read_is_not_there(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    report_id = store.reports.save(a_request(), a_report(), START)
    database = Database(sqlite_url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE reports SET body = '{\"conclusion\": 1}'")
    assert store.reports.get(report_id) is None
    database.close()
    store.close()


def test_times_are_kept_in_utc_to_the_microsecond(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    elsewhere = datetime(2026, 11, 23, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    accept(store, elsewhere, "guid-1")
    kept = store.deliveries.get("guid-1")
    assert kept is not None
    assert kept.received_at == datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
    assert kept.received_at.tzinfo is UTC
    store.close()
