"""What workers publish for the web side, in SQL: the rules that really run, and who is alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from app.core.rule import Catalogue
from app.store.database import Database
from app.store.encoding import decode, encode
from app.store.schema import catalogue as table
from app.store.schema import workers

FORGOTTEN_AFTER = timedelta(days=1)  # a worker that was not heard of for so long


class SqlCatalogues:
    """`app.core.ports.Catalogues` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def publish(self, catalogue: Catalogue, now: datetime) -> None:
        """Replace the one row."""
        values = {"engine": catalogue.engine, "published_at": now, "body": encode(catalogue)}

        def work(connection: Connection) -> None:
            if not connection.execute(update(table).values(**values)).rowcount:
                connection.execute(table.insert().values(id=1, **values))

        self._database.write(work)

    def current(self) -> Catalogue | None:
        """The published catalogue; None also when a newer worker wrote what this process cannot read."""
        with self._database.reading() as connection:
            body = connection.scalar(select(table.c.body))
        return None if body is None else decode(body, Catalogue)

    def announce(self, worker: str, layers: Sequence[str], now: datetime) -> None:
        """Write the heartbeat, and forget workers that are long gone."""
        values = {"layers": encode(list(layers)), "heard_at": now}

        def work(connection: Connection) -> None:
            connection.execute(delete(workers).where(workers.c.heard_at < now - FORGOTTEN_AFTER))
            if not connection.execute(update(workers).where(workers.c.name == worker).values(**values)).rowcount:
                connection.execute(workers.insert().values(name=worker, **values))

        self._database.write(work)

    def workers(self, since: datetime) -> Mapping[str, tuple[str, ...]]:
        """Workers heard of since then, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(workers.c.name, workers.c.layers).where(workers.c.heard_at >= since).order_by(workers.c.name)
            ).all()
        return {row.name: tuple(decode(row.layers, list) or ()) for row in rows}
