"""The pipeline of one review, readable aloud; it gets its parts as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

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
from app.core.discretion import discreet
from app.core.errors import AssayError, HandedOver, StoreUnavailable, Superseded
from app.core.events import ReviewRequest
from app.core.judgement import is_switched_off
from app.core.policy import Conclusion
from app.core.ports import CheckOutput, Forge, Phase, Pull
from app.core.prose import Links
from app.core.report import Report
from app.core.tenancy import Tenant
from worker.examination import Examined, examine_all, examine_files
from worker.leaks import look_at_pull
from worker.progress import Progress
from worker.reading import CLOSED, REPEATED, STALE, Reading, external_id, read_pull
from worker.toolbox import Run, Toolbox
from worker.verdict import Judge, make_report

NEWER_SECONDS = 5.0  # between two looks whether somebody pushed


def review(request: ReviewRequest, box: Toolbox, run: Run) -> datetime | None:
    """Review one pull request as it is now; return when to try again what could not be examined, or None.

    Raise `Superseded` when a newer head or event makes this one moot: then nothing is published. Raise `HandedOver`
    when the time of this run is over and another one goes on: then the check stays in progress.
    """
    began = time.monotonic()
    tenant = Tenant(request.installation_id, request.repository.partition("/")[0])
    box = replace(box, tools=box.tools_for(box.tools, tenant))
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.READ) as forge:
        reading = read_pull(forge, request, box, run)
        if box.leaks is not None:
            look_at_pull(forge, reading.pull, request.installation_id, request.repository_id, box.leaks)
        examined = _examine(forge, request, reading, box, run, began + box.seconds)
    in_files = examine_files(reading.comparison.sides, box.tools)
    report = discreet(make_report(reading.comparison, examined, reading.judge, in_files))
    report, again = _complete(report, reading, request, box, run.attempt, time.monotonic() - began)
    known = replace(request, private=reading.pull.private)
    report_id = box.reports.save(known, report, box.tools.clock())
    links = _links(report_id, reading.pull, box)
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.WRITE) as forge:
        _refuse_stale(forge, request, reading, run.still_newest)
        forge.complete_check(reading.check_id, report.conclusion, check_output(report, links))
        box.published(report)
        _comment(forge, request, report, reading.judge, links, box)
    box.tell(known, report, report_id, run.id)
    return again


def give_up(request: ReviewRequest, box: Toolbox, error: BaseException, *, run_id: str) -> None:
    """Say on the pull request that this review could not be finished; never leave a check hanging, never green."""
    why = str(error) if isinstance(error, AssayError) else "an error of its own, which its log names"
    with box.door.open(request.installation_id, request.repository_id, request.repository, Phase.READ) as forge:
        pull = forge.pull(request.number)
        check_id = forge.start_check(pull.head_sha, external_id(pull, run_id))
        output = CheckOutput(
            title="This pull request could not be examined",
            summary=f"Assay tried several times and gave up. The last cause: {why}\n\nRe-run this check to try again.",
        )
        forge.complete_check(check_id, Conclusion.ACTION_REQUIRED, output)


def _examine(
    forge: Forge, request: ReviewRequest, reading: Reading, box: Toolbox, run: Run, deadline: float
) -> tuple[Examined, ...]:
    before = run.done if reading.pull.head_sha == request.head_sha else 0  # of another head: other packages
    progress = Progress(forge, reading.check_id, seconds=box.progress_seconds, told=before)
    tools = replace(box.tools, around=reading.comparison.around)
    examined = examine_all(
        reading.comparison.changes, tools, deadline=deadline, progress=progress, go_on=_Patience(run).go_on
    )
    done = sum(not item.interrupted for item in examined)
    if done == len(examined):
        return examined
    _refuse_stale(forge, request, reading, run.still_newest)
    stopped = run.told_to_stop()
    nowhere = done <= before and not stopped
    if (run.expired and not stopped) or (nowhere and run.last):
        return examined  # the report names what is missing
    progress.hand_over(done, len(examined))
    raise HandedOver(max(done, before), len(examined), counted=nowhere)


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
    skipped = switched_off or not any(file.is_read for file in report.files)
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


def _links(report_id: str, pull: Pull, box: Toolbox) -> Links:
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
