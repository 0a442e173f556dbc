"""API tokens, how they are used, and the chain of what was done with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    _tokens()
    _uses()
    _audit()


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(1), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("creator", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("pepper", sa.String(40), nullable=False),
        sa.Column("superseded_at", UtcDateTime),
        sa.Column("superseded_by", sa.String(16)),
        sa.Column("revoked_at", UtcDateTime),
        sa.Column("revoked_why", sa.String(500), nullable=False),
        sa.Column("suspended_at", UtcDateTime),
        sa.Column("suspended_why", sa.String(500), nullable=False),
        sa.Column("last_used_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index("ix_tokens_created_id", "tokens", ["created_at", "id"])
    for name in ("family", "creator", "ended_at"):
        op.create_index(f"ix_tokens_{name}", "tokens", [name])
    op.create_table(
        "token_installations",
        _owner(),
        sa.Column("installation_id", sa.BigInteger, primary_key=True),
    )
    op.create_index("ix_token_installations_installation_id", "token_installations", ["installation_id"])


def _uses() -> None:
    op.create_table(
        "token_uses",
        _owner(),
        sa.Column("hour", UtcDateTime, primary_key=True),
        sa.Column("route", sa.String(100), primary_key=True),
        sa.Column("status", sa.Integer, primary_key=True),
        sa.Column("uses", sa.Integer, nullable=False),
    )
    op.create_table(
        "token_callers",
        _owner(),
        sa.Column("hour", UtcDateTime, primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("value", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "token_refusals",
        sa.Column("id", _big(), primary_key=True, autoincrement=True),
        sa.Column("token", sa.String(16), sa.ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("route", sa.String(100), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("network", sa.String(100), nullable=False),
        sa.Column("agent", sa.String(100), nullable=False),
    )
    op.create_index("ix_token_refusals_token_at", "token_refusals", ["token", "at"])
    op.create_table(
        "token_signals",
        _owner(),
        sa.Column("signal", sa.String(30), primary_key=True),
        sa.Column("told_at", UtcDateTime, nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", _big(), primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("deed", sa.String(30), nullable=False),
        sa.Column("token", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("installations", sa.Text, nullable=False),
        sa.Column("actor", sa.String(100)),
        sa.Column("network", sa.String(100)),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
    )
    for name in ("at", "token"):
        op.create_index(f"ix_audit_{name}", "audit", [name])
    op.create_table(
        "audit_installations",
        sa.Column("sequence", _big(), sa.ForeignKey("audit.sequence", ondelete="CASCADE"), primary_key=True),
        sa.Column("installation_id", sa.BigInteger, primary_key=True),
    )
    op.create_index("ix_audit_installations_installation_id", "audit_installations", ["installation_id"])


def _owner() -> sa.Column[str]:
    return sa.Column("token", sa.String(16), sa.ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True)


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
