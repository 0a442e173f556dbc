"""Packages are fetched, checked and inspected once, beside the version they replace, and nothing is lost on the way."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from app.core.diff import Change, ChangeKind
from app.core.errors import Reason, StoreUnavailable
from app.core.finding import Severity, Words
from app.core.integrity import Digest, from_sri
from app.core.lockfile import Pin, Scope
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind
from app.core.ports import Inspection, InspectionRequest, Release
from app.core.specimen import ArtifactFacts, FactId, FileFacts
from app.demo.packages import npm_tarball
from app.demo.shelf import Shelf
from app.log import JsonFormatter, bound
from app.store import MemoryStore
from tests.builders import a_fact, a_finding
from tests.fakes.clock import FakeClock
from tests.fakes.registry import MemoryRegistry
from tests.stories.theatre import sri
from worker.detectors.register import CHANGE_DETECTORS
from worker.examination import LOOK_SECONDS, MOST_ALIKE, Examined, examine_all, summarise
from worker.lookup import Gathered, Tools

FOREVER = float("inf")


@dataclass
class RecordingInspector:
    """Finds the network in every archive, and remembers what it was asked."""

    asked: list[InspectionRequest] = field(default_factory=list)

    def inspect(self, request: InspectionRequest) -> Inspection:
        self.asked.append(request)
        if request.known is not None:
            return Inspection(None)
        assert request.archive is not None
        fact = a_fact(FactId.NETWORK) if request.package.version == "1.0.1" else a_fact(FactId.ENVIRONMENT)
        file = FileFacts("index.js", "0" * 64, 10, "javascript", facts=(fact,))
        metadata = (("name", request.package.name), ("version", request.package.version))
        facts = ArtifactFacts(
            "test", request.filename, request.kind, "1" * 64, len(request.archive.read()), (file,), metadata=metadata
        )
        return Inspection(facts)


class HangingInspector:
    """Does not answer before it may."""

    def __init__(self, over: threading.Event) -> None:
        self.over = over

    def inspect(self, request: InspectionRequest) -> Inspection:
        self.over.wait(20)
        return Inspection(None)


class StoppingRegistry(MemoryRegistry):
    """Has nothing; while it is asked for one package, somebody says stop."""

    def __init__(self, when: str, stop: threading.Event) -> None:
        super().__init__(Ecosystem.NPM, Shelf())
        self.when, self.stop = when, stop

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:
        if package.label == self.when:
            self.stop.set()
            time.sleep(2 * LOOK_SECONDS)
        return super().release(package, named)


class SlowInspector:
    """Takes a moment to open an archive, so that others come meanwhile."""

    def __init__(self, inspector: RecordingInspector) -> None:
        self.inspector = inspector

    def inspect(self, request: InspectionRequest) -> Inspection:
        if request.archive is not None:
            time.sleep(0.2)
        return self.inspector.inspect(request)


class TalkingInspector:
    """Writes a line to the log, in whatever thread it is asked."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        logging.getLogger("assay.test").warning("something odd")
        return Inspection(None)


class NoInspections:
    """A store that does not answer."""

    def find(self, realm: str, package: Package, engine: str, digests: Sequence[Digest]) -> ArtifactFacts | None:
        raise StoreUnavailable("the database did not answer")

    def save(
        self, realm: str, package: Package, facts: ArtifactFacts, digests: Sequence[Digest], now: datetime
    ) -> None:
        raise StoreUnavailable("the database did not answer")

    def erase(self, realm: str) -> int:
        raise StoreUnavailable("the database did not answer")


@contextmanager
def logged_to(handler: logging.Handler) -> Iterator[None]:
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


@dataclass
class Bench:
    shelf: Shelf
    registry: MemoryRegistry
    inspector: RecordingInspector
    tools: Tools

    def examine(self, *changes: Change, deadline: float = FOREVER) -> tuple[Examined, ...]:
        return examine_all(changes, self.tools, deadline=deadline)


@pytest.fixture
def bench() -> Bench:
    shelf = Shelf()
    for version in ("1.0.0", "1.0.1"):
        shelf.put_npm("left", version, tarball(version))
    registry, inspector = MemoryRegistry(Ecosystem.NPM, shelf), RecordingInspector()
    tools = Tools(
        registries={Ecosystem.NPM: registry},
        inspector=inspector,
        inspections=MemoryStore().inspections,
        change_detectors=CHANGE_DETECTORS,
        engine="test",
        clock=FakeClock(),
    )
    return Bench(shelf, registry, inspector, tools)


def tarball(version: str) -> bytes:
    return npm_tarball("left", version, {"index.js": f"// {version}\n"})


def a_pin(version: str, *, source: Source = REGISTRY, digests: tuple[Digest, ...] | None = None) -> Pin:
    named = from_sri(sri(tarball(version))) if digests is None else digests
    return Pin(Package.parse(f"npm/left@{version}"), source, 7, Scope.RUNTIME, direct=True, digests=named)


def numbered(number: int) -> Pin:
    """One of many packages that are on no registry."""
    return Pin(Package.parse(f"npm/missing-{number}@1.0.0"), REGISTRY, 7, Scope.RUNTIME, direct=True)


def upgrade(old: Pin | None = None, new: Pin | None = None, file: str = "package-lock.json") -> Change:
    return Change(ChangeKind.UPGRADED, file, old or a_pin("1.0.0"), new or a_pin("1.0.1"))


def test_a_new_version_is_inspected_beside_the_old_ones_facts(bench: Bench) -> None:
    (found,) = bench.examine(upgrade())
    old, new = bench.inspector.asked
    assert (old.package.version, new.package.version) == ("1.0.0", "1.0.1")
    assert new.previous == Package.parse("npm/left@1.0.0")
    assert new.before is not None
    assert found.gained == (FactId.NETWORK,)
    assert [artifact.filename for artifact in found.artifacts] == ["left-1.0.1.tgz"]


def test_what_is_known_is_neither_fetched_nor_opened_again(bench: Bench) -> None:
    bench.examine(upgrade())
    fetched = list(bench.registry.fetched)
    (again,) = bench.examine(upgrade())
    assert bench.registry.fetched == fetched
    assert bench.inspector.asked[-1].known is not None
    assert [artifact.filename for artifact in again.artifacts] == ["left-1.0.1.tgz"]
    assert again.capabilities == (FactId.NETWORK,)


def test_one_package_in_two_files_is_examined_once(bench: Bench) -> None:
    (found,) = bench.examine(upgrade(), upgrade(file="web/package-lock.json"))
    assert [change.file for change in found.changes] == ["package-lock.json", "web/package-lock.json"]
    assert len(bench.registry.fetched) == 2


def test_other_bytes_than_the_lockfile_names_are_a_finding(bench: Bench) -> None:
    other = a_pin("1.0.1", digests=from_sri(sri(b"something else")))
    (found,) = bench.examine(upgrade(new=other))
    assert "integrity-mismatch" in [finding.rule for finding in found.findings]


def test_another_versions_bytes_under_this_versions_name_are_not_taken_for_known(bench: Bench) -> None:
    """A lockfile could name the hash of an old, examined version beside a new number."""
    bench.examine(upgrade())
    borrowed = a_pin("1.0.1", digests=from_sri(sri(tarball("1.0.0"))))
    (found,) = bench.examine(Change(ChangeKind.ADDED, "package-lock.json", None, borrowed))
    assert "integrity-mismatch" in [finding.rule for finding in found.findings]


def test_a_package_that_is_not_there_is_a_gap(bench: Bench) -> None:
    missing = Pin(Package.parse("npm/missing@1.0.0"), REGISTRY, 7, Scope.RUNTIME, direct=True)
    (found,) = bench.examine(Change(ChangeKind.ADDED, "package-lock.json", None, missing))
    assert [gap.reason for gap in found.gaps] == [Reason.NOT_FOUND]
    assert found.artifacts == ()


def test_a_package_from_elsewhere_is_a_gap_and_nothing_is_asked(bench: Bench) -> None:
    git = a_pin("1.0.1", source=Source(SourceKind.GIT, "git+ssh://git.example/left.git", "abc"))
    (found,) = bench.examine(Change(ChangeKind.ADDED, "package-lock.json", None, git))
    assert [gap.reason for gap in found.gaps] == [Reason.UNSUPPORTED_SOURCE]
    assert bench.registry.asked == []


def test_an_old_version_that_cannot_be_had_makes_the_new_one_louder_and_is_no_gap(bench: Bench) -> None:
    gone = Pin(Package.parse("npm/left@0.9.0"), REGISTRY, 7, Scope.RUNTIME, direct=True)
    (found,) = bench.examine(upgrade(old=gone))
    assert found.gaps == ()
    assert bench.inspector.asked[-1].before is None


def test_a_removed_package_is_not_looked_at(bench: Bench) -> None:
    (found,) = bench.examine(Change(ChangeKind.REMOVED, "package-lock.json", a_pin("1.0.0"), None))
    assert (found.artifacts, found.gaps, bench.registry.asked) == ((), (), [])


def test_what_has_not_begun_when_the_time_is_over_is_a_gap(bench: Bench) -> None:
    (found,) = bench.examine(upgrade(), deadline=time.monotonic() - 1)
    assert [gap.reason for gap in found.gaps] == [Reason.INTERRUPTED]


def test_facts_are_let_go_unless_somebody_wants_them(bench: Bench) -> None:
    """Those of thousands of packages do not fit into memory."""
    (found,) = bench.examine(upgrade())
    assert found.facts == ()
    (kept,) = examine_all([upgrade()], bench.tools, deadline=FOREVER, keep_facts=True)
    assert [facts.filename for facts in kept.facts] == ["left-1.0.1.tgz"]


def test_once_told_to_stop_nothing_new_begins_and_what_is_in_hand_is_kept(bench: Bench) -> None:
    added = [Change(ChangeKind.ADDED, f"{number}/package-lock.json", None, numbered(number)) for number in range(5)]
    third = threading.Event()
    registry = StoppingRegistry("npm/missing-2@1.0.0", third)
    tools = replace(bench.tools, jobs=1, registries={Ecosystem.NPM: registry})
    found = examine_all(added, tools, deadline=FOREVER, go_on=lambda: not third.is_set())
    assert [one.interrupted for one in found] == [False, False, False, True, True]
    assert {gap.reason for one in found if one.interrupted for gap in one.gaps} == {Reason.INTERRUPTED}


def test_what_hangs_when_the_time_is_over_is_left_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.examination.GRACE", 0.1)
    over = threading.Event()
    tools = replace(bench.tools, inspector=HangingInspector(over))
    (found,) = examine_all([upgrade()], tools, deadline=time.monotonic() + 0.1)
    over.set()
    assert found.interrupted


def test_a_database_that_is_away_is_no_fault_of_a_package(bench: Bench) -> None:
    tools = replace(bench.tools, inspections=NoInspections())
    with pytest.raises(StoreUnavailable):
        examine_all([upgrade()], tools, deadline=FOREVER)


def test_lines_that_are_logged_about_a_package_name_the_review(bench: Bench) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    with logged_to(handler), bound(delivery="guid-1", review="r-1"):
        examine_all([upgrade()], replace(bench.tools, inspector=TalkingInspector()), deadline=FOREVER)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert events
    assert {(event["delivery"], event["review"]) for event in events} == {("guid-1", "r-1")}


def test_a_thousand_findings_that_are_alike_are_kept_in_part(bench: Bench) -> None:
    """The policy decides alike on all of them, and a hostile package shall not fill the memory."""
    alike = [a_finding(severity=Severity.LOW, message=Words("does {0}", (str(number),))) for number in range(1000)]
    graver = a_finding(message=Words("is the one that counts"))
    examined = summarise((upgrade(),), Gathered(findings=[*alike, graver]), ())
    assert len(examined.findings) == MOST_ALIKE + 1
    assert graver in examined.findings


def test_two_reviews_that_need_the_same_package_at_the_same_moment_fetch_and_open_it_once(bench: Bench) -> None:
    tools = replace(bench.tools, inspector=SlowInspector(bench.inspector))
    with ThreadPoolExecutor(2) as pool:
        reviews = [pool.submit(examine_all, [upgrade()], tools, deadline=FOREVER) for _ in range(2)]
        found = [review.result()[0] for review in reviews]
    assert sorted(bench.registry.fetched) == ["left-1.0.0.tgz", "left-1.0.1.tgz"]
    assert [one.gained for one in found] == [(FactId.NETWORK,), (FactId.NETWORK,)]


def test_progress_counts_up_to_all(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    examine_all([upgrade()], bench.tools, deadline=FOREVER, progress=lambda done, whole: told.append((done, whole)))
    assert told[-1] == (1, 1)
