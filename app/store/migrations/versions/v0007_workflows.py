"""Tokens of workflows that were exchanged, each once; and which owner a repository belongs to, as deliveries say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table, the column and its index."""
    op.create_table(
        "redeemed",
        sa.Column("once", sa.LargeBinary(32), primary_key=True),
        sa.Column("until", UtcDateTime, nullable=False),
    )
    op.create_index("ix_redeemed_until", "redeemed", ["until"])
    op.add_column("deliveries", sa.Column("owner_id", sa.BigInteger, nullable=True))
    op.create_index("ix_deliveries_repository_seq", "deliveries", ["repository_id", "seq"])
