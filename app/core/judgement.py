"""Findings and gaps, judged by a policy and the operator's floor → what happens with each, and one conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import re2

from app.core.diff import Change
from app.core.errors import Reason
from app.core.finding import Category, Finding, Reach, Severity
from app.core.package import Ecosystem, normalised_name
from app.core.policy import Action, Conclusion, Policy, PolicyProblem, PolicyRule, Preset
from app.core.report import FileFinding, FileGap, Judged, JudgedGap, Reviewed
from app.core.specimen import NotExamined
from app.core.version_range import read_range

ALWAYS_BLOCKED = frozenset({"integrity-mismatch"})  # in balanced, whatever its severity
ABOUT_TO_END = timedelta(days=14)
_QUIET_REACH = frozenset({Reach.TEST, Reach.DOCUMENT})


@dataclass(frozen=True, slots=True)
class _Decision:
    action: Action
    because: str
    rule: PolicyRule | None = None
    by_floor: bool = False

    @property
    def credits(self) -> tuple[str | None, date | None, str | None, int]:
        """Owner, end, reason and line of the rule that decided; the line only of the repository's own, else 0."""
        if self.rule is None:
            return None, None, None, 0
        return self.rule.owner, self.rule.until, self.rule.reason, 0 if self.by_floor else self.rule.line


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a policy rule is held against. `finding` is None for a gap."""

    alert: str
    path: str
    change: Change | None
    finding: Finding | None


def judge_finding(finding: Finding, change: Change, policy: Policy, floor: Policy | None, today: date) -> Judged:
    """Decide what happens with a finding; the operator's floor can only make it stricter."""
    subject = _Subject(finding.rule, change.file, change, finding)
    decided = _stricter(
        _decide(finding, subject, policy, today), None if floor is None else _decide(finding, subject, floor, today)
    )
    return Judged(finding, decided.action, decided.because, *decided.credits)


def judge_file_finding(finding: Finding, path: str, policy: Policy, floor: Policy | None, today: date) -> Judged:
    """Decide what happens with a finding about a dependency file; a rule that asks for a package does not match it."""
    subject = _Subject(finding.rule, path, None, finding)
    decided = _stricter(
        _decide(finding, subject, policy, today), None if floor is None else _decide(finding, subject, floor, today)
    )
    return Judged(finding, decided.action, decided.because, *decided.credits)


def judge_gap(
    gap: NotExamined, change: Change | None, path: str, policy: Policy, floor: Policy | None, today: date
) -> JudgedGap:
    """Decide what happens with something that was not examined. BLOCK keeps the check from success."""
    decided = _stricter(
        _decide_gap(gap, change, path, policy, today),
        None if floor is None else _decide_gap(gap, change, path, floor, today),
    )
    return JudgedGap(gap, decided.action, decided.because, *decided.credits)


def conclusion_of(
    reviewed: Sequence[Reviewed],
    file_gaps: Sequence[FileGap],
    policy_problems: Sequence[PolicyProblem],
    file_findings: Sequence[FileFinding] = (),
) -> Conclusion:
    """One conclusion, each with one meaning: a block, then what could not be examined, then a warning, then success."""
    findings = {judged.action for item in reviewed for judged in item.findings}
    findings |= {one.judged.action for one in file_findings}
    gaps = {judged.action for item in reviewed for judged in item.gaps} | {gap.judged.action for gap in file_gaps}
    if Action.BLOCK in findings:
        return Conclusion.FAILURE
    if Action.BLOCK in gaps or policy_problems:
        return Conclusion.ACTION_REQUIRED
    if Action.WARN in findings | gaps:
        return Conclusion.NEUTRAL
    return Conclusion.SUCCESS


def unused_exceptions(
    policy: Policy,
    reviewed: Sequence[Reviewed],
    file_gaps: Sequence[FileGap],
    today: date,
    file_findings: Sequence[FileFinding] = (),
) -> tuple[str, ...]:
    """Exceptions that ended, are about to, or were written for a package of this review and matched nothing.

    One for a package that this review does not touch is not unused: most pull requests do not touch it.
    """
    used = {judged.policy_line for item in reviewed for judged in item.findings}
    used |= {judged.policy_line for item in reviewed for judged in item.gaps}
    used |= {gap.judged.policy_line for gap in file_gaps}
    used |= {one.judged.policy_line for one in file_findings}
    lines = []
    for rule in policy.rules:
        if rule.owner is None and rule.until is None:
            continue
        subject = rule.package or ", ".join(sorted(rule.alerts)) or "all packages"
        if rule.until is not None and rule.until < today:
            lines.append(f"line {rule.line}: the exception for {subject} ended on {rule.until} and no longer counts")
        elif rule.until is not None and rule.until - today <= ABOUT_TO_END:
            lines.append(f"line {rule.line}: the exception for {subject} ends on {rule.until}")
        elif rule.line not in used and rule.package and any(_is_about(rule, item.change) for item in reviewed):
            lines.append(f"line {rule.line}: the exception for {subject} matched nothing; is it still needed?")
    return tuple(lines)


def is_ignored_path(policy: Policy, floor: Policy | None, path: str) -> bool:
    """Whether `paths.ignore` leaves this dependency file out: of the policy, and of the floor where there is one."""
    return all(
        any(path_matches(pattern, path) for pattern in one.ignored_paths) for one in (policy, floor) if one is not None
    )


def is_switched_off(policy: Policy, floor: Policy | None) -> bool:
    """Whether `enabled: false` holds: a repository cannot switch off what the operator's floor asks for."""
    return not policy.enabled and floor is None


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path matches a glob: `*` within a folder, `**` across folders, `?` one character."""
    return _glob(pattern, True).fullmatch(path) is not None


def _decide(finding: Finding, subject: _Subject, policy: Policy, today: date) -> _Decision:
    preset = _by_preset(finding, policy.preset)
    for rule in policy.rules:
        if not _matches(rule, subject, today):
            continue
        loosens = rule.action.rank > preset.action.rank
        if loosens and finding.severity is Severity.CRITICAL and finding.rule not in rule.alerts:
            continue  # a critical finding is loosened only by a rule that names it
        return _by_rule(rule, policy)
    return preset


def _decide_gap(gap: NotExamined, change: Change | None, path: str, policy: Policy, today: date) -> _Decision:
    """Only a rule that speaks of what was not examined decides about it: `scope: development` alone does not."""
    alert = f"{Category.NOT_EXAMINED}/{gap.reason}"
    subject = _Subject(alert, path, change, None)
    for rule in policy.rules:
        named = alert in rule.alerts or Category.NOT_EXAMINED in rule.categories
        if named and _matches(rule, subject, today):
            return _by_rule(rule, policy)
    if gap.reason is Reason.ECOSYSTEM:
        return _Decision(Action.MONITOR, "packages of this ecosystem are compared only, unless a rule says more")
    return _Decision(policy.not_examined, f"not-examined is {policy.not_examined} in {policy.origin}")


def _by_rule(rule: PolicyRule, policy: Policy) -> _Decision:
    return _Decision(rule.action, f"line {rule.line} of {policy.origin} says {rule.action}", rule)


def _by_preset(finding: Finding, preset: Preset) -> _Decision:
    action = _plain_preset(finding, preset)
    verb = {Action.BLOCK: "blocks", Action.WARN: "warns on"}.get(action, "only reports")
    because = f"the preset {preset} {verb} {finding.severity} findings"
    if preset is Preset.BALANCED and finding.rule in ALWAYS_BLOCKED:
        because = f"the preset {preset} blocks {finding.rule}"
    if not finding.new and finding.severity is not Severity.CRITICAL and action.rank < Action.MONITOR.rank:
        return _Decision(Action.MONITOR, "the version that it replaces did so too")
    if finding.reach in _QUIET_REACH and action.rank < Action.MONITOR.rank:
        softened = Action.WARN if finding.severity is Severity.CRITICAL else Action.MONITOR
        return _Decision(softened, "only tests, documents or examples do so")
    return _Decision(action, because)


def _plain_preset(finding: Finding, preset: Preset) -> Action:
    severity = finding.severity
    if severity is Severity.CRITICAL:
        return Action.BLOCK
    if preset is Preset.QUIET:
        return Action.MONITOR
    if preset is Preset.STRICT:
        return {Severity.HIGH: Action.BLOCK, Severity.MEDIUM: Action.WARN}.get(severity, Action.MONITOR)
    if finding.rule in ALWAYS_BLOCKED:
        return Action.BLOCK
    return Action.WARN if severity is Severity.HIGH else Action.MONITOR


def _stricter(first: _Decision, second: _Decision | None) -> _Decision:
    if second is None or first.action.rank <= second.action.rank:
        return first
    because = f"the operator's floor is stricter: {second.because}"
    return _Decision(second.action, because, second.rule, by_floor=True)


def _matches(rule: PolicyRule, subject: _Subject, today: date) -> bool:
    if rule.until is not None and rule.until < today:
        return False
    if rule.alerts and subject.alert not in rule.alerts:
        return False
    if rule.path is not None and not path_matches(rule.path, subject.path):
        return False
    return _matches_finding(rule, subject.finding) and _matches_change(rule, subject.change)


def _matches_finding(rule: PolicyRule, finding: Finding | None) -> bool:
    if finding is None:
        asked = rule.severities or rule.confidences or rule.new is not None
        return not asked and (not rule.categories or Category.NOT_EXAMINED in rule.categories)
    return (
        (not rule.categories or finding.category in rule.categories)
        and (not rule.severities or finding.severity in rule.severities)
        and (not rule.confidences or finding.confidence in rule.confidences)
        and (rule.new is None or finding.new is rule.new)
    )


def _matches_change(rule: PolicyRule, change: Change | None) -> bool:
    if change is None:
        asked = rule.package or rule.version or rule.scopes or rule.direct is not None or rule.changes
        return not asked
    return (
        _is_about(rule, change)
        and (not rule.scopes or change.pin.scope in rule.scopes)
        and (rule.direct is None or change.pin.direct is rule.direct)
        and (not rule.changes or change.kind in rule.changes)
    )


def _is_about(rule: PolicyRule, change: Change) -> bool:
    """Whether the rule's package and version are those of this change."""
    package = change.pin.package
    if rule.package is not None and not _package_matches(rule.package, package.key, package.version):
        return False
    return rule.version is None or read_range(package.ecosystem, rule.version)(package.version)


def _package_matches(pattern: str, key: str, version: str) -> bool:
    name, at, wanted = pattern.rpartition("@")
    if not at or name.endswith("/") or not name:  # the @ of a scope
        name, wanted = pattern, "*"
    ecosystem, _, plain = name.partition("/")
    if ecosystem == Ecosystem.PYPI and "*" not in plain:
        name = f"{ecosystem}/{normalised_name(Ecosystem.PYPI, plain)}"
    return _glob(name, False).fullmatch(key) is not None and _glob(wanted, False).fullmatch(version) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str, folders: bool) -> re2._Regexp:
    """A glob as a linear-time pattern."""
    parts = []
    position = 0
    while position < len(pattern):
        if folders and pattern.startswith("**/", position):
            parts.append("(?:.*/)?")
            position += 3
        elif folders and pattern.startswith("**", position):
            parts.append(".*")
            position += 2
        else:
            character = pattern[position]
            star = "[^/]*" if folders else ".*"
            parts.append({"*": star, "?": "[^/]"}.get(character) or re2.escape(character))
            position += 1
    return re2.compile("(?s)" + "".join(parts))
