"""One engine with short transactions: what has to wait waits for a while, and every error becomes ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app.core.errors import SettingsError, StoreUnavailable
from app.database_url import read_database_url
from app.store.postgres import explain, hold, is_overtaken, postgres_engine
from app.store.sqlite import WRITES, sqlite_engine

MOST_CONNECTIONS = 10
ATTEMPTS = 10
PAUSE = 0.01  # seconds before the second attempt, growing: whoever was faster shall get through

Result = TypeVar("Result")


class Database:
    """A database by URL. Safe to share between threads; connects when first used.

    `patience` is how many seconds to wait for another writer, for an answer, or for a free connection. `threads` is how
    many threads will use it: so many connections are kept open at most, or ten, for which more threads take turns.
    `unhurried` lets a statement take as long as it needs. Raise `SettingsError` for a URL that cannot be one.
    """

    def __init__(self, url: str, patience: float = 5.0, *, threads: int = 5, unhurried: bool = False) -> None:
        try:
            self.engine = _engine(url, patience, threads, unhurried=unhurried)
        except ValueError as error:
            raise SettingsError((str(error),)) from None
        except (ImportError, OSError) as error:
            raise SettingsError((f"DATABASE_URL cannot be used: {error}.",)) from error
        self._on_postgres = self.engine.dialect.name == "postgresql"
        # Every reading is one statement, which sees one state by itself. On a server, a transaction around it would
        # cost two more ways to it and back.
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT") if self._on_postgres else self.engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads. Each statement sees one consistent state."""
        try:
            with self._reader.connect() as connection, connection.begin():
                yield connection
        except (DBAPIError, NoFreeConnection) as error:
            _give_up(error)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction that writes, from its start again when another transaction was faster.

        On SQLite nothing it reads can change before it ends; on PostgreSQL, what it wrote, locked or holds cannot.
        """
        attempts = 0
        while True:
            attempts += 1
            try:
                return self._write(work)
            except DBAPIError as error:
                if attempts == ATTEMPTS or not is_overtaken(error.orig):
                    _give_up(error)
            except NoFreeConnection as error:
                _give_up(error)
            time.sleep(PAUSE * attempts)

    def hold(self, connection: Connection, name: str) -> None:
        """Let no other transaction that holds this name run before this one ends. On SQLite no writer does anyway."""
        if self._on_postgres:
            hold(connection, name)

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        with self.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            return work(connection)


def _engine(url: str, patience: float, threads: int, *, unhurried: bool) -> Engine:
    parsed = read_database_url(url)
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": min(threads, MOST_CONNECTIONS),
        "max_overflow": 0,
        "pool_timeout": patience,
    }
    if parsed.get_backend_name() == "sqlite":
        return sqlite_engine(parsed, patience, **options)
    return postgres_engine(parsed, patience, unhurried=unhurried, **options)


def _give_up(error: SQLAlchemyError) -> NoReturn:
    cause = getattr(error, "orig", None) or error
    if not isinstance(cause, psycopg.Error):
        raise StoreUnavailable(f"the database did not answer: {type(cause).__name__}: {cause}") from error
    said = "refused" if cause.sqlstate else "did not answer"
    # The cause's own text may quote the row, which may be somebody's private repository.
    raise StoreUnavailable(f"the database {said}: {explain(cause)}") from (None if cause.diag.message_detail else error)
