"""Report → the one comment of a pull request, and its review comments.

Only what blocks or warns, and only when there is something to decide. Ten seconds: the first line says what happened,
one line a finding, the rest is folded.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from app.core.errors import Reason
from app.core.escape import code, fenced, markdown, sentence
from app.core.finding import Category
from app.core.policy import Action, CommentWhen
from app.core.ports import LineComment
from app.core.prose import (
    Links,
    count,
    evidence_table,
    gap_line,
    how_it_came,
    message,
    place,
    severity_words,
    since_when,
    title,
)
from app.core.report import RETELLING, FileFinding, Judged, JudgedGap, Report, Reviewed
from app.core.shorten import Part, fit

LIMIT = 60_000  # characters; GitHub refuses a comment past 65,536
EXCEPTION_DAYS = 90  # how long the exception that we suggest holds
EVIDENCE = 3  # lines a finding
MOST_LINES = 50  # review comments of one review
TEMPORARY = frozenset({Reason.REGISTRY_UNAVAILABLE, Reason.INTERRUPTED})  # goes away by itself: no comment for it


def comment_marker(secret: bytes, repository_id: int, number: int) -> str:
    """The hidden first line that finds our comment again; an HMAC, so that nothing a stranger wrote can forge it."""
    digest = hmac.new(secret, f"comment:{repository_id}:{number}".encode(), hashlib.sha256).hexdigest()
    return f"<!-- assay {digest[:32]} -->"


def wants_comment(report: Report, when: CommentWhen) -> bool:
    """Whether this report is worth a comment."""
    if when is CommentWhen.NEVER:
        return False
    lasting = [gap for gap in report.gaps if gap.action.rank <= Action.WARN.rank and gap.gap.reason not in TEMPORARY]
    found = any(report.findings(action) or report.in_files(action) for action in (Action.BLOCK, Action.WARN))
    needed = bool(found or lasting or report.head_policy_problems)
    return needed or when is CommentWhen.ALWAYS


def comment(report: Report, links: Links, marker: str, today: date) -> str:
    """The comment in Markdown, at most `LIMIT` characters, beginning with the marker."""
    blocked, warned = report.with_action(Action.BLOCK), report.with_action(Action.WARN)
    parts = [Part([marker, f"### Assay: {_headline(report, blocked, warned)}"], keep=100)]
    parts += [Part(_item(report, item, Action.BLOCK, links, today), keep=50, head=2) for item in blocked]
    parts += [Part(_file(report, found, links, today), keep=50, head=2) for found in report.in_files(Action.BLOCK)]
    parts += [Part(_file(report, found, links, today), keep=40, head=2) for found in report.in_files(Action.WARN)]
    parts += [Part(_item(report, item, Action.WARN, links, today), keep=30, head=2) for item in warned]
    parts.append(Part(_gaps(report), keep=40))
    parts.append(Part(_rest(report, links), keep=90))
    return fit(parts, LIMIT, "The check run of this commit has the whole report.")


def retired_comment(marker: str, head_sha: str) -> str:
    """What our comment says once there is nothing to decide any more."""
    words = f"As of {code(head_sha[:7])}, nothing in this pull request blocks or warns."
    return f"{marker}\n### Assay: nothing to decide\n\n{words}"


def review_comments(report: Report, links: Links) -> tuple[LineComment, ...]:
    """One comment for each line that brings in something that blocks or warns, the gravest first, at most `MOST_LINES`.

    Hundreds at once are more than anybody reads, and than GitHub takes in its time; the check has all of them.
    """
    by_line: dict[tuple[str, int], list[tuple[Reviewed, Judged]]] = {}
    for action in (Action.BLOCK, Action.WARN):
        for item, judged in report.findings(action):
            for change in item.changes:
                by_line.setdefault(place(change), []).append((item, judged))
    packages = tuple(_line_comment(path, line, found, links) for (path, line), found in by_line.items())
    files = [found for action in (Action.BLOCK, Action.WARN) for found in report.in_files(action)]
    return (packages + tuple(_file_comment(found, links) for found in files))[:MOST_LINES]


def review_summary(report: Report) -> str:
    """The body of the review that holds the review comments."""
    return f"Assay: {sentence(code(title(report), 250))}"


def _headline(report: Report, blocked: Sequence[Reviewed], warned: Sequence[Reviewed]) -> str:
    words = []
    if blocked:
        words.append(f"{count(len(blocked), 'package')} blocked")
    if warned:
        words.append(count(len(warned), "warning") if blocked else f"{count(len(warned), 'package')} to look at")
    for action, verb in ((Action.BLOCK, "blocked"), (Action.WARN, "to look at")):
        files = {found.path for found in report.in_files(action)}
        words += [f"{count(len(files), 'dependency file')} {verb}"] if files else []
    gaps = _untold_gaps(report)
    if gaps:
        words.append(f"{len(gaps)} not examined")
    if report.head_policy_problems:
        words.append("the policy file has problems")
    return ", ".join(words) or "nothing to decide"


def _item(report: Report, item: Reviewed, action: Action, links: Links, today: date) -> list[str]:
    judged = [one for one in item.findings if one.action is action]
    judged.sort(key=lambda one: (-one.finding.severity.rank, one.finding.rule in RETELLING))
    first = judged[0]
    word = "is blocked" if action is Action.BLOCK else "has a warning"
    lines = [
        f"**{code(item.package.label)}** {word}. {message(first)}",
        " ".join(part for part in (since_when(item, first), f"{how_it_came(item.change)}.") if part),
        "",
        "<details><summary>What we saw, and what to do</summary>",
        "",
    ]
    for one in _worth_telling(judged):
        if one is not first:
            lines += [f"Also: {message(one)} {since_when(item, one)}".rstrip(), ""]
        lines += evidence_table(one, EVIDENCE, {change.file for change in item.changes})
    lines += [f"**What to do.** {_what_to_do(report, item, first)}", ""]
    lines += ["If this is expected, a maintainer can accept it in `.github/assay.yml`:", ""]
    lines += fenced(_exception(item, judged, today), "yaml").split("\n")
    rules = ", ".join(links.rule(one.finding.rule) for one in judged)
    lines += ["", f"Rule: {rules} · {severity_words(first)} · {sentence(first.because)}", "</details>"]
    return lines


def _worth_telling(judged: Sequence[Judged]) -> list[Judged]:
    """The findings, the first of all, without those that retell what others say of the same lines.

    The list of rules, and the exception that is suggested, name all of them.
    """
    told = frozenset[tuple[str, int]]().union(*(_places(one) for one in judged if one.finding.rule not in RETELLING))
    return [
        one
        for one in judged
        if one is judged[0] or one.finding.rule not in RETELLING or not _places(one) or not _places(one) <= told
    ]


def _places(judged: Judged) -> frozenset[tuple[str, int]]:
    return frozenset((evidence.file, evidence.line) for evidence in judged.finding.evidence)


def _file(report: Report, found: FileFinding, links: Links, today: date) -> list[str]:
    """A finding about a dependency file, in the shape of one about a package."""
    judged = found.judged
    word = "is blocked" if judged.action is Action.BLOCK else "has a warning"
    lines = [
        f"**{code(found.path)}** line {found.line} {word}. {message(judged)}",
        "",
        "<details><summary>What we saw, and what to do</summary>",
        "",
        *evidence_table(judged, EVIDENCE, (found.path,)),
        f"**What to do.** {dict(report.advice).get(judged.finding.rule, 'Ask why the file says so.')}",
        "",
        "If this is expected, a maintainer can accept it in `.github/assay.yml`:",
        "",
    ]
    reasons = {gap.judged.gap.reason for gap in report.file_gaps if (gap.path, gap.line) == (found.path, found.line)}
    exception = f"- alert: {_alerts([judged], reasons)}\n  path: {_quoted(found.path)}\n{_accepted(today)}"
    lines += fenced(exception, "yaml").split("\n")
    rule = f"Rule: {links.rule(judged.finding.rule)} · {severity_words(judged)} · {sentence(judged.because)}"
    return [*lines, "", rule, "</details>"]


def _file_comment(found: FileFinding, links: Links) -> LineComment:
    word = "is blocked" if found.judged.action is Action.BLOCK else "has a warning"
    says = f"{markdown(found.judged.finding.message)} ({links.rule(found.judged.finding.rule)})."
    body = f"This line {word}: {says}"
    key = hashlib.sha256(f"{found.path}\0{body}".encode()).hexdigest()[:16]
    return LineComment(key=key, path=found.path, line=found.line, body=body)


def _what_to_do(report: Report, item: Reviewed, judged: Judged) -> str:
    change = item.change
    advice = dict(report.advice).get(judged.finding.rule, "Do not merge it before somebody can explain it.")
    if change.before is not None and judged.finding.new and change.before.package.version != item.package.version:
        return f"Stay on {code(change.before.package.label)}. {advice}"
    if change.through:
        return f"Do without {code(change.through[0])} in this version, which brings it in. {advice}"
    return advice


def _exception(item: Reviewed, judged: Sequence[Judged], today: date) -> str:
    reasons = {gap.gap.reason for gap in item.gaps}
    alert = _alerts(judged, reasons)
    return f"- alert: {alert}\n  package: {_quoted(item.package.label)}\n{_accepted(today)}"


def _alerts(judged: Sequence[Judged], reasons: Collection[Reason]) -> str:
    """The alerts that accept these findings, and what was not examined for the same cause."""
    alerts = [one.finding.rule for one in judged]
    alerts += [f"{Category.NOT_EXAMINED}/{one.finding.tells}" for one in judged if one.finding.tells in reasons]
    distinct = list(dict.fromkeys(alerts))
    return distinct[0] if len(distinct) == 1 else "[" + ", ".join(distinct) + "]"


def _accepted(today: date) -> str:
    until = (today + timedelta(days=EXCEPTION_DAYS)).isoformat()
    return f'  action: ignore\n  reason: "…"\n  owner: "@…"\n  until: {until}'


def _quoted(text: str) -> str:
    """JSON's quoting is YAML's: a name such as @scope/x would not be a plain scalar there."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _untold_gaps(report: Report) -> list[JudgedGap]:
    gaps = [gap.judged for gap in report.untold_file_gaps]
    gaps += [gap for item in report.reviewed for gap in item.untold_gaps]
    return [gap for gap in gaps if gap.action.rank <= Action.WARN.rank]


def _gaps(report: Report) -> list[str]:
    gaps = _untold_gaps(report)
    if not gaps:
        return []
    shown = [f"- {gap_line(gap)}" for gap in gaps[:10]]
    more = [f"- and {len(gaps) - 10} more, in the check"] if len(gaps) > 10 else []
    return [f"{count(len(gaps), 'entry', 'entries')} could not be examined:", "", *shown, *more]


def _rest(report: Report, links: Links) -> list[str]:
    nothing = [item for item in report.reviewed if item.action.rank > Action.WARN.rank]
    compared = sum(item.is_compared_only for item in nothing)
    quiet = len(nothing) - compared
    where = f": [report]({links.report})" if links.report else "; the check run has all of it"
    words = []
    if quiet:
        others = "other package was" if quiet == 1 else "other packages were"
        words.append(f"{quiet} {others} examined and {'has' if quiet == 1 else 'have'} nothing to decide")
    if compared:
        words.append(f"{count(compared, 'package')} {'was' if compared == 1 else 'were'} compared only, not opened")
    if not words:
        return [f"The whole report{where}."] if links.report else []
    return [f"{'; '.join(words)}{where}."]


def _line_comment(path: str, line: int, found: Sequence[tuple[Reviewed, Judged]], links: Links) -> LineComment:
    """A paragraph for each package that this line brings in: the gravest finding, and how many more there are."""
    packages: dict[str, list[tuple[Reviewed, Judged]]] = {}
    for item, judged in found:
        packages.setdefault(item.package.label, []).append((item, judged))
    body = "\n\n".join(_paragraph(several, links) for several in list(packages.values())[:10])
    key = hashlib.sha256(f"{path}\0{body}".encode()).hexdigest()[:16]
    return LineComment(key=key, path=path, line=line, body=body)


def _paragraph(found: Sequence[tuple[Reviewed, Judged]], links: Links) -> str:
    item, judged = found[0]
    through, label = item.change.through, code(item.package.label)
    subject = f"{code(through[0])} brings in {label}, which" if through else label
    word = "is blocked" if judged.action is Action.BLOCK else "has a warning"
    more = f" {count(len(found) - 1, 'more finding')} in the check." if len(found) > 1 else ""
    says = f"{subject} {word}: {markdown(judged.finding.message)} ({links.rule(judged.finding.rule)})."
    return f"{says} {since_when(item, judged)}".rstrip() + more
