"""Reviews that programs ask for: of files that they send, of packages that they name, or of two commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from app.core.asked_review import (
    LONGEST_FILE,
    LONGEST_POLICY,
    MOST_FILES,
    MOST_PACKAGES,
    AskedCommits,
    AskedFile,
    AskedPackages,
    AskedReview,
)
from app.core.errors import InputError
from app.core.package_url import LONGEST, read_purl
from app.core.policy import Conclusion, Policy
from app.core.policy_file import read_policy
from app.core.ports import TaskKind, TaskState
from app.core.ports.tasks import ENDED
from app.core.records import review_record
from app.core.review_search import ReviewFilter, Sight
from app.exports import EXPORTS
from app.log import redact
from app.rate_limit import Limit
from app.store.encoding import encode
from app.store.review_tasks import read_asked
from app.web.api.problems import Problem
from app.web.api.reviews import FormatQuery
from app.web.api.route import Call, Document, Reply, Shape
from app.web.api.rules import catalogue_of
from app.web.api.tasks import ask_for, find_task
from app.web.api.waiting import LONGEST as LONGEST_WAIT

LARGEST = 32 << 20  # bytes of a request
MOST_MISTAKES = 5  # of a policy, in one answer
RETRY_SECONDS = 5  # after which to look again
PER_SENDER = Limit("asked reviews", 60)
"""Each may send 32 MiB, which are read in this process and kept until a worker is done with them."""

_Path = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Text = Annotated[str | None, Field(max_length=LONGEST_FILE, description="Its text; null where it does not exist.")]
_Purl = Annotated[str, Field(min_length=1, max_length=LONGEST)]
_Purls = Annotated[tuple[_Purl, ...], Field(max_length=MOST_PACKAGES, description="Package URLs, with versions.")]
_Commit = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$", description="The whole hash of a commit.")]


class SentFile(Shape):
    """A dependency file before and after. Its format is told by its name, or by how it begins."""

    path: Annotated[_Path, Field(description="Where it lies, such as `app/package-lock.json`.")]
    before: _Text = None
    after: _Text = None


class SentPackages(Shape):
    """Two sets of packages."""

    before: _Purls = ()
    after: _Purls = ()


class SentCommits(Shape):
    """Two commits of a repository that has been reviewed before."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$")]
    base: _Commit
    head: _Commit


class NewReview(Shape):
    """What to review: exactly one of the three.

    Without a policy, commits are judged by the policy file of the base (or the organisation's), as on GitHub; the rest
    by the built-in preset. The operator's floor holds in any case.
    """

    files: Annotated[tuple[SentFile, ...] | None, Field(min_length=1, max_length=MOST_FILES)] = None
    packages: SentPackages | None = None
    commits: SentCommits | None = None
    policy: Annotated[
        str | None, Field(max_length=LONGEST_POLICY, description="The text of a policy file to judge by.")
    ] = None
    wait: Annotated[
        int,
        Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the end; few may wait at a time, so look at it."),
    ] = 0


class AskedReport(Shape):
    """The report of a review that was asked for, as `GET /reviews/{review_id}` has it, and what it comes to."""

    conclusion: Conclusion
    report: dict[str, Any]


def ask_review(call: Call, body: NewReview) -> Reply:
    """Ask for a review; a worker does it."""
    return ask_for(call, TaskKind.REVIEW, encode(_read(call, body)), body.wait)


def get_asked_report(call: Call, task_id: str, query: FormatQuery) -> Reply:
    """The report, once the review is done; before, there is none, and no verdict either."""
    task = find_task(call, task_id)
    if task.kind is not TaskKind.REVIEW:
        raise Problem("not_found", "This task is no review. Its result stands in the task itself.")
    result = None if task.state is not TaskState.DONE else read_asked(task.result)
    if result is None or result.report is None:
        again = None if task.state in ENDED else RETRY_SECONDS
        said = f"This review is {task.state}, and has no report. {task.note}"
        raise Problem("no_report", said.strip(), retry=again)
    report = result.report
    if query.format is None:
        return Reply(AskedReport(conclusion=report.conclusion, report=review_record(report)))
    export = EXPORTS[query.format]
    name = f"assay-{task.id[:8]}{export.ending}"
    return Reply(Document(export.write(report, task.finished_at or call.now), export.media_type, name))


def _read(call: Call, body: NewReview) -> AskedReview:
    if sum(given is not None for given in (body.files, body.packages, body.commits)) != 1:
        raise Problem("invalid_input", "Name exactly one of files, packages and commits.")
    _check_policy(call, body.policy)
    return AskedReview(
        files=_files(body.files or ()),
        packages=None if body.packages is None else _packages(body.packages),
        commits=None if body.commits is None else _commits(call, body.commits),
        policy=body.policy,
    )


def _check_policy(call: Call, text: str | None) -> None:
    if text is None:
        return
    read = read_policy(text.encode("utf-8", "replace"), "this text", catalogue_of(call).rules)
    if not isinstance(read, Policy):
        told = [f"line {one.line}, column {one.column}: {one.message}" for one in read[:MOST_MISTAKES]]
        more = f" And {len(read) - MOST_MISTAKES} more." if len(read) > MOST_MISTAKES else ""
        raise Problem("bad_policy", redact(" ".join(told) + more))


def _files(files: Sequence[SentFile]) -> tuple[AskedFile, ...]:
    if len({file.path for file in files}) != len(files):
        raise Problem("invalid_input", "A file stands there twice.")
    if any(file.before is None and file.after is None for file in files):
        raise Problem("invalid_input", "A file has neither a text before nor a text after.")
    return tuple(AskedFile(file.path, file.before, file.after) for file in files)


def _packages(sent: SentPackages) -> AskedPackages:
    for name, side in (("before", sent.before), ("after", sent.after)):
        for index, purl in enumerate(side):
            try:
                read_purl(purl)
            except InputError as error:
                raise Problem("invalid_input", f"packages.{name}.{index}: {redact(str(error))}") from error
    return AskedPackages(sent.before, sent.after)


def _commits(call: Call, sent: SentCommits) -> AskedCommits:
    """Where the repository is, as its newest review says. Another tenant's is not there."""
    sight, search = Sight.of(call.holder.access), call.house.store.search
    ids = search.repositories(sent.repository, sight)
    reviews = search.reviews(ReviewFilter(repositories=ids), sight, 1) if ids else ()
    if not reviews:
        raise Problem("not_found", "No repository of this name has been reviewed.")
    newest = reviews[0]
    return AskedCommits(
        newest.installation, newest.repository_id, newest.repository, newest.private, sent.base, sent.head
    )
