"""Send what one webhook has to be told: claim it, sign it, post it, and keep what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.core.audit import Deed, Event
from app.core.errors import QueueUnavailable
from app.core.ports import Clock, Dispatch, Store
from app.core.sealing import CannotOpen, SealingKey
from app.core.webhook_signature import HEADER, sign
from app.core.webhooks import Attempt, DeliveryEnd, HookDelivery, Webhook, drop, settle
from app.metrics import SENDINGS, SILENT, Meter
from worker.webhooks.posting import Answer
from worker.webhooks.sealed import open_secrets

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
SECONDS = 20.0  # after which a job makes way for others
ACTOR = "assay"
UNTOLD = "This webhook is not told of {0} now."


class Post(Protocol):
    """Sends a body to an address with these headers."""

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Never raises for what the receiver does."""
        ...


@dataclass(frozen=True, slots=True)
class Sender:
    """The parts of sending. `keys` open the secrets; none: nothing can be signed, so nothing is sent.

    `chance` is in [0, 1), for the jitter. `owner` is under whose name leases are held.
    """

    store: Store
    dispatch: Dispatch
    poster: Post
    keys: Sequence[SealingKey]
    clock: Clock
    chance: Callable[[], float]
    owner: str
    meter: Meter = SILENT

    def send(self, webhook_id: str, told_to_stop: Callable[[], bool] = lambda: False) -> None:
        """Send what is due, one after the other, for a while; then ask for the rest when that is due."""
        if not self.keys:
            log.error("webhooks cannot be signed: ASSAY_SECRET_KEY is not set here")
            return
        began, sent = time.monotonic(), False
        while not told_to_stop() and time.monotonic() - began < SECONDS:
            claimed = self.store.webhooks.claim(webhook_id, self.owner, self.clock(), LEASE)
            if claimed is None:
                break
            self._deliver(*claimed)
            sent = True
        due = self.store.webhooks.next_due(webhook_id)
        if due is not None and (sent or due > self.clock()):  # else whoever sends to it looks again
            try:
                self.dispatch.webhook(webhook_id, due)
            except QueueUnavailable as error:  # the sweeper asks again
                log.warning("queue out of reach", extra={"why": str(error)})

    def _deliver(self, webhook: Webhook, delivery: HookDelivery) -> None:
        now = self.clock()
        told = webhook.tells(delivery.event)
        answer = self._post(webhook, delivery, now) if told else Answer(None, 0, UNTOLD.format(delivery.event))
        attempt = Attempt(delivery.attempts + 1, now, answer.status, answer.milliseconds, answer.note)
        settled = settle(webhook, delivery, attempt, self.chance()) if told else drop(webhook, delivery, attempt)
        event = None
        if settled.disabled_why is not None:
            installations = tuple(sorted(webhook.access.installations))
            event = Event(now, Deed.WEBHOOK_DISABLED, webhook.id, settled.disabled_why, "", installations, ACTOR)
        self.store.webhooks.settle(webhook, settled, self.owner, attempt, event)
        given_up = settled.delivery.state is DeliveryEnd.GIVEN_UP
        self.meter.note(SENDINGS, outcome="taken" if attempt.succeeded else "given up" if given_up else "failed")
        fields = {"webhook": webhook.id, "delivery": delivery.id, "told": delivery.event, "attempt": attempt.number}
        if attempt.succeeded:
            log.info("webhook sent", extra=fields | {"status": answer.status})
        else:
            log.warning("webhook not taken", extra=fields | {"why": answer.note, "off": event is not None})

    def _post(self, webhook: Webhook, delivery: HookDelivery, now: datetime) -> Answer:
        try:
            secrets = open_secrets(webhook, self.keys, now)
        except CannotOpen as error:
            return Answer(None, 0, f"Its secret cannot be read. {error} Rotate its secret.")
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "Assay-Event": delivery.event,
            "Assay-Delivery": delivery.id,
            HEADER: sign(body, int(now.timestamp()), secrets),
        }
        return self.poster.post(webhook.url, body, headers)
