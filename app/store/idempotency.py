"""Idempotency keys in SQL: whoever comes first does the work, and the others get its answer."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from app.core.idempotency import Answer, Attempt
from app.store.database import Database
from app.store.encoding import clean
from app.store.schema import idempotency_keys as table


class SqlIdempotencyKeys:
    """`app.core.idempotency.IdempotencyKeys` on a database. A key is kept as its hash: it is the client's own text."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, holder: str, key: str, attempt: Attempt) -> Attempt | None:
        """Insert the row, or find it; one that is past its end is nobody's."""
        this = _row(holder, key)

        def work(connection: Connection) -> Attempt | None:
            known = connection.execute(select(table).where(this).with_for_update()).mappings().first()
            if known is None:
                where = {"holder": clean(holder, 40), "key": _hashed(key)}
                connection.execute(table.insert().values(**where, **_values(attempt)))
                return None
            if known["ends_at"] > attempt.begun_at:
                return _read(known)
            connection.execute(update(table).where(this).values(**_values(attempt)))
            return None

        return self._database.write(work)

    def get(self, holder: str, key: str, now: datetime) -> Attempt | None:
        """What is kept under a key."""
        query = select(table).where(_row(holder, key), table.c.ends_at > now)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _read(row)

    def take_over(self, holder: str, key: str, before: Attempt, attempt: Attempt) -> bool:
        """Replace the row, if it is still what `before` was."""
        this = and_(_mine(holder, key, before.request), table.c.status.is_(None))
        change = update(table).where(this).values(**_values(attempt))
        return self._database.write(lambda connection: connection.execute(change).rowcount == 1)

    def finish(self, holder: str, key: str, request: str, answer: Answer) -> None:
        """Keep the answer."""
        values = {
            "status": answer.status,
            "headers": msgspec.json.encode(answer.headers).decode(),
            "body": zlib.compress(answer.body),
            "made": clean(answer.made, 100),
        }
        self._change(update(table).where(_mine(holder, key, request)).values(**values))

    def let_go(self, holder: str, key: str, request: str, now: datetime) -> None:
        """End its lease."""
        self._change(update(table).where(_mine(holder, key, request), table.c.status.is_(None)).values(until=now))

    def drop(self, holder: str, key: str, request: str) -> None:
        """Remove the row."""
        self._change(delete(table).where(_mine(holder, key, request), table.c.status.is_(None)))

    def forget(self, now: datetime) -> int:
        """Remove what is past its end."""
        old = delete(table).where(table.c.ends_at <= now)
        return self._database.write(lambda connection: int(connection.execute(old).rowcount))

    def _change(self, statement: Any) -> None:
        self._database.write(lambda connection: connection.execute(statement))


def _row(holder: str, key: str) -> ColumnElement[bool]:
    return and_(table.c.holder == clean(holder, 40), table.c.key == _hashed(key))


def _mine(holder: str, key: str, request: str) -> ColumnElement[bool]:
    return and_(_row(holder, key), table.c.request == clean(request, 80))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _values(attempt: Attempt) -> dict[str, Any]:
    return {
        "fingerprint": attempt.fingerprint,
        "request": clean(attempt.request, 80),
        "begun_at": attempt.begun_at,
        "until": attempt.until,
        "ends_at": attempt.ends_at,
        "status": None,
        "headers": "",
        "body": b"",
        "made": "",
    }


def _read(row: Mapping[str, Any] | Any) -> Attempt:
    answer = None
    if row["status"] is not None:
        headers = msgspec.json.decode(row["headers"], type=tuple[tuple[str, str], ...])
        answer = Answer(row["status"], zlib.decompress(row["body"]), headers, row["made"])
    return Attempt(bytes(row["fingerprint"]), row["request"], row["begun_at"], row["until"], row["ends_at"], answer)
