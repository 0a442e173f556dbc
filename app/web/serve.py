"""Serve the web side with gunicorn: `assay serve`, or `gunicorn "app.web.serve:application()"`."""

from __future__ import annotations

import gc
import logging
import os
import socket
import time
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from app import log
from app.dispatch import RedisDispatch
from app.metrics import SILENT, Meter
from app.metrics_endpoint import showing_process
from app.rate_limit import RedisLimiter
from app.settings import WebSettings
from app.store import open_store, upgrade
from app.web import create_app

PROCESSES = 2
READING_SECONDS = 15.0  # how long a request may take to arrive
SERVING_SECONDS = 120.0  # and in all: longer than anybody waits for a task, or than a stream lasts


@click.command()
def command() -> None:
    """Receive GitHub's webhooks and serve the pages."""
    log.configure()
    serve(WebSettings.read(os.environ))


def serve(
    settings: WebSettings, reading_seconds: float = READING_SECONDS, serving_seconds: float = SERVING_SECONDS
) -> None:
    """Bring the database up to date and serve until told to stop."""
    upgrade(settings.database_url)
    patience = {"reading_seconds": reading_seconds, "serving_seconds": serving_seconds}
    with showing_process(settings.metrics) as meter:
        _Server(settings, type("Worker", (PatientWorker,), patience), meter or SILENT).run()


def application() -> Flask:
    """The application from the environment, for a server of the operator's choice."""
    log.configure()
    settings = WebSettings.read(os.environ)
    upgrade(settings.database_url)
    return _connected(settings)


def _connected(settings: WebSettings, meter: Meter = SILENT) -> Flask:
    store = open_store(settings.database_url, threads=settings.threads)
    limiter = RedisLimiter(settings.redis_url)
    app = create_app(settings, store, RedisDispatch(settings.redis_url), meter=meter, limiter=limiter)
    app.extensions["store"] = store  # for whoever ends the application before the process
    return app


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threads, with an end to patience: neither a request that drips in byte by byte nor an answer that
    nobody reads may hold a thread.
    """

    reading_seconds = READING_SECONDS
    serving_seconds = SERVING_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._began: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        """Serve one request, noting when its reading began."""
        self._began[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._began[conn]

    def murder_pending(self) -> None:
        """Called by the main loop every second: stop reading from whoever takes too long, later writing as well."""
        super().murder_pending()
        now = time.monotonic()
        for conn, began in list(self._began.items()):
            if now - began > self.reading_seconds:
                how = socket.SHUT_RDWR if now - began > self.serving_seconds else socket.SHUT_RD
                try:
                    conn.sock.shutdown(how)
                except OSError:
                    logging.getLogger(__name__).debug("connection gone")


class _RootLogger(Logger):  # type: ignore[misc]
    """Gunicorn's messages through the one handler that strikes out secrets."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
        self.error_log.setLevel(logging.WARNING)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: WebSettings, worker: type[PatientWorker], meter: Meter) -> None:
        self._settings = settings
        self._worker = worker
        self._meter = meter
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self._settings.bind,
            "workers": PROCESSES,
            "threads": self._settings.threads,
            "worker_class": self._worker,
            "logger_class": _RootLogger,
            "proc_name": "assay",
            "graceful_timeout": 20,
            "keepalive": 5,
            "limit_request_fields": 60,
            "forwarded_allow_ips": "",  # which proxies to believe is `create_app`'s decision
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """In each process after the fork, so that no connection is shared."""
        app = _connected(self._settings, self._meter)
        # What is loaded stays: looking through all of it now and then would keep a delivery waiting.
        gc.collect()
        gc.freeze()
        return app
