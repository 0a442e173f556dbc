"""What stands on a pull request, pinned in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from app.core.check_text import LIMIT as CHECK_LIMIT
from app.core.check_text import check_output, line_annotations, summary
from app.core.comment_text import (
    LIMIT,
    comment,
    comment_marker,
    retired_comment,
    review_comments,
    wants_comment,
)
from app.core.errors import Reason
from app.core.finding import Evidence, Severity, Words
from app.core.lockfile import Scope
from app.core.policy import Action, CommentWhen, Conclusion, PolicyProblem
from app.core.prose import Links, title
from app.core.report import ArtifactSummary, FileGap, FileRead, JudgedGap, Report, Reviewed
from app.core.specimen import FactId, NotExamined
from tests.builders import a_change, a_judged, a_pin, a_report

TODAY = date(2026, 11, 3)
LINKS = Links(rules="https://assay.example/rules", report="https://assay.example/reports/r1")
ADVICE = (("credential-theft", "Replace the npm tokens of every machine that installed it."),)
STEALER = a_judged(
    message=Words("its install step reads {0} and sends it to {1}", ("npm credentials", "drop.example")),
    evidence=(
        Evidence("package.json", 24, Words("runs at install"), '"postinstall": "node scripts/setup.js"'),
        Evidence("scripts/setup.js", 7, Words("reads {0}", ("~/.npmrc",)), "fs.readFileSync(home + '/.npmrc')"),
    ),
)
BLOCKED = Reviewed(
    (a_change(through=("npm/chart-kit@5.2.0",), direct_line=18),),
    artifacts=(ArtifactSummary("fast-colour-2.4.1.tgz", "1" * 64, 1000, 3),),
    capabilities=(FactId.NETWORK, FactId.INSTALL_SCRIPT),
    gained=(FactId.INSTALL_SCRIPT,),
    findings=(STEALER,),
)
WARNED = Reviewed(
    (a_change("pypi/imgpress@3.0.0", "2.9.4", file="requirements.txt"),),
    findings=(
        a_judged(
            Action.WARN,
            rule="capability-gained",
            severity=Severity.HIGH,
            message=Words("now starts processes"),
            evidence=(Evidence("imgpress/convert.py", 88, Words("runs a program"), "subprocess.run([tool, path])"),),
        ),
    ),
)
QUIET = Reviewed((a_change("npm/left-pad@1.3.0", "1.2.0"),))


def a_gap(reason: Reason = Reason.NOT_FOUND, action: Action = Action.BLOCK) -> JudgedGap:
    detail = "npm/left-pad@9.9.9 is not on the registry. Is the name or version right?"
    return JudgedGap(NotExamined("npm/left-pad@9.9.9", reason, detail), action, "not examined is never clean")


def the_report(**changes: object) -> Report:
    return replace(a_report(BLOCKED, WARNED, QUIET, conclusion=Conclusion.FAILURE, advice=ADVICE), **changes)  # type: ignore[arg-type]


def test_the_comment_of_a_blocked_package_reads_like_this() -> None:
    assert (
        comment(the_report(), LINKS, "<!-- assay 12 -->", TODAY)
        == """\
<!-- assay 12 -->
### Assay: 1 package blocked, 1 warning

**`npm/fast-colour@2.4.1`** is blocked. Its install step reads `npm credentials` and sends it to `drop.example`.
New in `2.4.1`; `2.4.0` did not. Comes in through `npm/chart-kit@5.2.0` (`package-lock.json` line 18).

<details><summary>What we saw, and what to do</summary>

| where in the package | what |
| --- | --- |
| `package.json:24` | runs at install: `"postinstall": "node scripts/setup.js"` |
| `scripts/setup.js:7` | reads `~/.npmrc`: `fs.readFileSync(home + '/.npmrc')` |

**What to do.** Stay on `npm/fast-colour@2.4.0`. Replace the npm tokens of every machine that installed it.

If this is expected, a maintainer can accept it in `.github/assay.yml`:

```yaml
- alert: credential-theft
  package: "npm/fast-colour@2.4.1"
  action: ignore
  reason: "…"
  owner: "@…"
  until: 2027-02-01
```

Rule: [credential-theft](https://assay.example/rules/credential-theft) · severity critical, confidence high · Preset balanced blocks critical findings.
</details>

**`pypi/imgpress@3.0.0`** has a warning. Now starts processes.
New in `3.0.0`; `2.9.4` did not. Direct, `requirements.txt` line 12.

<details><summary>What we saw, and what to do</summary>

| where in the package | what |
| --- | --- |
| `imgpress/convert.py:88` | runs a program: `subprocess.run([tool, path])` |

**What to do.** Stay on `pypi/imgpress@2.9.4`. Do not merge it before somebody can explain it.

If this is expected, a maintainer can accept it in `.github/assay.yml`:

```yaml
- alert: capability-gained
  package: "pypi/imgpress@3.0.0"
  action: ignore
  reason: "…"
  owner: "@…"
  until: 2027-02-01
```

Rule: [capability-gained](https://assay.example/rules/capability-gained) · severity high, confidence high · Preset balanced blocks critical findings.
</details>

1 other package was examined and has nothing to decide: [report](https://assay.example/reports/r1).
"""
    )


def test_what_an_upgrade_gains_is_told_once_by_the_rule_that_says_what_it_does() -> None:
    """The rules that say "new" and "unasked" of the same lines are named, so that an exception covers them."""
    says = Words("does it")
    step, fetch, run = (Evidence(*place, says) for place in (("package.json", 5), ("a.js", 3), ("a.js", 9)))
    reaches, starts = "its install step reaches the network, which {0} did not", "its install step starts {0}"
    findings = [
        ("capability-gained", Words(reaches, ("2.4.0",)), (step, fetch)),
        ("install-script", Words("its install step runs it"), (step,)),
        ("install-network", Words("its install step talks to {0}", ("api.example",)), (step, fetch)),
        ("capability-gained", Words(f"{starts}, which {{1}} did not", ("programs", "2.4.0")), (step, run)),
    ]
    judged = tuple(
        a_judged(Action.WARN, rule=rule, severity=Severity.HIGH, message=message, evidence=evidence)
        for rule, message, evidence in findings
    )
    text = comment(a_report(Reviewed((a_change(),), findings=judged)), LINKS, "", TODAY)
    assert "has a warning. Its install step talks to `api.example`." in text
    assert [line for line in text.split("\n") if line.startswith("Also: ")] == [
        "Also: Its install step starts `programs`, which `2.4.0` did not."
    ]
    assert "- alert: [install-network, capability-gained, install-script]" in text


def test_the_review_comment_names_the_direct_dependency_and_what_it_brings_in() -> None:
    (first, _) = review_comments(the_report(), LINKS)
    assert (first.path, first.line) == ("package-lock.json", 18)
    assert first.body == (
        "`npm/chart-kit@5.2.0` brings in `npm/fast-colour@2.4.1`, which is blocked: its install step reads"
        " `npm credentials` and sends it to `drop.example`"
        " ([credential-theft](https://assay.example/rules/credential-theft)). New in `2.4.1`; `2.4.0` did not."
    )


def test_the_same_review_comment_has_the_same_key_in_the_next_run() -> None:
    assert review_comments(the_report(), LINKS)[0].key == review_comments(the_report(head_sha="c" * 40), LINKS)[0].key


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (the_report(), "1 package blocked: its install step reads npm credentials and sends it to drop.example"),
        (a_report(QUIET), "1 changed package examined, nothing to decide"),
        (a_report(WARNED, QUIET, conclusion=Conclusion.NEUTRAL), "1 warning in 2 changed packages"),
        (replace(a_report(), reviewed=()), "No dependency changed"),
        (replace(a_report(), reviewed=(), conclusion=Conclusion.SKIPPED), "No dependency changed"),
        (
            replace(a_report(), reviewed=(), conclusion=Conclusion.SKIPPED, files=(FileRead("yarn.lock", None),)),
            "No dependency file that Assay can read changed (yarn.lock)",
        ),
        (
            a_report(replace(QUIET, gaps=(a_gap(),)), conclusion=Conclusion.ACTION_REQUIRED),
            "1 package could not be examined (not on the registry)",
        ),
        (
            a_report(
                replace(QUIET, gaps=(a_gap(Reason.REGISTRY_UNAVAILABLE),)),
                conclusion=Conclusion.ACTION_REQUIRED,
                retry_at="2026-11-03T14:20+00:00",
            ),
            "1 package could not be examined (registry did not answer); will be tried again",
        ),
        (
            replace(
                a_report(),
                reviewed=(),
                conclusion=Conclusion.ACTION_REQUIRED,
                file_gaps=(
                    FileGap(
                        "package-lock.json",
                        212,
                        JudgedGap(
                            NotExamined("package-lock.json", Reason.UNREADABLE_FILE, "this is not JSON."),
                            Action.BLOCK,
                            "",
                        ),
                    ),
                ),
            ),
            "package-lock.json line 212: this is not JSON.",
        ),
        (replace(a_report(), conclusion=Conclusion.CANCELLED), "A newer commit replaced this one"),
        (
            replace(
                a_report(), conclusion=Conclusion.SKIPPED, switched_off=True, policy=".github/assay.yml at 1234567"
            ),
            "Switched off by .github/assay.yml at 1234567",
        ),
    ],
)
def test_the_title_says_the_verdict_and_the_number_that_matters(report: Report, expected: str) -> None:
    assert title(report) == expected


def test_the_summary_holds_the_table_the_evidence_what_was_not_examined_and_the_files_in_this_order() -> None:
    report = the_report(
        files=(FileRead("package-lock.json", "package-lock", 318), FileRead("yarn.lock", None)),
        reviewed=(BLOCKED, replace(QUIET, gaps=(a_gap(),))),
    )
    text = summary(report, LINKS)
    order = ["### What changed", "### Blocked", "### Not examined", "### Files", "Engine test."]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    row = (
        "| `npm/fast-colour` | `2.4.0` → `2.4.1` | through `npm/chart-kit@5.2.0` | runtime |"
        " network, **install step** | **blocked** |"
    )
    assert row in text
    assert "- `yarn.lock` looks like a dependency file, but its format is not read yet" in text


def test_a_summary_of_two_thousand_packages_keeps_the_block_and_drops_the_quiet_rows() -> None:
    quiet = tuple(Reviewed((a_change(f"npm/package-number-{number}@1.3.0", "1.2.0"),)) for number in range(2000))
    text = summary(the_report(reviewed=(BLOCKED, *quiet)), LINKS)
    assert len(text) <= CHECK_LIMIT
    assert "`scripts/setup.js:7`" in text
    assert "lines were left out for length. The whole report: https://assay.example/reports/r1" in text


def test_a_comment_about_hundreds_of_blocks_keeps_their_headlines_and_opens_no_fence_for_good() -> None:
    many = tuple(replace(BLOCKED, changes=(a_change(f"npm/fast-colour-{number}@2.4.1"),)) for number in range(200))
    text = comment(the_report(reviewed=many), LINKS, "<!-- m -->", TODAY)
    assert all(f"**`npm/fast-colour-{number}@2.4.1`** is blocked." in text for number in range(200))
    assert text.count("<details>") == text.count("</details>") == text.count("```yaml") > 10
    assert "lines were left out for length. The check run of this commit has the whole report." in text


def test_thousands_of_findings_are_annotated_and_commented_in_part_and_the_check_says_so() -> None:
    many = tuple(
        replace(BLOCKED, changes=(replace(a_change(f"npm/x-{number}@2.4.1"), manifest=("package.json", number + 1)),))
        for number in range(2000)
    )
    report = the_report(reviewed=many)
    output = check_output(report, LINKS)
    assert len(output.annotations) == 500
    assert output.annotations[0].title.startswith("npm/x-0@2.4.1")
    assert "500 of 2000 places are annotated, the gravest first." in output.summary
    assert len(review_comments(report, LINKS)) == 50


def test_a_comment_about_hundreds_of_blocks_stays_within_githubs_limit() -> None:
    many = tuple(replace(BLOCKED, changes=(a_change(f"npm/fast-colour-{number}@2.4.1"),)) for number in range(300))
    text = comment(the_report(reviewed=many), LINKS, "<!-- m -->", TODAY)
    assert len(text) <= LIMIT
    assert text.startswith("<!-- m -->\n### Assay: 300 packages blocked")


def test_an_annotation_stands_on_the_line_of_the_direct_dependency() -> None:
    (first, *_) = line_annotations(the_report())
    assert (first.path, first.line, first.level) == ("package-lock.json", 18, "failure")
    assert first.title == "npm/fast-colour@2.4.1: blocked (credential-theft)"
    assert first.message.splitlines() == [
        "Its install step reads npm credentials and sends it to drop.example.",
        "package.json:24: runs at install",
        "scripts/setup.js:7: reads ~/.npmrc",
        "Comes in through npm/chart-kit@5.2.0.",
    ]


def test_a_broken_policy_in_the_pull_request_is_annotated_on_its_line() -> None:
    report = the_report(head_policy_problems=(PolicyProblem(7, 5, '"acton" is not a key of a rule.'),))
    last = list(line_annotations(report))[-1]
    assert (last.path, last.line, last.message) == (".github/assay.yml", 7, '"acton" is not a key of a rule.')


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        (the_report(), True),
        (a_report(QUIET), False),
        (a_report(replace(QUIET, gaps=(a_gap(),))), True),
        (a_report(replace(QUIET, gaps=(a_gap(Reason.REGISTRY_UNAVAILABLE),))), False),
        (a_report(replace(QUIET, gaps=(a_gap(action=Action.IGNORE),))), False),
    ],
    ids=["blocked", "clean", "a lasting gap", "a passing outage", "an accepted gap"],
)
def test_a_comment_is_posted_only_when_there_is_something_to_decide(report: Report, wanted: bool) -> None:
    assert wants_comment(report, CommentWhen.WHEN_NEEDED) is wanted


def test_never_means_never_and_always_means_always() -> None:
    assert not wants_comment(the_report(), CommentWhen.NEVER)
    assert wants_comment(a_report(QUIET), CommentWhen.ALWAYS)


def test_the_marker_differs_by_pull_request_and_by_installation_secret() -> None:
    assert comment_marker(b"one", 1, 2) != comment_marker(b"two", 1, 2)
    assert comment_marker(b"one", 1, 2) != comment_marker(b"one", 1, 3)
    assert comment_marker(b"one", 1, 2) == comment_marker(b"one", 1, 2)


def test_a_comment_that_is_no_longer_needed_says_so_in_one_line() -> None:
    assert retired_comment("<!-- m -->", "a" * 40) == (
        "<!-- m -->\n### Assay: nothing to decide\n\nAs of `aaaaaaa`, nothing in this pull request blocks or warns."
    )


def test_a_private_repository_gets_no_link_to_a_page() -> None:
    text = comment(the_report(), Links(rules="https://assay.example/rules"), "<!-- m -->", TODAY)
    assert "/reports/" not in text
    assert "1 other package was examined and has nothing to decide; the check run has all of it." in text


def test_a_hostile_name_stays_in_its_code_span_everywhere() -> None:
    pin = a_pin("npm/x@1.0.0", scope=Scope.RUNTIME)
    name = "@octocat`|<img src=x>\u202e"
    hostile = structs.replace(pin, package=replace(pin.package, name=name))
    item = replace(BLOCKED, changes=(a_change(after=hostile, before=None, through=(f"npm/{name}@1",)),))
    for text in (
        comment(the_report(reviewed=(item,)), LINKS, "<!-- m -->", TODAY),
        summary(the_report(reviewed=(item,)), LINKS),
        review_comments(the_report(reviewed=(item,)), LINKS)[0].body,
    ):
        assert "\u202e" not in text
        assert "`` npm/@octocat`" in text.replace("``npm", "`` npm")
