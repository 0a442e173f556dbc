"""Named leases in SQL: at most one holder at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from app.store.database import Database
from app.store.schema import leases as table


class SqlLeases:
    """`app.core.ports.Leases` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a free or run-out lease, or renew one's own."""
        values = {"owner": owner, "until": now + lease}
        free = or_(table.c.owner == owner, table.c.until <= now)

        def work(connection: Connection) -> bool:
            if connection.execute(update(table).where(table.c.name == name, free).values(**values)).rowcount:
                return True
            if connection.scalar(select(table.c.name).where(table.c.name == name)) is not None:
                return False
            connection.execute(table.insert().values(name=name, **values))
            return True

        return self._database.write(work)
