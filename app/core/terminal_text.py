"""What the command line prints: plain text, one idea a line, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core import directive_text
from app.core.diff import Change
from app.core.escape import plain, visible
from app.core.policy import Action
from app.core.prose import compared_line, count, left_out_line, plain_reason
from app.core.report import FileFinding, Judged, JudgedGap, Report, Reviewed

_WORD = {Action.BLOCK: "BLOCK", Action.WARN: "WARN", Action.MONITOR: "note"}


def changes_line(report: Report) -> str:
    """`6 added, 2 upgraded, 1 removed`."""
    kinds: dict[str, int] = {}
    for item in report.reviewed:
        kinds[item.change.kind] = kinds.get(item.change.kind, 0) + 1
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "nothing changed"


def change_lines(report: Report) -> Iterator[str]:
    """Every change with its line and how it came in, in columns."""
    rows = [_change_row(change) for item in report.reviewed for change in item.changes]
    widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
    for row in sorted(rows, key=lambda one: one[1]):
        yield "  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, [*widths, 0], strict=True)).rstrip()


def _change_row(change: Change) -> tuple[str, str, str, str, str]:
    old, new = change.before, change.after
    versions = " → ".join(visible(pin.package.version) for pin in (old, new) if pin is not None)
    if old is not None and new is not None and old.package == new.package:
        versions = visible(new.package.version)
    how = f"through {visible(change.through[0])}" if change.through else str(change.pin.scope)
    return str(change.kind), visible(change.pin.package.key), versions, f"line {change.pin.line}", how


def review_lines(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """A whole review: what blocks, what warns, what was not examined, and one last line that sums up."""
    for action in (Action.BLOCK, Action.WARN, *([Action.MONITOR] if verbose else [])):
        for found in report.in_files(action):
            yield from _file_lines(found)
            yield ""
        for item, judged in report.findings(action):
            if not item.is_told(judged):
                yield from finding_lines(item, judged)
                yield ""
    for gap in report.untold_file_gaps:
        yield f"NOT EXAMINED  {visible(gap.path)} line {gap.line}: {visible(gap.judged.gap.detail, 400)}"
    for item in report.reviewed:
        yield from gap_lines(item.package.label, item.untold_gaps)
    yield from (f"note  {line}" for line in directive_text.plain_lines(report.directives))
    yield from (f"note  {compared_line(called, number)}" for called, number in report.compared_only)
    yield from (f"note  {visible(text, 400)}" for text in (*report.notes, *report.unused_exceptions))
    unread = [file.path for file in report.files if file.is_unknown]
    yield from (
        f"note  {visible(path)} looks like a dependency file, but its format is not read yet" for path in unread
    )
    if report.left_out:
        yield f"note  {left_out_line(report.left_out)}"
    yield summary_line(report.reviewed, report.file_gaps, report.file_findings)


def finding_lines(item: Reviewed, judged: Judged) -> Iterator[str]:
    """One finding: verdict, package, place, what it does, evidence, since when."""
    change = item.change
    through = f"   through {visible(change.through[0])}" if change.through else ""
    place = f"   {visible(change.file)}:{change.pin.line}" if change.file else ""
    yield f"{_WORD[judged.action]:<6} {visible(item.package.label)}{place}{through}"
    yield from _message_lines(judged)
    since = f"new in {visible(item.package.version)} · " if judged.finding.new and _is_another(item, judged) else ""
    yield f"       {since}{judged.finding.severity} · assay rule {judged.finding.rule}"


def _is_another(item: Reviewed, judged: Judged) -> bool:
    """Whether there is an old version to speak of, and the finding is about the versions, not about their entries."""
    change, evidence = item.change, judged.finding.evidence
    about_entry = bool(evidence) and evidence[0].file in {one.file for one in item.changes}
    return change.before is not None and change.before.package != item.package and not about_entry


def _file_lines(found: FileFinding) -> Iterator[str]:
    yield f"{_WORD[found.judged.action]:<6} {visible(found.path)}:{found.line}"
    yield from _message_lines(found.judged)
    yield f"       {found.judged.finding.severity} · assay rule {found.judged.finding.rule}"


def _message_lines(judged: Judged) -> Iterator[str]:
    yield f"       {plain(judged.finding.message)}"
    for row in judged.finding.evidence[:6]:
        where = f"{visible(row.file)}:{row.line}" if row.line else visible(row.file)
        text = f"   {visible(row.text, 100)}" if row.text else ""
        yield f"         {where}  {plain(row.says)}{text}"


def gap_lines(label: str, gaps: Sequence[JudgedGap]) -> Iterator[str]:
    """What was not examined of one package."""
    for judged in gaps:
        if judged.action is not Action.IGNORE:
            what = "" if judged.gap.what == label else f" ({visible(judged.gap.what)})"
            yield f"NOT EXAMINED  {visible(label)}{what}: {visible(judged.gap.detail, 400)} [{plain_reason(judged)}]"


def summary_line(
    reviewed: Sequence[Reviewed], file_gaps: Sequence[object] = (), file_findings: Sequence[FileFinding] = ()
) -> str:
    """The last line: how many packages have nothing to decide, are blocked, warned of, not examined."""
    quiet = [item for item in reviewed if item.action.rank > Action.WARN.rank and not item.is_compared_only]
    compared = sum(item.is_compared_only and item.action.rank > Action.WARN.rank for item in reviewed)
    blocked = sum(any(judged.action is Action.BLOCK for judged in item.findings) for item in reviewed)
    warned = sum(
        any(judged.action is Action.WARN for judged in item.findings)
        and not any(judged.action is Action.BLOCK for judged in item.findings)
        for item in reviewed
    )
    blocked += sum(found.judged.action is Action.BLOCK for found in file_findings)
    warned += sum(found.judged.action is Action.WARN for found in file_findings)
    unexamined = len(file_gaps) + sum(
        not item.is_compared_only and any(gap.action is not Action.IGNORE for gap in item.gaps) for item in reviewed
    )
    words = [f"{count(len(quiet), 'package')} {'has' if len(quiet) == 1 else 'have'} nothing to decide."]
    words += [f"{blocked} blocked."] if blocked else []
    words += [f"{warned} with warnings."] if warned else []
    words += [f"{compared} compared only."] if compared else []
    words += [f"{unexamined} not examined."] if unexamined else []
    return " ".join(words)
