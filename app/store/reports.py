"""Finished reports in SQL: one per pull request and head, under an id that cannot be guessed."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.core.events import ReviewRequest
from app.core.report import Report
from app.store.database import Database
from app.store.encoding import decode, encode, is_clean
from app.store.intakes import keep_intakes
from app.store.schema import reports as table


def new_report_id() -> str:
    """32 characters of the operating system's randomness (192 bits)."""
    return secrets.token_urlsafe(24)


class SqlReports:
    """`app.core.ports.Reports` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, request: ReviewRequest, report: Report, now: datetime) -> str:
        """Insert the report, or replace the one of the same lane and head under its old id."""
        head = report.head_sha or request.head_sha
        values = {
            "repository": request.repository,
            "private": request.private,
            "conclusion": report.conclusion,
            "created_at": now,
            "body": encode(report),
        }

        def work(connection: Connection) -> str:
            if request.private:  # a repository that became private takes its older reports with it
                connection.execute(
                    update(table)
                    .where(table.c.installation_id == request.installation_id)
                    .where(table.c.repository_id == request.repository_id)
                    .where(table.c.private.is_(False))
                    .values(private=True)
                )
            known = connection.scalar(select(table.c.id).where(table.c.lane == request.lane, table.c.head_sha == head))
            if known is not None:
                connection.execute(update(table).where(table.c.id == known).values(**values))
                keep_intakes(connection, str(known), request, report, now)
                return str(known)
            report_id = new_report_id()
            connection.execute(
                table.insert().values(
                    id=report_id,
                    installation_id=request.installation_id,
                    repository_id=request.repository_id,
                    number=request.number,
                    lane=request.lane,
                    head_sha=head,
                    **values,
                )
            )
            keep_intakes(connection, report_id, request, report, now)
            return report_id

        return self._database.write(work)

    def get(self, report_id: str) -> Report | None:
        """A public repository's report; None also when an older version of Assay wrote what this one cannot read."""
        if not is_clean(report_id):
            return None
        with self._database.reading() as connection:
            body = connection.scalar(select(table.c.body).where(table.c.id == report_id, table.c.private.is_(False)))
        return None if body is None else decode(body, Report)
