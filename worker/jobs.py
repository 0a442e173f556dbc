"""The names that the queue may run, and the process that serves it. `app.dispatch` knows them by name only."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from app import log
from app.core.ports import Inspector
from app.endpoints import find_endpoints
from app.metrics import SILENT, Channel, Meter
from app.settings import WorkerSettings
from worker import bootstrap
from worker.horse import told_to_stop
from worker.work import work

_log = logging.getLogger(__name__)


def allowed(
    settings: WorkerSettings, inspector: Inspector, meter: Meter = SILENT
) -> Mapping[str, Callable[[str], None]]:
    """All that the queue may run: a lane's review as it is now, a task of the API, and what a webhook is to be told."""
    return {
        "worker.jobs.review": lambda lane: bootstrap.review_lane(lane, settings, inspector, told_to_stop, meter),
        "worker.jobs.webhook": lambda webhook_id: bootstrap.send_webhook(webhook_id, settings, told_to_stop, meter),
        "worker.jobs.task": lambda task_id: bootstrap.do_task(task_id, settings, inspector, told_to_stop, meter),
    }


def serve_queue(workers: int) -> int:
    """Serve the queue until told to stop. The inspector's template starts here, so that all jobs share it."""
    log.configure()
    settings = WorkerSettings.read(os.environ)
    endpoints = find_endpoints(os.environ, Path.home())  # wrong settings are told now, not in the first review
    for warning in endpoints.warnings:
        _log.warning(warning)
    bootstrap.read_floor(settings)
    channel = Channel() if settings.metrics else None
    with bootstrap.open_inspector(settings, workers) as inspector:
        work(
            settings,
            workers,
            publish=bootstrap.publish,
            layers=inspector.layers(),
            jobs=allowed(settings, inspector, channel or SILENT),
            channel=channel,
        )
    return 0
