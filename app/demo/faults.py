"""Ways in which a registry can fail, for the loopback registry to imitate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Fault = Callable[[threading.Event], Response]  # the event is set when the server stops


def answers(status: int, body: str | bytes = b"", content_type: str = "text/plain", **headers: str) -> Fault:
    """Another status, body or header (`Retry_After="3"`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _stop: Response(body, status, headers=named, content_type=content_type)


def redirects(url: str, status: int = 302) -> Fault:
    """Sends the client elsewhere, word for word."""
    return lambda _stop: _Verbatim(status=status, headers={"Location": url})


def hangs() -> Fault:
    """Says nothing until the server stops."""

    def respond(stop: threading.Event) -> Response:
        stop.wait()
        return Response(status=503)

    return respond


def drips(content: bytes, seconds: float) -> Fault:
    """One byte each so many seconds."""

    def respond(stop: threading.Event) -> Response:
        def pieces() -> Iterator[bytes]:
            for position in range(len(content)):
                if stop.wait(seconds):
                    return
                yield content[position : position + 1]

        return Response(pieces(), content_type="application/octet-stream")

    return respond


def floods(size: int, *, declared: bool = False) -> Fault:
    """So many zero bytes; with a Content-Length only when `declared`."""

    def respond(_stop: threading.Event) -> Response:
        response = Response(repeat(bytes(65536), size // 65536), content_type="application/octet-stream")
        if declared:
            response.content_length = size
        return response

    return respond


def breaks_off(content: bytes, missing: int) -> Fault:
    """Promises more bytes than it sends."""

    def respond(_stop: threading.Event) -> Response:
        response = Response([content], content_type="application/octet-stream")
        response.content_length = len(content) + missing
        return response

    return respond


class _Verbatim(Response):
    """Sends its Location as it stands; werkzeug would make a proper address of it."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.headers["Location"]
        return headers
