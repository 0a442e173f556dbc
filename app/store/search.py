"""Looking through all reviews, in SQL: each kind of question has the index that answers it page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, exists, literal, select, tuple_

from app.core.diff import ChangeKind
from app.core.errors import StoreUnavailable
from app.core.lockfile import Scope
from app.core.package import Ecosystem, Package
from app.core.policy import Conclusion
from app.core.report import Report
from app.core.review_search import (
    FoundFinding,
    Intake,
    IntakeFilter,
    IntakePosition,
    Review,
    ReviewFilter,
    ReviewPosition,
    Sight,
    Taken,
)
from app.store.database import Database
from app.store.encoding import clean, decode, is_clean
from app.store.schema import intake_alerts as alerts
from app.store.schema import intakes, reports, repositories
from app.store.times import UtcDateTime

_REVIEW = (
    reports.c.id,
    reports.c.installation_id,
    reports.c.repository_id,
    reports.c.repository,
    reports.c.number,
    reports.c.head_sha,
    reports.c.conclusion,
    reports.c.private,
    reports.c.created_at,
)


class SqlReviewSearch:
    """`app.core.review_search.ReviewSearch` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intakes(
        self, wanted: IntakeFilter, sight: Sight, limit: int, after: IntakePosition | None = None
    ) -> Sequence[Intake]:
        """At most `limit` intakes, the newest first."""
        if not all(is_clean(text) for text in (wanted.package, wanted.version, wanted.alert) if text is not None):
            return []
        query = intake_query(wanted, sight, limit, after)
        with self._database.reading() as connection:
            return [_intake(row) for row in connection.execute(query).mappings()]

    def reviews(
        self, wanted: ReviewFilter, sight: Sight, limit: int, after: ReviewPosition | None = None
    ) -> Sequence[Review]:
        """At most `limit` reviews, the newest first."""
        if after is not None:
            after = after[0], clean(after[1])
        at, number = reports.c.created_at, reports.c.id
        query = select(*_REVIEW).where(*_seen(reports, sight, wanted.repositories))
        query = query.where(*_between(at, wanted.since, wanted.until))
        if wanted.conclusion is not None:
            query = query.where(reports.c.conclusion == wanted.conclusion)
        with self._database.reading() as connection:
            return [_review(row) for row in connection.execute(_page(query, at, number, limit, after)).mappings()]

    def review(self, review_id: str, sight: Sight) -> tuple[Review, Report] | None:
        """One review that is there for the asker."""
        if not is_clean(review_id):
            return None
        query = select(*_REVIEW, reports.c.body).where(reports.c.id == review_id, *_seen(reports, sight))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        report = None if row is None else decode(row["body"], Report)
        return None if row is None or report is None else (_review(row), report)

    def repositories(self, name: str, sight: Sight) -> frozenset[int]:
        """Ids of the repositories that are called so."""
        if not is_clean(name):
            return frozenset()
        query = select(repositories.c.repository_id).where(
            repositories.c.name == name.lower(), *_seen(repositories, sight)
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(query))


def intake_query(wanted: IntakeFilter, sight: Sight, limit: int, after: IntakePosition | None = None) -> Select[Any]:
    """The page is found in the index first, and what is shown of it is fetched then."""
    at, number = intakes.c.at, intakes.c.id
    query = select(intakes).where(*_seen(intakes, sight, wanted.repositories))
    for column, value in (
        (intakes.c.package, wanted.package),
        (intakes.c.version, wanted.version),
        (intakes.c.action, wanted.action),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.alert is not None and wanted.package is not None:
        query = query.where(exists().where(alerts.c.intake_id == number, alerts.c.alert == wanted.alert))
    elif wanted.alert is not None:
        query = query.join(alerts, alerts.c.intake_id == number).where(alerts.c.alert == wanted.alert)
        if sight.installations is not None:
            query = query.where(_among(alerts.c.installation_id, sight.installations))
        at, number = alerts.c.at, alerts.c.intake_id
    query = query.where(*_between(at, wanted.since, wanted.until))
    page = _page(query, at, number, limit, after).subquery()
    review = [column.label(f"review_{column.name}") for column in _REVIEW]
    return (
        select(page, *review)
        .join(reports, reports.c.id == page.c.report_id)
        .order_by(page.c.at.desc(), page.c.id.desc())
    )


def _page(
    query: Select[Any], at: Any, number: Any, limit: int, after: tuple[datetime, int | str] | None
) -> Select[Any]:
    if after is not None:
        query = query.where(tuple_(at, number) < tuple_(literal(after[0], UtcDateTime), literal(after[1], number.type)))
    return query.order_by(at.desc(), number.desc()).limit(limit)


def _seen(table: FromClause, sight: Sight, wanted: frozenset[int] | None = None) -> Sequence[ColumnElement[bool]]:
    """What every query begins with: only what is there for the asker, and of it the repositories that are wanted."""
    conditions = ((table.c.installation_id, sight.installations), (table.c.repository_id, sight.repositories))
    return [_among(column, ids) for column, ids in (*conditions, (table.c.repository_id, wanted)) if ids is not None]


def _among(column: ColumnElement[int], ids: frozenset[int]) -> ColumnElement[bool]:
    """Equality, where it is one: the databases go through an index in its order then."""
    return column == next(iter(ids)) if len(ids) == 1 else column.in_(sorted(ids))


def _between(at: Any, since: datetime | None, until: datetime | None) -> Sequence[ColumnElement[bool]]:
    bounds = ([] if since is None else [at >= since]), ([] if until is None else [at < until])
    return [*bounds[0], *bounds[1]]


def _intake(row: Any) -> Intake:
    package = None
    if row["package"] is not None:
        ecosystem, _, name = row["package"].partition("/")
        package = Package(Ecosystem(ecosystem), name, row["version"])
    taken = Taken(
        package=package,
        file=row["file"],
        line=row["line"],
        kind=None if row["kind"] is None else ChangeKind(row["kind"]),
        before=row["before"],
        scope=None if row["scope"] is None else Scope(row["scope"]),
        direct=row["direct"],
        through=decode(row["through"], tuple[str, ...]) or (),
        findings=_findings(row["findings"]),
    )
    return Intake(row["id"], _review(row, "review_"), taken)


def _findings(text: str) -> tuple[FoundFinding, ...]:
    found = decode(text, tuple[FoundFinding, ...])
    if found is None:  # never an empty list for what cannot be read
        raise StoreUnavailable("findings were kept by a newer version of Assay, and cannot be read by this one")
    return found


def _review(row: Any, prefix: str = "") -> Review:
    return Review(
        id=row[f"{prefix}id"],
        installation=row[f"{prefix}installation_id"],
        repository_id=row[f"{prefix}repository_id"],
        repository=row[f"{prefix}repository"],
        number=row[f"{prefix}number"],
        head_sha=row[f"{prefix}head_sha"],
        conclusion=Conclusion(row[f"{prefix}conclusion"]),
        private=row[f"{prefix}private"],
        at=row[f"{prefix}created_at"],
    )
