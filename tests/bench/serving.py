"""The real server (gunicorn, two processes) on each database, and a steady load that no server can slow down."""

from __future__ import annotations

import http.client
import math
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app import log
from app.settings import WebSettings
from app.valkey import running_valkey
from app.web.serve import serve
from tests.postgres import CannotRun, running_postgres
from tests.waiting import wait_until
from tests.web.conftest import SETTINGS
from tests.web.test_serve import free_port

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a load."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def on_each_database(rows: Callable[[str, str], Iterator[str]]) -> Iterator[str]:
    """The rows of `rows(name, url)` on SQLite, and on PostgreSQL as it runs in production."""
    with tempfile.TemporaryDirectory() as folder:
        yield from rows("SQLite", f"sqlite:///{folder}/assay.db")
    try:
        with running_postgres() as server:
            with server.connect() as connection:
                for name in ("fsync", "full_page_writes", "synchronous_commit"):  # as in production, not as in tests
                    connection.execute(f"ALTER SYSTEM SET {name} = on")
                connection.execute("SELECT pg_reload_conf()")
            yield from rows("PostgreSQL", server.url(server.create()))
    except CannotRun as error:
        yield f"PostgreSQL: {error}"


@contextmanager
def running_server(url: str, **settings: Any) -> Iterator[int]:
    """A server on this database, with these settings; its port."""
    with running_valkey() as valkey:
        port = free_port()
        ours = replace(
            SETTINGS,
            database_url=url,
            redis_url=valkey.url,
            bind=f"127.0.0.1:{port}",
            trusted_hosts=("127.0.0.1",),
            production=False,
            **settings,
        )
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(ours,))
        process.start()
        try:
            wait_until(lambda: _answers(port))
            yield port
        finally:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGTERM)
            process.join(30)


def load(port: int, rate: int, seconds: int, request: Callable[[int], Ask], wanted: int) -> tuple[list[float], int]:
    """Milliseconds from when a request was due to its answer: a server that falls behind cannot hide it. Sorted.

    Beside them, how many answers had another status than the one wanted.
    """
    times: list[float] = []
    refused: list[int] = []
    began = time.perf_counter() + 0.1

    def client(numbers: range) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in numbers:
            ask = request(number)
            due = began + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request(ask.method, ask.path, ask.body, dict(ask.headers))
            answer = connection.getresponse()
            answer.read()
            if answer.status == wanted:
                times.append((time.perf_counter() - due) * 1000)
            else:
                refused.append(answer.status)

    clients = [threading.Thread(target=client, args=(range(n, rate * seconds, CLIENTS),)) for n in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return sorted(times), len(refused)


def at(times: list[float], share: float) -> float:
    """The value below which this share of sorted times lies."""
    return times[max(0, math.ceil(len(times) * share) - 1)]


def spread(times: list[float]) -> str:
    """Median, p99 and the longest of sorted milliseconds."""
    return f"median {at(times, 0.5):.1f} ms, p99 {at(times, 0.99):.1f} ms, longest {times[-1]:.1f} ms"


def _serve(settings: WebSettings) -> None:
    with Path(os.devnull).open("w") as nowhere:
        log.configure(stream=nowhere, readable=False)
        serve(settings)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
