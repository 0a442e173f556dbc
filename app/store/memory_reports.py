"""Reports and the search through them in memory: the twins that pass the same tests as the real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from threading import RLock

from app.core.events import ReviewRequest
from app.core.report import Report
from app.core.review_search import (
    Intake,
    IntakeFilter,
    IntakePosition,
    Review,
    ReviewFilter,
    ReviewPosition,
    Sight,
    Taken,
    taken_in,
)
from app.store.reports import new_report_id


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that is kept, and what it took in, each under its number."""

    review: Review
    report: Report
    intakes: tuple[tuple[int, Taken], ...]


class MemoryReports:
    """`app.core.ports.Reports`."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}
        self._kept: dict[str, Kept] = {}
        self._names: dict[tuple[int, int], str] = {}
        self._numbers = count(1)
        self._lock = RLock()

    def save(self, request: ReviewRequest, report: Report, now: datetime) -> str:
        """Keep the report, or replace the one of the same lane and head under its old id."""
        head = report.head_sha or request.head_sha
        with self._lock:
            report_id = self._ids.setdefault((request.lane, head), new_report_id())
            if request.private:
                for known, kept in self._kept.items():
                    if _place(kept.review) == (request.installation_id, request.repository_id):
                        self._kept[known] = replace(kept, review=replace(kept.review, private=True))
            review = Review(
                report_id,
                request.installation_id,
                request.repository_id,
                request.repository,
                request.number,
                head,
                report.conclusion,
                request.private,
                now,
            )
            taken = tuple((next(self._numbers), one) for one in taken_in(report))
            self._kept[report_id] = Kept(review, report, taken)
            self._names[_place(review)] = request.repository.lower()
        return report_id

    def get(self, report_id: str) -> Report | None:
        """A public repository's report."""
        kept = self._kept.get(report_id)
        return kept.report if kept is not None and not kept.review.private else None

    def seen(self, sight: Sight) -> list[Kept]:
        """All that is there for the asker."""
        with self._lock:
            return [kept for kept in self._kept.values() if sight.sees(*_place(kept.review))]

    def named(self, name: str, sight: Sight) -> frozenset[int]:
        """Ids of the repositories that are called so now."""
        with self._lock:
            places = [place for place, known in self._names.items() if known == name.lower() and sight.sees(*place)]
        return frozenset(repository for _, repository in places)


class MemoryReviewSearch:
    """`app.core.review_search.ReviewSearch`."""

    def __init__(self, reports: MemoryReports) -> None:
        self._reports = reports

    def intakes(
        self, wanted: IntakeFilter, sight: Sight, limit: int, after: IntakePosition | None = None
    ) -> Sequence[Intake]:
        """At most `limit` intakes, the newest first."""
        found = sorted(self._matching(wanted, sight), key=_intake_position, reverse=True)
        return [one for one in found if after is None or _intake_position(one) < after][:limit]

    def reviews(
        self, wanted: ReviewFilter, sight: Sight, limit: int, after: ReviewPosition | None = None
    ) -> Sequence[Review]:
        """At most `limit` reviews, the newest first."""
        found = [
            kept.review
            for kept in self._reports.seen(sight)
            if _is_wanted(kept.review, wanted) and wanted.conclusion in {None, kept.review.conclusion}
        ]
        found.sort(key=_review_position, reverse=True)
        return [one for one in found if after is None or _review_position(one) < after][:limit]

    def review(self, review_id: str, sight: Sight) -> tuple[Review, Report] | None:
        """One review that is there for the asker."""
        return next(
            ((kept.review, kept.report) for kept in self._reports.seen(sight) if kept.review.id == review_id), None
        )

    def repositories(self, name: str, sight: Sight) -> frozenset[int]:
        """Ids of the repositories that are called so."""
        return self._reports.named(name, sight)

    def _matching(self, wanted: IntakeFilter, sight: Sight) -> Iterator[Intake]:
        for kept in self._reports.seen(sight):
            if not _is_wanted(kept.review, wanted):
                continue
            for number, taken in kept.intakes:
                package = taken.package
                if (
                    wanted.package in {None, package.key if package else None}
                    and wanted.version in {None, package.version if package else None}
                    and wanted.action in {None, taken.action}
                    and wanted.alert in {None, *(found.rule for found in taken.findings)}
                ):
                    yield Intake(number, kept.review, taken)


def _is_wanted(review: Review, wanted: IntakeFilter | ReviewFilter) -> bool:
    return (
        (wanted.repositories is None or review.repository_id in wanted.repositories)
        and (wanted.since is None or review.at >= wanted.since)
        and (wanted.until is None or review.at < wanted.until)
    )


def _place(review: Review) -> tuple[int, int]:
    return review.installation, review.repository_id


def _intake_position(one: Intake) -> IntakePosition:
    return one.review.at, one.id


def _review_position(one: Review) -> ReviewPosition:
    return one.at, one.id
