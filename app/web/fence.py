"""What every request and every answer goes through: names that are ours, and headers that let nothing else run."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, SecurityError
from werkzeug.sansio.utils import get_host

HEALTH = frozenset({"/healthz", "/readyz"})  # asked by address, by whoever keeps the service running

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_INDEXED = ("/rules", "/static")


def register(app: Flask, trusted_hosts: Sequence[str]) -> None:
    """Check the host before every request, and set the headers after it."""

    @app.before_request
    def only_our_names() -> None:
        if request.path in HEALTH:
            return
        try:
            host = request.headers.get("Host", "").lower()
            get_host(request.scheme, host, None, list(trusted_hosts))
        except SecurityError as error:
            raise BadRequest("This service does not answer under that name.") from error

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.path != "/" and not request.path.startswith(_INDEXED):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if not request.path.startswith("/static"):
            response.headers["Cache-Control"] = "no-store"
        return response
