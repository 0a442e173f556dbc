"""Reviews and what they found: who took in this package, when, through what, in which pull request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.diff import ChangeKind
from app.core.errors import InputError
from app.core.lockfile import Scope as DependencyScope
from app.core.policy import Action, Conclusion
from app.core.records import review_record
from app.core.review_search import (
    FoundFinding,
    Intake,
    IntakeFilter,
    Review,
    ReviewFilter,
    Sight,
    read_wanted_package,
)
from app.exports import EXPORTS
from app.web.api.paging import Cursor, Moment, NumberCursor, cursor, place
from app.web.api.problems import Problem
from app.web.api.route import Call, Document, Query, Reply, Shape
from app.web.api.streaming import lives, stream

Format = Literal["json", "ndjson", "markdown", "sarif", "cyclonedx", "spdx"]
FORMATS = tuple(dict.fromkeys(export.media_type for name, export in EXPORTS.items() if name != "json"))

ListFormat = Literal["json", "ndjson"]
_ListFormat = Annotated[
    ListFormat | None,
    Field(description="`ndjson`: all there is, line by line, whatever `limit`; the last line says how it ended."),
]
_Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
_Repository = Annotated[
    str | None, Field(max_length=220, description="Only this repository, `owner/name`, as it is called now.")
]
_Since = Annotated[Moment | None, Field(description="Only from then on, such as 2026-11-23T00:00:00Z.")]
_Until = Annotated[Moment | None, Field(description="Only before then.")]


class FindingsQuery(Query):
    """What to look for: at least one of the first four."""

    package: Annotated[
        str | None,
        Field(max_length=600, description="A package: `npm/name`, `npm/@scope/name`, `pypi/name`, or with `@version`."),
    ] = None
    alert: Annotated[
        str | None,
        Field(max_length=100, description="A rule's id, or `not-examined/<reason>` for what could not be examined."),
    ] = None
    action: Annotated[Action | None, Field(description="What it came to.")] = None
    repository: _Repository = None
    since: _Since = None
    until: _Until = None
    limit: _Limit = 50
    cursor: Annotated[NumberCursor | None, Field(description="Where the page before this one ended.")] = None
    format: _ListFormat = None


class ReviewsQuery(Query):
    """Which reviews."""

    repository: _Repository = None
    conclusion: Annotated[Conclusion | None, Field(description="Only with this conclusion of the check.")] = None
    since: _Since = None
    until: _Until = None
    limit: _Limit = 50
    cursor: Annotated[Cursor | None, Field(description="Where the page before this one ended.")] = None
    format: _ListFormat = None


class FormatQuery(Query):
    """In which format."""

    format: Annotated[Format | None, Field(description="Another format than this API's own.")] = None


class ReviewShape(Shape):
    """One review. `at` is when it ended; a review of the same head that is done again keeps its id."""

    id: str
    installation: int
    repository_id: int
    repository: str
    number: int
    head_sha: str
    conclusion: Conclusion
    private: bool
    at: datetime


class FoundShape(Shape):
    """One finding. `file` and `line` are in the package, or of the dependency file."""

    alert: str
    action: Action
    severity: str | None
    confidence: str | None
    new: bool
    message: str
    file: str | None
    line: int


class IntakeShape(Shape):
    """One package that a pull request takes in through one dependency file; `package` null: the file itself.

    `through` is the way down from the direct dependency. `action` is the gravest of its findings; null: none.
    """

    package: str | None
    before: str | None
    kind: ChangeKind | None
    scope: DependencyScope | None
    direct: bool
    through: tuple[str, ...]
    file: str
    line: int
    action: Action | None
    findings: tuple[FoundShape, ...]
    review: ReviewShape


class IntakePage(Shape):
    """Intakes, the newest first, and the cursor of the next page.

    A pull request that took something in need not have been merged. An empty list is no proof of absence: dependency
    files that could not be read are found with `alert=not-examined/unreadable-file`, `…/unreadable-entry`, `…/unpinned`
    and `…/unknown-format`.
    """

    items: tuple[IntakeShape, ...]
    next: str | None


class ReviewPage(Shape):
    """Reviews, the newest first, and the cursor of the next page."""

    items: tuple[ReviewShape, ...]
    next: str | None


class ReviewText(Shape):
    """A review with its report, as `assay review --format json` prints it."""

    review: ReviewShape
    report: dict[str, Any]


def list_findings(call: Call, query: FindingsQuery) -> Reply:
    """Who took in what. A pull request that took it in need not have been merged."""
    sight = Sight.of(call.holder.access)
    try:
        package, version = (None, None) if query.package is None else read_wanted_package(query.package)
        wanted = IntakeFilter(
            package=package,
            version=version,
            alert=query.alert,
            action=query.action,
            repositories=_named(call, query.repository),
            since=query.since,
            until=query.until,
        )
    except InputError as error:
        raise Problem("invalid_input", str(error)) from error

    def read(limit: int, start: str | None) -> tuple[list[IntakeShape], str | None]:
        after = None
        if start is not None:
            at, last = place(start)
            after = at, int(last)
        found = call.house.store.search.intakes(wanted, sight, limit + 1, after)
        page = found[:limit]
        following = cursor(page[-1].review.at, page[-1].id) if len(found) > len(page) else None
        return [_intake(one) for one in page], following

    if query.format == "ndjson":
        return Reply(stream(read, query.cursor, lives(call)))
    items, following = read(query.limit, query.cursor)
    return Reply(IntakePage(items=tuple(items), next=following), following)


def list_reviews(call: Call, query: ReviewsQuery) -> Reply:
    """Reviews, the newest first."""
    wanted = ReviewFilter(_named(call, query.repository), query.conclusion, query.since, query.until)
    sight = Sight.of(call.holder.access)

    def read(limit: int, start: str | None) -> tuple[list[ReviewShape], str | None]:
        after = None if start is None else place(start)
        found = call.house.store.search.reviews(wanted, sight, limit + 1, after)
        page = found[:limit]
        following = cursor(page[-1].at, page[-1].id) if len(found) > len(page) else None
        return [review_shape(one) for one in page], following

    if query.format == "ndjson":
        return Reply(stream(read, query.cursor, lives(call)))
    items, following = read(query.limit, query.cursor)
    return Reply(ReviewPage(items=tuple(items), next=following), following)


def get_review(call: Call, review_id: str, query: FormatQuery) -> Reply:
    """One review with its whole report, or as a document of another format."""
    found = call.house.store.search.review(review_id, Sight.of(call.holder.access))
    if found is None:
        raise Problem("not_found", "There is no review of this id.")
    review, report = found
    if query.format is None:
        return Reply(ReviewText(review=review_shape(review), report=review_record(report)))
    export = EXPORTS[query.format]
    name = f"assay-{review.repository.rpartition('/')[2]}-{review.number}-{review.head_sha[:7]}{export.ending}"
    return Reply(Document(export.write(report, review.at), export.media_type, name))


def _named(call: Call, repository: str | None) -> frozenset[int] | None:
    """Its ids. A name that is not known is an error: an empty list would say that nothing was taken in there."""
    if repository is None:
        return None
    found = call.house.store.search.repositories(repository, Sight.of(call.holder.access))
    if not found:
        raise Problem("not_found", "No repository of this name has been reviewed.")
    return found


def _intake(one: Intake) -> IntakeShape:
    taken = one.taken
    return IntakeShape(
        package=taken.package.label if taken.package else None,
        before=taken.before,
        kind=taken.kind,
        scope=taken.scope,
        direct=taken.direct,
        through=taken.through,
        file=taken.file,
        line=taken.line,
        action=taken.action,
        findings=_found(taken.findings),
        review=review_shape(one.review),
    )


def _found(findings: Sequence[FoundFinding]) -> tuple[FoundShape, ...]:
    return tuple(
        FoundShape(
            alert=one.rule,
            action=one.action,
            severity=one.severity,
            confidence=one.confidence,
            new=one.new,
            message=one.message,
            file=one.file,
            line=one.line,
        )
        for one in findings
    )


def review_shape(one: Review) -> ReviewShape:
    """A review as it is answered."""
    return ReviewShape(
        id=one.id,
        installation=one.installation,
        repository_id=one.repository_id,
        repository=one.repository,
        number=one.number,
        head_sha=one.head_sha,
        conclusion=one.conclusion,
        private=one.private,
        at=one.at,
    )
