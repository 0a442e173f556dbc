"""Outgoing webhooks in SQL: subscriptions, each change with its audit event, and who is to be told of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, or_, select, update

from app.core.audit import Event
from app.core.credentials import Credential
from app.core.notices import WARN_DAYS, warning_due
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import Health, HookDelivery, Notice, Webhook, delivery_of
from app.store.audit import SqlAudit
from app.store.database import Database
from app.store.encoding import clean, is_clean
from app.store.pages import page
from app.store.schema import token_warnings, tokens, webhook_deliveries, webhook_installations, webhook_marks
from app.store.schema import webhooks as table
from app.store.token_rows import read_row as read_token
from app.store.webhook_deliveries import SqlWebhookDeliveries
from app.store.webhook_rows import access_text, delivery_columns, health_columns, read_webhook, webhook_columns

_AUDIT = "audit"


class SqlWebhooks(SqlWebhookDeliveries):
    """`app.core.webhook_store.Webhooks` on a database."""

    def __init__(self, database: Database, audit: SqlAudit) -> None:
        super().__init__(database, audit)

    def add(self, webhook: Webhook, event: Event) -> None:
        """Keep a new one."""

        def work(connection: Connection) -> None:
            if connection.scalar(select(table.c.id).where(table.c.id == webhook.id)) is not None:
                raise ValueError(f"the webhook {webhook.id} is there already")
            values = {"id": webhook.id, "creator": clean(webhook.creator, 100), "created_at": webhook.created_at}
            access = access_text(webhook.access)
            connection.execute(
                table.insert().values(
                    **values, **webhook_columns(webhook), **health_columns(webhook.health), access=access
                )
            )
            rows = [{"webhook": webhook.id, "installation_id": one} for one in sorted(webhook.access.installations)]
            if rows:
                connection.execute(webhook_installations.insert(), rows)
            self._audit.append_with(connection, event)

        self._database.write(work)

    def get(self, webhook_id: str) -> Webhook | None:
        """One webhook."""
        if not is_clean(webhook_id, 16):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == webhook_id)).mappings().first()
        return None if row is None else read_webhook(row)

    def find(self, wanted: WebhookFilter, limit: int, after: str | None = None) -> Sequence[Webhook]:
        """Webhooks by creation."""
        query = select(table)
        if wanted.creator is not None:
            query = query.where(table.c.creator == clean(wanted.creator, 100))
        if wanted.enabled is not None:
            query = query.where(table.c.enabled.is_(wanted.enabled))
        if wanted.installation is not None:
            query = query.where(
                table.c.id.in_(_narrowed_to(wanted.installation)) if wanted.installation else ~_NARROWED
            )
        with self._database.reading() as connection:
            return [read_webhook(row) for row in page(connection, query, table, limit, after)]

    def change(self, webhook: Webhook, event: Event | None, *, healthy: bool = False) -> bool:
        """Keep it as it is now, unless somebody was faster."""
        values = webhook_columns(webhook) | {"version": webhook.version + 1}
        if healthy:
            values |= health_columns(Health())

        def work(connection: Connection) -> bool:
            this = (table.c.id == webhook.id, table.c.version == webhook.version)
            if not connection.execute(update(table).where(*this).values(**values)).rowcount:
                return False
            if event is not None:
                self._audit.append_with(connection, event)
            return True

        return self._database.write(work)

    def remove(self, webhook_id: str, event: Event) -> bool:
        """Remove it with its deliveries."""

        def work(connection: Connection) -> bool:
            if not connection.execute(delete(table).where(table.c.id == clean(webhook_id, 16))).rowcount:
                return False
            self._audit.append_with(connection, event)
            return True

        return self._database.write(work)

    def tell(self, notice: Notice) -> Sequence[str]:
        """Keep a delivery for each webhook that wants this and has none of it yet."""
        near = min(notice.about.installations, default=None)  # it has to reach all of them, so this one too
        reaching = ~_NARROWED if near is None else or_(~_NARROWED, table.c.id.in_(_narrowed_to(near)))
        wanted = select(table).where(table.c.enabled.is_(True), reaching).order_by(table.c.id)
        query = wanted.with_for_update(
            read=True, key_share=True
        )  # so that none is removed before its delivery is there

        def work(connection: Connection) -> list[str]:
            found = [read_webhook(row) for row in connection.execute(query).mappings().all()]
            return [one.id for one in found if one.wants(notice) and _keep(connection, delivery_of(one, notice))]

        return self._database.write(work)

    def tell_one(self, webhook_id: str, notice: Notice) -> HookDelivery | None:
        """Keep a delivery for this webhook."""

        def work(connection: Connection) -> HookDelivery | None:
            # Locked, so that it is not removed before its delivery is there.
            query = select(table).where(table.c.id == webhook_id).with_for_update()
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            made = delivery_of(read_webhook(row), notice)
            _keep(connection, made)
            return made

        return self._database.write(work)

    def unwarned(self, now: datetime, limit: int) -> Sequence[Credential]:
        """Tokens whose warning is due and was not given yet."""
        known = exists().where(token_warnings.c.token == tokens.c.id)
        soon = now + timedelta(days=max(WARN_DAYS))
        last = exists().where(token_warnings.c.token == tokens.c.id, token_warnings.c.days == min(WARN_DAYS))
        query = (
            select(tokens)
            .where(tokens.c.expires_at > now, tokens.c.expires_at <= soon)
            .where(tokens.c.revoked_at.is_(None), tokens.c.superseded_at.is_(None))
            .where(or_(~known, ~last & (tokens.c.expires_at <= now + timedelta(days=min(WARN_DAYS)))))
            .order_by(tokens.c.expires_at, tokens.c.id)
        )
        with self._database.reading() as connection:
            found = map(read_token, connection.execute(query).mappings())
            return [one for one in found if warning_due(one, now) is not None][:limit]

    def warned(self, token_id: str, days: int) -> None:
        """Remember that a token was warned of."""
        this = (token_warnings.c.token == token_id, token_warnings.c.days == days)

        def work(connection: Connection) -> None:
            is_there = connection.scalar(select(tokens.c.id).where(tokens.c.id == token_id).with_for_update())
            if is_there is not None and connection.scalar(select(token_warnings.c.days).where(*this)) is None:
                connection.execute(token_warnings.insert().values(token=token_id, days=days))

        self._database.write(work)

    def mark(self) -> int:
        """The last event of the audit that was looked at."""
        with self._database.reading() as connection:
            return int(connection.scalar(select(webhook_marks.c.sequence).where(webhook_marks.c.name == _AUDIT)) or 0)

    def set_mark(self, sequence: int) -> None:
        """Move it on; never back."""
        this = webhook_marks.c.name == _AUDIT

        def work(connection: Connection) -> None:
            known = connection.scalar(select(webhook_marks.c.sequence).where(this).with_for_update())
            if known is None:
                connection.execute(webhook_marks.insert().values(name=_AUDIT, sequence=sequence))
            elif known < sequence:
                connection.execute(update(webhook_marks).where(this).values(sequence=sequence))

        self._database.write(work)


_NARROWED = exists().where(webhook_installations.c.webhook == table.c.id)


def _narrowed_to(installation: int) -> Select[Any]:
    return select(webhook_installations.c.webhook).where(webhook_installations.c.installation_id == installation)


def _keep(connection: Connection, one: HookDelivery) -> bool:
    """Keep a delivery; False when it is there already."""
    if connection.scalar(select(webhook_deliveries.c.id).where(webhook_deliveries.c.id == one.id)) is not None:
        return False
    values = {"id": one.id, "webhook": one.webhook, "event": one.event, "body": one.body}
    connection.execute(webhook_deliveries.insert().values(**values, **delivery_columns(one)))
    return True
