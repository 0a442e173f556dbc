"""Answers to requests with an idempotency key, for whoever asks again within a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idempotency_keys",
        sa.Column("holder", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("request", sa.String(80), nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("made", sa.String(100), nullable=False),
    )
    op.create_index("ix_idempotency_keys_ends_at", "idempotency_keys", ["ends_at"])
