"""The policy decides: presets, rules in order, exceptions, the operator's floor, and one conclusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.core.diff import Change, ChangeKind
from app.core.errors import Reason
from app.core.finding import Category, Confidence, Finding, Reach, Severity
from app.core.judgement import (
    conclusion_of,
    is_ignored_path,
    is_switched_off,
    judge_finding,
    judge_gap,
    path_matches,
    unused_exceptions,
)
from app.core.lockfile import Scope
from app.core.policy import Action, Conclusion, Policy, PolicyProblem, PolicyRule, Preset
from app.core.report import FileGap, JudgedGap, Reviewed
from app.core.specimen import NotExamined
from tests.builders import a_change, a_finding, a_judged, a_pin

TODAY = date(2026, 11, 3)
BALANCED = Policy()
GAP = NotExamined("npm/x@1.0.0", Reason.TOO_LARGE, "It is larger than 100 MiB.")


def act(
    finding: Finding, policy: Policy = BALANCED, change: Change | None = None, floor: Policy | None = None
) -> Action:
    return judge_finding(finding, change or a_change(), policy, floor, TODAY).action


def rules(*entries: PolicyRule, **changes: Any) -> Policy:
    return Policy(origin=".github/assay.yml at 1a2b3c4", rules=entries, **changes)


B, W, M = Action.BLOCK, Action.WARN, Action.MONITOR


@pytest.mark.parametrize(
    ("preset", "by_severity"),
    [
        (Preset.QUIET, (M, M, M, B)),
        (Preset.BALANCED, (M, M, W, B)),
        (Preset.STRICT, (M, W, B, B)),
    ],
)
def test_each_preset_answers_each_severity(preset: Preset, by_severity: tuple[Action, ...]) -> None:
    policy = Policy(preset=preset)
    assert tuple(act(a_finding("install-script", severity=severity), policy) for severity in Severity) == by_severity


def test_balanced_blocks_what_breaks_integrity_whatever_its_severity() -> None:
    assert act(a_finding("integrity-mismatch", severity=Severity.HIGH)) is B


def test_what_the_old_version_did_too_is_only_reported_unless_it_is_critical() -> None:
    old = judge_finding(a_finding(severity=Severity.HIGH, new=False), a_change(), Policy(), None, TODAY)
    assert (old.action, old.because) == (M, "the version that it replaces did so too")
    assert act(a_finding(severity=Severity.CRITICAL, new=False)) is B


@pytest.mark.parametrize("reach", [Reach.TEST, Reach.DOCUMENT])
def test_tests_and_documents_never_block(reach: Reach) -> None:
    assert act(a_finding(reach=reach)) is W
    assert act(a_finding(reach=reach, severity=Severity.HIGH)) is M
    assert act(a_finding(reach=reach, severity=Severity.HIGH), Policy(preset=Preset.STRICT)) is M


def test_the_first_rule_that_matches_decides_and_is_named() -> None:
    policy = rules(
        PolicyRule(W, 3, alerts=frozenset({"startup-hook"})),
        PolicyRule(
            M, 5, alerts=frozenset({"install-script"}), reason="reviewed", owner="@acme", until=date(2027, 1, 1)
        ),
        PolicyRule(B, 9, alerts=frozenset({"install-script"})),
    )
    judged = judge_finding(a_finding("install-script", severity=Severity.HIGH), a_change(), policy, None, TODAY)
    assert judged.action is M
    assert judged.because == "line 5 of .github/assay.yml at 1a2b3c4 says monitor"
    assert (judged.reason, judged.owner, judged.until, judged.policy_line) == ("reviewed", "@acme", date(2027, 1, 1), 5)


def test_no_rule_loosens_a_critical_finding_unless_it_names_the_alert() -> None:
    broad = rules(PolicyRule(Action.IGNORE, 3, package="npm/fast-colour"))
    named = rules(PolicyRule(Action.IGNORE, 3, package="npm/fast-colour", alerts=frozenset({"credential-theft"})))
    assert act(a_finding(), broad) is B
    assert act(a_finding(), named) is Action.IGNORE
    assert act(a_finding(severity=Severity.HIGH), broad) is Action.IGNORE


def test_an_exception_holds_on_its_last_day_and_not_after() -> None:
    def until(day: date) -> Policy:
        return rules(PolicyRule(Action.IGNORE, 3, alerts=frozenset({"credential-theft"}), until=day))

    assert act(a_finding(), until(TODAY)) is Action.IGNORE
    assert act(a_finding(), until(date(2026, 11, 2))) is B


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (PolicyRule(B, 1, package="npm/fast-colour"), True),
        (PolicyRule(B, 1, package="npm/fast-colour@2.4.1"), True),
        (PolicyRule(B, 1, package="npm/fast-colour@2.*"), True),
        (PolicyRule(B, 1, package="npm/fast-colour@2.4.0"), False),
        (PolicyRule(B, 1, package="npm/*"), True),
        (PolicyRule(B, 1, package="pypi/*"), False),
        (PolicyRule(B, 1, package="npm/fast"), False),
        (PolicyRule(B, 1, package="npm/fast-colour", version="^2.4.0"), True),
        (PolicyRule(B, 1, package="npm/fast-colour", version="<2"), False),
        (PolicyRule(B, 1, categories=frozenset({Category.SUPPLY_CHAIN})), True),
        (PolicyRule(B, 1, categories=frozenset({Category.SECRETS})), False),
        (PolicyRule(B, 1, severities=frozenset({Severity.MEDIUM})), True),
        (PolicyRule(B, 1, confidences=frozenset({Confidence.LOW})), False),
        (PolicyRule(B, 1, scopes=frozenset({Scope.RUNTIME})), True),
        (PolicyRule(B, 1, scopes=frozenset({Scope.DEVELOPMENT})), False),
        (PolicyRule(B, 1, direct=True), True),
        (PolicyRule(B, 1, direct=False), False),
        (PolicyRule(B, 1, path="package-lock.json"), True),
        (PolicyRule(B, 1, path="**/package-lock.json"), True),
        (PolicyRule(B, 1, path="web/*"), False),
        (PolicyRule(B, 1, changes=frozenset({ChangeKind.UPGRADED})), True),
        (PolicyRule(B, 1, changes=frozenset({ChangeKind.ADDED})), False),
        (PolicyRule(B, 1, new=True), True),
        (PolicyRule(B, 1, new=False), False),
    ],
)
def test_a_rule_matches_when_all_that_it_says_is_so(rule: PolicyRule, matches: bool) -> None:
    finding = a_finding("install-script", severity=Severity.MEDIUM)
    assert act(finding, rules(rule)) is (B if matches else M)


def test_python_names_match_however_they_are_spelt() -> None:
    change = a_change("pypi/zope-interface@7.0", "6.0")
    policy = rules(PolicyRule(B, 1, package="pypi/Zope.Interface@7.0"))
    assert act(a_finding(severity=Severity.LOW), policy, change) is B


def test_a_scope_is_not_taken_for_a_version() -> None:
    change = a_change("npm/@acme/x@1.0.0", "0.9.0")
    assert act(a_finding(severity=Severity.LOW), rules(PolicyRule(B, 1, package="npm/@acme/*")), change) is B
    assert act(a_finding(severity=Severity.LOW), rules(PolicyRule(B, 1, package="npm/@acme/x@2.0.0")), change) is M


def test_the_operators_floor_tightens_and_never_loosens() -> None:
    loose = rules(PolicyRule(Action.IGNORE, 3, alerts=frozenset({"credential-theft"})))
    judged = judge_finding(a_finding(), a_change(), loose, Policy(origin="the floor"), TODAY)
    assert judged.action is B
    assert judged.because == "the operator's floor is stricter: the preset balanced blocks critical findings"
    assert act(a_finding(), Policy(), floor=Policy(preset=Preset.QUIET)) is B
    assert act(a_finding(severity=Severity.HIGH), Policy(), floor=Policy(preset=Preset.QUIET)) is W


def test_what_was_not_examined_blocks_unless_the_policy_says_warn() -> None:
    assert judge_gap(GAP, a_change(), "package-lock.json", Policy(), None, TODAY).action is B
    warns = Policy(not_examined=W)
    assert judge_gap(GAP, a_change(), "package-lock.json", warns, None, TODAY).action is W
    assert judge_gap(GAP, a_change(), "package-lock.json", warns, Policy(), TODAY).action is B


def test_only_a_rule_that_speaks_of_gaps_decides_about_one() -> None:
    broad = rules(PolicyRule(Action.IGNORE, 3, package="npm/*"))
    named = rules(PolicyRule(W, 3, alerts=frozenset({"not-examined/too-large"}), package="npm/fast-colour"))
    other = rules(PolicyRule(W, 3, alerts=frozenset({"not-examined/timeout"})))
    assert judge_gap(GAP, a_change(), "package-lock.json", broad, None, TODAY).action is B
    assert judge_gap(GAP, a_change(), "package-lock.json", named, None, TODAY).action is W
    assert judge_gap(GAP, a_change(), "package-lock.json", other, None, TODAY).action is B


def a_gap(action: Action) -> JudgedGap:
    return JudgedGap(GAP, action, "")


@pytest.mark.parametrize(
    ("item", "conclusion"),
    [
        (Reviewed((a_change(),)), Conclusion.SUCCESS),
        (Reviewed((a_change(),), findings=(a_judged(M),)), Conclusion.SUCCESS),
        (Reviewed((a_change(),), findings=(a_judged(W),)), Conclusion.NEUTRAL),
        (Reviewed((a_change(),), gaps=(a_gap(W),)), Conclusion.NEUTRAL),
        (Reviewed((a_change(),), gaps=(a_gap(B),)), Conclusion.ACTION_REQUIRED),
        (Reviewed((a_change(),), findings=(a_judged(W),), gaps=(a_gap(B),)), Conclusion.ACTION_REQUIRED),
        (Reviewed((a_change(),), findings=(a_judged(B),), gaps=(a_gap(B),)), Conclusion.FAILURE),
        (Reviewed((a_change(),), gaps=(a_gap(Action.IGNORE),)), Conclusion.SUCCESS),
    ],
    ids=["clean", "remark", "warning", "gap that warns", "gap", "warning and gap", "block and gap", "accepted gap"],
)
def test_each_conclusion_has_one_meaning(item: Reviewed, conclusion: Conclusion) -> None:
    assert conclusion_of([item], [], ()) is conclusion


def test_an_unreadable_file_or_policy_is_never_green() -> None:
    assert conclusion_of([], [FileGap("package-lock.json", 1, a_gap(B))], ()) is Conclusion.ACTION_REQUIRED
    assert conclusion_of([], [], (PolicyProblem(1, 1, "This is not YAML."),)) is Conclusion.ACTION_REQUIRED


def test_ended_ending_and_idle_exceptions_are_told_but_not_those_for_packages_of_other_pull_requests() -> None:
    def exception(line: int, package: str, until: date) -> PolicyRule:
        return PolicyRule(Action.IGNORE, line, package=package, owner="@acme", until=until)

    policy = rules(
        exception(3, "npm/gone", date(2026, 10, 1)),
        exception(5, "npm/soon", date(2026, 11, 10)),
        exception(7, "npm/fast-colour", date(2027, 6, 1)),
        exception(9, "npm/elsewhere", date(2027, 6, 1)),
    )
    assert unused_exceptions(policy, [Reviewed((a_change(),))], [], TODAY) == (
        "line 3: the exception for npm/gone ended on 2026-10-01 and no longer counts",
        "line 5: the exception for npm/soon ends on 2026-11-10",
        "line 7: the exception for npm/fast-colour matched nothing; is it still needed?",
    )


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("examples/**", "examples/a/package-lock.json", True),
        ("examples/*", "examples/a/package-lock.json", False),
        ("**/fixtures/**", "a/b/fixtures/c.txt", True),
        ("**/fixtures/**", "fixtures/c.txt", True),
        ("requirements?.txt", "requirements1.txt", True),
        ("a.b", "axb", False),
        ("a/**/b", "a/b", True),
    ],
)
def test_path_globs(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, path) is matches
    assert is_ignored_path(replace(Policy(), ignored_paths=(pattern,)), None, path) is matches


def test_a_hostile_glob_costs_linear_time() -> None:
    assert not path_matches("*a" * 200 + "b", "a" * 1000)


def test_a_change_of_another_scope_is_another_subject() -> None:
    pin = a_pin(scope=Scope.DEVELOPMENT)
    policy = rules(PolicyRule(M, 3, scopes=frozenset({Scope.DEVELOPMENT})))
    assert act(a_finding(severity=Severity.HIGH), policy, a_change(after=pin)) is M


def test_a_repository_cannot_ignore_paths_or_switch_off_what_the_floor_asks_for() -> None:
    ignoring = replace(Policy(), ignored_paths=("**",), enabled=False)
    assert is_ignored_path(ignoring, None, "package-lock.json")
    assert not is_ignored_path(ignoring, Policy(), "package-lock.json")
    assert is_ignored_path(ignoring, replace(Policy(), ignored_paths=("*.json",)), "package-lock.json")
    assert is_switched_off(ignoring, None)
    assert not is_switched_off(ignoring, Policy())
