"""Outgoing webhooks: who is told, of what, how it went; and which tokens were warned of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables. What the audit holds already is not told any more."""
    _webhooks()
    _deliveries()
    op.create_table(
        "webhook_marks",
        sa.Column("name", sa.String(30), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO webhook_marks (name, sequence) SELECT 'audit', COALESCE(MAX(sequence), 0) FROM audit")
    op.create_table(
        "token_warnings",
        sa.Column("token", sa.String(16), sa.ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("creator", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_why", sa.String(500), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("last_at", UtcDateTime),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_note", sa.String(300), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", UtcDateTime),
        sa.Column("rest_until", UtcDateTime),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("owner", sa.String(200)),
    )
    op.create_index("ix_webhooks_creator", "webhooks", ["creator"])
    op.create_index("ix_webhooks_created_id", "webhooks", ["created_at", "id"])
    op.create_table(
        "webhook_installations",
        sa.Column("webhook", sa.String(16), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("installation_id", sa.BigInteger, primary_key=True),
    )
    op.create_index("ix_webhook_installations_installation_id", "webhook_installations", ["installation_id"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("webhook", sa.String(16), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("due", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
    )
    op.create_index("ix_webhook_deliveries_asked_at", "webhook_deliveries", ["asked_at"])
    op.create_index("ix_webhook_deliveries_webhook_asked", "webhook_deliveries", ["webhook", "asked_at", "id"])
    op.create_index("ix_webhook_deliveries_state_due", "webhook_deliveries", ["state", "due"])
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column(
            "delivery", sa.String(32), sa.ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
    )
    op.create_index("ix_webhook_attempts_delivery", "webhook_attempts", ["delivery"])
