"""Packages of ecosystems that nobody opens yet: compared, listed, never called examined."""

from __future__ import annotations

from datetime import date

import pytest

from app.core.check_text import summary
from app.core.comment_text import comment, wants_comment
from app.core.errors import Reason
from app.core.judgement import conclusion_of, judge_gap
from app.core.package import Ecosystem
from app.core.policy import CommentWhen, Conclusion, Policy
from app.core.policy_file import read_policy
from app.core.prose import Links, title
from app.core.report import Reviewed
from app.core.specimen import NotExamined
from app.core.terminal_text import review_lines
from app.core.version_range import read_range
from tests.builders import a_change, a_report

TODAY = date(2026, 11, 24)
DETAIL = "Packages of Go are compared; their contents are not examined."
NPM = Reviewed((a_change(),))


def compared(policy: Policy | None = None, label: str = "golang/git.example/acme/colour@v1.2.0") -> Reviewed:
    """A Go module of a pull request, judged."""
    change = a_change(label, None, file="go.mod")
    gap = judge_gap(NotExamined(label, Reason.ECOSYSTEM, DETAIL), change, "go.mod", policy or Policy(), None, TODAY)
    return Reviewed((change,), gaps=(gap,))


def a_policy(text: str) -> Policy:
    read = read_policy(f"version: 1\n{text}".encode(), ".github/assay.yml", frozenset())
    assert isinstance(read, Policy)
    return read


def test_they_do_not_keep_a_check_from_success_by_themselves() -> None:
    assert conclusion_of([NPM, compared()], [], []) is Conclusion.SUCCESS


def test_the_preset_that_blocks_what_is_not_examined_lets_them_pass_too() -> None:
    assert conclusion_of([compared(a_policy("preset: strict\nnot-examined: block\n"))], [], []) is Conclusion.SUCCESS


def test_a_policy_may_ask_for_more() -> None:
    warns = a_policy("rules:\n  - alert: not-examined/ecosystem\n    package: golang/*\n    action: warn\n")
    assert conclusion_of([compared(warns)], [], []) is Conclusion.NEUTRAL
    assert not compared(warns).is_compared_only


@pytest.mark.parametrize(
    ("reviewed", "words"),
    [
        ([compared()], "1 changed package compared only (Go), nothing to decide"),
        ([NPM, compared()], "1 changed package examined, 1 compared only (Go), nothing to decide"),
        (
            [compared(), compared(label="cargo/colour@1.0.0")],
            "2 changed packages compared only (Rust, Go), nothing to decide",
        ),
    ],
)
def test_the_title_never_calls_them_examined(reviewed: list[Reviewed], words: str) -> None:
    assert title(a_report(*reviewed, conclusion=Conclusion.SUCCESS)) == words


def test_the_summary_lists_them_and_says_it_once_for_each_ecosystem() -> None:
    others = [compared(label=f"golang/git.example/acme/part{number}@v1.0.0") for number in range(3)]
    text = summary(a_report(NPM, *others, conclusion=Conclusion.SUCCESS), Links())
    assert "- Go: 3 packages compared, contents not examined" in text
    assert text.count("contents not examined") == 1
    assert text.count("| compared only |") == 3
    assert "4 packages with nothing to decide (3 compared only)" in text


def test_the_comment_is_not_written_for_them_alone_and_does_not_count_them_as_examined() -> None:
    report = a_report(NPM, compared(), conclusion=Conclusion.SUCCESS)
    assert not wants_comment(report, CommentWhen.WHEN_NEEDED)
    assert "1 other package was examined and has nothing to decide; 1 package was compared only, not opened" in comment(
        report, Links(), "<!-- m -->", TODAY
    )


def test_the_command_line_says_so_as_well() -> None:
    lines = list(review_lines(a_report(NPM, compared(), conclusion=Conclusion.SUCCESS)))
    assert lines == [
        "note  Go: 1 package compared, contents not examined",
        "1 package has nothing to decide. 1 compared only.",
    ]


@pytest.mark.parametrize(
    ("ecosystem", "text", "inside", "outside"),
    [
        (Ecosystem.GO, ">=v1.2.0, <v2.0.0", ["v1.2.0", "v1.9.0"], ["v2.0.0", "v1.1.9"]),
        (Ecosystem.MAVEN, ">31.1-jre", ["32.0-jre"], ["31.1-jre", "30.0-jre"]),
        (Ecosystem.GITHUB_ACTIONS, "v4", ["v4"], ["v5", "main"]),
        (Ecosystem.GEM, "<=7.1.0", ["7.1.0", "7.1.0.rc1"], ["7.1.1"]),
    ],
)
def test_a_policy_names_their_versions_by_plain_comparisons(
    ecosystem: Ecosystem, text: str, inside: list[str], outside: list[str]
) -> None:
    contains = read_range(ecosystem, text)
    assert [version for version in (*inside, *outside) if contains(version)] == inside


@pytest.mark.parametrize("text", ["", "^1.2", "~> 1.2", ">=", ">=nonsense", "=>1"])
def test_what_is_no_plain_comparison_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        read_range(Ecosystem.GO, text)
