"""Whoever is told: an http or https server on loopback that keeps what it got and answers what the test says."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Got:
    """One request. The names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """What it got, and what it answers: statuses one after the other, the last one for ever; or anything at all."""

    port: int = 0
    scheme: str = "http"
    statuses: list[int] = field(default_factory=lambda: [204])
    behave: Behave | None = None
    got: list[Got] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is, by its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/in"

    @property
    def origin(self) -> tuple[str, str, int]:
        """The same as an operator names it."""
        return self.scheme, "127.0.0.1", self.port

    def status(self) -> int:
        """The next one."""
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver, under TLS if there is a context."""
    receiver = Receiver(scheme="http" if context is None else "https")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body))
            if receiver.behave is not None:
                receiver.behave(self)
                return
            self.send_response(receiver.status())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A test's output is its own."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Whoever gives up on it breaks off; that is what the test wants."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def answers(status: int, **headers: str) -> Behave:
    """This status with these headers, and a body that nobody reads."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(b"the body of an answer")

    return behave


def says(raw: bytes) -> Behave:
    """These bytes, whatever they are."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(raw)

    return behave


def floods(handler: BaseHTTPRequestHandler) -> None:
    """A body without an end."""
    handler.send_response(200)
    handler.end_headers()
    _while_it_lasts(handler, b"x" * 65536, 0.0)


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A status line, a byte at a time."""
    _while_it_lasts(handler, b"H", 0.05)


def goes_on(handler: BaseHTTPRequestHandler) -> None:
    """That it may continue, for ever."""
    _while_it_lasts(handler, b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)


def is_silent(handler: BaseHTTPRequestHandler) -> None:
    """Nothing, until the other side gives up."""
    handler.connection.settimeout(5)
    handler.connection.recv(1)


def _while_it_lasts(handler: BaseHTTPRequestHandler, piece: bytes, pause: float) -> None:
    end = time.monotonic() + 5
    try:
        while time.monotonic() < end:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)
    except OSError:
        return
