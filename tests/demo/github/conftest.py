"""Our App on our own GitHub, judged; and somebody who takes webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fakes.clock import FakeClock
from tests.github.loopback import Loopback, loopback


@dataclass
class Receiver:
    """Takes webhooks; answers with `status`."""

    url: str
    status: int = 202
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def guids(self) -> list[str]:
        return [headers["X-GitHub-Delivery"] for headers, _ in self.taken]


@pytest.fixture
def world(clock: FakeClock) -> Iterator[Loopback]:
    with loopback(clock) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taker.taken.append((dict(self.headers), body))
            self.send_response(taker.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taker = Receiver(f"http://127.0.0.1:{server.server_port}/webhook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield taker
    server.shutdown()
    thread.join()
    server.server_close()
