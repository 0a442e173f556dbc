"""What a report took in, as rows: written with the report, replaced with it, erased with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from app.core.events import ReviewRequest
from app.core.report import Report
from app.core.review_search import Taken, taken_in
from app.store.encoding import clean, encode
from app.store.schema import intake_alerts, intakes, repositories


def keep_intakes(connection: Connection, report_id: str, request: ReviewRequest, report: Report, now: datetime) -> None:
    """Replace the rows of this report, within the transaction that keeps it."""
    connection.execute(delete(intakes).where(intakes.c.report_id == report_id))
    _name(connection, request)
    taken = list(taken_in(report))
    if not taken:
        return
    place = {
        "report_id": report_id,
        "installation_id": request.installation_id,
        "repository_id": request.repository_id,
        "at": now,
    }
    ids = connection.scalars(
        intakes.insert().returning(intakes.c.id, sort_by_parameter_order=True), [place | _row(one) for one in taken]
    ).all()
    alerts = [
        {"intake_id": intake_id, "alert": alert, "installation_id": request.installation_id, "at": now}
        for intake_id, one in zip(ids, taken, strict=True)
        for alert in sorted({clean(found.rule, 100) for found in one.findings})
    ]
    if alerts:
        connection.execute(intake_alerts.insert(), alerts)


def _name(connection: Connection, request: ReviewRequest) -> None:
    """Remember what a repository is called; a rename is learned by its next review."""
    this = (
        repositories.c.installation_id == request.installation_id,
        repositories.c.repository_id == request.repository_id,
    )
    name = request.repository.lower()
    known = connection.scalar(select(repositories.c.name).where(*this))
    if known is None:
        place = {"installation_id": request.installation_id, "repository_id": request.repository_id}
        connection.execute(repositories.insert().values(**place, name=name))
    elif known != name:  # written only then: reviews of one repository shall not wait for each other
        connection.execute(update(repositories).where(*this).values(name=name))


def _row(taken: Taken) -> dict[str, Any]:
    package = taken.package
    return {
        "package": clean(package.key, 320) if package else None,
        "version": clean(package.version, 200) if package else None,
        "before": None if taken.before is None else clean(taken.before, 200),
        "kind": taken.kind,
        "scope": taken.scope,
        "direct": taken.direct,
        "file": clean(taken.file, 4096),
        "line": taken.line,
        "action": taken.action,
        "through": encode(taken.through),
        "findings": encode(taken.findings),
    }
