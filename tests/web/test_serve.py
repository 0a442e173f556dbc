"""The real server: it starts from settings, outlives slow clients, and stops when told."""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import log
from app.core.signature import sign
from app.settings import WebSettings
from app.store import open_store
from app.web.serve import application, serve
from tests.core.test_events import a_payload
from tests.waiting import wait_until
from tests.web.conftest import SECRET, SETTINGS

READING = 1.0  # seconds that a request may take to arrive
SERVING = 2.0  # seconds that it may take in all


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Served:
    """A server in its own processes."""

    def __init__(self, settings: WebSettings, log_file: Path) -> None:
        self.port = int(settings.bind.rpartition(":")[2])
        self.log_file = log_file
        self.process = multiprocessing.get_context("fork").Process(target=self._run, args=(settings,))
        self.process.start()
        wait_until(self.answers)

    def _run(self, settings: WebSettings) -> None:
        log.configure(stream=self.log_file.open("w"), readable=False)
        serve(settings, READING, SERVING)

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: bytes = b"", patience: float = 10, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": "assay.example", **named})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def begin(self, path: str) -> socket.socket:
        """Ask from a connection that holds a few kilobytes, and read nothing of the answer."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        client.settimeout(10)
        client.connect(("127.0.0.1", self.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: assay.example\r\n\r\n".encode())
        return client

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@pytest.fixture
def served(tmp_path: Path, valkey_url: str) -> Iterator[Served]:
    """A server with two threads in each of its processes."""
    settings = replace(
        SETTINGS,
        database_url=f"sqlite:///{tmp_path / 'assay.db'}",
        redis_url=valkey_url,
        bind=f"127.0.0.1:{free_port()}",
        threads=2,
    )
    server = Served(settings, tmp_path / "log")
    yield server
    server.process.terminate()
    server.process.join(40)  # a signal that hits a process of gunicorn's while it starts is repeated after 20 seconds
    if server.process.exitcode is None:
        server.process.kill()
        server.process.join()
    assert server.process.exitcode == 0


def deliver(server: Served, delivery: str = "guid-1") -> int:
    """Post a delivery that GitHub signed."""
    body = json.dumps(a_payload()).encode()
    return server.ask(
        "POST",
        "/webhooks/github",
        body,
        Content_Type="application/json",
        X_GitHub_Event="pull_request",
        X_GitHub_Delivery=delivery,
        X_Hub_Signature_256=sign(body, SECRET),
    )[0]


def test_it_takes_deliveries_and_serves_pages(served: Served, tmp_path: Path) -> None:
    assert deliver(served) == 202
    status, page = served.ask("GET", "/", Accept="text/html")
    assert status == 200
    assert b"sealed" in page
    assert b'"redis":"up"' in served.ask("GET", "/readyz")[1]
    store = open_store(f"sqlite:///{tmp_path / 'assay.db'}")
    assert store.deliveries.get("guid-1") is not None
    store.close()


def test_its_log_is_ours(served: Served) -> None:
    """Gunicorn's own lines too go through the handler that strikes out secrets."""
    deliver(served)
    with served.connect() as client:
        client.sendall(b"GET / HTTP/9.9 nonsense\r\n\r\n")
        client.recv(1000)
    lines = served.log_file.read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert "delivery accepted" in [event["event"] for event in events]
    assert [event for event in events if event["logger"] == "gunicorn.error"]


HEAD = (
    b"POST /webhooks/github HTTP/1.1\r\nHost: assay.example\r\nX-Hub-Signature-256: sha256=0\r\n"
    b"Content-Type: application/json\r\n"
)


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        (HEAD + b"Content-Length: 1000\r\n\r\n{", b"HTTP/1.1 408 "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{", b"HTTP/1.1 4"),
        (HEAD + b"Content-Length: 1000\r\n", b""),
        (b"POST /web", b""),
    ],
    ids=["a body", "a chunked body", "headers", "a request line"],
)
def test_what_arrives_a_byte_at_a_time_is_ended_and_threads_stay_free(
    served: Served, start: bytes, answer: bytes
) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(served.connect()) for _ in range(5)]  # one more than there are threads
        for client in slow:
            client.sendall(start)
        received = [b""] * len(slow)
        ended = [False] * len(slow)
        deadline = time.monotonic() + 20
        while not all(ended):
            assert time.monotonic() < deadline, "a slow client was not ended"
            for index, client in enumerate(slow):
                if ended[index]:
                    continue
                with contextlib.suppress(OSError):
                    client.send(b" ")
                client.settimeout(0.05)
                try:
                    data = client.recv(1000)
                except TimeoutError:
                    continue
                except OSError:
                    data = b""
                received[index] += data
                ended[index] = not data
        assert all(one.startswith(answer) for one in received), received
    assert deliver(served) == 202


def test_who_does_not_read_the_answer_is_ended_and_threads_stay_free(served: Served) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(6):  # more than there are threads
            stack.enter_context(served.begin("/api/v1/openapi.json"))
        for _ in range(4):
            assert served.ask("GET", "/healthz", patience=30)[0] == 200


def test_too_large_a_body_is_refused_unread(served: Served) -> None:
    with served.connect() as client:
        client.sendall(HEAD + b"Content-Length: 28311552\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_it_ends_when_it_is_told(served: Served) -> None:
    assert served.process.pid is not None
    os.kill(served.process.pid, signal.SIGTERM)
    served.process.join(20)
    assert served.process.exitcode == 0


def test_another_server_gets_the_application_from_the_environment(
    tmp_path: Path, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `gunicorn "app.web.serve:application()"`."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'assay.db'}")
    monkeypatch.setenv("ASSAY_SHARED_DISK", "1")  # wherever the tests run
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("ASSAY_PUBLIC_URL", "https://assay.example")
    monkeypatch.setattr(log, "configure", lambda: None)
    app = application()
    assert app.test_client().get("/readyz").status_code == 200
    app.extensions["store"].close()
