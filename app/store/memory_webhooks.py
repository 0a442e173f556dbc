"""Outgoing webhooks in memory: the twin of `webhooks` and `webhook_deliveries`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock

from app.core.audit import Event
from app.core.credentials import Credential
from app.core.notices import WARN_DAYS, warning_due
from app.core.token_store import TokenFilter
from app.core.webhook_store import DeliveryPosition, WebhookFilter
from app.core.webhooks import (
    GIVEN_UP_AFTER,
    KEPT,
    TOO_LATE,
    Attempt,
    DeliveryEnd,
    Health,
    HookDelivery,
    Notice,
    Settled,
    Webhook,
    delivery_of,
)
from app.store.memory_tokens import MemoryAudit, MemoryTokens
from app.store.pages import by_creation
from app.store.webhook_deliveries import ATTEMPTS

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Lease:
    owner: str
    until: datetime


class MemoryWebhooks:
    """`app.core.webhook_store.Webhooks`."""

    def __init__(self, audit: MemoryAudit, tokens: MemoryTokens) -> None:
        self._audit = audit
        self._tokens = tokens
        self._rows: dict[str, Webhook] = {}
        self._leases: dict[str, _Lease] = {}
        self._deliveries: dict[str, HookDelivery] = {}
        self._attempts: dict[str, list[Attempt]] = defaultdict(list)
        self._warned: set[tuple[str, int]] = set()
        self._mark = 0
        self._lock = RLock()

    def add(self, webhook: Webhook, event: Event) -> None:
        """Keep a new one."""
        with self._lock:
            if webhook.id in self._rows:
                raise ValueError(f"the webhook {webhook.id} is there already")
            self._rows[webhook.id] = webhook
            self._audit.append(event)

    def get(self, webhook_id: str) -> Webhook | None:
        """One webhook."""
        return self._rows.get(webhook_id)

    def find(self, wanted: WebhookFilter, limit: int, after: str | None = None) -> Sequence[Webhook]:
        """Webhooks by creation."""
        with self._lock:
            found = by_creation(self._rows.values(), after)
        return [
            one
            for one in found
            if (wanted.creator is None or one.creator == wanted.creator)
            and (wanted.enabled is None or one.enabled is wanted.enabled)
            and (wanted.installation is None or wanted.installation in (one.access.installations or {0}))
        ][:limit]

    def change(self, webhook: Webhook, event: Event | None, *, healthy: bool = False) -> bool:
        """Keep it as it is now, unless somebody was faster."""
        with self._lock:
            known = self._rows.get(webhook.id)
            if known is None or known.version != webhook.version:
                return False
            health = Health() if healthy else known.health
            self._rows[webhook.id] = replace(webhook, version=webhook.version + 1, health=health)
            if event is not None:
                self._audit.append(event)
            return True

    def remove(self, webhook_id: str, event: Event) -> bool:
        """Remove it with its deliveries."""
        with self._lock:
            if self._rows.pop(webhook_id, None) is None:
                return False
            self._leases.pop(webhook_id, None)
            for one in [one for one in self._deliveries.values() if one.webhook == webhook_id]:
                self._drop(one)
            self._audit.append(event)
            return True

    def tell(self, notice: Notice) -> Sequence[str]:
        """Keep a delivery for each webhook that wants this and has none of it yet."""
        with self._lock:
            wanting = [one for one in self._rows.values() if one.wants(notice)]
            return [one.id for one in sorted(wanting, key=lambda one: one.id) if self._keep(delivery_of(one, notice))]

    def tell_one(self, webhook_id: str, notice: Notice) -> HookDelivery | None:
        """Keep a delivery for this webhook."""
        with self._lock:
            webhook = self._rows.get(webhook_id)
            if webhook is None:
                return None
            made = delivery_of(webhook, notice)
            self._keep(made)
            return made

    def claim(
        self, webhook_id: str, owner: str, now: datetime, lease: timedelta
    ) -> tuple[Webhook, HookDelivery] | None:
        """Take the longest waiting due delivery, and the lease of its webhook."""
        with self._lock:
            due = [one for one in self._waiting(webhook_id) if one.due <= now]
            if not due or not self._is_free(webhook_id, now):
                return None
            self._leases[webhook_id] = _Lease(owner, now + lease)
            return self._rows[webhook_id], min(due, key=lambda one: (one.due, one.id))

    def settle(self, before: Webhook, settled: Settled, owner: str, attempt: Attempt, event: Event | None) -> bool:
        """Keep an attempt and what it led to, and end the lease, if it is still ours."""
        with self._lock:
            held, webhook = self._leases.get(before.id), self._rows.get(before.id)
            if webhook is None or held is None or held.owner != owner:
                return False
            del self._leases[before.id]
            self._note(settled.delivery, attempt)
            if webhook.version == before.version:
                webhook = replace(webhook, health=settled.health)
                if event is not None:
                    why = settled.disabled_why or ""
                    webhook = replace(webhook, enabled=False, disabled_why=why, version=webhook.version + 1)
                    self._audit.append(event)
                self._rows[before.id] = webhook
            return True

    def next_due(self, webhook_id: str) -> datetime | None:
        """When something of it may be sent next."""
        with self._lock:
            webhook, waiting = self._rows.get(webhook_id), self._waiting(webhook_id)
            if webhook is None or not webhook.enabled or not waiting:
                return None
            due = min(one.due for one in waiting)
            return max(due, webhook.health.rest_until or due)

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Webhooks with something to send that nobody sends."""
        with self._lock:
            due = [one for one in self._deliveries.values() if one.state is DeliveryEnd.WAITING and one.due <= now]
            ordered = dict.fromkeys(one.webhook for one in sorted(due, key=lambda one: (one.due, one.webhook)))
            return [one for one in ordered if self._is_free(one, now)][:limit]

    def deliveries(
        self, webhook_id: str, state: DeliveryEnd | None, limit: int, after: DeliveryPosition | None = None
    ) -> Sequence[tuple[HookDelivery, Sequence[Attempt]]]:
        """Its deliveries with their last attempts, what was asked for last first."""
        with self._lock:
            mine = [
                one
                for one in self._deliveries.values()
                if one.webhook == webhook_id
                and (state is None or one.state is state)
                and (after is None or (one.asked_at, one.id) < after)
            ]
            mine.sort(key=lambda one: (one.asked_at, one.id), reverse=True)
            return [(one, list(self._attempts[one.id])) for one in mine[:limit]]

    def delivery(self, webhook_id: str, delivery_id: str) -> tuple[HookDelivery, Sequence[Attempt]] | None:
        """One of them."""
        with self._lock:
            one = self._deliveries.get(delivery_id)
            return None if one is None or one.webhook != webhook_id else (one, list(self._attempts[one.id]))

    def redeliver(self, webhook_id: str, delivery_id: str, now: datetime) -> bool:
        """Let it wait to be sent now."""
        with self._lock:
            one = self._deliveries.get(delivery_id)
            if one is None or one.webhook != webhook_id:
                return False
            again = replace(one, state=DeliveryEnd.WAITING, asked_at=now, due=now, tries=0)
            self._deliveries[delivery_id] = again
            return True

    def forget(self, now: datetime) -> int:
        """Give up what waits for too long, remove what ended long ago."""
        with self._lock:
            every = list(self._deliveries.values())
            late = [one for one in every if one.state is DeliveryEnd.WAITING and one.asked_at <= now - GIVEN_UP_AFTER]
            for one in late:
                self._deliveries[one.id] = replace(one, state=DeliveryEnd.GIVEN_UP, note=TOO_LATE)
            for one in list(self._deliveries.values()):
                if one.state is not DeliveryEnd.WAITING and one.asked_at <= now - KEPT:
                    self._drop(one)
            return len(late)

    def unwarned(self, now: datetime, limit: int) -> Sequence[Credential]:
        """Tokens whose warning is due and was not given yet."""
        found = []
        for one in sorted(self._tokens.find(TokenFilter(), _ALL), key=lambda one: (one.expires_at, one.id)):
            days = warning_due(one, now)
            told = {told for token, told in self._warned if token == one.id}
            if days is not None and (not told or (days == min(WARN_DAYS) and days not in told)):
                found.append(one)
        return found[:limit]

    def warned(self, token_id: str, days: int) -> None:
        """Remember that a token was warned of."""
        with self._lock:
            self._warned.add((token_id, days))

    def mark(self) -> int:
        """The last event of the audit that was looked at."""
        return self._mark

    def set_mark(self, sequence: int) -> None:
        """Move it on; never back."""
        with self._lock:
            self._mark = max(self._mark, sequence)

    def _keep(self, one: HookDelivery) -> bool:
        if one.id in self._deliveries:
            return False
        self._deliveries[one.id] = one
        return True

    def _note(self, after: HookDelivery, attempt: Attempt) -> None:
        known = self._deliveries.get(after.id)
        if known is None:
            return
        as_claimed = known.asked_at == after.asked_at
        self._deliveries[after.id] = after if as_claimed else replace(known, attempts=attempt.number)
        self._attempts[after.id] = [*self._attempts[after.id], attempt][-ATTEMPTS:]

    def _drop(self, one: HookDelivery) -> None:
        del self._deliveries[one.id]
        self._attempts.pop(one.id, None)

    def _waiting(self, webhook_id: str) -> list[HookDelivery]:
        every = self._deliveries.values()
        return [one for one in every if one.webhook == webhook_id and one.state is DeliveryEnd.WAITING]

    def _is_free(self, webhook_id: str, now: datetime) -> bool:
        webhook, held = self._rows[webhook_id], self._leases.get(webhook_id)
        rests = webhook.health.rest_until is not None and webhook.health.rest_until > now
        return webhook.enabled and not rests and (held is None or held.until <= now)
