"""SQLite: one file that the processes of one machine share. Readers work at any time, writers one after the other."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from app.core.errors import StoreUnavailable

WRITES = "assay_writes"


def sqlite_engine(url: URL, patience: float, **options: Any) -> Engine:
    """An engine for the file; its folder is made if need be. `patience`: seconds to wait for another writer."""
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": patience}, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def write_ahead(engine: Engine, patience: float) -> None:
    """Let readers and one writer work at once. The file remembers it; it cannot be set inside a transaction."""
    deadline = time.monotonic() + patience
    while True:
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.DatabaseError as error:
            busy = isinstance(error, sqlite3.OperationalError)  # another process is about to do the same
            if not busy or time.monotonic() > deadline:
                raise StoreUnavailable(f"the database cannot be written: {error}") from error
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions of its own: `_begin` does
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that begins by reading and then writes fails at once when another writer was faster, whatever
    # the time-out. Taking the writer's lock first makes it wait, and makes read-then-write exact.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
