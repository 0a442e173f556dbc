"""Pages of rows by their creation, then by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, select, tuple_

from app.store.encoding import clean


class _Created(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...


Row = TypeVar("Row", bound=_Created)


def page(
    connection: Connection, query: Select[Any], table: Table, limit: int, after: str | None
) -> Sequence[RowMapping]:
    """At most `limit` rows of a query on this table, after the one of this id; none when that is not there any more."""
    created, row_id = table.c.created_at, table.c.id
    if after is not None:
        last = connection.execute(select(created, row_id).where(row_id == clean(after, 16))).first()
        if last is None:
            return []
        query = query.where(tuple_(created, row_id) > tuple_(last[0], last[1]))
    return connection.execute(query.order_by(created, row_id).limit(limit)).mappings().all()


def by_creation(rows: Iterable[Row], after: str | None) -> list[Row]:
    """The same in memory: all rows after the one of this id."""
    found = sorted(rows, key=lambda one: (one.created_at, one.id))
    if after is None:
        return found
    ids = [one.id for one in found]
    return found[ids.index(after) + 1 :] if after in ids else []
