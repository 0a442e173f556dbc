"""What reviews examine becomes a report of the package by itself, and no lockfile can bend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.core.diff import Change, ChangeKind
from app.core.errors import CannotExamine, Reason
from app.core.finding import Finding
from app.core.integrity import Digest
from app.core.package import Ecosystem, Package
from app.core.package_report import PUBLIC
from app.core.ports import Inspection, InspectionRequest, Release
from app.core.specimen import FactId
from app.store import MemoryStore
from tests.builders import a_finding
from tests.fakes.registry import MemoryRegistry
from tests.worker.test_examination import Bench, RecordingInspector, a_pin, bench, upgrade
from worker.package_reports import is_whole, keeper

__all__ = ["bench"]

LEFT = Package.parse("npm/left@1.0.1")
OLD = Package.parse("npm/left@1.0.0")
ADDED = Change(ChangeKind.ADDED, "package-lock.json", None, a_pin("1.0.1"))
SHA = [Digest("sha256", str(number) * 64) for number in range(4)]


class Comparing(RecordingInspector):
    """Finds something else when there is an older version to compare with."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        learned = super().inspect(request)
        rule = "capability-gained" if request.before else "credential-theft"
        return replace(learned, findings=(a_finding(rule),))


@pytest.fixture
def store(bench: Bench) -> MemoryStore:
    """Where the reports of the bench are kept."""
    kept = MemoryStore()
    bench.tools = replace(bench.tools, keep=keeper(kept.package_reports), inspector=Comparing())
    return kept


def rules(findings: Sequence[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_what_a_review_examined_is_known(bench: Bench, store: MemoryStore) -> None:
    bench.examine(ADDED)
    known = store.package_reports.find([PUBLIC], LEFT)
    assert known is not None
    assert (known[1].capabilities, rules(known[1].findings)) == ((FactId.NETWORK,), ["credential-theft"])


def test_beside_an_older_version_it_is_judged_once_more_by_itself(bench: Bench, store: MemoryStore) -> None:
    """What is a change for one repository is none for the next; and its own findings are not those of a change."""
    (examined,) = bench.examine(upgrade())
    assert "capability-gained" in rules(examined.findings)
    known = store.package_reports.find([PUBLIC], LEFT)
    assert known is not None
    assert rules(known[1].findings) == ["credential-theft"]
    assert store.package_reports.find([PUBLIC], OLD) is None, "nobody judged it"


def test_findings_about_a_lockfile_are_none_about_the_package(bench: Bench, store: MemoryStore) -> None:
    wrong = Change(ChangeKind.ADDED, "package-lock.json", None, a_pin("1.0.1", digests=(Digest("sha512", "0" * 128),)))
    (examined,) = bench.examine(wrong)
    assert "integrity-mismatch" in rules(examined.findings)
    known = store.package_reports.find([PUBLIC], LEFT)
    assert known is not None
    assert rules(known[1].findings) == ["credential-theft"]


def test_a_report_of_this_engine_is_not_made_again(bench: Bench, store: MemoryStore) -> None:
    bench.examine(ADDED)
    before = store.package_reports.find([PUBLIC], LEFT)
    inspector = bench.tools.inspector
    assert isinstance(inspector, Comparing)
    inspector.asked.clear()
    bench.examine(replace(ADDED, after=a_pin("1.0.1", digests=())))
    assert len(inspector.asked) == 1, "for the review alone"
    assert store.package_reports.find([PUBLIC], LEFT) == before


def test_bytes_that_a_lockfile_names_without_asking_the_registry_make_no_report(
    bench: Bench, store: MemoryStore
) -> None:
    """An archive may lie about its version: the registry's word is what ties bytes to a name."""
    bench.examine(upgrade())  # opens 1.0.0 as the old version: its facts are known now
    bench.examine(Change(ChangeKind.ADDED, "package-lock.json", None, a_pin("1.0.0")))
    assert store.package_reports.find([PUBLIC], OLD) is None


def test_what_failed_for_a_passing_reason_does_not_replace_what_is_known(bench: Bench, store: MemoryStore) -> None:
    bench.examine(ADDED)
    before = store.package_reports.find([PUBLIC], LEFT)

    class Away(MemoryRegistry):
        def download(self, artifact):  # type: ignore[no-untyped-def]
            raise CannotExamine(Reason.REGISTRY_UNAVAILABLE, "It did not answer.")

    afresh = keeper(store.package_reports, afresh=True)
    registries = {Ecosystem.NPM: Away(Ecosystem.NPM, bench.shelf)}
    bench.tools = replace(
        bench.tools, keep=afresh, registries=registries, inspections=MemoryStore().inspections, engine="newer"
    )
    bench.examine(ADDED)
    assert store.package_reports.find([PUBLIC], LEFT) == before


@pytest.mark.parametrize(
    ("named", "whole"),
    [
        ([], True),
        (SHA[:3], True),
        (SHA, True),
        ([SHA[3]], True),  # none of those that the index has: all of them are looked at
        (SHA[:1], False),
        ([SHA[0], SHA[3]], False),
        ([Digest("sha512", "9" * 128)], True),
    ],
)
def test_a_lockfile_that_names_some_files_of_a_version_makes_no_report(named: list[Digest], *, whole: bool) -> None:
    release = Release(LEFT, (), offered=tuple(SHA[:3]))
    assert is_whole(named, release) is whole
