"""Our GitHub on loopback: REST, GraphQL and pages from one port, webhooks from one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.utils import format_datetime
from threading import Thread
from typing import Any, Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.demo.github.pages import pages
from app.demo.github.rest import rest_api, rewritten
from app.demo.github.state import GitHub

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_app(github: GitHub) -> Flask:
    """The whole of our GitHub as a Flask application."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.register_blueprint(rest_api(github))
    app.register_blueprint(pages(github))
    return app


class GitHubServer:
    """Serves a `GitHub` on 127.0.0.1, on a free port unless one is named, until the `with` block ends.

    `middleware` wraps the application; the tests put their judge there.
    """

    def __init__(self, github: GitHub, port: int = 0, middleware: Callable[[Wsgi], Wsgi] | None = None) -> None:
        self.github = github
        self._port = port
        self._middleware = middleware
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`, where people look."""
        return self.github.address

    @property
    def base_url(self) -> str:
        """The REST API's address, as the App's settings take it."""
        return f"{self.address}/api/v3"

    def __enter__(self) -> Self:
        served: Wsgi = _by_name(self.github, create_app(self.github).wsgi_app)
        if self._middleware is not None:
            served = self._middleware(served)
        self._server = make_server(
            "127.0.0.1", self._port, served, threaded=True, request_handler=_handler(self.github)
        )
        self.github.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="github", daemon=True
        )
        self._thread.start()
        self.github.courier.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.github.courier.stop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def _handler(github: GitHub) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as GitHub's do

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: the terminal belongs to the demo."""

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
            """Our GitHub's own time."""
            return format_datetime(github.clock(), usegmt=True)

    return Handler


def _by_name(github: GitHub, app: Wsgi) -> Wsgi:
    """Answer `/repositories/{id}/…` as what it names."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["PATH_INFO"] = rewritten(github, environ["PATH_INFO"])
        return app(environ, start_response)

    return application
