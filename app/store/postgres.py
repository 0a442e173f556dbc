"""PostgreSQL: connections that never wait for ever, and what its errors mean for us."""

from __future__ import annotations

import math
import time
from typing import Any, ClassVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

RECYCLED_AFTER = 300  # seconds; after a failover nobody keeps talking to the old server
_OVERTAKEN = {"23505", "40001", "40P01"}  # unique violation, serialization failure, deadlock
_LATER = 1.0  # seconds by which our own patience outlasts the server's, whose answer says more
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def postgres_engine(url: URL, patience: float, *, unhurried: bool = False, **options: Any) -> Engine:
    """An engine whose connections wait at most `patience` seconds for a lock, for an answer and for a connection.

    `unhurried`: an answer may take as long as it needs, as a migration does. Nothing is prepared on the server, so that
    a pooler between us may give every transaction another connection.
    """
    given = {"connect_timeout": max(2, math.ceil(patience)), "application_name": "assay"}
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=RECYCLED_AFTER,
        connect_args={name: value for name, value in given.items() if name not in url.query}
        | {"prepare_threshold": None},
        **options,
    )
    kind: type[_Patient] = type("Patient", (_Patient,), {"seconds": None if unhurried else patience + _LATER})
    milliseconds = max(1, round(patience * 1000))
    limits = (
        f"SET lock_timeout = {milliseconds}; SET statement_timeout = {0 if unhurried else milliseconds}; "
        # Whoever freezes in the middle of a transaction must not keep what others wait for.
        f"SET idle_in_transaction_session_timeout = {0 if unhurried else 6 * milliseconds}"
    )

    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> _Patient:
        connection = kind.connect(*arguments, autocommit=True, **options)
        try:
            connection.execute(limits)
            connection.autocommit = False
        except BaseException:
            connection.close()
            raise
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def hold(connection: Connection, name: str) -> None:
    """Wait until nobody else holds this name, and hold it until the transaction ends."""
    connection.execute(_HOLD, {"name": name})


def is_overtaken(error: BaseException | None) -> bool:
    """Whether a transaction failed only because another one was faster, so that it may be tried again."""
    return isinstance(error, psycopg.Error) and error.sqlstate in _OVERTAKEN


def explain(error: psycopg.Error) -> str:
    """What the server or the client library says, without the values of the row that it is about."""
    said = error.diag.message_primary or str(error)
    return " ".join(f"{type(error).__name__}: {said}".split())


class _Patient(psycopg.Connection[TupleRow]):
    """Gives up waiting for an answer. A server that hangs, or a network that swallows everything, never says so."""

    seconds: ClassVar[float | None] = None

    def wait(self, gen: PQGen[Any], *arguments: Any, **options: Any) -> Any:
        """Wait for the end of one exchange with the server."""
        if self.seconds is None:
            return super().wait(gen, *arguments, **options)
        try:
            return super().wait(_within(gen, self.seconds), *arguments, **options)
        except psycopg.errors.ConnectionTimeout:
            self.close()  # what still comes would be taken for the answer to the next question
            raise


def _within(exchange: PQGen[Any], seconds: float) -> PQGen[Any]:
    """The same exchange, which ends with `ConnectionTimeout` when nothing was heard for so long.

    psycopg wakes the exchange ten times a second, also when nothing has come.
    """
    deadline = time.monotonic() + seconds
    try:
        state = next(exchange)
        while True:
            ready = yield state
            if not ready and time.monotonic() > deadline:
                raise psycopg.errors.ConnectionTimeout(f"no answer within {seconds:g} s")
            state = exchange.send(ready)
    except StopIteration as done:
        return done.value
