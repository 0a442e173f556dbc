"""Is the process up, can it do its work, and who does the rest: for those who keep the service running."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask, Response, jsonify

from app.core.errors import QueueUnavailable, StoreUnavailable
from app.core.ports import Clock, Dispatch, Store
from app.web.webhook import Counts

HEARD_WITHIN = timedelta(seconds=60)  # a worker that is alive announces itself every ten seconds
LATE = timedelta(minutes=5)  # the oldest delivery that waits should not be older


def register(app: Flask, store: Store, dispatch: Dispatch, clock: Clock, counts: Counts) -> None:
    """Add the routes."""

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="up")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Only the database makes this process unready: without Redis deliveries are late, not lost."""
        try:
            known = _ask_store(store, clock())
        except StoreUnavailable:
            return jsonify(status="unready", database="out of reach", deliveries=counts.all()), 503
        redis = _ask_queue(dispatch)
        degraded = [
            *(["redis is out of reach"] if redis != "up" else []),
            *(["no worker has been heard of"] if not known["workers"] else []),
            *(["the oldest delivery waits for too long"] if known["late"] else []),
        ]
        return (
            jsonify(
                status="degraded" if degraded else "ready",
                degraded=degraded,
                database="up",
                redis=redis,
                oldest_waiting_seconds=known["oldest"],
                workers=known["workers"],
                engine=known["engine"],
                deliveries=counts.all(),
            ),
            200,
        )


def _ask_store(store: Store, now: datetime) -> dict[str, object]:
    oldest = store.deliveries.oldest_waiting()
    age = None if oldest is None else now - oldest
    catalogue = store.catalogues.current()
    return {
        "oldest": None if age is None else max(0, round(age.total_seconds())),
        "late": age is not None and age > LATE,
        # Names of machines are nobody's business; which layers of the sandbox hold is everybody's.
        "workers": [{"sandbox": list(layers)} for layers in store.catalogues.workers(now - HEARD_WITHIN).values()],
        "engine": catalogue.engine if catalogue else None,
    }


def _ask_queue(dispatch: Dispatch) -> str:
    try:
        dispatch.ping()
    except QueueUnavailable:
        return "out of reach"
    return "up"
