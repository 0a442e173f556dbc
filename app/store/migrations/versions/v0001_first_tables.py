"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0001"
down_revision = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "deliveries",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(100), nullable=False, unique=True),
        sa.Column("event", sa.String(60), nullable=False),
        sa.Column("lane", sa.String(80), nullable=False),
        sa.Column("installation_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("repository_id", sa.BigInteger, nullable=False),
        sa.Column("repository", sa.String(220), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("head_sha", sa.String(64), nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", UtcDateTime, nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("owner", sa.String(200)),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("finished_at", UtcDateTime),
        sa.Index("ix_deliveries_lane_seq", "lane", "seq"),
        sa.Index("ix_deliveries_state_due", "state", "due"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("installation_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("repository_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("repository", sa.String(220), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("lane", sa.String(80), nullable=False),
        sa.Column("head_sha", sa.String(64), nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("conclusion", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Index("ux_reports_lane_head", "lane", "head_sha", unique=True),
    )
    op.create_table(
        "inspections",
        sa.Column("id", _SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("realm", sa.String(80), nullable=False),
        sa.Column("ecosystem", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("engine", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "inspection_digests",
        sa.Column("realm", sa.String(80), primary_key=True),
        sa.Column("ecosystem", sa.String(20), primary_key=True),
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("engine", sa.String(100), primary_key=True),
        sa.Column("algorithm", sa.String(10), primary_key=True),
        sa.Column("hex", sa.String(128), primary_key=True),
        sa.Column(
            "inspection_id",
            _SEQUENCE,
            sa.ForeignKey("inspections.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
    )
    op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("engine", sa.String(100), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_catalogue_single"),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("layers", sa.Text, nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )
