"""A policy file is read strictly: every problem has its line and column, and no meaning is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from app.core.finding import Category, Severity
from app.core.lockfile import Scope
from app.core.policy import Action, CommentWhen, Policy, PolicyRule, Preset
from app.core.policy_file import read_policy

ALERTS = ["install-script", "credential-theft", "integrity-mismatch"]


def read(text: str | bytes) -> Policy:
    policy = read_policy(text if isinstance(text, bytes) else text.encode(), "the test", ALERTS)
    assert isinstance(policy, Policy), policy
    return policy


def problems(text: str | bytes) -> list[str]:
    found = read_policy(text if isinstance(text, bytes) else text.encode(), "the test", ALERTS)
    assert isinstance(found, tuple)
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in found]


def test_a_whole_file_is_read_as_it_stands() -> None:
    policy = read("""\
version: 1
enabled: true
preset: strict
rules:
  - alert: install-script
    package: npm/esbuild
    action: ignore
    reason: native installer, reviewed
    owner: "@acme/platform"
    until: 2027-03-01
  - category: vulnerability
    severity: critical
    action: block
  - scope: development
    severity: [low, medium]
    action: monitor
  - alert: not-examined/too-large
    package: pypi/torch
    action: warn
not-examined: warn
paths:
  ignore: ["examples/**"]
comment: always
review-comments: false
""")
    assert policy == Policy(
        origin="the test",
        enabled=True,
        preset=Preset.STRICT,
        rules=(
            PolicyRule(
                Action.IGNORE,
                5,
                alerts=frozenset({"install-script"}),
                package="npm/esbuild",
                reason="native installer, reviewed",
                owner="@acme/platform",
                until=date(2027, 3, 1),
            ),
            PolicyRule(
                Action.BLOCK,
                11,
                categories=frozenset({Category.VULNERABILITY}),
                severities=frozenset({Severity.CRITICAL}),
            ),
            PolicyRule(
                Action.MONITOR,
                14,
                scopes=frozenset({Scope.DEVELOPMENT}),
                severities=frozenset({Severity.LOW, Severity.MEDIUM}),
            ),
            PolicyRule(Action.WARN, 17, alerts=frozenset({"not-examined/too-large"}), package="pypi/torch"),
        ),
        not_examined=Action.WARN,
        ignored_paths=("examples/**",),
        comment=CommentWhen.ALWAYS,
        review_comments=False,
    )


def test_the_shortest_file_is_the_balanced_preset() -> None:
    assert read("version: 1\n") == Policy(origin="the test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1 The file must be a mapping that begins with `version: 1`."]),
        ("- a\n", ["1:1 The file must be a mapping that begins with `version: 1`."]),
        ("enabled: true\n", ["1:1 `version: 1` is missing."]),
        ("version: 2\n", ["1:10 The only version of this file is 1."]),
        ("version: 1\npreste: strict\n", ['2:1 "preste" is not a key of the policy. Did you mean "preset"?']),
        (
            "version: 1\npreset: strickt\n",
            ['2:9 "strickt" is not one of quiet, balanced, strict. Did you mean "strict"?'],
        ),
        ("version: 1\nenabled: yes\n", ['2:10 "yes" is neither true nor false.']),
        ("version: 1\nlicenses: {}\n", ['2:1 "licenses" is not supported yet.']),
        ("version: 1\ncool-down: { npm: 3d }\n", ['2:1 "cool-down" is not supported yet.']),
        ("version: 1\npreset: quiet\npreset: strict\n", ['3:1 "preset" stands twice in the policy.']),
        ("version: 1\nrules: 3\n", ["2:8 `rules` must be a list."]),
        ("version: 1\nrules:\n  - block\n", ["3:5 A rule must be a mapping, such as `- alert: install-script`."]),
        (
            "version: 1\nrules:\n  - alert: install-script\n    acton: block\n",
            [
                "3:5 `action` is missing (block, warn, monitor or ignore).",
                '4:5 "acton" is not a key of a rule. Did you mean "action"?',
            ],
        ),
        (
            "version: 1\nrules:\n  - alert: instal-script\n    action: block\n",
            ['3:12 "instal-script" is not an alert. Did you mean "install-script"?'],
        ),
        (
            "version: 1\nrules:\n  - action: block\n",
            ["3:5 This rule matches everything; name an alert, a category, a package or the like."],
        ),
        (
            "version: 1\nrules:\n  - alert: install-script\n    action: ignore\n    owner: me\n",
            ["4:13 An exception needs `reason`, `until` too."],
        ),
        (
            "version: 1\nrules:\n  - package: esbuild\n    action: block\n",
            ['3:14 "esbuild" is not a package; write npm/name, npm/@scope/* or pypi/name@1.2.3.'],
        ),
        (
            "version: 1\nrules:\n  - package: npm/x\n    version: not a range\n    action: block\n",
            ["4:14 'not a range' is not a range such as ^1.2.3 or >=1.2.3 <2."],
        ),
        (
            "version: 1\nrules:\n  - scope: runtime\n    version: ^1\n    action: block\n",
            ["4:14 `version` needs `package` with its ecosystem, such as npm/name."],
        ),
        (
            "version: 1\nrules:\n  - alert: not-examined/timeout\n    severity: high\n    action: warn\n",
            ["3:5 This can never match: what was not examined has no severity, confidence or novelty."],
        ),
        ("version: 1\nrules:\n  - alert: []\n    action: warn\n", ["3:12 An empty list can never match."]),
        (
            "version: 1\nrules:\n  - alert: install-script\n    action: block\n    until: someday\n",
            ['5:12 "someday" is not a day such as 2027-03-01.'],
        ),
        (
            "version: 1\nrules:\n  - alert: install-script\n    action: block\n    until: 20270301\n",
            ['5:12 "20270301" is not a day such as 2027-03-01.'],
        ),
        (
            "version: 1\nrules:\n  - package: npm/@acme\n    action: block\n",
            ['3:14 "npm/@acme" is not a package; write npm/name, npm/@scope/* or pypi/name@1.2.3.'],
        ),
        (
            "version: 1\nnot-examined: ignore\n",
            ["2:15 `not-examined` is block or warn; what was not examined is never clean."],
        ),
        ("version: 1\npaths: [a]\n", ["2:8 `paths` must be a mapping with `ignore`."]),
        ("version: 1\n---\nversion: 1\n", ["2:1 There is more than one document in the file."]),
        ("version: &a 1\nenabled: *a\n", ["2:10 Anchors and aliases are not used here."]),
        ("version: 1\n? [a]\n: b\n", ["2:3 A key is a plain word here."]),
        (b"version: 1\nenabled: \xff\n", ["2:1 This is not UTF-8 text."]),
    ],
)
def test_every_problem_names_line_column_and_cause(text: str | bytes, expected: list[str]) -> None:
    assert problems(text) == expected


def test_all_problems_are_told_at_once() -> None:
    assert len(problems("version: 3\npreste: a\nrules:\n  - alert: nothing\n    action: blok\n")) == 4


@pytest.mark.parametrize(
    "text",
    ["version: 1\nrules: " + "[" * 200_000, "{" * 200_000, "a: " + "- " * 70_000, "\t", "a: 'b", "%YAML 9", "\x00"],
    ids=["brackets", "braces", "dashes", "tab", "open quote", "directive", "NUL"],
)
def test_hostile_text_ends_in_a_problem_with_a_place(text: str) -> None:
    assert problems(text)[0][0].isdigit()


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    assert problems(b"#" * 300_000) == ["1:1 The file is larger than 256 KiB."]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert read(b"\xef\xbb\xbfversion: 1\r\npreset: quiet\r\n").preset is Preset.QUIET
