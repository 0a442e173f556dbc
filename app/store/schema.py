"""The tables. A change here needs a migration; a test compares the two.

Every row with tenant data carries `installation_id`; inspections carry their `realm`, which is "public" or the
installation whose private registry the package came from.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from app.store.times import UtcDateTime

metadata = MetaData()

# SQLite counts up by itself only in a column of type INTEGER.
_Sequence = BigInteger().with_variant(Integer, "sqlite")
_WHERE_FOUND: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("action IS NOT NULL"))

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),  # order of arrival, whatever the clock does
    Column("id", String(100), nullable=False, unique=True),
    Column("event", String(60), nullable=False),
    Column("lane", String(80), nullable=False),
    Column("installation_id", BigInteger, nullable=False, index=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("repository", String(220), nullable=False),
    Column("number", Integer, nullable=False),
    Column("head_sha", String(64), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("action", String(60), nullable=False),
    Column("owner_id", BigInteger),  # of the repository; null: a delivery of an older version, or one of our own
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("handovers", Integer, nullable=False, server_default="0"),  # how often a run left the rest to the next
    Column("examined", Integer, nullable=False, server_default="0"),  # packages that were done then
    Column("due", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("owner", String(200)),
    Column("note", Text, nullable=False, server_default=""),
    Column("finished_at", UtcDateTime),
    Index("ix_deliveries_lane_seq", "lane", "seq"),
    Index("ix_deliveries_state_due", "state", "due"),
    Index("ix_deliveries_repository_seq", "repository_id", "seq"),
    sqlite_autoincrement=True,
)

reports = Table(
    "reports",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("installation_id", BigInteger, nullable=False, index=True),
    Column("repository_id", BigInteger, nullable=False, index=True),
    Column("repository", String(220), nullable=False),
    Column("number", Integer, nullable=False),
    Column("lane", String(80), nullable=False),
    Column("head_sha", String(64), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("conclusion", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),  # JSON of app.core.report.Report
    Index("ux_reports_lane_head", "lane", "head_sha", unique=True),
    Index("ix_reports_at", "created_at", "id"),
    Index("ix_reports_installation_at", "installation_id", "created_at", "id"),
    Index("ix_reports_repository_at", "repository_id", "created_at", "id"),
)

repositories = Table(
    "repositories",
    metadata,
    Column("installation_id", BigInteger, primary_key=True),
    Column("repository_id", BigInteger, primary_key=True),
    Column("name", String(220), nullable=False, index=True),  # owner/name in lower case, as its last review called it
)

intakes = Table(
    "intakes",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("installation_id", BigInteger, nullable=False),
    Column("repository_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # its report's time, with which pages are ordered
    Column("package", String(320)),  # npm/name; null: about the dependency file itself
    Column("version", String(200)),
    Column("before", String(200)),
    Column("kind", String(20)),
    Column("scope", String(20)),
    Column("direct", Boolean, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("action", String(20)),  # the gravest of its findings; null: none
    Column("through", Text, nullable=False),  # JSON list of labels
    Column("findings", Text, nullable=False),  # JSON list of app.core.review_search.FoundFinding
    Index("ix_intakes_package", "package", "at", "id"),
    Index("ix_intakes_version", "package", "version", "at", "id"),
    Index("ix_intakes_installation_package", "installation_id", "package", "at", "id"),
    Index("ix_intakes_repository", "repository_id", "at", "id"),
    # Nearly all intakes have no finding, and nobody asks for those by their action.
    Index("ix_intakes_action", "action", "at", "id", **_WHERE_FOUND),
    Index("ix_intakes_installation_action", "installation_id", "action", "at", "id", **_WHERE_FOUND),
)

intake_alerts = Table(
    "intake_alerts",
    metadata,
    Column("intake_id", ForeignKey("intakes.id", ondelete="CASCADE"), primary_key=True),
    Column("alert", String(100), primary_key=True),
    Column("installation_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_intake_alerts_alert", "alert", "at", "intake_id"),
    Index("ix_intake_alerts_installation_alert", "installation_id", "alert", "at", "intake_id"),
)

inspections = Table(
    "inspections",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("realm", String(80), nullable=False),
    Column("ecosystem", String(20), nullable=False),
    Column("name", String(300), nullable=False),
    Column("engine", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of the JSON of app.core.specimen.ArtifactFacts
)

inspection_digests = Table(
    "inspection_digests",
    metadata,
    Column("realm", String(80), primary_key=True),
    Column("ecosystem", String(20), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("engine", String(100), primary_key=True),
    Column("algorithm", String(10), primary_key=True),
    Column("hex", String(128), primary_key=True),
    Column("inspection_id", ForeignKey("inspections.id", ondelete="CASCADE"), nullable=False, index=True),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("engine", String(100), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),  # JSON of app.core.rule.Catalogue
    CheckConstraint("id = 1", name="ck_catalogue_single"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("layers", Text, nullable=False),  # JSON list of sandbox layers
    Column("heard_at", UtcDateTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

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
    Column("id", _Sequence, primary_key=True, autoincrement=True),
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

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("token", String(16), nullable=False),
    Column("family", String(16), nullable=False),
    Column("installations", Text, nullable=False),  # JSON list, as is the next: whose task it is
    Column("repositories", Text, nullable=False),
    Column("installation_id", BigInteger, index=True),  # the one that it acts for; null: all, or several
    Column("input", LargeBinary, nullable=False),  # zlib of JSON, as its kind has it
    Column("created_at", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("lease_until", UtcDateTime),
    Column("owner", String(200)),
    Column("result", LargeBinary),  # the same; null: nothing yet
    Column("note", Text, nullable=False, server_default=""),
    Column("finished_at", UtcDateTime, index=True),
    Index("ix_tasks_state_due", "state", "due"),
    Index("ix_tasks_family_state", "family", "state"),
)

package_reports = Table(
    "package_reports",
    metadata,
    Column("realm", String(80), primary_key=True),
    Column("package", String(320), primary_key=True),  # npm/name
    Column("version", String(200), primary_key=True),
    Column("engine", String(100), nullable=False),
    Column("examined_at", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of JSON
)

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
    Column("id", _Sequence, primary_key=True, autoincrement=True),
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
