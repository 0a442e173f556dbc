"""One engine with short transactions: writers take SQLite's lock at once, and every error becomes ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, TypeDecorator, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app.core.errors import SettingsError, StoreUnavailable

WRITES = "assay_writes"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC. SQLite knows no zones, so there it is written without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; a time without a zone raises `ValueError`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """A database by URL. `patience` is how many seconds to wait for another writer, or for a free connection.

    Raise `SettingsError` for a URL that cannot be one. Connects when first used.
    """

    def __init__(self, url: str, patience: float = 5.0) -> None:
        try:
            self.engine = _engine(url, patience)
        except (ArgumentError, ImportError, OSError, ValueError) as error:
            raise SettingsError((f"DATABASE_URL: {error}",)) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads one consistent state."""
        with _translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes. What it reads cannot change before it ends.

        `IntegrityError` comes through as it is: on a database with row locks it says that somebody else was first.
        """
        with (
            _translated(),
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, NoFreeConnection) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"the database did not answer: {type(cause).__name__}: {cause}") from error


def _engine(url: str, patience: float) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {"hide_parameters": True, "pool_timeout": patience}
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, **options)
    if parsed.database in {None, "", ":memory:"}:
        raise ValueError("SQLite without a file is not shared between processes; MemoryStore serves tests")
    Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(parsed, connect_args={"timeout": patience}, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions of its own: `_begin` does
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that begins by reading and then writes fails at once when another writer was faster, whatever
    # the time-out. Taking the writer's lock first makes it wait, and makes read-then-write exact.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
