"""PostgreSQL at its worst: gone, frozen, restarted, crowded, overtaken. Nobody waits for ever, and nothing is told."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from app.core.errors import StoreUnavailable
from app.store import open_store, upgrade
from app.store.database import Database
from app.store.schema import leases
from tests.fakes.clock import START
from tests.postgres import Postgres
from tests.store.test_concurrency import at_once
from tests.store.test_deliveries import accept


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A database with two leases in it."""
    opened = Database(postgres_url)
    rows = [{"name": name, "owner": "nobody", "until": START} for name in ("first", "second")]
    opened.write(lambda connection: connection.execute(leases.insert(), rows))
    yield opened
    opened.close()


def take(connection: Connection, name: str, owner: str = "somebody") -> None:
    connection.execute(update(leases).where(leases.c.name == name).values(owner=owner))


def test_a_server_that_is_away_is_unavailable_and_the_password_is_not_told(tmp_path: Path) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        store = open_store(f"postgresql://assay:canary@127.0.0.1:{nobody.getsockname()[1]}/assay")
        with pytest.raises(StoreUnavailable, match=r"the database did not answer: .*refused") as caught:
            store.ping()
        store.close()
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)


def test_a_server_that_accepts_and_says_nothing_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        store = open_store(f"postgresql://assay@127.0.0.1:{silent.getsockname()[1]}/assay", patience=0.3)
        with pytest.raises(StoreUnavailable, match="did not answer: ConnectionTimeout"):
            store.ping()
        store.close()


def test_a_server_that_freezes_in_the_middle_is_unavailable_and_used_again_later(postgres_url: str) -> None:
    store = open_store(postgres_url, patience=0.3)
    database = Database(postgres_url, patience=0.3, threads=1)

    def freeze_and_ask(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        os.kill(pid, signal.SIGSTOP)
        try:
            connection.exec_driver_sql("SELECT 1")
        finally:
            os.kill(pid, signal.SIGCONT)

    with pytest.raises(StoreUnavailable, match=r"did not answer: ConnectionTimeout: no answer within 1\.3 s"):
        database.write(freeze_and_ask)
    database.ping()
    database.close()
    store.close()


def test_connections_that_the_server_closed_are_replaced(postgres: Postgres, database: Database) -> None:
    database.ping()
    with postgres.connect() as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'assay'")
    database.ping()


def test_a_transaction_whose_process_freezes_keeps_nobody_waiting_for_long(postgres_url: str) -> None:
    database = Database(postgres_url, patience=0.1)

    def freeze(connection: Connection) -> None:
        take(connection, "first")
        time.sleep(0.9)
        take(connection, "second")

    with pytest.raises(StoreUnavailable, match=r"idle-in-transaction timeout|connection"):
        database.write(freeze)
    database.close()


def test_a_statement_that_takes_too_long_is_ended_unless_it_may_take_its_time(postgres_url: str) -> None:
    hurried = Database(postgres_url, patience=0.05)
    with pytest.raises(StoreUnavailable, match="refused: QueryCanceled: canceling statement due to statement timeout"):
        hurried.write(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(0.2)"))
    hurried.close()
    unhurried = Database(postgres_url, patience=0.05, unhurried=True)
    unhurried.write(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(0.2)"))
    unhurried.close()


def test_two_transactions_that_wait_for_each_other_both_succeed(database: Database) -> None:
    """PostgreSQL ends one of a deadlock; it is run again."""
    both_hold = threading.Barrier(2)
    tries: list[str] = []

    def crosswise(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            take(connection, first)
            if len(tries) <= 2:
                both_hold.wait(5)
            take(connection, second)

        database.write(work)

    threads = [threading.Thread(target=crosswise, args=names) for names in (("first", "second"), ("second", "first"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) > 2
    with database.reading() as connection:
        assert set(connection.scalars(select(leases.c.owner))) == {"somebody"}


def test_a_transaction_that_is_always_overtaken_gives_up(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(leases.insert().values(name="first", owner="canary", until=START))

    with pytest.raises(StoreUnavailable) as caught:
        database.write(work)
    said = 'the database refused: UniqueViolation: duplicate key value violates unique constraint "leases_pkey"'
    assert str(caught.value) == said


def test_a_refused_row_is_not_quoted(database: Database) -> None:
    """PostgreSQL's own message would end in "Failing row contains (…)"."""
    with pytest.raises(StoreUnavailable, match="refused: NotNullViolation") as caught:
        database.write(lambda connection: connection.execute(leases.insert().values(name="third", owner="canary")))
    assert "canary" not in "".join(traceback.format_exception(caught.value.with_traceback(None)))


def test_more_threads_than_connections_take_turns(postgres: Postgres, postgres_url: str) -> None:
    store = open_store(postgres_url, threads=3)
    at_once(lambda number: accept(store, START, f"guid-{number}", number=number + 1))
    with postgres.connect() as other:
        row = other.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'assay'").fetchone()
    assert row == (3,)
    store.close()


def test_a_role_that_may_only_read_and_write_rows_serves_a_database_that_another_role_migrated(
    postgres: Postgres, postgres_url: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    with postgres.connect(name) as owner:
        owner.execute("CREATE ROLE clerk LOGIN")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk")
        owner.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO clerk")
    url = postgres_url.replace("assay@", "clerk@")
    upgrade(url)
    store = open_store(url)
    assert accept(store, START)
    store.close()
    with postgres.connect(name) as owner:
        owner.execute("DROP OWNED BY clerk")
        owner.execute("DROP ROLE clerk")
