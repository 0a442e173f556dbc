"""GitHub's deliveries in: size, signature, event, one transaction, a hint to the queue, 202.

What takes an installation away is done at once: its tokens may not wait for a worker.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qs

import msgspec
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, Unauthorized, UnsupportedMediaType

from app.core.errors import InputError, QueueUnavailable, StoreUnavailable
from app.core.events import EVENTS, Ignored, InstallationChange, ReviewRequest, read_event
from app.core.ports import Clock, Dispatch, Store
from app.core.signature import is_authentic
from app.log import bound
from app.metrics import DELIVERIES, SILENT, WEBHOOK, Meter
from app.removal import carry_out
from app.web.body import whole_body

log = logging.getLogger(__name__)

PATH = "/webhooks/github"
LARGEST = 25 * 1024 * 1024  # bytes; GitHub sends nothing larger
_DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,72}")
_EVENT = re.compile(r"[a-z_]{1,60}")


class Counts:
    """What became of the deliveries of this process, by outcome."""

    def __init__(self, meter: Meter = SILENT) -> None:
        self.meter = meter
        self._counter: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, outcome: str, event: str = "") -> None:
        """Count one."""
        with self._lock:
            self._counter[outcome] += 1
        self.meter.note(DELIVERIES, event=event, outcome=outcome)

    def all(self) -> dict[str, int]:
        """All outcomes so far."""
        with self._lock:
            return dict(sorted(self._counter.items()))


def register(
    app: Flask, secrets: Sequence[str], store: Store, dispatch: Dispatch, clock: Clock, counts: Counts
) -> None:
    """Add the route."""
    inbox = _Inbox(store, dispatch, clock, counts)

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def measure(response: Response) -> Response:
        began = g.get("began")  # None when the fence has turned it away before
        if began is not None and request.path == PATH and request.method == "POST":
            counts.meter.note(WEBHOOK, time.monotonic() - began, status=str(response.status_code))
        return response

    @app.post(PATH)
    def receive() -> Response | tuple[Response, int]:
        try:
            body = _authentic_body(secrets)
        except Unauthorized:
            counts.add("refused")
            raise
        event, delivery_id = _headers()
        with bound(delivery=delivery_id, event_name=event):
            if event not in EVENTS:
                counts.add("unknown event", event)
                log.info("delivery ignored", extra={"why": "unknown event"})
                return Response(status=204)
            try:
                asked = read_event(event, _payload(body))
            except (InputError, BadRequest) as error:
                counts.add("malformed", event)
                log.warning("delivery malformed", extra={"why": str(error)})
                raise BadRequest(str(error)) from error
            if isinstance(asked, Ignored):
                counts.add("ignored", event)
                log.info("delivery ignored", extra={"why": asked.reason})
                return jsonify(state="ignored", reason=asked.reason)
            if isinstance(asked, InstallationChange):
                return inbox.change(delivery_id, event, asked)
            return inbox.remember(delivery_id, event, asked)


@dataclass(frozen=True, slots=True)
class _Inbox:
    """What is done with deliveries that ask for something."""

    store: Store
    dispatch: Dispatch
    clock: Clock
    counts: Counts

    def change(self, delivery_id: str, event: str, asked: InstallationChange) -> Response:
        """Carry out at once what takes an installation away."""
        try:
            outcome = carry_out(asked, delivery_id, self.store, self.clock())
        except StoreUnavailable:
            self.counts.add("not kept", event)
            raise  # the delivery shows as failed, and can be delivered again
        if outcome is None:
            self.counts.add("repeated", event)
            log.info("delivery repeated", extra={"installation": asked.installation_id})
            return jsonify(state="finished")
        self.counts.add("accepted", event)
        log.info(
            "installation changed",
            extra={
                "installation": asked.installation_id,
                "action": asked.action,
                "tokens": " ".join(outcome.tokens),
                "lessened": " ".join(outcome.lessened),
                "deliveries": outcome.deliveries,
            },
        )
        return jsonify(state="finished")

    def remember(self, delivery_id: str, event: str, asked: ReviewRequest) -> Response | tuple[Response, int]:
        """Keep what asks for a review, and hand it to the queue."""
        try:
            delivery = self.store.deliveries.accept(delivery_id, event, asked, self.clock())
        except StoreUnavailable:
            self.counts.add("not kept", event)
            raise
        if delivery is None:
            self.counts.add("repeated", event)
            log.info("delivery repeated", extra={"lane": asked.lane})
            return jsonify(state="finished")
        self.counts.add("accepted", event)
        log.info("delivery accepted", extra={"lane": asked.lane, "action": asked.action})
        try:
            self.dispatch.review(asked.lane, delivery.due)
        except QueueUnavailable as error:  # the row is the truth: the sweeper asks again
            self.counts.add("not queued", event)
            log.warning("queue out of reach", extra={"lane": asked.lane, "why": str(error)})
        return jsonify(state="accepted"), 202


def _authentic_body(secrets: Sequence[str]) -> bytes:
    """The raw body, if its signature is right. Without a signature nothing is read."""
    signature = request.environ.get("HTTP_X_HUB_SIGNATURE_256")
    if not signature:
        raise Unauthorized("This request has no X-Hub-Signature-256.")
    body = whole_body()
    if not is_authentic(body, signature, secrets):
        log.warning("signature wrong", extra={"bytes": len(body), "from": request.remote_addr})
        raise Unauthorized("The signature does not fit the body.")
    return body


def _headers() -> tuple[str, str]:
    event = request.headers.get("X-GitHub-Event", "")
    delivery_id = request.headers.get("X-GitHub-Delivery", "")
    if _EVENT.fullmatch(event) is None:
        raise BadRequest("X-GitHub-Event is missing or is no event name.")
    if _DELIVERY_ID.fullmatch(delivery_id) is None:
        raise BadRequest("X-GitHub-Delivery is missing or is no delivery id.")
    return event, delivery_id


def _payload(body: bytes) -> object:
    """Decode the body, in either of the two content types that GitHub offers."""
    match request.mimetype:
        case "application/json":
            text: bytes | str = body
        case "application/x-www-form-urlencoded":
            text = _form_field(body)
        case _:
            raise UnsupportedMediaType("The content type is neither JSON nor a form.")
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadRequest("The payload is not JSON that can be read.") from error


def _form_field(body: bytes) -> str:
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=10)
        (payload,) = fields["payload"]
    except (ValueError, KeyError) as error:
        raise BadRequest("The form has no field named payload, or cannot be read.") from error
    return payload
