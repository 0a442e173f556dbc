"""What the store keeps about outgoing webhooks: the socket, with an in-memory twin that passes the same tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.core.audit import Event
from app.core.credentials import Credential
from app.core.webhooks import Attempt, DeliveryEnd, HookDelivery, Notice, Settled, Webhook


@dataclass(frozen=True, slots=True)
class WebhookFilter:
    """Which webhooks. None: all. `installation`: those that are narrowed to it, maybe among others; 0: to none."""

    creator: str | None = None
    enabled: bool | None = None
    installation: int | None = None


DeliveryPosition = tuple[datetime, str]
"""Where a page of deliveries ended: when the last one was asked for, and its id."""


class Webhooks(Protocol):
    """Subscriptions and what is sent to them. Every method is one transaction; a change brings its audit event."""

    def add(self, webhook: Webhook, event: Event) -> None:
        """Keep a new one; raise `ValueError` when its id is taken."""
        ...

    def get(self, webhook_id: str) -> Webhook | None:
        """One webhook."""
        ...

    def find(self, wanted: WebhookFilter, limit: int, after: str | None = None) -> Sequence[Webhook]:
        """Webhooks by creation, at most `limit`, after the one of this id."""
        ...

    def change(self, webhook: Webhook, event: Event | None, *, healthy: bool = False) -> bool:
        """Keep it as it is now, one version on; False, and nothing is kept, when somebody was faster or it is gone.

        `healthy` forgets its failures. Otherwise its health is left as it is.
        """
        ...

    def remove(self, webhook_id: str, event: Event) -> bool:
        """Remove it with its deliveries; False when it is not there."""
        ...

    def tell(self, notice: Notice) -> Sequence[str]:
        """Keep a delivery for each webhook that wants this, if it has none of it yet; the ids of those webhooks."""
        ...

    def tell_one(self, webhook_id: str, notice: Notice) -> HookDelivery | None:
        """Keep a delivery for this webhook, whether it asked for such or not; None when it is not there."""
        ...

    def claim(
        self, webhook_id: str, owner: str, now: datetime, lease: timedelta
    ) -> tuple[Webhook, HookDelivery] | None:
        """Take its longest waiting due delivery, and hold its lease.

        None when nothing is due, it is off, it rests, or somebody else sends to it: to each, one at a time.
        """
        ...

    def settle(self, before: Webhook, settled: Settled, owner: str, attempt: Attempt, event: Event | None) -> bool:
        """Keep an attempt and what it led to, and end the lease; False, and nothing is kept, when it is not ours.

        With an event the webhook is switched off. Where somebody changed the webhook since it was claimed (`before`),
        only the delivery is kept: what failed may be mended.
        """
        ...

    def next_due(self, webhook_id: str) -> datetime | None:
        """When something of it may be sent next; None when nothing waits, or it is off."""
        ...

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Webhooks with something to send that nobody sends. For the sweeper."""
        ...

    def deliveries(
        self, webhook_id: str, state: DeliveryEnd | None, limit: int, after: DeliveryPosition | None = None
    ) -> Sequence[tuple[HookDelivery, Sequence[Attempt]]]:
        """Its deliveries with their last attempts, what was asked for last first."""
        ...

    def delivery(self, webhook_id: str, delivery_id: str) -> tuple[HookDelivery, Sequence[Attempt]] | None:
        """One of them."""
        ...

    def redeliver(self, webhook_id: str, delivery_id: str, now: datetime) -> bool:
        """Let it wait to be sent now, with all its tries before it; False when it is not there."""
        ...

    def forget(self, now: datetime) -> int:
        """Give up what waits for too long, remove what ended long ago; how many were given up."""
        ...

    def unwarned(self, now: datetime, limit: int) -> Sequence[Credential]:
        """Tokens that end soon and whose warning is due and was not given yet (`app.core.notices.warning_due`)."""
        ...

    def warned(self, token_id: str, days: int) -> None:
        """Remember that a token was warned of at this threshold."""
        ...

    def mark(self) -> int:
        """The number of the last event of the audit that was looked at."""
        ...

    def set_mark(self, sequence: int) -> None:
        """Move it on; never back."""
        ...
