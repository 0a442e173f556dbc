"""Tables of what was learned of packages, and of the workers that learn."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

inspections = Table(
    "inspections",
    metadata,
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
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
