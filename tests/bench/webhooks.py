"""Webhooks accepted by the real server (gunicorn) at a steady rate: how long GitHub waits for its answer."""

from __future__ import annotations

import http.client
import json
import math
import multiprocessing
import os
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app import log
from app.core.signature import sign
from app.settings import WebSettings
from app.valkey import running_valkey
from app.web.serve import serve
from tests.core.test_events import a_payload
from tests.postgres import CannotRun, running_postgres
from tests.waiting import wait_until
from tests.web.conftest import SECRET, SETTINGS
from tests.web.test_serve import free_port

RATE = 50  # deliveries a second
SECONDS = 10
CLIENTS = 8


def figures() -> Iterator[str]:
    """One row a database."""
    with tempfile.TemporaryDirectory() as folder:
        yield _row("SQLite", f"sqlite:///{folder}/assay.db")
    try:
        with running_postgres() as server:
            with server.connect() as connection:
                for name in ("fsync", "full_page_writes", "synchronous_commit"):  # as in production, not as in tests
                    connection.execute(f"ALTER SYSTEM SET {name} = on")
                connection.execute("SELECT pg_reload_conf()")
            yield _row("PostgreSQL", server.url(server.create()))
    except CannotRun as error:
        yield f"PostgreSQL: {error}"


def _row(database: str, url: str) -> str:
    with running_valkey() as valkey:
        port = free_port()
        settings = replace(
            SETTINGS,
            database_url=url,
            redis_url=valkey.url,
            bind=f"127.0.0.1:{port}",
            trusted_hosts=("127.0.0.1",),
            production=False,
        )
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings,))
        process.start()
        try:
            wait_until(lambda: _answers(port))
            _load(port, seconds=1)  # connections, caches, prepared statements
            times, refused = _load(port, SECONDS)
        finally:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGTERM)
            process.join(30)
    times.sort()
    return (
        f"{database:<12} {len(times)} accepted at {len(times) / SECONDS:.0f} a second, {refused} refused: "
        f"median {_at(times, 0.5):.1f} ms, p99 {_at(times, 0.99):.1f} ms, longest {times[-1]:.1f} ms"
    )


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


def _load(port: int, seconds: int) -> tuple[list[float], int]:
    """Milliseconds from when a delivery was due to its answer: a server that falls behind cannot hide it."""
    times: list[float] = []
    refused: list[int] = []
    began = time.perf_counter() + 0.1
    clients = [
        threading.Thread(target=_client, args=(port, began, range(n, RATE * seconds, CLIENTS), times, refused))
        for n in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return times, len(refused)


def _client(port: int, began: float, numbers: range, times: list[float], refused: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in numbers:
        body = json.dumps(a_payload("synchronize", number=number + 1)).encode()
        due = began + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "pull_request",
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(body, SECRET),
        }
        connection.request("POST", "/webhooks/github", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 202:
            times.append((time.perf_counter() - due) * 1000)
        else:
            refused.append(answer.status)


def _at(times: list[float], share: float) -> float:
    return times[max(0, math.ceil(len(times) * share) - 1)]
