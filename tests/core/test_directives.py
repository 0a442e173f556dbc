"""Changed directives in the check, on the terminal and in JSON; strangers' words in them do not come alive."""

from __future__ import annotations

from dataclasses import replace

from app.core.check_text import summary
from app.core.directives import Directive, DirectiveChange, DirectiveKind, changed_directives
from app.core.prose import Links, title
from app.core.records import review_record
from app.core.report import Report
from app.core.terminal_text import review_lines
from tests.builders import a_report

OVERRIDE = DirectiveChange("package.json", 7, DirectiveKind.OVERRIDE, "semver", "7.5.2", "7.5.4")
PATCH = DirectiveChange("package.json", 9, DirectiveKind.PATCH, "left@1.0.0", None, "patches/left.patch")


def told(*changes: DirectiveChange) -> Report:
    return replace(a_report(), reviewed=(), directives=changes)


def test_the_check_lists_them_with_their_lines() -> None:
    text = summary(told(OVERRIDE, PATCH), Links())
    section = text.partition("### Overrides, patches and catalogs that changed\n\n")[2].partition("\n\n")[0]
    assert section.splitlines() == [
        "- `package.json:7`: override of `semver` changed: `7.5.2` → `7.5.4`",
        "- `package.json:9`: patch of `left@1.0.0` added: `patches/left.patch`",
    ]


def test_the_title_says_that_no_package_changed() -> None:
    assert title(told(OVERRIDE)) == "1 override, patch or catalog entry changed, and no package"
    assert title(told(OVERRIDE, PATCH)) == "2 overrides, patches or catalog entries changed, and no package"


def test_the_terminal_and_json_have_them() -> None:
    assert "note  package.json:7: override of semver changed: 7.5.2 → 7.5.4" in list(review_lines(told(OVERRIDE)))
    assert review_record(told(OVERRIDE))["directives"] == [
        {
            "file": "package.json",
            "line": 7,
            "kind": "override",
            "name": "semver",
            "before": "7.5.2",
            "after": "7.5.4",
        }
    ]


def test_a_strangers_words_do_not_come_alive() -> None:
    hostile = replace(OVERRIDE, name="@everyone <img src=x>", after="`**bold**`\nline")
    text = summary(told(hostile), Links())
    assert "override of `@everyone <img src=x>` changed" in text.replace("\u200b", "").replace("\u2060", "")
    assert "\nline" not in text


def test_what_stays_is_no_change_and_the_last_of_two_equal_ones_counts() -> None:
    one, other = (Directive(DirectiveKind.OVERRIDE, "a", value, line) for line, value in enumerate("12", 3))
    assert list(changed_directives("f", [one, other], [replace(other, line=9)])) == []
    assert list(changed_directives("f", [one], [one, other])) == [
        DirectiveChange("f", 4, DirectiveKind.OVERRIDE, "a", "1", "2")
    ]
