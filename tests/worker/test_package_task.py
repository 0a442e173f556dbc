"""Packages asked for through the API: each examined once, kept at once, and handed over when the time is over."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest

from app.core.errors import Reason
from app.core.package import Ecosystem, Package
from app.core.package_report import PUBLIC, Examination, PackageReport
from app.core.ports import Task
from app.core.specimen import FactId
from app.demo.shelf import Shelf
from app.store import MemoryStore
from app.store.package_tasks import read_result, write_wanted
from tests.fakes.clock import FakeClock
from tests.fakes.registry import MemoryRegistry
from tests.store.test_tasks import a_task
from tests.worker.test_examination import RecordingInspector, tarball
from worker.detectors.register import CHANGE_DETECTORS
from worker.lookup import Tools
from worker.package_task import inspect_packages
from worker.task import Outcome, TaskRun

LEFT = "pkg:npm/left@1.0.1"
OLD = "pkg:npm/left@1.0.0"
FOREVER = float("inf")


@dataclass
class Bench:
    store: MemoryStore
    registry: MemoryRegistry
    inspector: RecordingInspector
    tools: Tools

    def run(self, task: Task, *, deadline: float = FOREVER) -> Outcome:
        run = TaskRun(deadline, go_on=lambda: True)
        return inspect_packages(task, run, self.tools, self.store.package_reports)


@pytest.fixture
def bench() -> Bench:
    shelf = Shelf()
    for version in ("1.0.0", "1.0.1"):
        shelf.put_npm("left", version, tarball(version))
    store, registry, inspector = MemoryStore(), MemoryRegistry(Ecosystem.NPM, shelf), RecordingInspector()
    tools = Tools(
        registries={Ecosystem.NPM: registry},
        inspector=inspector,
        inspections=store.inspections,
        change_detectors=CHANGE_DETECTORS,
        engine="test",
        clock=FakeClock(),
    )
    return Bench(store, registry, inspector, tools)


def wanting(*purls: str) -> Task:
    return a_task(input=write_wanted(purls))


def by_label(outcome: Outcome) -> dict[str, PackageReport]:
    return {package.label: report for package, report in read_result(outcome.result).items()}


def test_each_package_gets_a_report_that_is_kept_as_well(bench: Bench) -> None:
    outcome = bench.run(wanting(LEFT, OLD))
    assert outcome.ended
    found = by_label(outcome)
    assert [(label, one.examination) for label, one in found.items()] == [
        ("npm/left@1.0.1", Examination.EXAMINED),
        ("npm/left@1.0.0", Examination.EXAMINED),
    ]
    assert found["npm/left@1.0.1"].capabilities == (FactId.NETWORK,)
    kept = bench.store.package_reports.find([PUBLIC], Package.parse("npm/left@1.0.1"))
    assert kept == (PUBLIC, found["npm/left@1.0.1"])


def test_a_package_that_is_asked_for_twice_is_examined_once(bench: Bench) -> None:
    bench.run(wanting(LEFT, LEFT, "pkg:npm//left@1.0.1"))
    assert len(bench.inspector.asked) == 1


def test_the_lockfiles_rules_have_nothing_to_say_where_there_is_no_lockfile(bench: Bench) -> None:
    assert by_label(bench.run(wanting(LEFT)))["npm/left@1.0.1"].findings == ()


def test_what_cannot_be_had_is_not_examined_with_its_reason(bench: Bench) -> None:
    found = by_label(
        bench.run(wanting("pkg:npm/missing@1.0.0", "pkg:cargo/serde@1.0.0", "pkg:pypi/imgpress@1.0", LEFT))
    )
    reasons = {label: [gap.reason for gap in one.gaps] for label, one in found.items()}
    assert reasons == {
        "npm/missing@1.0.0": [Reason.NOT_FOUND],
        "cargo/serde@1.0.0": [Reason.ECOSYSTEM],
        "pypi/imgpress@1.0": [Reason.UNSUPPORTED_SOURCE],
        "npm/left@1.0.1": [],
    }
    assert {one.examination for one in found.values() if one.gaps} == {Examination.NOT_EXAMINED}
    assert bench.store.package_reports.find([PUBLIC], Package.parse("npm/missing@1.0.0")) is None


def test_what_is_left_when_the_time_is_over_is_the_next_runs(bench: Bench) -> None:
    task = wanting(OLD, LEFT)
    first = bench.run(task, deadline=time.monotonic() - 1)
    assert (first.ended, first.further, by_label(first)) == (False, False, {})
    second = bench.run(replace(task, result=bench.run(wanting(OLD)).result))
    assert (second.ended, second.further, set(by_label(second))) == (True, True, {"npm/left@1.0.0", "npm/left@1.0.1"})
    assert [asked.package.version for asked in bench.inspector.asked] == ["1.0.0", "1.0.1"], "none of them twice"


def test_a_report_is_made_afresh_whenever_somebody_asks(bench: Bench) -> None:
    """Somebody asks because the report is of an older engine, or because they doubt it."""
    bench.run(wanting(LEFT))
    bench.inspector.asked.clear()
    bench.run(wanting(LEFT))
    assert [asked.known is not None for asked in bench.inspector.asked] == [True], "judged again, not opened again"


def test_what_was_learned_for_an_installation_is_kept_as_its_own(bench: Bench) -> None:
    bench.tools = replace(bench.tools, realm_of=lambda _package: "99")
    bench.run(wanting(LEFT))
    left = Package.parse("npm/left@1.0.1")
    assert bench.store.package_reports.find([PUBLIC], left) is None
    assert bench.store.package_reports.find(["99"], left) is not None
