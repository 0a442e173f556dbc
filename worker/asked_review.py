"""Reviews that programs ask for: the same engine as for a pull request, and the report is all that comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.asked_review import PACKAGES, AskedCommits, AskedFile, AskedPackages, AskedResult, AskedReview
from app.core.diff import compare
from app.core.errors import InputError, Reason
from app.core.events import ReviewRequest
from app.core.judgement import is_ignored_path, is_switched_off
from app.core.lockfile import Lockfile, Pin, Scope
from app.core.package import REGISTRY
from app.core.package_url import read_purl
from app.core.policy import Conclusion, Policy
from app.core.ports import Parser, Phase, Task
from app.core.report import FileRead, Report
from app.core.specimen import NotExamined
from app.core.surroundings import surroundings
from app.store.encoding import decode, encode
from worker.changed_files import Side
from worker.comparison import Comparison, LineGap
from worker.examination import examine_all, examine_files
from worker.local.comparing import parser_of
from worker.reading import compare_sides, judge_at, side_of
from worker.task import Outcome, TaskRun
from worker.toolbox import Toolbox
from worker.verdict import Judge, make_report

ORIGIN = "the policy that came with the request"
PURLS = "purl"
UNREAD = "is no dependency file of a format that Assay reads. Nothing in this file was examined."


@dataclass(frozen=True, slots=True)
class _Case:
    """What is to be examined, and who judges. `about` says in the report which commits it is about."""

    comparison: Comparison
    judge: Judge
    about: Callable[[Report], Report] = lambda report: report


def review_asked(task: Task, run: TaskRun, box: Toolbox) -> Outcome:
    """Review what was asked for, or as much of it as this run has time for: then the report is not made yet.

    The box holds the tools of whoever asks. Raise `InputError` for what another version took in.
    """
    began = time.monotonic()
    asked = decode(task.input, AskedReview)
    if asked is None:
        raise InputError("Another version of Assay took this request in. Ask again.")
    judge = _judge(asked.policy, box)
    if asked.commits is not None:
        case = _commits(asked.commits, judge, box)
    elif asked.packages is not None:
        case = _packages(asked.packages, judge or _default(box))
    else:
        case = _files(asked.files, judge or _default(box), box)
    tools = replace(box.tools, around=case.comparison.around)
    examined = examine_all(case.comparison.changes, tools, deadline=run.deadline, go_on=run.go_on)
    done = sum(not item.interrupted for item in examined)
    if done < len(examined) and (not run.last or not run.go_on()):
        before = _examined_before(task)
        so_far = AskedResult(max(done, before), len(examined))
        return Outcome(encode(so_far), ended=False, further=done > before)
    report = make_report(case.comparison, examined, case.judge, examine_files(case.comparison.sides, tools))
    report = case.about(_concluded(report, case.judge, time.monotonic() - began))
    return Outcome(encode(AskedResult(done, len(examined), report)))


def _examined_before(task: Task) -> int:
    known = None if task.result is None else decode(task.result, AskedResult)
    return 0 if known is None else known.examined


def _judge(text: str | None, box: Toolbox) -> Judge | None:
    """By the policy that came with the request; None when there is none."""
    if text is None:
        return None
    read = box.read_policy(text.encode("utf-8", "replace"), ORIGIN, box.tools.clock().date())
    if isinstance(read, tuple):  # it was checked when it came in, by the rules of then
        where = f"line {read[0].line}, column {read[0].column}" if read else "somewhere"
        raise InputError(f"The policy cannot be read any more ({where}: {read[0].message if read else ''})")
    return replace(_default(box), policy=read)


def _default(box: Toolbox) -> Judge:
    return Judge(Policy(), box.catalogue, box.tools.clock().date(), box.floor)


def _files(files: Sequence[AskedFile], judge: Judge, box: Toolbox) -> _Case:
    """Files by their paths, and by how they begin. One that nobody reads is a gap: whoever sent it wants to know."""
    before = {file.path: file.before for file in files if file.before is not None}
    after = {file.path: file.after for file in files if file.after is not None}
    parsers = {path: parser for path in {**before, **after} if (parser := _parser_of(path, before, after, box))}
    by_name = box.formats.looks_like_dependency_file
    formats = replace(
        box.formats,
        parser_for=parsers.get,
        looks_like_dependency_file=lambda path: path in parsers or by_name(path),
    )
    comparison = compare_sides(_sent(before), _sent(after), judge, replace(box, formats=formats))
    if is_switched_off(judge.policy, box.floor):
        return _Case(comparison, judge)
    unread = [
        LineGap(path, 1, NotExamined(path, Reason.UNREADABLE_FILE, f"{path} {UNREAD}"))
        for path, text in sorted(after.items())
        if text != before.get(path)
        and not formats.looks_like_dependency_file(path)
        and formats.manifest_for(path) is None
        and not is_ignored_path(judge.policy, box.floor, path)
    ]
    read = (*comparison.files, *(FileRead(gap.path, None) for gap in unread))
    return _Case(replace(comparison, files=read, gaps=(*comparison.gaps, *unread)), judge)


def _parser_of(path: str, before: Mapping[str, str], after: Mapping[str, str], box: Toolbox) -> Parser | None:
    if box.formats.manifest_for(path) is not None:
        return box.formats.parser_for(path)
    content = _bytes(after.get(path, before.get(path, "")))
    try:
        return parser_of(Path(path), content, box.formats.parser_for, None)
    except InputError:
        return None


def _sent(texts: Mapping[str, str]) -> Side:
    """One side of the files that were sent; their texts tell them apart."""
    return Side(texts, lambda path: _bytes(texts[path]))


def _packages(asked: AskedPackages, judge: Judge) -> _Case:
    """Two lists of packages, as if each were a dependency file with a package a line."""
    if is_switched_off(judge.policy, judge.floor):
        return _Case(Comparison(), judge)
    before, after = (
        Lockfile(PACKAGES, PURLS, tuple(_pin(purl, line) for line, purl in enumerate(side, 1)))
        for side in (asked.before, asked.after)
    )
    files = (FileRead(PACKAGES, PURLS, len(after.pins)),)
    around = {PACKAGES: surroundings(before, after)}
    return _Case(Comparison(compare((before,), (after,)), files, around=around), judge)


def _pin(purl: str, line: int) -> Pin:
    return Pin(read_purl(purl), REGISTRY, line, Scope.RUNTIME, direct=True)


def _commits(asked: AskedCommits, judge: Judge | None, box: Toolbox) -> _Case:
    """Two commits of a repository, read as a review reads it: with a token for this one repository."""
    request = ReviewRequest(
        asked.installation_id, asked.repository_id, asked.repository, 0, asked.head, private=asked.private, action="api"
    )
    with box.door.open(asked.installation_id, asked.repository_id, asked.repository, Phase.READ) as forge:
        trees = {sha: forge.tree(sha) for sha in {asked.base, asked.head}}
        judge = judge or judge_at(forge, request, asked.base, asked.head, trees, box)
        before, after = (side_of(forge, trees[sha]) for sha in (asked.base, asked.head))
        comparison = compare_sides(before, after, judge, box)

    def about(report: Report) -> Report:
        return replace(report, repository=asked.repository, head_sha=asked.head, base_sha=asked.base)

    return _Case(comparison, judge, about)


def _concluded(report: Report, judge: Judge, seconds: float) -> Report:
    """As for a pull request: nothing that was looked at is no success."""
    switched_off = is_switched_off(judge.policy, judge.floor)
    skipped = switched_off or not (report.file_gaps or any(file.format for file in report.files))
    unreadable = report.policy_problems or report.head_policy_problems
    conclusion = Conclusion.SKIPPED if skipped and not unreadable else report.conclusion
    return replace(report, conclusion=conclusion, switched_off=switched_off, seconds=seconds)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
