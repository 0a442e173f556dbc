"""What was learned + the policy → the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.core.judgement import conclusion_of, judge_finding, judge_gap, unused_exceptions
from app.core.policy import Action, Policy, PolicyProblem
from app.core.report import FileGap, Report, Reviewed
from app.core.rule import Catalogue
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


def make_report(comparison: Comparison, examined: Sequence[Examined], judge: Judge) -> Report:
    """Judge everything that was found and everything that was not examined."""
    reviewed = tuple(_reviewed(item, judge) for item in examined)
    file_gaps = tuple(
        FileGap(gap.path, gap.line, judge_gap(gap.gap, None, gap.path, judge.policy, judge.floor, judge.today))
        for gap in comparison.gaps
    )
    rules = {judged.finding.rule for item in reviewed for judged in item.findings if judged.action is not Action.IGNORE}
    return Report(
        conclusion=conclusion_of(reviewed, file_gaps, (*judge.problems, *judge.head_problems)),
        engine=judge.catalogue.engine,
        policy=judge.policy.origin,
        reviewed=reviewed,
        files=comparison.files,
        file_gaps=file_gaps,
        policy_problems=judge.problems,
        head_policy_problems=judge.head_problems,
        unused_exceptions=unused_exceptions(judge.policy, reviewed, file_gaps, judge.today),
        advice=tuple(
            (rule, judge.catalogue.rules[rule].page.section("What to do"))
            for rule in sorted(rules)
            if rule in judge.catalogue.rules
        ),
        notes=(*judge.notes, *comparison.notes),
    )


def _reviewed(item: Examined, judge: Judge) -> Reviewed:
    change = item.changes[0]
    judged = [judge_finding(finding, change, judge.policy, judge.floor, judge.today) for finding in item.findings]
    judged.sort(key=lambda one: (one.action.rank, -one.finding.severity.rank, one.finding.rule))
    return Reviewed(
        changes=item.changes,
        artifacts=item.artifacts,
        capabilities=item.capabilities,
        gained=item.gained,
        findings=tuple(judged),
        gaps=tuple(judge_gap(gap, change, change.file, judge.policy, judge.floor, judge.today) for gap in item.gaps),
    )
