"""The sentences that every reader meets: the title, how a package got here, since when, what was not examined.

The same facts in the same order everywhere: what, where, how it got here, since when, what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.core.diff import Change, ChangeKind
from app.core.escape import cell, code, markdown, plain, sentence, visible
from app.core.lockfile import Lineage
from app.core.policy import Action, Conclusion
from app.core.report import Judged, JudgedGap, Report, Reviewed
from app.core.specimen import FactId

CAPABILITY = {
    FactId.NETWORK: "network",
    FactId.PROCESS: "shell",
    FactId.FILE_READ: "reads files",
    FactId.FILE_WRITE: "writes files",
    FactId.ENVIRONMENT: "environment",
    FactId.DYNAMIC_CODE: "eval",
    FactId.NATIVE_CODE: "native code",
    FactId.INSTALL_SCRIPT: "install step",
    FactId.STARTUP_HOOK: "start-up hook",
}
_MANY = "overrides, patches or catalog entries"
TITLE = 250  # characters; GitHub keeps 255 of an annotation's title


@dataclass(frozen=True, slots=True)
class Links:
    """Where the pages are, without a slash at the end; None where there is none (no public URL, private repository)."""

    rules: str | None = None
    report: str | None = None

    def rule(self, rule: str) -> str:
        """The rule's name in Markdown, linked where its page can be reached."""
        return f"[{rule}]({self.rules}/{rule})" if self.rules else f"`{rule}`"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 package`, `2 packages`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def title(report: Report) -> str:
    """The one line that everybody reads: the verdict and the number that matters. Plain text."""
    return visible(_title(report), TITLE)


def _title(report: Report) -> str:
    changed = len(report.reviewed)
    blocked, warned = report.with_action(Action.BLOCK), report.with_action(Action.WARN)
    if report.conclusion is Conclusion.SKIPPED:
        return _skipped_title(report)
    if report.conclusion is Conclusion.CANCELLED:
        return "A newer commit replaced this one"
    if blocked:
        first = _gravest(blocked[0], Action.BLOCK)
        others = "" if len(blocked) == 1 else f"; {visible(blocked[0].package.label)}"
        return f"{count(len(blocked), 'package')} blocked{others}: {plain(first.finding.message)}"
    if report.in_files(Action.BLOCK):
        found = report.in_files(Action.BLOCK)[0]
        return f"{visible(found.path)} line {found.line} is blocked: {plain(found.judged.finding.message)}"
    if report.conclusion is Conclusion.ACTION_REQUIRED:
        return _unexamined_title(report)
    if warned or report.conclusion is Conclusion.NEUTRAL:
        warnings = len(report.findings(Action.WARN)) + len(report.in_files(Action.WARN))
        warnings += sum(gap.action is Action.WARN for gap in report.gaps)
        where = count(changed, "changed package") if changed else "a dependency file"
        return f"{count(warnings, 'warning')} in {where}"
    if not changed and report.directives:
        return f"{count(len(report.directives), 'override, patch or catalog entry', _MANY)} changed, and no package"
    if not changed:
        return "No dependency changed"
    unopened = sum(number for _, number in report.compared_only)
    if not unopened:
        return f"{count(changed, 'changed package')} examined, nothing to decide"
    called = ", ".join(called for called, _ in report.compared_only)
    if changed == unopened:
        return f"{count(changed, 'changed package')} compared only ({called}), nothing to decide"
    examined = f"{count(changed - unopened, 'changed package')} examined"
    return f"{examined}, {unopened} compared only ({called}), nothing to decide"


def _skipped_title(report: Report) -> str:
    if report.switched_off:
        return f"Switched off by {report.policy}"
    unknown = [file.path for file in report.files if file.is_unknown]
    if report.left_out and not unknown:
        return f"No dependency file changed but in folders that are left out ({visible(report.left_out[0], 60)})"
    if unknown:
        return (
            f"No dependency file that Assay can read changed ({', '.join(visible(path, 60) for path in unknown[:3])})"
        )
    return "No dependency changed"


def _unexamined_title(report: Report) -> str:
    problems = (*report.policy_problems, *report.head_policy_problems)
    if problems:
        return f"{visible(report.policy_path)} line {problems[0].line} cannot be read: {problems[0].message}"
    files = [gap for gap in report.file_gaps if gap.judged.action is Action.BLOCK]
    packages = [item for item in report.reviewed if any(gap.action is Action.BLOCK for gap in item.gaps)]
    again = "; will be tried again" if report.retry_at else ""
    if packages:
        reason = plain_reason(next(gap for gap in packages[0].gaps if gap.action is Action.BLOCK))
        return f"{count(len(packages), 'package')} could not be examined ({reason}){again}"
    if len(files) == 1:
        return f"{visible(files[0].path)} line {files[0].line}: {visible(files[0].judged.gap.detail, 160)}"
    return f"{len(files)} entries of dependency files could not be read"


def plain_reason(judged: JudgedGap) -> str:
    """The reason for a gap in a few words: `registry did not answer`."""
    return {
        "registry-unavailable": "registry did not answer",
        "not-found": "not on the registry",
        "no-access": "no access to its registry",
        "too-large": "too large",
        "unsupported-source": "not from a registry",
        "no-artifact": "no archive for the configured targets",
        "interrupted": "time ran out",
        "timeout": "inspection ran out of time",
        "memory": "inspection ran out of memory",
        "crashed": "inspection was cut short",
        "bomb": "the archive is built to exhaust its reader",
        "malformed": "the archive is malformed",
        "partly": "only partly",
        "unpinned": "no fixed version",
        "ecosystem": "compared only",
    }.get(judged.gap.reason, judged.gap.reason.replace("-", " "))


def left_out_line(paths: Sequence[str]) -> str:
    """Which dependency files were not read because of their folders: the first of them, and how many. Plain text."""
    first = ", ".join(visible(path, 100) for path in paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"not read, in folders that are left out: {first}{more}"


def compared_line(called: str, number: int) -> str:
    """That packages of an ecosystem were compared, and no more. Plain text."""
    return f"{called}: {count(number, 'package')} compared, contents not examined"


def verdict(item: Reviewed) -> str:
    """One or two words for the table: `blocked`, `warning`, `not examined`, `compared only`, `nothing to decide`."""
    acted = item.action
    findings = {judged.action for judged in item.findings}
    if Action.BLOCK in findings:
        return "**blocked**"
    if any(gap.action is Action.BLOCK for gap in item.gaps):
        return "**not examined**"
    if acted is Action.WARN:
        return "warning"
    if item.is_compared_only:
        return "compared only"
    return "removed" if item.change.kind is ChangeKind.REMOVED else "nothing to decide"


def place(change: Change) -> tuple[str, int]:
    """File and line where a reviewer decides: the direct dependency in the manifest, else in the lockfile."""
    return change.manifest or (change.file, change.direct_line or change.pin.line)


def how_it_came(change: Change) -> str:
    """Through which direct dependency, and on which line; or that it is direct."""
    file, line = place(change)
    where = f"{code(file)} line {line}"
    if change.through:
        return f"Comes in through {code(change.through[0])} ({where})"
    if change.lineage is Lineage.UNKNOWN:
        return f"In {where}; the file does not say who asks for it"
    if change.pin.direct:
        return f"Direct, {where}"
    if change.lineage is Lineage.DIRECT:
        return f"Indirect, {where}; the file does not say through whom"
    return f"Nothing in the file requires it, {where}"


def how_in_short(change: Change) -> str:
    """The same for a cell of a table, without the place. Markdown."""
    return f"through {code(change.through[0])}" if change.through else lineage_word(change)


def lineage_word(change: Change) -> str:
    """How it came when it came through nobody: direct, as far as the file tells. Plain text."""
    if change.lineage is Lineage.UNKNOWN:
        return "not said"
    return "direct" if change.pin.direct else "indirect" if change.lineage is Lineage.DIRECT else "required by nothing"


def since_when(item: Reviewed, judged: Judged) -> str:
    """Since which version it does so, as far as the change tells and the finding does not say it itself."""
    change, version = item.change, code(item.package.version)
    if judged.finding.evidence and judged.finding.evidence[0].file in {one.file for one in item.changes}:
        return ""  # it is about the entry, not about what either version does
    if change.before is None or change.before.package.version == item.package.version:
        return "" if judged.finding.new else "The version on the base branch did so too."
    old = change.before.package.version
    if old in judged.finding.message.values:
        return ""
    return f"New in {version}; {code(old)} did not." if judged.finding.new else f"{code(old)} did so too."


def versions(change: Change) -> str:
    """`2.4.0 → 2.4.1`, `2.4.1 (added)`, `2.4.0 (removed)`, in code spans."""
    if change.before is None:
        return f"{code(change.pin.package.version)} ({change.kind})"
    if change.after is None:
        return f"{code(change.pin.package.version)} (removed)"
    if change.kind in (ChangeKind.RESOURCED, ChangeKind.REHASHED):
        return f"{code(change.pin.package.version)} ({change.kind})"
    return f"{code(change.before.package.version)} → {code(change.after.package.version)}"


def capabilities(item: Reviewed) -> str:
    """What the package can do, for the table; what the old version could not in bold."""
    words = [
        f"**{CAPABILITY[fact]}**" if fact in item.gained else CAPABILITY[fact]
        for fact in CAPABILITY
        if fact in item.capabilities
    ]
    return ", ".join(words) or ("–" if item.artifacts else "")


def evidence_table(judged: Judged, most: int, files: Collection[str] = ()) -> list[str]:
    """A finding's evidence as a Markdown table, at most so many lines; nothing when there is none.

    `files` are the dependency files it is about: their lines are not the package's.
    """
    rows = judged.finding.evidence[:most]
    if not rows:
        return []
    where = "where" if rows[0].file in files else "where in the package"
    lines = [f"| {where} | what |", "| --- | --- |"]
    for row in rows:
        spot = f"{row.file}:{row.line}" if row.line else row.file
        text = f": {code(row.text)}" if row.text else ""
        lines.append(f"| {cell(code(spot))} | {cell(markdown(row.says) + text)} |")
    return [*lines, ""]


def gap_line(judged: JudgedGap, package: str = "") -> str:
    """One Markdown line for something that was not examined; `package` is what it belongs to, if that is to be said."""
    names = dict.fromkeys(name for name in (package, judged.gap.what) if name)
    return f"{', '.join(code(name) for name in names)}: {code(judged.gap.detail, 300)} ({plain_reason(judged)})"


def severity_words(judged: Judged) -> str:
    """`severity critical, confidence high`."""
    finding = judged.finding
    return f"severity {finding.severity}, confidence {finding.confidence}"


def clause(judged: Judged) -> str:
    """The finding as Markdown that stands behind a colon."""
    return markdown(judged.finding.message).removesuffix(".") + "."


def message(judged: Judged) -> str:
    """The finding as a Markdown sentence of its own."""
    return sentence(markdown(judged.finding.message))


def _gravest(item: Reviewed, action: Action) -> Judged:
    return max((j for j in item.findings if j.action is action), key=lambda judged: judged.finding.severity.rank)
