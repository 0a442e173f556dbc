"""Tasks in SQL: kept once, claimed by one owner at a time, ended or given back, and forgotten after a while."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from app.core.access import Access
from app.core.errors import StoreUnavailable
from app.core.ports import Asker, Task, TaskKind, TaskState
from app.core.ports.tasks import ENDED
from app.store.database import Database
from app.store.encoding import clean, decode, encode, is_clean
from app.store.schema import tasks as table

LONGEST_ID = 64
AT_ONCE = 500  # ids of one statement
_FREE: dict[str, Any] = {"lease_until": None, "owner": None}
_WAITS = table.c.state == TaskState.WAITING
_RUNS = table.c.state == TaskState.RUNNING


class SqlTasks:
    """`app.core.ports.Tasks` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, task: Task, most: int) -> bool:
        """Insert the row, unless its asker has enough of them."""
        asker = task.asker
        row = {
            "id": task.id,
            "kind": task.kind,
            "token": asker.token,
            "family": asker.family,
            "installations": encode(sorted(asker.access.installations)),
            "repositories": encode(sorted(asker.access.repositories)),
            "installation_id": asker.installation,
            "input": _packed(task.input),
            "created_at": task.created_at,
            "due": task.due,
            "state": task.state,
        }
        theirs = and_(table.c.family == asker.family, table.c.state.not_in(ENDED))

        def work(connection: Connection) -> bool:
            self._database.hold(connection, f"tasks of {asker.family}")
            if (connection.scalar(select(func.count()).select_from(table).where(theirs)) or 0) >= most:
                return False
            connection.execute(table.insert().values(row))
            return True

        return self._database.write(work)

    def get(self, task_id: str) -> Task | None:
        """One task by its id."""
        if not is_clean(task_id, LONGEST_ID):
            return None
        with self._database.reading() as connection:
            return _load(connection, task_id)

    def state(self, task_id: str) -> TaskState | None:
        """The state alone."""
        if not is_clean(task_id, LONGEST_ID):
            return None
        with self._database.reading() as connection:
            state = connection.scalar(select(table.c.state).where(table.c.id == task_id))
        return None if state is None else TaskState(state)

    def claim(self, task_id: str, owner: str, now: datetime, lease: timedelta) -> Task | None:
        """Take a row that is due, or was left by a lease that ran out."""
        values = {
            "state": TaskState.RUNNING,
            "owner": owner,
            "lease_until": now + lease,
            "attempts": table.c.attempts + 1,
            "failures": table.c.failures + 1,
        }
        take = update(table).where(table.c.id == clean(task_id, LONGEST_ID), _ready(now)).values(values)

        def work(connection: Connection) -> Task | None:
            return _load(connection, task_id) if connection.execute(take).rowcount else None

        return self._database.write(work)

    def renew(self, task_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease, if it is still this owner's."""
        return self._change(task_id, owner, {"lease_until": until})

    def finish(
        self,
        task_id: str,
        owner: str,
        state: TaskState,
        now: datetime,
        *,
        result: str | None = None,
        note: str = "",
        drop_input: bool = False,
    ) -> bool:
        """End the row, if it is still this owner's."""
        values: dict[str, Any] = {"state": state, "note": clean(note), "finished_at": now}
        if drop_input:
            values["input"] = _packed("")
        return self._change(task_id, owner, values | _FREE | _result(result))

    def give_back(
        self, task_id: str, owner: str, due: datetime, note: str, *, result: str | None = None, failed: bool = True
    ) -> bool:
        """Let the row wait until `due`, if it is still this owner's."""
        values: dict[str, Any] = {"state": TaskState.WAITING, "due": due, "note": clean(note)}
        if not failed:
            values["failures"] = table.c.failures - 1
        return self._change(task_id, owner, values | _FREE | _result(result))

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Let everything that this owner was running wait until `due`; return the ids."""
        mine = and_(table.c.owner == owner, _RUNS)
        values = {"state": TaskState.WAITING, "due": due, "note": clean(note)} | _FREE

        def work(connection: Connection) -> Sequence[str]:
            ids = connection.scalars(select(table.c.id).where(mine).with_for_update()).all()
            connection.execute(update(table).where(mine).values(values))
            return ids

        return self._database.write(work)

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of what is due and in nobody's hands, the oldest first."""
        query = select(table.c.id).where(_ready(now)).order_by(table.c.created_at, table.c.id).limit(limit)
        with self._database.reading() as connection:
            return connection.scalars(query).all()

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what ended before then, so many at most."""
        old = select(table.c.id).where(table.c.finished_at < before).order_by(table.c.finished_at).limit(limit)

        def work(connection: Connection) -> int:
            ids = connection.scalars(old).all()
            return connection.execute(delete(table).where(table.c.id.in_(ids))).rowcount

        return self._database.write(work)

    def erase(self, installation: int, repositories: frozenset[int] | None = None) -> int:
        """Remove the rows of an installation, or of these repositories of it."""
        theirs = select(table.c.id, table.c.repositories).where(table.c.installation_id == installation)

        def work(connection: Connection) -> int:
            ids = [row.id for row in connection.execute(theirs) if is_of(_ids(row.repositories), repositories)]
            return sum(
                connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
                for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
            )

        return self._database.write(work)

    def _change(self, task_id: str, owner: str, values: Mapping[str, Any]) -> bool:
        change = update(table).where(table.c.id == task_id, table.c.owner == owner, _RUNS).values(values)
        return self._database.write(lambda connection: connection.execute(change).rowcount == 1)


def is_of(narrowed: frozenset[int], repositories: frozenset[int] | None) -> bool:
    """Whether who is narrowed like this reaches nothing but these repositories; None: whatever they reach."""
    return repositories is None or (bool(narrowed) and narrowed <= repositories)


def _ready(now: datetime) -> ColumnElement[bool]:
    return or_(_WAITS & (table.c.due <= now), _RUNS & (table.c.lease_until <= now))


def _result(result: str | None) -> dict[str, Any]:
    return {} if result is None else {"result": _packed(result)}


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


def _load(connection: Connection, task_id: str) -> Task | None:
    row = connection.execute(select(table).where(table.c.id == task_id)).mappings().first()
    if row is None:
        return None
    try:
        kind = TaskKind(row["kind"])
    except ValueError:  # a newer version runs beside this one: whoever knows the kind serves it
        raise StoreUnavailable("a task is of a kind that this version of Assay does not know") from None
    access = Access(frozenset(), _ids(row["installations"]), _ids(row["repositories"]))
    return Task(
        id=row["id"],
        kind=kind,
        asker=Asker(row["token"], row["family"], access),
        input=zlib.decompress(row["input"]).decode(),
        created_at=row["created_at"],
        due=row["due"],
        state=TaskState(row["state"]),
        attempts=row["attempts"],
        failures=row["failures"],
        lease_until=row["lease_until"],
        owner=row["owner"],
        result=None if row["result"] is None else zlib.decompress(row["result"]).decode(),
        note=row["note"],
        finished_at=row["finished_at"],
    )


def _ids(text: str) -> frozenset[int]:
    found = decode(text, frozenset[int])
    if found is None:  # an empty set would mean: of everybody
        raise StoreUnavailable("a task's installations cannot be read by this version of Assay")
    return found
