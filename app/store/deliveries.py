"""Delivery rows in SQL: accepted once, claimed by one owner at a time, finished or given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from app.core.events import ReviewRequest
from app.core.ports import Delivery, DeliveryState
from app.core.tenancy import Home
from app.store.database import Database
from app.store.encoding import clean
from app.store.gathering import Gathering
from app.store.schema import deliveries as table

REPLACED = "a newer event replaced it"

_UNFINISHED = (DeliveryState.RECEIVED, DeliveryState.RUNNING)
_REQUEST = ("installation_id", "repository_id", "repository", "number", "head_sha", "private", "action", "owner_id")
_FREE: dict[str, Any] = {"lease_until": None, "owner": None}
_OPEN = table.c.state.in_(_UNFINISHED)


class SqlDeliveries:
    """`app.core.ports.Deliveries` on a database."""

    def __init__(self, database: Database, gathering: Gathering) -> None:
        self._database = database
        self._gathering = gathering

    def accept(self, delivery_id: str, event: str, request: ReviewRequest, now: datetime) -> Delivery | None:
        """Insert the row, or find it again; push back the due time of those that wait with it."""

        def work(connection: Connection) -> Delivery | None:
            self._database.hold(connection, request.lane)
            known = _load(connection, delivery_id)
            if known is not None:
                return known if known.state in _UNFINISHED else None
            due = self._due(connection, request.lane, now)
            values = asdict(request) | {"id": delivery_id, "event": event, "lane": request.lane, "due": due}
            connection.execute(
                table.update()
                .where(table.c.lane == request.lane, table.c.state == DeliveryState.RECEIVED, table.c.attempts == 0)
                .values(due=due)
            )
            connection.execute(table.insert().values(received_at=now, state=DeliveryState.RECEIVED, **values))
            return _load(connection, delivery_id)

        return self._database.write(work)

    def _due(self, connection: Connection, lane: str, now: datetime) -> datetime:
        received = table.c.received_at
        last, waiting_since, running = connection.execute(
            select(
                func.max(received),
                func.min(received).filter(table.c.state == DeliveryState.RECEIVED),
                func.count().filter(table.c.state == DeliveryState.RUNNING),
            ).where(table.c.lane == lane)
        ).one()
        return self._gathering.due(now, last=last, waiting_since=waiting_since, running=running > 0)

    def claim(self, lane: str, owner: str, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the newest due row of the lane; rows left by a lease that ran out count as due."""

        def work(connection: Connection) -> Delivery | None:
            self._database.hold(connection, lane)
            rows = connection.execute(
                select(table).where(table.c.lane == lane, _OPEN).order_by(table.c.seq.desc()).with_for_update()
            ).all()
            if any(row.state == DeliveryState.RUNNING and row.lease_until > now for row in rows):
                return None
            chosen = next((row for row in rows if row.state == DeliveryState.RUNNING or row.due <= now), None)
            if chosen is None:
                return None
            connection.execute(
                update(table)
                .where(table.c.lane == lane, _OPEN, table.c.seq < chosen.seq)
                .values(state=DeliveryState.SUPERSEDED, note=REPLACED, finished_at=now, **_FREE)
            )
            connection.execute(
                update(table)
                .where(table.c.seq == chosen.seq)
                .values(
                    state=DeliveryState.RUNNING,
                    owner=owner,
                    lease_until=now + lease,
                    attempts=table.c.attempts + 1,
                    failures=table.c.failures + 1,
                )
            )
            return _load(connection, chosen.id)

        return self._database.write(work)

    def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease, if it is still this owner's."""
        return self._change(delivery_id, owner, {"lease_until": until})

    def is_newest(self, delivery_id: str) -> bool:
        """Whether nothing newer of its lane waits or runs."""
        newer = table.alias()
        with self._database.reading() as connection:
            row = connection.execute(
                select(
                    select(newer.c.seq)
                    .where(newer.c.lane == table.c.lane, newer.c.seq > table.c.seq)
                    .where(newer.c.state.in_(_UNFINISHED))
                    .exists()
                ).where(table.c.id == delivery_id)
            ).one_or_none()
        return row is not None and not row[0]

    def finish(self, delivery_id: str, owner: str, state: DeliveryState, note: str, now: datetime) -> None:
        """End the row, if it is still this owner's."""
        self._change(delivery_id, owner, {"state": state, "note": clean(note), "finished_at": now} | _FREE)

    def give_back(self, delivery_id: str, owner: str, due: datetime, note: str, *, failed: bool = True) -> None:
        """Let the row wait until `due`, if it is still this owner's."""
        values: dict[str, Any] = {"state": DeliveryState.RECEIVED, "due": due, "note": clean(note)}
        if not failed:
            values["failures"] = table.c.failures - 1
        self._change(delivery_id, owner, values | _FREE)

    def hand_over(self, delivery_id: str, owner: str, due: datetime, note: str, examined: int) -> None:
        """Let the row wait until `due` for the next run to go on, if it is still this owner's."""
        values: dict[str, Any] = {"state": DeliveryState.RECEIVED, "due": due, "note": clean(note)}
        values |= {"examined": examined, "handovers": table.c.handovers + 1, "failures": table.c.failures - 1}
        self._change(delivery_id, owner, values | _FREE)

    def replaced(self, delivery_id: str) -> Sequence[Delivery]:
        """Older rows of the lane, begun with, that a claim superseded since this one came in."""
        this = table.alias()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(table)
                .join(this, and_(this.c.lane == table.c.lane, this.c.seq > table.c.seq))
                .where(this.c.id == delivery_id, table.c.finished_at >= this.c.received_at)
                .where(table.c.state == DeliveryState.SUPERSEDED, table.c.note == REPLACED, table.c.attempts > 0)
                .order_by(table.c.seq)
            ).all()
        return [_delivery(row) for row in rows]

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Let everything that this owner was running wait until `due`; return the lanes."""
        mine = and_(table.c.owner == owner, table.c.state == DeliveryState.RUNNING)

        def work(connection: Connection) -> Sequence[str]:
            lanes = connection.scalars(select(table.c.lane).where(mine).with_for_update()).all()
            connection.execute(
                update(table).where(mine).values(state=DeliveryState.RECEIVED, due=due, note=clean(note), **_FREE)
            )
            return lanes

        return self._database.write(work)

    def dismiss(self, installation: int, repositories: frozenset[int] | None, note: str, now: datetime) -> int:
        """End the rows of an installation that wait; those that run end by themselves, where GitHub lets nobody in."""
        theirs = and_(table.c.installation_id == installation, _waits())
        if repositories is not None:
            theirs = and_(theirs, table.c.repository_id.in_(repositories))
        ended = {"state": DeliveryState.SUPERSEDED, "note": clean(note), "finished_at": now} | _FREE
        change = update(table).where(theirs).values(ended)
        return self._database.write(lambda connection: int(connection.execute(change).rowcount))

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Lanes with something due and no live lease, in order of arrival."""
        running = table.c.state == DeliveryState.RUNNING
        held = select(table.c.lane).where(running, table.c.lease_until > now)
        with self._database.reading() as connection:
            return connection.scalars(
                select(table.c.lane)
                .where(or_(_waits() & (table.c.due <= now), running & (table.c.lease_until <= now)))
                .where(table.c.lane.not_in(held))
                .group_by(table.c.lane)
                .order_by(func.min(table.c.seq))
                .limit(limit)
            ).all()

    def next_due(self, lane: str) -> datetime | None:
        """When the next waiting row of the lane is due."""
        with self._database.reading() as connection:
            due: datetime | None = connection.scalar(
                select(func.min(table.c.due)).where(table.c.lane == lane, _waits())
            )
        return due

    def get(self, delivery_id: str) -> Delivery | None:
        """One delivery by its id."""
        with self._database.reading() as connection:
            return _load(connection, delivery_id)

    def home(self, repository_id: int) -> Home | None:
        """Where a repository belongs, by its newest delivery that says so."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(table.c.installation_id, table.c.owner_id)
                .where(table.c.repository_id == repository_id, table.c.owner_id.is_not(None))
                .order_by(table.c.seq.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else Home(row.installation_id, repository_id, row.owner_id)

    def forget_homes(self, installation: int, repositories: frozenset[int] | None = None) -> None:
        """Forget that its repositories, or these of them, belong to an installation."""
        theirs = and_(table.c.installation_id == installation, table.c.owner_id.is_not(None))
        if repositories is not None:
            theirs = and_(theirs, table.c.repository_id.in_(repositories))
        self._database.write(lambda connection: connection.execute(update(table).where(theirs).values(owner_id=None)))

    def oldest_waiting(self) -> datetime | None:
        """When the oldest row that waits came in."""
        with self._database.reading() as connection:
            oldest: datetime | None = connection.scalar(select(func.min(table.c.received_at)).where(_waits()))
        return oldest

    def _change(self, delivery_id: str, owner: str, values: Mapping[str, Any]) -> bool:
        mine = and_(table.c.id == delivery_id, table.c.owner == owner, table.c.state == DeliveryState.RUNNING)
        change = update(table).where(mine).values(values)
        return self._database.write(lambda connection: connection.execute(change).rowcount == 1)


def _waits() -> ColumnElement[bool]:
    return table.c.state == DeliveryState.RECEIVED


def _load(connection: Connection, delivery_id: str) -> Delivery | None:
    row = connection.execute(select(table).where(table.c.id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        event=row.event,
        request=ReviewRequest(**{name: getattr(row, name) for name in _REQUEST}),
        received_at=row.received_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due=row.due,
        lease_until=row.lease_until,
        owner=row.owner,
        note=row.note,
        failures=row.failures,
        examined=row.examined,
        handovers=row.handovers,
    )
