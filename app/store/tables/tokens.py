"""Tables of API tokens: how they are used, and what was done with them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from app.store.tables.metadata import SEQUENCE, metadata
from app.store.times import UtcDateTime

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(1), nullable=False),
    Column("name", String(100), nullable=False),
    Column("access", Text, nullable=False),  # JSON of app.core.access.Access
    Column("family", String(16), nullable=False, index=True),
    Column("creator", String(100), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # HMAC of the whole token; the key is not in the database
    Column("pepper", String(40), nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("superseded_by", String(16)),
    Column("revoked_at", UtcDateTime),
    Column("revoked_why", String(500), nullable=False),
    Column("suspended_at", UtcDateTime),
    Column("suspended_why", String(500), nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("ended_at", UtcDateTime, index=True),  # when its end was noticed
    Index("ix_tokens_created_id", "created_at", "id"),
)

token_installations = Table(
    "token_installations",
    metadata,
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("installation_id", BigInteger, primary_key=True, index=True),
)

token_uses = Table(
    "token_uses",
    metadata,
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("route", String(100), primary_key=True),
    Column("status", Integer, primary_key=True),  # its class: 2, 4 or 5
    Column("uses", Integer, nullable=False),
)

token_callers = Table(
    "token_callers",
    metadata,
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("kind", String(10), primary_key=True),  # network or agent
    Column("value", String(100), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

token_refusals = Table(
    "token_refusals",
    metadata,
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("route", String(100), nullable=False),
    Column("status", Integer, nullable=False),
    Column("network", String(100), nullable=False),
    Column("agent", String(100), nullable=False),
    Index("ix_token_refusals_token_at", "token", "at"),
)

token_signals = Table(
    "token_signals",
    metadata,
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("signal", String(30), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
)

redeemed = Table(  # tokens of other issuers that were exchanged: each once
    "redeemed",
    metadata,
    Column("once", LargeBinary(32), primary_key=True),  # SHA-256 of issuer and id
    Column("until", UtcDateTime, nullable=False, index=True),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("holder", String(40), primary_key=True),  # a token's id, or `GitHub` for its deliveries
    Column("key", String(64), primary_key=True),  # its SHA-256: the client's own text is not kept
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("request", String(80), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),  # whoever asks again after that takes its place
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    Column("status", Integer),  # null: not answered yet
    Column("headers", Text, nullable=False),  # JSON list of pairs
    Column("body", LargeBinary, nullable=False),  # zlib; empty where the answer may not be kept
    Column("made", String(100), nullable=False),  # the id of what was made then
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("deed", String(30), nullable=False),
    Column("token", String(16), nullable=False, index=True),
    Column("detail", String(500), nullable=False),
    Column("request", String(64), nullable=False),
    Column("installations", Text, nullable=False),  # JSON list
    Column("actor", String(100)),  # may be erased, as may the network
    Column("network", String(100)),
    Column("digest", LargeBinary(32), nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("erased", Boolean, nullable=False),
)

audit_installations = Table(
    "audit_installations",
    metadata,
    Column("sequence", ForeignKey("audit.sequence", ondelete="CASCADE"), primary_key=True),
    Column("installation_id", BigInteger, primary_key=True, index=True),
)
