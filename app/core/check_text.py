"""Report → what the check run shows: title, summary within GitHub's limits, annotations on lines.

Order and contents are those of `design: words, the check summary`. Too long a summary loses its least important part
first, and says so; the whole report stays on its page.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from app.core import directive_text
from app.core.diff import ChangeKind
from app.core.escape import cell, code, plain, sentence, visible
from app.core.policy import Action
from app.core.ports import Annotation, CheckOutput
from app.core.prose import (
    Links,
    capabilities,
    clause,
    compared_line,
    count,
    evidence_table,
    gap_line,
    how_in_short,
    how_it_came,
    left_out_line,
    place,
    plain_reason,
    severity_words,
    since_when,
    title,
    verdict,
    versions,
)
from app.core.report import FileFinding, FileGap, Judged, JudgedGap, Report, Reviewed
from app.core.shorten import Part, fit

LIMIT = 65_000  # characters; GitHub refuses a summary past 65,535
EVIDENCE = 8  # lines a finding
MOST_ANNOTATIONS = 500  # ten requests; a hostile pull request could ask for thousands. The summary has the rest
MESSAGE_LIMIT = 4_000  # characters of one annotation; GitHub's own limit is 64 KB
_LEVEL = {Action.BLOCK: "failure", Action.WARN: "warning"}


def check_output(report: Report, links: Links) -> CheckOutput:
    """All that the completed check run shows; the gravest first where there are more places than it annotates."""
    return CheckOutput(
        title=title(report),
        summary=summary(report, links),
        annotations=tuple(islice(line_annotations(report), MOST_ANNOTATIONS)),
        details_url=links.report,
    )


def summary(report: Report, links: Links) -> str:
    """The summary in Markdown, at most `LIMIT` characters."""
    parts = [
        Part(_problems(report), keep=9),
        Part(_table(report, quiet=False), keep=8),
        Part(_directives(report), keep=6),
        Part(_findings(report, Action.BLOCK, links), keep=10),
        Part(_findings(report, Action.WARN, links), keep=7),
        Part(_not_examined(report), keep=6),
        Part(_table(report, quiet=True), keep=2),
        Part(_exceptions(report), keep=5),
        Part(_monitored(report), keep=1),
        Part(_files(report), keep=3),
        Part([_colophon(report)], keep=11),
    ]
    rest = f"The whole report: {links.report}" if links.report else "The whole report is kept by the App."
    return fit(parts, LIMIT, rest)


def line_annotations(report: Report) -> Iterable[Annotation]:
    """Blocks first, then warnings, then what could not be read; each on the line of its dependency file."""
    for action in (Action.BLOCK, Action.WARN):
        yield from (_file_finding_annotation(found) for found in report.in_files(action))
        for item, judged in report.findings(action):
            yield _annotation(item, judged)
    for gap in report.untold_file_gaps:
        if gap.judged.action in _LEVEL:
            yield _file_annotation(gap)
    for item in report.reviewed:
        yield from (_gap_annotation(item, judged) for judged in item.untold_gaps if judged.action in _LEVEL)
    for problem in report.head_policy_problems:
        yield Annotation(report.policy_path, problem.line, "failure", "Assay cannot read this policy", problem.message)


def _annotation(item: Reviewed, judged: Judged) -> Annotation:
    change = item.change
    lines = [sentence(plain(judged.finding.message))]
    lines += [f"{visible(row.file)}:{row.line}: {plain(row.says)}" for row in judged.finding.evidence[:4]]
    if change.through:
        lines.append(f"Comes in through {visible(change.through[0])}.")
    word = "blocked" if judged.action is Action.BLOCK else "warning"
    file, line = place(change)
    return Annotation(
        path=file,
        line=max(1, line),
        level=_LEVEL[judged.action],
        title=visible(f"{item.package.label}: {word} ({judged.finding.rule})", 250),
        message="\n".join(lines)[:MESSAGE_LIMIT],
    )


def _file_finding_annotation(found: FileFinding) -> Annotation:
    word = "blocked" if found.judged.action is Action.BLOCK else "warning"
    return Annotation(
        path=found.path,
        line=max(1, found.line),
        level=_LEVEL[found.judged.action],
        title=visible(f"{found.path}: {word} ({found.judged.finding.rule})", 250),
        message=sentence(plain(found.judged.finding.message))[:MESSAGE_LIMIT],
    )


def _gap_annotation(item: Reviewed, judged: JudgedGap) -> Annotation:
    return Annotation(
        path=item.change.file,
        line=max(1, item.change.pin.line),
        level=_LEVEL[judged.action],
        title=visible(f"{item.package.label}: not examined ({plain_reason(judged)})", 250),
        message=visible(judged.gap.detail, MESSAGE_LIMIT),
    )


def _file_annotation(gap: FileGap) -> Annotation:
    return Annotation(
        path=gap.path,
        line=max(1, gap.line),
        level=_LEVEL[gap.judged.action],
        title=f"Not examined: {plain_reason(gap.judged)}",
        message=visible(gap.judged.gap.detail, MESSAGE_LIMIT),
    )


def _problems(report: Report) -> list[str]:
    lines = [
        f"- {code(report.policy_path)} line {problem.line}, column {problem.column}: {code(problem.message, 300)}"
        for problem in (*report.policy_problems, *report.head_policy_problems)
    ]
    return (
        ["### The policy file has problems", *lines, f"This pull request was judged by {report.policy}."]
        if lines
        else []
    )


def _table(report: Report, *, quiet: bool) -> list[str]:
    """One table of what has to be decided, and one, folded, of the rest."""
    items = [item for item in report.reviewed if (item.action.rank > Action.WARN.rank) is quiet]
    if not items:
        return []
    items.sort(key=lambda item: (item.action.rank, item.package))
    rows = [
        "| package | version | how | scope | what it can do | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_row(item) for item in items),
    ]
    if not quiet:
        return ["### What changed", "", *rows]
    removed = sum(item.change.kind is ChangeKind.REMOVED for item in items)
    compared = sum(item.is_compared_only for item in items)
    others = count(len(items) - removed, "package") + " with nothing to decide"
    heading = (
        others + (f" ({compared} compared only)" if compared else "") + (f", {removed} removed" if removed else "")
    )
    return ["<details><summary>" + heading + "</summary>", "", *rows, "", "</details>"]


def _row(item: Reviewed) -> str:
    change = item.change
    cells = [
        code(item.package.key),
        versions(change),
        how_in_short(change),
        str(change.pin.scope),
        capabilities(item),
        verdict(item),
    ]
    return "| " + " | ".join(cell(text) for text in cells) + " |"


def _directives(report: Report) -> list[str]:
    lines = [f"- {line}" for line in directive_text.markdown_lines(report.directives)]
    return [f"### {directive_text.HEADING}", "", *lines] if lines else []


def _findings(report: Report, action: Action, links: Links) -> list[str]:
    found = report.findings(action)
    in_files = report.in_files(action)
    if not found and not in_files:
        return []
    lines = ["### Blocked" if action is Action.BLOCK else "### Warnings"]
    for one in in_files:
        lines += ["", f"**{code(one.path)}** line {one.line}: {clause(one.judged)}", ""]
        lines += evidence_table(one.judged, EVIDENCE, (one.path,))
        lines += _advice(report, one.judged, links)
    for item, judged in found:
        lines += [
            "",
            f"**{code(item.package.label)}**: {clause(judged)} {since_when(item, judged)}".rstrip(),
            f"{how_it_came(item.change)}.",
            "",
        ]
        lines += evidence_table(judged, EVIDENCE, {change.file for change in item.changes})
        lines += _advice(report, judged, links)
    return lines


def _advice(report: Report, judged: Judged, links: Links) -> list[str]:
    advice = dict(report.advice).get(judged.finding.rule)
    what_to_do = [f"What to do: {advice}"] if advice else []
    rule = f"Rule {links.rule(judged.finding.rule)}, {severity_words(judged)}. {sentence(judged.because)}"
    return [*what_to_do, rule]


def _not_examined(report: Report) -> list[str]:
    if not report.gaps:
        return []
    lines = ["### Not examined", ""]
    lines += [f"- {compared_line(called, number)}" for called, number in report.compared_only]
    lines += [
        f"- {code(f'{gap.path}:{gap.line}')}: {code(gap.judged.gap.detail, 300)}"
        for gap in report.file_gaps
        if gap.judged.action is not Action.IGNORE
    ]
    for item in report.reviewed:
        lines += [
            f"- {gap_line(judged, item.package.label)}"
            for judged in item.gaps
            if judged.action is not Action.IGNORE and not item.is_compared_only
        ]
    if report.retry_at:
        lines += ["", f"We try again at {report.retry_at} and update this check."]
    return lines


def _exceptions(report: Report) -> list[str]:
    lines = []
    for item in report.reviewed:
        used: list[tuple[str, Judged | JudgedGap]] = [(judged.finding.rule, judged) for judged in item.findings]
        used += [(f"not-examined/{gap.gap.reason}", gap) for gap in item.gaps]
        lines += [_exception(alert, item.package.label, judged) for alert, judged in used if _is_exception(judged)]
    for found in report.file_findings:
        if _is_exception(found.judged):
            lines.append(_exception(found.judged.finding.rule, found.path, found.judged))
    lines += [f"- {code(text, 300)}" for text in report.unused_exceptions]
    return ["### Exceptions", "", *lines] if lines else []


def _is_exception(judged: Judged | JudgedGap) -> bool:
    return bool(judged.owner or judged.until)


def _exception(alert: str, subject: str, judged: Judged | JudgedGap) -> str:
    end = f", until {judged.until.isoformat()}" if judged.until else ""
    return (
        f"- {code(alert)} for {code(subject)}: {judged.action}, "
        f"owner {code(judged.owner or 'nobody')}{end}. Reason: {code(judged.reason or 'none given', 300)}"
    )


def _monitored(report: Report) -> list[str]:
    lines = [
        f"- {code(f'{found.path}:{found.line}')}: {clause(found.judged)} ({found.judged.finding.rule})"
        for found in report.in_files(Action.MONITOR)
    ]
    lines += [
        f"- {code(item.package.label)}: {clause(judged)} ({judged.finding.rule})"
        for item, judged in report.findings(Action.MONITOR)
        if not item.is_told(judged)
    ]
    if not lines:
        return []
    heading = f"{count(len(lines), 'remark')} that {'needs' if len(lines) == 1 else 'need'} no decision"
    return [f"<details><summary>{heading}</summary>", "", *lines, "", "</details>"]


def _files(report: Report) -> list[str]:
    read = [
        f"- {code(file.path)} ({file.format}, {count(file.pins, 'package')})" for file in report.files if file.is_read
    ]
    unknown = [
        f"- {code(file.path)} looks like a dependency file, but its format is not read yet"
        for file in report.files
        if file.is_unknown
    ]
    left_out = [f"- {code(left_out_line(report.left_out), 500)}"] if report.left_out else []
    lines = [*read, *unknown, *left_out]
    return ["### Files", "", *lines] if lines else []


def _colophon(report: Report) -> str:
    notes = "".join(f" {note}" for note in report.notes)
    places = sum(1 for _ in line_annotations(report))
    if places > MOST_ANNOTATIONS:
        notes += f" {MOST_ANNOTATIONS} of {places} places are annotated, the gravest first."
    return f"Engine {report.engine}. Judged by {report.policy}. {report.seconds:.1f} s.{notes}"
