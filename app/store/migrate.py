"""Bring a database to the schema of this version. Both processes do so at start; one waits for the other."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.core.errors import StoreUnavailable
from app.store.database import Database
from app.store.schema import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 60.0  # seconds to wait for another process that migrates


def upgrade(url: str) -> None:
    """Create or migrate the schema in one transaction. Idempotent.

    Raise `StoreUnavailable` when the database does not let us, `SettingsError` for a URL that cannot be one.
    """
    database = Database(url, patience=PATIENCE)
    try:
        if database.engine.dialect.name == "sqlite":
            _write_ahead(database)
        with database.writing() as connection:
            _migrate(connection)
    finally:
        database.close()


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)

    def to_head(revision: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)  # noqa: SLF001  (what Alembic's own upgrade command calls)

    with EnvironmentContext(config, scripts, fn=to_head) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()


def _write_ahead(database: Database) -> None:
    """Let readers and one writer work at once. The file remembers it; it cannot be set inside a transaction."""
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = database.engine.raw_connection()
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
