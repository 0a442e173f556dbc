"""What a child does with an archive: every fault becomes a value, and none loses the rest."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from app.core.errors import Reason
from app.core.finding import Finding, Reach
from app.core.ports import Detector
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, ArtifactKind, FileFacts, NotExamined, Oddity, Specimen
from tests.builders import a_file, a_finding, a_package, an_artifact
from tests.worker.inspection.archives import NPM, entry, tarball, tgz
from worker.detectors import install_script
from worker.inspection.child import examine
from worker.inspection.engine import ENGINE
from worker.inspection.limits import Limits
from worker.inspection.member import Member
from worker.inspection.wire import Question


def list_files(
    members: Iterable[Member],
    *,
    engine: str,
    filename: str,
    kind: ArtifactKind,
    sha256: str,
    size: int,
    before: ArtifactFacts | None,
    oddities: Callable[[], tuple[Oddity, ...]],
    **_rest: object,
) -> ArtifactFacts:
    """A stand-in for the extractors: files without facts, and one that was only partly read."""
    files = tuple(FileFacts(member.path, member.sha256, member.size) for member in members)
    partly = (NotExamined("a.js", Reason.PARTLY, "Half of it."),)
    return ArtifactFacts(engine, filename, kind, sha256, size, files, oddities(), partly)


@dataclass
class Rule:
    """A detector that finds what it is told to, then fails as it is told to."""

    finds: tuple[Finding, ...] = ()
    fails: Exception | None = None
    CARD: RuleCard = install_script.CARD
    seen: list[Specimen] = field(default_factory=list)

    def detect(self, specimen: Specimen) -> Iterator[Finding]:
        self.seen.append(specimen)
        yield from self.finds
        if self.fails is not None:
            raise self.fails


def question(**changes: object) -> Question:
    values = {
        "package": a_package(),
        "filename": "a-1.0.0.tgz",
        "kind": NPM,
        "sha256": "0" * 64,
        "size": 3,
        "limits": Limits(),
    }
    return Question(**(values | changes))  # type: ignore[arg-type]


ARCHIVE = tarball({"a.js": "1", "b.js": "2"})


def test_facts_of_every_member_and_findings_of_every_rule_are_answered() -> None:
    first, second = Rule((a_finding("one"),)), Rule((a_finding("two"), a_finding("three")))
    answer = examine(question(), io.BytesIO(ARCHIVE), gather=list_files, detectors=[first, second])
    assert answer.facts is not None
    assert [file.path for file in answer.facts.files] == ["a.js", "b.js"]
    assert (answer.facts.engine, answer.facts.sha256, answer.facts.size) == (ENGINE, "0" * 64, 3)
    assert [finding.rule for finding in answer.findings] == ["one", "two", "three"]
    assert answer.not_examined == answer.facts.not_examined


def test_rules_see_the_package_beside_the_one_it_replaces() -> None:
    rule = Rule()
    before, previous = an_artifact(), a_package("npm/fast-colour@2.4.0")
    examine(question(before=before, previous=previous), io.BytesIO(ARCHIVE), gather=list_files, detectors=[rule])
    (specimen,) = rule.seen
    assert (specimen.before, specimen.previous) == (before, previous)


def test_what_the_old_version_ran_half_read_and_unchanged_is_no_gap_again() -> None:
    half = a_file("a.js", partly="12 MiB", reach=Reach.INSTALL)
    known = an_artifact(half, not_examined=(NotExamined("a.js", Reason.PARTLY, "Half of it."),))
    assert examine(question(known=known), None, detectors=[]).not_examined == known.not_examined
    assert examine(question(known=known, before=known), None, detectors=[]).not_examined == ()


def test_oddities_of_the_archive_reach_the_facts() -> None:
    archive = tgz(entry(), entry("package/l", b"", b"2", link="../../x"))
    answer = examine(question(), io.BytesIO(archive), gather=list_files, detectors=[])
    assert answer.facts is not None
    assert [oddity.id for oddity in answer.facts.oddities] == ["escape"]


@pytest.mark.parametrize(
    ("fault", "reason", "detail"),
    [
        (ValueError("the package's own words"), Reason.CRASHED, "ValueError at test_child.py:"),
        (RecursionError(), Reason.CRASHED, "RecursionError at test_child.py:"),
        (MemoryError(), Reason.MEMORY, "MemoryError at test_child.py:"),
    ],
)
def test_a_rule_that_fails_is_a_gap_and_loses_neither_its_findings_nor_the_others(
    fault: Exception, reason: Reason, detail: str
) -> None:
    broken, sound = Rule((a_finding("one"),), fault), Rule((a_finding("two"),))
    answer = examine(question(), io.BytesIO(ARCHIVE), gather=list_files, detectors=[broken, sound])
    assert answer.facts is not None
    assert [finding.rule for finding in answer.findings] == ["one", "two"]
    gap = answer.not_examined[-1]
    assert (gap.what, gap.reason) == ("a-1.0.0.tgz", reason)
    assert gap.detail.startswith(f"The rule install-script failed on it: {detail}")
    assert "own words" not in gap.detail


def test_an_archive_that_is_refused_is_a_gap_with_the_readers_sentence() -> None:
    answer = examine(question(), io.BytesIO(b"<html>"), gather=list_files, detectors=[Rule((a_finding(),))])
    assert (answer.facts, answer.findings) == (None, ())
    assert answer.not_examined == (
        NotExamined("a-1.0.0.tgz", Reason.MALFORMED, "a-1.0.0.tgz is not a gzip-compressed tar: it is a web page."),
    )


@pytest.mark.parametrize(
    ("fault", "gap"),
    [
        (
            ZeroDivisionError("secret"),
            (Reason.CRASHED, "Reading a-1.0.0.tgz failed: ZeroDivisionError at test_child.py:"),
        ),
        (MemoryError(), (Reason.MEMORY, "Reading a-1.0.0.tgz took more memory than it may.")),
    ],
)
def test_an_extractor_that_fails_is_a_gap(fault: Exception, gap: tuple[Reason, str]) -> None:
    def fail(*_members: object, **_rest: object) -> ArtifactFacts:
        raise fault

    (answered,) = examine(question(), io.BytesIO(ARCHIVE), gather=fail, detectors=[]).not_examined
    assert answered.reason is gap[0]
    assert answered.detail.startswith(gap[1])
    assert "secret" not in answered.detail


def test_known_facts_are_judged_again_and_not_sent_back() -> None:
    known = an_artifact(not_examined=(NotExamined("a.js", Reason.PARTLY, "Half of it."),))
    rule: Detector = Rule((a_finding("one"),))
    answer = examine(question(known=known), None, detectors=[rule])
    assert answer.facts is None
    assert [finding.rule for finding in answer.findings] == ["one"]
    assert answer.not_examined == known.not_examined


def test_a_question_about_nothing_is_a_gap() -> None:
    (gap,) = examine(question(), None, detectors=[]).not_examined
    assert gap.detail == "There was neither an archive nor facts of a-1.0.0.tgz."
