"""What reviews took in, one row each, so that all can be searched. Reviews before this are listed, not searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.times import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, and name the repositories that are known."""
    op.create_index("ix_reports_at", "reports", ["created_at", "id"])
    for column in ("installation_id", "repository_id"):
        name = column.removesuffix("_id")
        op.create_index(f"ix_reports_{name}_at", "reports", [column, "created_at", "id"])
    _repositories()
    _intakes()


def _repositories() -> None:
    op.create_table(
        "repositories",
        sa.Column("installation_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(220), nullable=False),
    )
    op.create_index("ix_repositories_name", "repositories", ["name"])
    # Of several names, any one: the next review says which it is.
    op.execute(
        "INSERT INTO repositories (installation_id, repository_id, name) "
        "SELECT installation_id, repository_id, MAX(LOWER(repository)) FROM reports "
        "GROUP BY installation_id, repository_id"
    )


def _intakes() -> None:
    op.create_table(
        "intakes",
        sa.Column("id", _big(), primary_key=True, autoincrement=True),
        sa.Column("report_id", sa.String(64), sa.ForeignKey("reports.id", ondelete="CASCADE"), nullable=False),
        sa.Column("installation_id", sa.BigInteger, nullable=False),
        sa.Column("repository_id", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("package", sa.String(320)),
        sa.Column("version", sa.String(200)),
        sa.Column("before", sa.String(200)),
        sa.Column("kind", sa.String(20)),
        sa.Column("scope", sa.String(20)),
        sa.Column("direct", sa.Boolean, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("action", sa.String(20)),
        sa.Column("through", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
    )
    op.create_index("ix_intakes_report_id", "intakes", ["report_id"])
    op.create_index("ix_intakes_package", "intakes", ["package", "at", "id"])
    op.create_index("ix_intakes_version", "intakes", ["package", "version", "at", "id"])
    op.create_index("ix_intakes_installation_package", "intakes", ["installation_id", "package", "at", "id"])
    op.create_index("ix_intakes_repository", "intakes", ["repository_id", "at", "id"])
    found = sa.text("action IS NOT NULL")
    for name, columns in (("action", ["action"]), ("installation_action", ["installation_id", "action"])):
        op.create_index(
            f"ix_intakes_{name}", "intakes", [*columns, "at", "id"], sqlite_where=found, postgresql_where=found
        )
    op.create_table(
        "intake_alerts",
        sa.Column("intake_id", _big(), sa.ForeignKey("intakes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("alert", sa.String(100), primary_key=True),
        sa.Column("installation_id", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_intake_alerts_alert", "intake_alerts", ["alert", "at", "intake_id"])
    op.create_index(
        "ix_intake_alerts_installation_alert", "intake_alerts", ["installation_id", "alert", "at", "intake_id"]
    )


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
