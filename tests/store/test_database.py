"""The database behind the store, of either kind: its errors, its times, and what it never says."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, select

from app.core.errors import SettingsError, StoreUnavailable
from app.store import open_store, upgrade
from app.store.database import Database
from app.store.schema import leases
from tests.builders import a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request, accept


def test_a_database_without_its_tables_is_unavailable(empty_url: str) -> None:
    store = open_store(empty_url)
    with pytest.raises(StoreUnavailable) as caught:
        store.deliveries.get("guid-1")
    store.close()
    assert str(caught.value) in {
        "the database did not answer: OperationalError: no such table: deliveries",
        'the database refused: UndefinedTable: relation "deliveries" does not exist',
    }


def test_errors_name_no_values(empty_url: str) -> None:
    """What is written may be somebody's private repository."""
    store = open_store(empty_url)
    with pytest.raises(StoreUnavailable) as caught:
        accept(store, START, "guid-canary")
    store.close()
    assert "canary" not in "".join(traceback.format_exception(caught.value.with_traceback(None)))


@contextmanager
def somebody_who_writes(url: str) -> Iterator[None]:
    """Another process in the middle of a transaction that nobody can write beside."""
    if url.startswith("sqlite"):
        lite = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        lite.execute("BEGIN IMMEDIATE")
        yield
        lite.close()
        return
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE deliveries IN SHARE MODE")
        yield


def test_a_database_that_another_process_holds_is_unavailable_after_the_patience(database_url: str) -> None:
    store = open_store(database_url, patience=0.3)
    with somebody_who_writes(database_url):
        with pytest.raises(StoreUnavailable, match=r"locked|LockNotAvailable|QueryCanceled"):
            accept(store, START)
        store.ping()
        assert store.deliveries.oldest_waiting() is None, "reading goes on"
    assert accept(store, START)
    store.close()


def test_what_an_older_version_wrote_and_nobody_can_read_is_not_there(database_url: str) -> None:
    store = open_store(database_url)
    report_id = store.reports.save(a_request(), a_report(), START)
    database = Database(database_url)
    database.write(lambda connection: connection.exec_driver_sql("UPDATE reports SET body = '{\"conclusion\": 1}'"))
    assert store.reports.get(report_id) is None
    database.close()
    store.close()


def test_times_are_kept_in_utc_to_the_microsecond(database_url: str) -> None:
    store = open_store(database_url)
    elsewhere = datetime(2026, 11, 23, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    accept(store, elsewhere, "guid-1")
    kept = store.deliveries.get("guid-1")
    assert kept is not None
    assert kept.received_at == datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
    assert kept.received_at.tzinfo is UTC
    store.close()


def test_a_write_that_fails_leaves_nothing_behind(database_url: str) -> None:
    database = Database(database_url)

    def work(connection: Connection) -> None:
        connection.execute(leases.insert().values(name="sweeper", owner="worker-1", until=START))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(work)
    with database.reading() as connection:
        assert connection.execute(select(leases)).all() == []
    database.close()


def test_the_directory_of_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'var' / 'assay.db'}")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "assay.db").write_text("not a database, but long enough to be looked at as one " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        upgrade(f"sqlite:///{tmp_path / 'assay.db'}")


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "nosuch://host/db", "postgresql://h"])
def test_a_url_that_cannot_be_a_shared_database_is_the_operators_mistake(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        open_store(url)
