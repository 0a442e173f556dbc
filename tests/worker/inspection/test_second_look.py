"""Native files are read by a child of their own: what it finds is added, and how it ends loses nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.errors import Reason
from app.core.finding import Finding, Reach, Severity, Words
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactFacts, ArtifactKind, Fact, FactId, NotExamined
from app.demo.packages import npm_tarball
from tests.builders import a_file, a_finding, a_package, an_artifact
from tests.worker.inspection.facts.programs import elf, pe
from tests.worker.inspection.sealed import LIMITS, MISBEHAVING, request
from worker.inspection.facts.native.reading import UNREAD
from worker.inspection.sandbox import SealedInspector
from worker.inspection.second_look import combined, needed

FOUND = Fact(FactId.NATIVE_CODE, 0, "elf")
READ = replace(FOUND, evidence="library for linux x86-64")
GAP = NotExamined("a.node", Reason.PARTLY, "a.node was only partly examined.")
OTHER = NotExamined("b.js", Reason.PARTLY, "b.js was only partly examined.")


def look(
    *facts: Fact,
    partly: str | None = None,
    findings: tuple[Finding, ...] = (),
    reach: Reach = Reach.INSTALL,
    size: int = 100,
) -> Inspection:
    file = a_file("a.node", *facts, language=None, reach=reach, partly=partly, size=size)
    facts_of = an_artifact(a_file("index.js"), file, not_examined=(GAP, OTHER) if partly else (OTHER,))
    return Inspection(facts_of, findings, facts_of.not_examined)


class TestCombined:
    def test_what_was_read_is_taken_and_no_gap_any_more(self) -> None:
        whole = combined(look(FOUND, partly=UNREAD), look(READ))
        assert whole.facts is not None
        assert [(file.path, file.partly) for file in whole.facts.files] == [("index.js", None), ("a.node", None)]
        assert whole.facts.files[1].facts == (READ,)
        assert whole.not_examined == whole.facts.not_examined == (OTHER,)

    def test_what_could_not_be_read_stays_a_gap(self) -> None:
        whole = combined(look(FOUND, partly=UNREAD), look(READ, partly=UNREAD))
        assert whole.not_examined == (GAP, OTHER)

    def test_nothing_else_that_the_second_child_says_of_files_is_taken(self) -> None:
        first = look(FOUND, partly=UNREAD)
        lie = an_artifact(a_file("index.js", sha256="f" * 64), a_file("a.node", READ, sha256="f" * 64))
        assert combined(first, Inspection(lie)).facts == first.facts
        moved = look(READ, reach=Reach.NONE, size=1)
        kept = combined(first, moved).facts
        assert kept is not None
        assert (kept.files[1].reach, kept.files[1].size) == (Reach.INSTALL, 100)

    def test_findings_of_both_are_told_once_and_none_is_taken_back(self) -> None:
        one, two = a_finding(message=Words("does one thing")), a_finding(message=Words("does another"))
        louder = replace(two, severity=Severity.CRITICAL)
        first = look(FOUND, partly=UNREAD, findings=(one, replace(two, severity=Severity.LOW)))
        assert combined(first, look(READ, findings=(louder,))).findings == (one, louder)
        assert combined(first, Inspection(None)) == first

    def test_it_is_needed_for_native_files_that_nobody_read(self) -> None:
        assert needed(look(FOUND, partly=UNREAD))
        assert not needed(look(READ))
        assert not needed(Inspection(None))


@pytest.fixture(scope="module")
def sealed() -> Iterator[SealedInspector]:
    with SealedInspector(pool=1) as inspector:
        yield inspector


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[SealedInspector]:
    with SealedInspector(limits=LIMITS, pool=1, program=MISBEHAVING) as inspector:
        yield inspector


def inspected(inspector: SealedInspector, before: ArtifactFacts | None = None, **files: bytes) -> Inspection:
    archive = io.BytesIO(npm_tarball("fast-colour", "2.4.1", dict(files), scripts={"postinstall": "./tool"}))
    return inspector.inspect(
        InspectionRequest(a_package(), "a-1.0.0.tgz", ArtifactKind.NPM_TARBALL, archive, before=before)
    )


class TestSealed:
    def test_a_native_file_is_read_inside_the_fence(self, sealed: SealedInspector) -> None:
        found = inspected(sealed, tool=elf(["connect"], file_type=2), other=pe(section="UPX0"))
        assert found.facts is not None
        facts = {file.path: {fact.id for fact in file.facts} for file in found.facts.files}
        assert FactId.NATIVE_IMPORT in facts["tool"]
        assert FactId.PACKED_CODE in facts["other"]
        assert "native-binary" in {finding.rule for finding in found.findings}
        assert found.not_examined == ()

    def test_one_that_is_damaged_and_runs_at_install_is_not_examined(self, sealed: SealedInspector) -> None:
        found = inspected(sealed, tool=b"\x7fELF" + b"\xff" * 100)
        assert [gap.detail for gap in found.not_examined] == [
            "tool was only partly examined: native code that was not read."
        ]

    def test_one_that_did_not_change_is_not_read_again(self, sealed: SealedInspector) -> None:
        old = inspected(sealed, tool=elf(file_type=2)).facts
        assert old is not None
        marked = replace(old, files=tuple(replace(file, facts=(*file.facts, _MARK)) for file in old.files))
        again = inspected(sealed, marked, tool=elf(file_type=2)).facts
        assert again is not None
        assert [_MARK in file.facts for file in again.files if file.path == "tool"] == [True]


_MARK = Fact(FactId.PACKED_CODE, 0, "a mark of this test")


class TestEndings:
    @pytest.mark.parametrize("behaviour", ["segfault", "abort", "exit", "raise", "nonsense", "flood", "loop"])
    def test_however_the_second_child_ends_the_first_ones_word_stands(
        self, behaviour: str, misbehaving: SealedInspector
    ) -> None:
        found = misbehaving.inspect(request(f"native-{behaviour}.tgz"))
        assert found.facts is not None
        assert [(file.path, file.partly) for file in found.facts.files] == [("a.node", UNREAD)]
