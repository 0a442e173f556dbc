"""Work asked for through the API, and what is known of each package."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("token", sa.String(16), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("installations", sa.Text, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("installation_id", sa.BigInteger),
        sa.Column("input", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("owner", sa.String(200)),
        sa.Column("result", sa.LargeBinary),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("finished_at", UtcDateTime),
    )
    op.create_index("ix_tasks_state_due", "tasks", ["state", "due"])
    op.create_index("ix_tasks_family_state", "tasks", ["family", "state"])
    op.create_index("ix_tasks_installation_id", "tasks", ["installation_id"])
    op.create_index("ix_tasks_finished_at", "tasks", ["finished_at"])
    op.create_table(
        "package_reports",
        sa.Column("realm", sa.String(80), primary_key=True),
        sa.Column("package", sa.String(320), primary_key=True),
        sa.Column("version", sa.String(200), primary_key=True),
        sa.Column("engine", sa.String(100), nullable=False),
        sa.Column("examined_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
