"""What is sent to webhooks, in SQL: each receiver is sent one thing at a time, under a lease on its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, tuple_, update

from app.core.audit import Event
from app.core.webhook_store import DeliveryPosition
from app.core.webhooks import (
    GIVEN_UP_AFTER,
    KEPT,
    TOO_LATE,
    Attempt,
    DeliveryEnd,
    HookDelivery,
    Settled,
    Webhook,
)
from app.store.audit import SqlAudit
from app.store.database import Database
from app.store.encoding import clean, is_clean
from app.store.schema import webhook_attempts as attempts
from app.store.schema import webhook_deliveries as table
from app.store.schema import webhooks
from app.store.webhook_rows import (
    delivery_columns,
    health_columns,
    read_attempt,
    read_delivery,
    read_webhook,
)

ATTEMPTS = 20  # of one delivery that are kept: all of a round, and some of the one before

_FREE: dict[str, Any] = {"owner": None, "lease_until": None}
_WAITS = table.c.state == DeliveryEnd.WAITING


class SqlWebhookDeliveries:
    """The half of `app.core.webhook_store.Webhooks` that is about deliveries."""

    def __init__(self, database: Database, audit: SqlAudit) -> None:
        self._database = database
        self._audit = audit

    def claim(
        self, webhook_id: str, owner: str, now: datetime, lease: timedelta
    ) -> tuple[Webhook, HookDelivery] | None:
        """Take the longest waiting due delivery, and the lease of its webhook."""
        this = webhooks.c.id == clean(webhook_id, 16)
        free = (
            webhooks.c.enabled.is_(True),
            or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now),
            or_(webhooks.c.lease_until.is_(None), webhooks.c.lease_until <= now),
        )
        due = select(table).where(table.c.webhook == webhook_id, _WAITS, table.c.due <= now)

        def work(connection: Connection) -> tuple[Webhook, HookDelivery] | None:
            row = connection.execute(select(webhooks).where(this, *free).with_for_update()).mappings().first()
            if row is None:
                return None
            found = connection.execute(due.order_by(table.c.due, table.c.id).limit(1)).mappings().first()
            if found is None:
                return None
            connection.execute(update(webhooks).where(this).values(owner=clean(owner, 200), lease_until=now + lease))
            return read_webhook(row), read_delivery(found)

        return self._database.write(work)

    def settle(self, before: Webhook, settled: Settled, owner: str, attempt: Attempt, event: Event | None) -> bool:
        """Keep an attempt and what it led to, and end the lease, if it is still ours."""
        this = webhooks.c.id == before.id

        def work(connection: Connection) -> bool:
            mine = select(webhooks.c.version).where(this, webhooks.c.owner == clean(owner, 200)).with_for_update()
            version = connection.scalar(mine)
            if version is None:
                return False
            _keep_attempt(connection, settled.delivery, attempt)
            values = dict(_FREE)
            if version == before.version:
                values |= health_columns(settled.health)
                if event is not None:
                    why = clean(settled.disabled_why or "", 500)
                    values |= {"enabled": False, "disabled_why": why, "version": version + 1}
                    self._audit.append_with(connection, event)
            connection.execute(update(webhooks).where(this).values(**values))
            return True

        return self._database.write(work)

    def next_due(self, webhook_id: str) -> datetime | None:
        """When something of it may be sent next."""
        query = (
            select(func.min(table.c.due), func.max(webhooks.c.rest_until))
            .join(webhooks, webhooks.c.id == table.c.webhook)
            .where(table.c.webhook == clean(webhook_id, 16), _WAITS, webhooks.c.enabled.is_(True))
        )
        with self._database.reading() as connection:
            found = connection.execute(query).one()
        due: datetime | None = found[0]
        rest: datetime | None = found[1]
        return due if due is None or rest is None else max(due, rest)

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Webhooks with something to send that nobody sends, the longest waiting first."""
        query = (
            select(table.c.webhook)
            .join(webhooks, webhooks.c.id == table.c.webhook)
            .where(_WAITS, table.c.due <= now, webhooks.c.enabled.is_(True))
            .where(or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now))
            .where(or_(webhooks.c.lease_until.is_(None), webhooks.c.lease_until <= now))
            .group_by(table.c.webhook)
            .order_by(func.min(table.c.due), table.c.webhook)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def deliveries(
        self, webhook_id: str, state: DeliveryEnd | None, limit: int, after: DeliveryPosition | None = None
    ) -> Sequence[tuple[HookDelivery, Sequence[Attempt]]]:
        """Its deliveries with their last attempts, what was asked for last first."""
        query = (
            select(table)
            .where(table.c.webhook == clean(webhook_id, 16))
            .order_by(table.c.asked_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        if state is not None:
            query = query.where(table.c.state == state)
        if after is not None:
            query = query.where(tuple_(table.c.asked_at, table.c.id) < tuple_(after[0], clean(after[1], 32)))
        with self._database.reading() as connection:
            found = [read_delivery(row) for row in connection.execute(query).mappings()]
            tries = select(attempts).where(attempts.c.delivery.in_([one.id for one in found])).order_by(attempts.c.id)
            rows = connection.execute(tries).mappings().all() if found else ()
        by_delivery: dict[str, list[Attempt]] = defaultdict(list)
        for row in rows:
            by_delivery[row["delivery"]].append(read_attempt(row))
        return [(one, by_delivery[one.id]) for one in found]

    def delivery(self, webhook_id: str, delivery_id: str) -> tuple[HookDelivery, Sequence[Attempt]] | None:
        """One of them."""
        if not is_clean(delivery_id, 32):
            return None
        this = (table.c.id == delivery_id, table.c.webhook == clean(webhook_id, 16))
        tries = select(attempts).where(attempts.c.delivery == delivery_id).order_by(attempts.c.id)
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(*this)).mappings().first()
            if row is None:
                return None
            return read_delivery(row), [read_attempt(one) for one in connection.execute(tries).mappings()]

    def redeliver(self, webhook_id: str, delivery_id: str, now: datetime) -> bool:
        """Let it wait to be sent now."""
        this = (table.c.id == clean(delivery_id, 32), table.c.webhook == clean(webhook_id, 16))
        values = {"state": DeliveryEnd.WAITING, "asked_at": now, "due": now, "tries": 0}
        return bool(
            self._database.write(
                lambda connection: connection.execute(update(table).where(*this).values(**values)).rowcount
            )
        )

    def forget(self, now: datetime) -> int:
        """Give up what waits for too long, remove what ended long ago."""

        def work(connection: Connection) -> int:
            late = update(table).where(_WAITS, table.c.asked_at <= now - GIVEN_UP_AFTER)
            given_up = connection.execute(late.values(state=DeliveryEnd.GIVEN_UP, note=TOO_LATE)).rowcount
            connection.execute(delete(table).where(~_WAITS, table.c.asked_at <= now - KEPT))
            return int(given_up)

        return self._database.write(work)


def _keep_attempt(connection: Connection, after: HookDelivery, attempt: Attempt) -> None:
    """Note it, unless its delivery was removed meanwhile. Old ones go: somebody may ask again and again."""
    this = update(table).where(table.c.id == after.id)
    is_as_claimed = connection.execute(
        this.where(table.c.asked_at == after.asked_at).values(**delivery_columns(after))
    ).rowcount
    if not is_as_claimed and not connection.execute(this.values(attempts=attempt.number)).rowcount:
        return  # (where it was asked for again meanwhile, it still waits)
    connection.execute(
        attempts.insert().values(
            delivery=after.id,
            number=attempt.number,
            at=attempt.at,
            status=attempt.status,
            milliseconds=attempt.milliseconds,
            note=clean(attempt.note, 300),
        )
    )
    old = attempts.c.number <= attempt.number - ATTEMPTS
    connection.execute(delete(attempts).where(attempts.c.delivery == after.id, old))
