"""The pipeline of one review, readable aloud; it gets its parts as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.core.check_text import check_output
from app.core.comment_text import (
    TEMPORARY,
    comment,
    comment_marker,
    retired_comment,
    review_comments,
    review_summary,
    wants_comment,
)
from app.core.errors import AssayError, ForgeError, HandedOver, StoreUnavailable, Superseded
from app.core.events import ReviewRequest
from app.core.judgement import is_ignored_path, is_switched_off
from app.core.policy import Conclusion, Policy, PolicyProblem
from app.core.ports import CheckOutput, Delivery, Forge, ForgeDoor, Phase, Pull, Reports
from app.core.prose import Links
from app.core.report import Report
from app.core.rule import Catalogue
from worker.comparison import Comparison, FilePair, ParserFor, changed_pairs, compare_files, name_manifest_lines
from worker.examination import Examined, examine_all, examine_files
from worker.lookup import Tools
from worker.progress import Progress
from worker.verdict import Judge, make_report

POLICY_PATH = ".github/assay.yml"
STALE = CheckOutput("A newer commit replaced this one", "The check of the newer commit has the verdict.")
REPEATED = CheckOutput("A newer run replaced this one", "The newer check of this commit has the verdict.")
CLOSED = CheckOutput("This pull request is closed", "It is examined again when it is opened again.")
NEWER_SECONDS = 5.0  # between two looks whether somebody pushed

ReadPolicy = Callable[[bytes, str, date], Policy | tuple[PolicyProblem, ...]]
"""`(content, origin, today)` → the policy, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything a review needs, chosen by `worker.bootstrap`.

    `public_url` is where our pages are (None: no links). `marker_key` signs the hidden marker of the comment.
    `try_again` are the waits, in seconds, after which something that was not examined for a passing reason is tried
    again. `private` says that registries are asked with credentials: what they serve is then kept for each installation
    alone, because nobody knows which packages are public. `seconds` is the time of one run, `progress_seconds` the
    least time between two updates of its check. `published` is told of each report whose check was completed.
    """

    door: ForgeDoor
    tools: Tools
    reports: Reports
    catalogue: Catalogue
    parser_for: ParserFor
    looks_like_dependency_file: Callable[[str], bool]
    read_policy: ReadPolicy
    marker_key: bytes
    floor: Policy | None = None
    public_url: str | None = None
    private: bool = False
    seconds: float = 900.0
    progress_seconds: float = 5.0
    published: Callable[[Report], None] = lambda _report: None
    try_again: tuple[float, ...] = (60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a delivery, which may be one of several.

    `id` names the delivery in the check's `external_id`, so that a run that was cut short finds its own check again.
    `attempt` counts from 1, `done` is how many packages earlier runs were done with. `last`: no other run follows one
    that gets nowhere. `expired`: none follows at all. Nothing is published once `still_newest` says no; once
    `told_to_stop` says yes, the next run goes on. `replaced` began before this one and will not be taken up again.
    """

    id: str
    still_newest: Callable[[], bool]
    attempt: int = 1
    done: int = 0
    last: bool = False
    expired: bool = False
    told_to_stop: Callable[[], bool] = lambda: False
    replaced: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reading phase learned: the pull request, its check run, its changes and who judges."""

    pull: Pull
    check_id: int
    judge: Judge
    comparison: Comparison
    examined: tuple[Examined, ...] = ()


def review(request: ReviewRequest, box: Toolbox, run: Run) -> datetime | None:
    """Review one pull request as it is now; return when to try again what could not be examined, or None.

    Raise `Superseded` when a newer head or event makes this one moot: then nothing is published. Raise `HandedOver`
    when the time of this run is over and another one goes on: then the check stays in progress.
    """
    began = time.monotonic()
    if box.private:
        box = replace(box, tools=replace(box.tools, realm=str(request.installation_id)))
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.READ) as forge:
        reading = _read(forge, request, box, run)
        examined = _examine(forge, request, reading, box, run, began + box.seconds)
    in_files = examine_files(reading.comparison.sides, box.tools)
    report = make_report(reading.comparison, examined, reading.judge, in_files)
    report, again = _complete(report, reading, request, box, run.attempt, time.monotonic() - began)
    links = _links(request, report, reading.pull, box)
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.WRITE) as forge:
        _refuse_stale(forge, request, reading, run.still_newest)
        forge.complete_check(reading.check_id, report.conclusion, check_output(report, links))
        box.published(report)
        _comment(forge, request, report, reading.judge, links, box)
    return again


def give_up(request: ReviewRequest, box: Toolbox, error: BaseException, *, run_id: str) -> None:
    """Say on the pull request that this review could not be finished; never leave a check hanging, never green."""
    why = str(error) if isinstance(error, AssayError) else "an error of its own, which its log names"
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.READ) as forge:
        pull = forge.pull(request.number)
        check_id = forge.start_check(pull.head_sha, _external_id(pull, run_id))
        output = CheckOutput(
            title="This pull request could not be examined",
            summary=f"Assay tried several times and gave up. The last cause: {why}\n\nRe-run this check to try again.",
        )
        forge.complete_check(check_id, Conclusion.ACTION_REQUIRED, output)


def _read(forge: Forge, request: ReviewRequest, box: Toolbox, run: Run) -> Reading:
    pull = forge.pull(request.number)
    _close_older(forge, request, pull, run)
    if pull.state != "open":
        raise Superseded(f"pull request {request.number} is closed")
    check_id = forge.start_check(pull.head_sha, _external_id(pull, run.id))
    base = forge.merge_base(pull.base_sha, pull.head_sha)
    trees = {sha: forge.tree(sha) for sha in {pull.base_sha, pull.head_sha, base}}
    judge = _judge(forge, request, pull, trees, box)
    comparison = Comparison()
    if not is_switched_off(judge.policy, box.floor):
        before, after = trees[base], trees[pull.head_sha]
        comparison = compare_files(_file_pairs(forge, before, after, judge, box), box.parser_for)
        comparison = name_manifest_lines(
            comparison, lambda path: _blob(forge, after.get(path)) if before.get(path) != after.get(path) else None
        )
    return Reading(pull, check_id, judge, comparison)


def _close_older(forge: Forge, request: ReviewRequest, pull: Pull, run: Run) -> None:
    """No check stays in progress for ever because its review does not go on: neither that of a delivery that was
    replaced, nor one that an earlier run of this delivery began before the head moved or the pull request was closed.
    """
    begun = [(older.request.head_sha, older.id) for older in run.replaced]
    is_closed = pull.state != "open"
    if is_closed or pull.head_sha != request.head_sha:
        begun.append((request.head_sha, run.id))
    for head_sha, run_id in begun:
        output = CLOSED if is_closed else REPEATED if head_sha == pull.head_sha else STALE
        with suppress(ForgeError):  # not at the cost of this review
            forge.cancel_check(head_sha, f"{request.number}:{head_sha}:{run_id}", output)


def _judge(
    forge: Forge, request: ReviewRequest, pull: Pull, trees: Mapping[str, Mapping[str, str]], box: Toolbox
) -> Judge:
    """The policy of the base branch judges, so that a pull request cannot loosen its own."""
    today = box.tools.clock().date()
    ours, theirs = trees[pull.base_sha].get(POLICY_PATH), trees[pull.head_sha].get(POLICY_PATH)
    head_problems: tuple[PolicyProblem, ...] = ()
    if theirs is not None and theirs != ours:
        proposed = box.read_policy(forge.blob(theirs), "this pull request", today)
        head_problems = proposed if isinstance(proposed, tuple) else ()
    judge = Judge(Policy(), box.catalogue, today, box.floor, head_problems=head_problems)
    if ours is not None:
        read = box.read_policy(forge.blob(ours), f"{POLICY_PATH} at {pull.base_sha[:7]}", today)
        if isinstance(read, Policy):
            return replace(judge, policy=read)
        judge = replace(judge, problems=read)
    return _organisation_default(judge, request, box)


def _organisation_default(judge: Judge, request: ReviewRequest, box: Toolbox) -> Judge:
    owner = request.repository.partition("/")[0]
    found = box.door.organisation_policy(request.installation_id, owner)
    if found is None:
        return judge
    sha, content = found
    read = box.read_policy(content, f"the organisation's {POLICY_PATH} at {sha[:7]}", judge.today)
    if isinstance(read, Policy):
        return replace(judge, policy=read)
    return replace(judge, problems=judge.problems or read)


def _file_pairs(
    forge: Forge, before: Mapping[str, str], after: Mapping[str, str], judge: Judge, box: Toolbox
) -> Iterator[FilePair]:
    return changed_pairs(
        before,
        after,
        box.parser_for,
        box.looks_like_dependency_file,
        lambda path: is_ignored_path(judge.policy, box.floor, path),
        lambda path: _blob(forge, before.get(path)),
        lambda path: _blob(forge, after.get(path)),
    )


def _blob(forge: Forge, sha: str | None) -> bytes | None:
    return None if sha is None else forge.blob(sha)


def _examine(
    forge: Forge, request: ReviewRequest, reading: Reading, box: Toolbox, run: Run, deadline: float
) -> tuple[Examined, ...]:
    progress = Progress(forge, reading.check_id, seconds=box.progress_seconds, told=run.done)
    tools = replace(box.tools, around=reading.comparison.around)
    examined = examine_all(
        reading.comparison.changes, tools, deadline=deadline, progress=progress, go_on=_Patience(run).go_on
    )
    done = sum(not item.interrupted for item in examined)
    if done == len(examined):
        return examined
    _refuse_stale(forge, request, reading, run.still_newest)
    stopped = run.told_to_stop()
    nowhere = done <= run.done and not stopped
    if (run.expired and not stopped) or (nowhere and run.last):
        return examined  # the report names what is missing
    progress.hand_over(done, len(examined))
    raise HandedOver(max(done, run.done), len(examined), counted=nowhere)


class _Patience:
    """Says when a run has to stop before its time: the worker does, or somebody pushed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._next = 0.0

    def go_on(self) -> bool:
        if self._run.told_to_stop():
            return False
        if time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + NEWER_SECONDS
        try:
            return self._run.still_newest()
        except StoreUnavailable:  # asked again, and before anything is published
            return True


def _complete(
    report: Report, reading: Reading, request: ReviewRequest, box: Toolbox, attempt: int, seconds: float
) -> tuple[Report, datetime | None]:
    """Fill in what only the conversation with GitHub knows, and when a passing failure is tried again."""
    passing = any(gap.gap.reason in TEMPORARY for gap in report.gaps)
    again = None
    if passing and attempt <= len(box.try_again):
        again = box.tools.clock() + timedelta(seconds=box.try_again[attempt - 1])
    switched_off = is_switched_off(reading.judge.policy, box.floor)
    skipped = switched_off or not any(file.format for file in report.files)
    unreadable = report.policy_problems or report.head_policy_problems
    conclusion = Conclusion.SKIPPED if skipped and not unreadable else report.conclusion
    filled = replace(
        report,
        conclusion=conclusion,
        switched_off=switched_off,
        repository=reading.pull.repository,
        number=request.number,
        head_sha=reading.pull.head_sha,
        base_sha=reading.pull.base_sha,
        retry_at=again.isoformat(timespec="minutes") if again else None,
        seconds=seconds,
    )
    return filled, again


def _links(request: ReviewRequest, report: Report, pull: Pull, box: Toolbox) -> Links:
    report_id = box.reports.save(replace(request, private=pull.private), report, box.tools.clock())
    if box.public_url is None:
        return Links()
    page = None if pull.private else f"{box.public_url}/reports/{report_id}"
    return Links(rules=f"{box.public_url}/rules", report=page)


def _refuse_stale(forge: Forge, request: ReviewRequest, reading: Reading, still_newest: Callable[[], bool]) -> None:
    """A verdict on a head that is no longer the pull request's is not published; its check is closed quietly."""
    now = forge.pull(request.number)
    moved = now.head_sha != reading.pull.head_sha
    if not moved and now.state == "open" and still_newest():
        return
    output = CLOSED if now.state != "open" else STALE if moved else REPEATED
    forge.complete_check(reading.check_id, Conclusion.CANCELLED, output)
    raise Superseded(f"{output.title} ({reading.pull.head_sha[:7]})")


def _comment(forge: Forge, request: ReviewRequest, report: Report, judge: Judge, links: Links, box: Toolbox) -> None:
    marker = comment_marker(box.marker_key, request.repository_id, request.number)
    if wants_comment(report, judge.policy.comment):
        forge.upsert_comment(request.number, marker, comment(report, links, marker, judge.today))
    else:
        forge.retire_comment(request.number, marker, retired_comment(marker, report.head_sha))
    if judge.policy.review_comments:
        lines = review_comments(report, links)
        forge.review(request.number, report.head_sha, review_summary(report), lines)


def _external_id(pull: Pull, run_id: str) -> str:
    return f"{pull.number}:{pull.head_sha}:{run_id}"
