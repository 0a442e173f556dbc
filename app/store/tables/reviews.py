"""Tables of deliveries, and of the reviews that came of them."""

from __future__ import annotations

from typing import Any

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
    text,
)

from app.store.tables.metadata import SEQUENCE, metadata
from app.store.times import UtcDateTime

_WHERE_FOUND: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("action IS NOT NULL"))

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),  # order of arrival, whatever the clock does
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
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
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
