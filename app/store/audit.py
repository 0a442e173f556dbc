"""The chain of token events in SQL: one after the other, whoever writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from app.core.audit import Deed, Event, Link, linked
from app.store.database import Database
from app.store.encoding import clean
from app.store.schema import audit as table
from app.store.schema import audit_installations

_CHAIN = "audit"


class SqlAudit:
    """`app.core.token_store.Audit` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, event: Event) -> Link:
        """Add an event at the end of the chain."""
        return self._database.write(lambda connection: self.append_with(connection, event))

    def append_with(self, connection: Connection, event: Event) -> Link:
        """The same within somebody's transaction, so that a change and its event are kept together or not at all."""
        self._database.hold(connection, _CHAIN)
        last = connection.execute(select(table).order_by(table.c.sequence.desc()).limit(1)).first()
        link = linked(cleaned(event), None if last is None else _link(last._mapping))  # noqa: SLF001 (SQLAlchemy's name)
        one = link.event
        connection.execute(
            table.insert().values(
                sequence=link.sequence,
                at=one.at,
                deed=one.deed,
                token=one.token,
                detail=one.detail,
                request=one.request,
                installations=msgspec.json.encode(one.installations).decode(),
                actor=one.actor,
                network=one.network,
                digest=link.digest,
                chain=link.chain,
                erased=False,
            )
        )
        if one.installations:
            rows = [{"sequence": link.sequence, "installation_id": number} for number in one.installations]
            connection.execute(audit_installations.insert(), rows)
        return link

    def read(
        self,
        limit: int,
        *,
        after: int = 0,
        actor: str | None = None,
        deed: str | None = None,
        token: str | None = None,
        installation: int | None = None,
        since: datetime | None = None,
    ) -> Sequence[Link]:
        """Links by number, after that number."""
        query = select(table).where(table.c.sequence > after).order_by(table.c.sequence).limit(limit)
        for column, wanted in ((table.c.actor, actor), (table.c.deed, deed), (table.c.token, token)):
            if wanted is not None:
                query = query.where(column == clean(wanted))
        if since is not None:
            query = query.where(table.c.at >= since)
        if installation is not None:
            query = query.where(table.c.sequence.in_(_events_of(installation)))
        with self._database.reading() as connection:
            return [_link(row) for row in connection.execute(query).mappings()]

    def erase(self, installation: int, now: datetime) -> int:  # noqa: ARG002 (the event of erasing is the caller's)
        """Null actor and network of an installation's events; return how many."""

        def work(connection: Connection) -> int:
            changed = connection.execute(
                update(table)
                .where(table.c.sequence.in_(_events_of(installation)), table.c.erased.is_(False))
                .values(actor=None, network=None, erased=True)
            )
            return int(changed.rowcount)

        return self._database.write(work)


def cleaned(event: Event) -> Event:
    """The event with texts that every database takes: its digest is over what is kept."""
    return Event(
        event.at,
        event.deed,
        clean(event.token, 16),
        clean(event.detail, 500),
        clean(event.request, 64),
        tuple(sorted(event.installations)),
        None if event.actor is None else clean(event.actor, 100),
        None if event.network is None else clean(event.network, 100),
    )


def _events_of(installation: int) -> Any:
    return select(audit_installations.c.sequence).where(audit_installations.c.installation_id == installation)


def _link(row: Any) -> Link:
    event = Event(
        row["at"],
        Deed(row["deed"]),
        row["token"],
        row["detail"],
        row["request"],
        tuple(msgspec.json.decode(row["installations"], type=list[int])),
        row["actor"],
        row["network"],
    )
    return Link(row["sequence"], event, bytes(row["digest"]), bytes(row["chain"]), bool(row["erased"]))
