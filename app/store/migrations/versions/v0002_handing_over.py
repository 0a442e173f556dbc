"""How often a review was handed over from one run to the next, and how far it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; both databases do so without writing the table anew."""
    for name in ("handovers", "examined"):
        op.add_column("deliveries", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
