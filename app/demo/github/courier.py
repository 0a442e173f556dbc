"""Webhooks: signed, sent over real HTTP, kept in a log, delivered once, twice, late, out of order or never."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Condition, Thread
from typing import Any

import urllib3

from app.core.ports import Clock
from app.demo.github.model import App, Installation, Repository

TIMEOUT = 10.0  # seconds in which the receiver has to answer


class Mode(StrEnum):
    """How deliveries go out."""

    ONCE = "once"
    TWICE = "twice"  # each a second time with the same GUID
    LATE = "late"  # held until `release`
    REVERSED = "reversed"  # held until `release`, then newest first
    NEVER = "never"  # the log says that the receiver could not be reached


@dataclass(eq=False)
class Delivery:
    """One attempt to deliver. `status_code` is None until it was made; a redelivery has the GUID of the first."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    body: bytes = field(repr=False)
    installation_id: int | None
    repository_id: int | None
    created_at: datetime
    redelivery: bool = False
    delivered_at: datetime | None = None
    status_code: int | None = None
    status: str = "pending"
    answer: str = ""

    @property
    def payload(self) -> Any:
        """What was sent, parsed."""
        return json.loads(self.body)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it."""
        signature = hmac.new(self.app.secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": f"GitHub-Hookshot/{secrets.token_hex(4)}",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": f"sha256={signature}",
        }


class Courier:
    """Sends deliveries from a thread of its own, one after another; `start` and `stop` belong to the server."""

    def __init__(self, clock: Clock, ids: Iterator[int]) -> None:
        self.mode = Mode.ONCE
        self.log: list[Delivery] = []
        self._clock = clock
        self._ids = ids
        self._waiting: list[Delivery] = []
        self._held: list[Delivery] = []
        self._busy = False
        self._stopped = True
        self._changed = Condition()
        self._thread: Thread | None = None

    def announce(
        self,
        installations: Iterable[Installation],
        repository: Repository,
        event: str,
        action: str,
        payload: Callable[[], dict[str, Any]],
        *,
        only: App | None = None,
    ) -> None:
        """Tell every App that is installed there and listens to the event; or `only` one, listening or not."""
        for installation in list(installations):
            app = installation.app
            chosen = installation.repositories
            there = installation.account is repository.owner and (chosen is None or repository.id in chosen)
            listens = app is only if only is not None else event in app.events
            if there and listens and app.webhook_url and not installation.suspended:
                body = payload() | {"installation": {"id": installation.id, "node_id": f"MDI{installation.id}"}}
                self._post(app, event, action, body, installation.id, repository.id)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Send the same again, with the same GUID."""
        again = Delivery(
            next(self._ids), delivery.guid, delivery.app, delivery.event, delivery.action, delivery.body,
            delivery.installation_id, delivery.repository_id, self._clock(), redelivery=True,
        )  # fmt: skip
        self._queue([again])
        return again

    def release(self) -> None:
        """Send what was held, newest first when the mode says so."""
        held, self._held = self._held, []
        self._queue(reversed(held) if self.mode is Mode.REVERSED else held)

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until everything that was not held is delivered; `TimeoutError` otherwise."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout):
                raise TimeoutError(f"{len(self._waiting)} webhooks are still waiting")

    def start(self) -> None:
        """Start sending."""
        self._stopped = False
        self._thread = Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; what waits stays."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(TIMEOUT + 1)
            self._thread = None

    def _post(
        self, app: App, event: str, action: str, body: dict[str, Any], installation_id: int, repository_id: int
    ) -> None:
        raw = json.dumps(body).encode()
        delivery = Delivery(
            next(self._ids), str(uuid.uuid4()), app, event, action, raw, installation_id, repository_id, self._clock()
        )
        match self.mode:
            case Mode.NEVER:
                delivery.delivered_at = self._clock()
                delivery.status_code, delivery.status = 502, "failed to connect to host"
                self.log.append(delivery)
            case Mode.LATE | Mode.REVERSED:
                self.log.append(delivery)
                self._held.append(delivery)
            case Mode.TWICE:
                self._queue([delivery])
                self.redeliver(delivery)
            case Mode.ONCE:
                self._queue([delivery])

    def _queue(self, deliveries: Iterable[Delivery]) -> None:
        with self._changed:
            for delivery in deliveries:
                if delivery not in self.log:
                    self.log.append(delivery)
                self._waiting.append(delivery)
            self._changed.notify_all()

    def _run(self) -> None:
        with urllib3.PoolManager(timeout=TIMEOUT, retries=False) as pool:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._stopped)
                    if self._stopped:
                        return
                    delivery = self._waiting.pop(0)
                    self._busy = True
                try:
                    self._send(pool, delivery)
                finally:
                    with self._changed:
                        self._busy = False
                        self._changed.notify_all()

    def _send(self, pool: urllib3.PoolManager, delivery: Delivery) -> None:
        assert delivery.app.webhook_url is not None
        try:
            answer = pool.request("POST", delivery.app.webhook_url, body=delivery.body, headers=delivery.headers)
        except urllib3.exceptions.HTTPError as error:
            delivery.status_code, delivery.status = 502, f"failed to connect to host ({type(error).__name__})"
        else:
            delivery.status_code, delivery.status = answer.status, answer.reason or "OK"
            delivery.answer = answer.data.decode(errors="replace")[:2000]
        delivery.delivered_at = self._clock()
