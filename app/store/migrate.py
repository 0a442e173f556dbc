"""Bring a database to the schema of this version. Every process does so at start; one waits for the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.core.errors import SettingsError
from app.store.database import Database
from app.store.schema import metadata
from app.store.sqlite import write_ahead

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 60.0  # seconds to wait for another process that migrates, or for a lock that a serving process holds


def upgrade(url: str, to: str = "head") -> str:
    """Create or migrate the schema in one transaction, to a revision if told; return the revision it is at now.

    Idempotent, and others may go on serving.
    Raise `StoreUnavailable` when the database does not let us, `SettingsError` for a URL that cannot be one and for a
    database that a newer version of Assay has migrated already.
    """
    database = Database(url, patience=PATIENCE, unhurried=True)
    try:
        if database.engine.dialect.name == "sqlite":
            write_ahead(database.engine, PATIENCE)
        return database.write(lambda connection: _migrate(connection, database, to))
    finally:
        database.close()


def _migrate(connection: Connection, database: Database, to: str) -> str:
    database.hold(connection, "assay migrates")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    _refuse_newer(connection, scripts)

    def to_revision(revision: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs(to, revision)  # noqa: SLF001  (what Alembic's own upgrade command calls)

    with EnvironmentContext(config, scripts, fn=to_revision) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
    return ", ".join(MigrationContext.configure(connection).get_current_heads())


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if unknown := set(MigrationContext.configure(connection).get_current_heads()) - known:
        raise SettingsError(
            (
                f"A newer version of Assay has brought the database to revision {', '.join(sorted(unknown))}.",
                f"This version knows revisions up to {scripts.get_current_head()}: start the newer one.",
            )
        )
