"""What a pull request's page shows, put together from the state: timeline, checks, files with what is said on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.demo.github.model import CheckRun, Comment, LineComment, PullRequest, Review
from app.demo.github.objects import Commit
from app.demo.github.patches import FileChange, PatchLine
from app.demo.github.shapes.pulls import commits_of
from app.demo.github.world import World

LONG = 400  # lines of a diff that is folded unless somebody says something on it


@dataclass(frozen=True, slots=True)
class Note:
    """Something said on a line or a file: an annotation of a check, or review comments."""

    annotation: dict[str, Any] | None = None
    check: CheckRun | None = None
    comment: LineComment | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a diff with what is said below it."""

    line: PatchLine
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """A changed file. `notes` are about the file as a whole, or about lines that the diff does not show."""

    change: FileChange
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]

    @property
    def folded(self) -> bool:
        """Whether it is too long to be shown at once, and nobody says anything on it."""
        return len(self.rows) > LONG and not any(row.notes for row in self.rows)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the conversation: exactly one of the three."""

    at: datetime
    commit: Commit | None = None
    comment: Comment | None = None
    review: Review | None = None
    review_comments: tuple[LineComment, ...] = ()


@dataclass(frozen=True, slots=True)
class PullView:
    """The whole page."""

    pull: PullRequest
    commits: list[Commit]
    checks: list[CheckRun]
    events: list[Event]
    files: list[FileView]
    waiting: bool
    additions: int = field(default=0)
    deletions: int = field(default=0)


def view(world: World, pull: PullRequest) -> PullView:
    """Put a page together. The caller holds the lock."""
    checks = latest(world.checks(pull.repository, pull.head_sha))
    commits = commits_of(pull)
    comments = world.line_comments_of(pull)
    changes = world.files(pull)
    return PullView(
        pull=pull,
        commits=commits,
        checks=checks,
        events=sorted(_events(world, pull, commits, comments), key=lambda event: event.at),
        files=[_file(change, checks, comments) for change in changes],
        waiting=pull.state == "open" and not (checks and all(check.status == "completed" for check in checks)),
        additions=sum(change.additions for change in changes),
        deletions=sum(change.deletions for change in changes),
    )


def latest(checks: Iterable[CheckRun]) -> list[CheckRun]:
    """The newest check run of each name, as GitHub shows them."""
    return list({(check.app.id, check.name): check for check in checks}.values())


def _events(world: World, pull: PullRequest, commits: list[Commit], comments: list[LineComment]) -> Iterable[Event]:
    for commit in commits:
        yield Event(commit.date, commit=commit)
    for comment in world.comments(pull):
        yield Event(comment.created_at, comment=comment)
    for review in world.reviews_of(pull):
        of_it = tuple(comment for comment in comments if comment.review is review)
        yield Event(review.submitted_at, review=review, review_comments=of_it)


def _file(change: FileChange, checks: list[CheckRun], comments: list[LineComment]) -> FileView:
    on_lines: dict[int, list[Note]] = defaultdict(list)
    elsewhere: list[Note] = []
    shown = change.commentable
    for check in checks:
        for annotation in check.annotations:
            if annotation["path"] == change.path and annotation["end_line"] in shown:
                on_lines[annotation["end_line"]].append(Note(annotation=annotation, check=check))
    for comment in comments:
        if comment.path == change.path and not comment.outdated:
            place = on_lines[comment.line] if comment.line in shown else elsewhere
            place.append(Note(comment=comment))
    rows = tuple(Row(line, tuple(on_lines.get(line.new or 0, ()))) for line in change.lines)
    return FileView(change, rows, tuple(elsewhere))
