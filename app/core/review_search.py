"""Who took in what, over all reviews: the question of the day an incident breaks, and the socket that answers it.

A review is of a pull request, not of a merge: what was taken in may have been refused afterwards. And a search that
finds nothing is no proof of absence: what a review could not read is found under the alert `not-examined/<reason>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.access import Access
from app.core.diff import ChangeKind
from app.core.errors import InputError, Reason
from app.core.lockfile import Scope
from app.core.package import Package
from app.core.policy import Action, Conclusion
from app.core.report import Judged, JudgedGap, Report, Reviewed


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose objects exist for the asker. None: all, for operators and tokens that are not narrowed."""

    installations: frozenset[int] | None
    repositories: frozenset[int] | None = None

    @classmethod
    def of(cls, access: Access) -> Sight:
        """What a token sees."""
        return cls(access.installations or None, access.repositories or None)

    def sees(self, installation: int, repository: int) -> bool:
        """Whether an object of this installation and repository is there."""
        return (self.installations is None or installation in self.installations) and (
            self.repositories is None or repository in self.repositories
        )


MESSAGE = 500
"""Characters of a finding's message that are kept for the search."""

UNKNOWN_FORMAT = "not-examined/unknown-format"
"""The alert of a file that looks like a dependency file and that no parser knows; the check names it in a note."""

UNREAD = (
    *(f"not-examined/{one}" for one in (Reason.UNREADABLE_FILE, Reason.UNREADABLE_ENTRY, Reason.UNPINNED)),
    UNKNOWN_FORMAT,
)
"""The alerts of dependency files in which a package may stand that nobody has seen."""

EVERYTHING = Sight(None)
"""What the operator sees, who has the database."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review that is kept. `at` is when it ended; a review of the same head done again keeps its `id`."""

    id: str
    installation: int
    repository_id: int
    repository: str  # owner/name, as it was called then
    number: int
    head_sha: str
    conclusion: Conclusion
    private: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundFinding:
    """A finding as it is searched for and listed. `message` holds strangers' words: escape it. It may be cut (`…`).

    For what was not examined, `rule` is `not-examined/<reason>`, and severity and confidence are None.
    """

    rule: str
    action: Action
    message: str
    severity: str | None = None
    confidence: str | None = None
    new: bool = True
    file: str | None = None  # in the package, or the dependency file
    line: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One package that a pull request takes in through one dependency file, or (`package` None) that file itself.

    `before` is the version that it replaces. `through` is the way down from a direct dependency, which is first.
    `action` is the gravest of its findings; None when there are none. `file` and `line` are where the package stands.
    """

    package: Package | None
    file: str
    line: int
    kind: ChangeKind | None = None
    before: str | None = None
    scope: Scope | None = None
    direct: bool = False
    through: tuple[str, ...] = ()
    findings: tuple[FoundFinding, ...] = ()

    @property
    def action(self) -> Action | None:
        """The gravest action of its findings."""
        return min((found.action for found in self.findings), key=lambda action: action.rank, default=None)


@dataclass(frozen=True, slots=True)
class Intake:
    """Something taken in, and the review that saw it. `id` is for paging alone."""

    id: int
    review: Review
    taken: Taken


@dataclass(frozen=True, slots=True)
class IntakeFilter:
    """Which intakes; at least one of the first four has to be named. None: any.

    `package` is a key such as `npm/name` (exactly, normalised), `version` as the dependency file writes it, `alert` a
    rule's id or `not-examined/<reason>`. `since` is the first moment, `until` the first one after.
    """

    package: str | None = None
    alert: str | None = None
    action: Action | None = None
    repositories: frozenset[int] | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raise `InputError` for a search that is about nothing."""
        if self.package is None and self.alert is None and self.action is None and self.repositories is None:
            raise InputError("Name what to look for: a package, an alert, an action or a repository.")
        if self.version is not None and self.package is None:
            raise InputError("A version without its package says nothing.")


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which reviews. None: any."""

    repositories: frozenset[int] | None = None
    conclusion: Conclusion | None = None
    since: datetime | None = None
    until: datetime | None = None


IntakePosition = tuple[datetime, int]
"""Where a page of intakes ended: the last one's time and id. It holds even when that one is gone since."""
ReviewPosition = tuple[datetime, str]
"""The same for reviews."""


class ReviewSearch(Protocol):
    """Looks through all reviews. Every method is bound to what the asker may see. The newest come first."""

    def intakes(
        self, wanted: IntakeFilter, sight: Sight, limit: int, after: IntakePosition | None = None
    ) -> Sequence[Intake]:
        """At most `limit` intakes, after the one at this position."""
        ...

    def reviews(
        self, wanted: ReviewFilter, sight: Sight, limit: int, after: ReviewPosition | None = None
    ) -> Sequence[Review]:
        """At most `limit` reviews, after the one at this position."""
        ...

    def review(self, review_id: str, sight: Sight) -> tuple[Review, Report] | None:
        """One review, private ones too; None when it is not there for the asker, or an older version's report."""
        ...

    def repositories(self, name: str, sight: Sight) -> frozenset[int]:
        """Ids of the repositories that are called so now (`owner/name`, whatever the case); empty: none was reviewed.

        More than one where a name was given to another repository.
        """
        ...


def read_wanted_package(text: str) -> tuple[str, str | None]:
    """The key and, if it has one, the version: `npm/name`, `npm/@scope/name@1.2.3`. Raise `InputError` otherwise."""
    name, at, version = text.strip().rpartition("@")
    is_versioned = bool(at) and not name.endswith("/")  # `npm/@scope/…` begins with one, too
    try:
        package = Package.parse(text if is_versioned else f"{text.strip()}@0")
    except InputError:
        raise InputError(
            f"{text[:200]!r} is not a package. Write npm/name, npm/@scope/name or pypi/name, with @version if you like."
        ) from None
    return package.key, version if is_versioned else None


def taken_in(report: Report) -> Iterator[Taken]:
    """All that a review's pull request takes in, and what was found about dependency files. Removals are no intake."""
    for item in report.reviewed:
        findings = _found(item)
        for change in item.changes:
            pin = change.after
            if pin is None:
                continue
            yield Taken(
                package=pin.package,
                file=change.file,
                line=pin.line,
                kind=change.kind,
                before=change.before.package.version if change.before else None,
                scope=pin.scope,
                direct=pin.direct,
                through=change.through,
                findings=findings,
            )
    for about in report.file_findings:
        yield Taken(None, about.path, about.line, findings=(_finding(about.judged),))
    for gap in report.file_gaps:
        yield Taken(None, gap.path, gap.line, findings=(_gap(gap.judged, gap.path, gap.line),))
    for file in report.files:
        if file.is_unknown:
            said = "looks like a dependency file, but its format is not read yet"
            yield Taken(
                None, file.path, 0, findings=(FoundFinding(UNKNOWN_FORMAT, Action.MONITOR, said, file=file.path),)
            )


def _found(item: Reviewed) -> tuple[FoundFinding, ...]:
    findings = [_finding(judged) for judged in item.findings]
    return (*findings, *(_gap(judged, judged.gap.what, 0) for judged in item.gaps))


def _finding(judged: Judged) -> FoundFinding:
    finding = judged.finding
    first = finding.evidence[0] if finding.evidence else None
    return FoundFinding(
        rule=finding.rule,
        action=judged.action,
        message=_cut(finding.message.plain()),
        severity=finding.severity,
        confidence=finding.confidence,
        new=finding.new,
        file=first.file if first else None,
        line=first.line if first else 0,
    )


def _gap(judged: JudgedGap, file: str, line: int) -> FoundFinding:
    return FoundFinding(
        f"not-examined/{judged.gap.reason}", judged.action, _cut(judged.gap.detail), file=file, line=line
    )


def _cut(text: str) -> str:
    """The whole of it stands in the report; here it would be kept once more for every dependency file."""
    return text if len(text) <= MESSAGE else text[: MESSAGE - 1] + "…"
