"""Who took in what: what a report becomes for the search, and how a search is asked for."""

from __future__ import annotations

import pytest

from app.core.access import Access, Scope
from app.core.diff import ChangeKind
from app.core.errors import InputError, Reason
from app.core.finding import Words
from app.core.policy import Action
from app.core.report import FileFinding, FileGap, FileRead, JudgedGap, Reviewed
from app.core.review_search import EVERYTHING, FoundFinding, IntakeFilter, Sight, read_wanted_package, taken_in
from app.core.specimen import NotExamined
from tests.builders import a_change, a_judged, a_package, a_pin, a_report

GAP = JudgedGap(NotExamined("fast-colour-2.4.1.tgz", Reason.TOO_LARGE, "90 MB"), Action.BLOCK, "not-examined: block")
THEFT = FoundFinding(
    rule="credential-theft",
    action=Action.BLOCK,
    message="reads ~/.npmrc and sends it to drop.example",
    severity="critical",
    confidence="high",
    new=True,
    file="scripts/setup.js",
    line=7,
)


def test_an_intake_says_what_came_through_whom_and_what_was_found() -> None:
    change = a_change(through=("npm/chart-kit@5.2.0",), after=a_pin(direct=False, line=31))
    (taken,) = taken_in(a_report(Reviewed((change,), findings=(a_judged(),))))
    assert (taken.package, taken.before, taken.kind) == (a_package(), "2.4.0", ChangeKind.UPGRADED)
    assert (taken.file, taken.line, taken.direct, taken.through) == (
        "package-lock.json",
        31,
        False,
        ("npm/chart-kit@5.2.0",),
    )
    assert (taken.findings, taken.action) == ((THEFT,), Action.BLOCK)


def test_a_package_that_comes_in_through_two_files_is_two_intakes_with_the_same_findings() -> None:
    changes = (a_change(), a_change(file="docs/package-lock.json"))
    taken = list(taken_in(a_report(Reviewed(changes, findings=(a_judged(),)))))
    assert [one.file for one in taken] == ["package-lock.json", "docs/package-lock.json"]
    assert all(one.findings == (THEFT,) for one in taken)


def test_a_message_without_end_is_cut_and_says_so() -> None:
    """The report holds it whole."""
    judged = a_judged(message=Words("reads {0}", ("x" * 10_000,)))
    (taken,) = taken_in(a_report(Reviewed((a_change(),), findings=(judged,))))
    assert taken.findings[0].message == f"reads {'x' * 493}…"


def test_what_leaves_is_no_intake() -> None:
    gone = a_change(kind=ChangeKind.REMOVED, before=a_pin(), after=None)
    assert list(taken_in(a_report(Reviewed((gone,))))) == []


def test_a_clean_intake_has_no_action() -> None:
    (taken,) = taken_in(a_report(Reviewed((a_change(),))))
    assert taken.action is None


def test_what_was_not_examined_is_found_like_an_alert() -> None:
    (taken,) = taken_in(a_report(Reviewed((a_change(),), gaps=(GAP,))))
    assert taken.findings == (
        FoundFinding("not-examined/too-large", Action.BLOCK, "90 MB", file="fast-colour-2.4.1.tgz"),
    )
    assert taken.action is Action.BLOCK


def test_dependency_files_are_found_without_a_package() -> None:
    unreadable = JudgedGap(NotExamined("yarn.lock", Reason.UNREADABLE_FILE, "line 3: no key"), Action.BLOCK, "why")
    report = a_report(
        Reviewed((a_change(),)),
        file_findings=(FileFinding("requirements.txt", 2, a_judged(Action.WARN, rule="index-added")),),
        file_gaps=(FileGap("yarn.lock", 3, unreadable),),
    )
    _, index, gap = taken_in(report)
    assert (index.package, index.file, index.line, index.findings[0].rule) == (
        None,
        "requirements.txt",
        2,
        "index-added",
    )
    assert (gap.package, gap.file, gap.line, gap.findings[0].rule) == (
        None,
        "yarn.lock",
        3,
        "not-examined/unreadable-file",
    )


def test_a_file_of_a_format_that_is_not_read_yet_is_found_as_not_examined() -> None:
    report = a_report(
        Reviewed((a_change(),)), files=(FileRead("package-lock.json", "package-lock", 9), FileRead("bun.lock", None))
    )
    _, file = taken_in(report)
    assert (file.package, file.file, file.findings[0].rule, file.action) == (
        None,
        "bun.lock",
        "not-examined/unknown-format",
        Action.MONITOR,
    )


@pytest.mark.parametrize(
    ("text", "key", "version"),
    [
        ("npm/fast-colour", "npm/fast-colour", None),
        (" npm/fast-colour@2.4.1 ", "npm/fast-colour", "2.4.1"),
        ("npm/@acme/kit", "npm/@acme/kit", None),
        ("npm/@acme/kit@1.0.0", "npm/@acme/kit", "1.0.0"),
        ("pypi/Img_Press@3.0", "pypi/img-press", "3.0"),
    ],
)
def test_a_package_is_asked_for_with_or_without_its_version(text: str, key: str, version: str | None) -> None:
    assert read_wanted_package(text) == (key, version)


@pytest.mark.parametrize("text", ["", "fast-colour", "npm/@acme", "npm/fast-colour@", "ruby/rails", "npm/a b", "@1"])
def test_what_is_no_package_is_told(text: str) -> None:
    with pytest.raises(InputError, match="is not a package"):
        read_wanted_package(text)


def test_a_search_is_about_something() -> None:
    with pytest.raises(InputError, match="Name what to look for"):
        IntakeFilter()
    with pytest.raises(InputError, match="without its package"):
        IntakeFilter(version="1.0.0", alert="install-script")


def test_a_token_sees_what_it_is_narrowed_to() -> None:
    scopes = frozenset({Scope.FINDINGS_READ})
    assert Sight.of(Access(scopes)) == EVERYTHING
    narrowed = Sight.of(Access(scopes, frozenset({7}), frozenset({70})))
    assert narrowed.sees(7, 70)
    assert not narrowed.sees(7, 71)
    assert not narrowed.sees(8, 70)
