"""What was learned + the policy → the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from app.core.finding import Finding
from app.core.judgement import conclusion_of, judge_file_finding, judge_finding, judge_gap, unused_exceptions
from app.core.policy import Action, Policy, PolicyProblem
from app.core.report import RETELLING, FileFinding, FileGap, Judged, JudgedGap, Report, Reviewed
from app.core.rule import Catalogue
from app.core.specimen import NotExamined
from worker.comparison import Comparison
from worker.examination import Examined


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges: the policy in force, the operator's floor, and what was wrong with the policy files.

    `head_problems` are those of the policy as the pull request would leave it; they are shown, they do not judge.
    """

    policy: Policy
    catalogue: Catalogue
    today: date
    floor: Policy | None = None
    problems: tuple[PolicyProblem, ...] = ()
    head_problems: tuple[PolicyProblem, ...] = ()
    notes: tuple[str, ...] = ()


def make_report(
    comparison: Comparison, examined: Sequence[Examined], judge: Judge, in_files: Sequence[tuple[str, Finding]] = ()
) -> Report:
    """Judge everything that was found and everything that was not examined.

    `in_files` are findings about dependency files as a whole, each with the file's path.
    """
    reviewed = tuple(_reviewed(item, judge) for item in examined)
    file_gaps = tuple(
        FileGap(gap.path, gap.line, judge_gap(gap.gap, None, gap.path, judge.policy, judge.floor, judge.today))
        for gap in comparison.gaps
    )
    file_findings = tuple(_in_file(path, finding, judge) for path, finding in in_files)
    every = [judged for item in reviewed for judged in item.findings] + [one.judged for one in file_findings]
    rules = {judged.finding.rule for judged in every if judged.action is not Action.IGNORE}
    return Report(
        conclusion=conclusion_of(reviewed, file_gaps, (*judge.problems, *judge.head_problems), file_findings),
        engine=judge.catalogue.engine,
        policy=judge.policy.origin,
        reviewed=reviewed,
        files=comparison.files,
        file_gaps=file_gaps,
        file_findings=file_findings,
        directives=comparison.directives,
        policy_problems=judge.problems,
        head_policy_problems=judge.head_problems,
        unused_exceptions=unused_exceptions(judge.policy, reviewed, file_gaps, judge.today, file_findings),
        advice=tuple(
            (rule, judge.catalogue.rules[rule].page.section("What to do"))
            for rule in sorted(rules)
            if rule in judge.catalogue.rules
        ),
        notes=(*judge.notes, *comparison.notes),
    )


def _reviewed(item: Examined, judge: Judge) -> Reviewed:
    findings = [_gravest(_judgements(finding, item, judge)) for finding in item.findings]
    findings.sort(
        key=lambda one: (
            one.action.rank,
            -one.finding.severity.rank,
            one.finding.rule in RETELLING,
            one.finding.rule,
        )
    )
    gaps = [_gravest(_gap_judgements(gap, item, judge)) for gap in item.gaps]
    return Reviewed(
        changes=item.changes,
        artifacts=item.artifacts,
        capabilities=item.capabilities,
        gained=item.gained,
        findings=tuple(findings),
        gaps=tuple(gaps),
    )


def _in_file(path: str, finding: Finding, judge: Judge) -> FileFinding:
    judged = judge_file_finding(finding, path, judge.policy, judge.floor, judge.today)
    return FileFinding(path, finding.evidence[0].line if finding.evidence else 1, judged)


def _judgements(finding: Finding, item: Examined, judge: Judge) -> list[Judged]:
    """One for each change: a package may be a development dependency in one file and run in production in another."""
    return [judge_finding(finding, change, judge.policy, judge.floor, judge.today) for change in item.changes]


def _gap_judgements(gap: NotExamined, item: Examined, judge: Judge) -> list[JudgedGap]:
    return [judge_gap(gap, change, change.file, judge.policy, judge.floor, judge.today) for change in item.changes]


J = TypeVar("J", Judged, JudgedGap)


def _gravest(judged: Sequence[J]) -> J:
    return min(judged, key=lambda one: one.action.rank)
