"""Tables of outgoing webhooks."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from app.store.tables.metadata import SEQUENCE, metadata
from app.store.times import UtcDateTime

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),  # JSON list
    Column("access", Text, nullable=False),  # JSON of the installations and repositories it is narrowed to
    Column("creator", String(100), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("secrets", Text, nullable=False),  # JSON list of app.core.webhooks.SealedSecret: encrypted
    Column("enabled", Boolean, nullable=False),
    Column("disabled_why", String(500), nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_at", UtcDateTime),
    Column("last_status", Integer),
    Column("last_note", String(300), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("rest_until", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("owner", String(200)),
    Index("ix_webhooks_created_id", "created_at", "id"),
)

webhook_installations = Table(
    "webhook_installations",
    metadata,
    Column("webhook", ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    Column("installation_id", BigInteger, primary_key=True, index=True),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(32), primary_key=True),  # made of the webhook's id and what it is told: each once
    Column("webhook", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", Text, nullable=False),  # what is sent, byte by byte
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("due", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("note", String(300), nullable=False),
    Index("ix_webhook_deliveries_webhook_asked", "webhook", "asked_at", "id"),
    Index("ix_webhook_deliveries_state_due", "state", "due"),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("delivery", ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),  # null: no answer
    Column("milliseconds", Integer, nullable=False),
    Column("note", String(300), nullable=False),
)

webhook_marks = Table(  # how far what is told was looked through
    "webhook_marks",
    metadata,
    Column("name", String(30), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

token_warnings = Table(
    "token_warnings",
    metadata,
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),
)
