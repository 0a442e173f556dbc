"""The sealed child: whatever a package does in it ends as a value, and nothing gets out."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from app.core.errors import Reason, SettingsError
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactKind, NotExamined
from tests.builders import a_package, an_artifact
from worker.inspection.engine import ENGINE
from worker.inspection.limits import MIB, Limits
from worker.inspection.sandbox import SealedInspector
from worker.inspection.seal.layers import ALL, FENCES, Layer

MISBEHAVING = (sys.executable, "-I", str(Path(__file__).with_name("misbehaving.py")))
LIMITS = Limits(wall_seconds=30.0, cpu_seconds=1, memory=512 * MIB, answer=4 * MIB)
IMPATIENT = replace(LIMITS, wall_seconds=2.0)


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector(limits=LIMITS, pool=2, program=MISBEHAVING) as sealed:
        yield sealed


def request(filename: str, archive: BinaryIO | None = None) -> InspectionRequest:
    archive = archive or io.BytesIO(b"the archive")
    return InspectionRequest(a_package(), filename, ArtifactKind.NPM_TARBALL, archive)


def told(inspection: Inspection) -> dict[str, str]:
    """What a child that answered said of itself."""
    assert inspection.facts is not None, inspection.not_examined
    return dict(inspection.facts.metadata)


def template_of(inspector: SealedInspector) -> int:
    return int(told(inspector.inspect(request("process.tgz")))["parent"])


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something becomes true within ten seconds."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


# --- what holds -------------------------------------------------------------------------------------------------------


def test_nothing_that_is_forbidden_succeeds_in_a_child_with_all_its_layers(inspector: SealedInspector) -> None:
    attempts = inspector.attempts()
    assert len(attempts) == 15
    assert [name for name, became in attempts.items() if became == "succeeded"] == []


def test_the_layers_that_hold_are_named(inspector: SealedInspector) -> None:
    """Which of them hold is the platform's to say; a machine where neither fence does cannot run this test."""
    assert FENCES.intersection(inspector.layers())
    assert set(inspector.layers()) <= set(ALL)


@pytest.mark.parametrize("layer", ALL)
def test_each_layer_is_tried_alone(layer: Layer, inspector: SealedInspector) -> None:
    with SealedInspector(limits=LIMITS, layers=[layer], program=MISBEHAVING, allow_unsealed=True) as alone:
        assert alone.layers() == ((layer,) if layer in inspector.layers() else ())
        assert told(alone.inspect(request("echo.tgz"))) == {"content": "the archive"}


def test_without_a_fence_the_self_test_sees_that_the_way_is_open() -> None:
    with SealedInspector(limits=LIMITS, layers=[Layer.LIMITS], program=MISBEHAVING, allow_unsealed=True) as open_door:
        attempts = open_door.attempts()
    ways = ("open a file", "write a file", "fork", "start a program", "send by UDP", "signal its parent")
    assert {way: attempts[way] for way in ways} == dict.fromkeys(ways, "succeeded")


def test_without_a_fence_nothing_is_opened_unless_that_was_allowed() -> None:
    with (
        SealedInspector(limits=LIMITS, layers=[Layer.LIMITS], program=MISBEHAVING) as unsealed,
        pytest.raises(SettingsError) as refused,
    ):
        unsealed.inspect(request("echo.tgz"))
    assert str(refused.value) == (
        "Packages cannot be opened safely on this machine: neither Landlock (Linux 5.13 or newer) nor seccomp could be "
        "put on the process that reads them (layers that hold: resource limits)."
    )


def test_a_secret_of_the_worker_is_in_no_process_that_meets_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_PRIVATE_KEY", "canary-5f1d")
    with SealedInspector(limits=LIMITS, program=MISBEHAVING) as inspector:
        assert told(inspector.inspect(request("environment.tgz")))["environ"] == "{}"
        template = template_of(inspector)
        for secretive in ("environ", "cmdline"):
            assert b"canary" not in Path(f"/proc/{template}/{secretive}").read_bytes()


# --- what a package may do --------------------------------------------------------------------------------------------

ENDINGS = {
    "loop": (Reason.TIMEOUT, "Examining loop.tgz took more than 1 seconds of processor time and was stopped."),
    "memory": (Reason.MEMORY, "Examining memory.tgz took more than the 512 MiB of memory it may."),
    "flood": (Reason.CRASHED, "Examining flood.tgz gave more than 4 MiB as its answer."),
    "nonsense": (Reason.CRASHED, "The process that examined nonsense.tgz gave an answer that makes no sense."),
    "liar": (Reason.CRASHED, "The process that examined liar.tgz gave an answer that makes no sense."),
    "abort": (Reason.CRASHED, "The process that examined abort.tgz crashed (SIGABRT)."),
    "segfault": (Reason.CRASHED, "The process that examined segfault.tgz crashed (SIGSEGV)."),
    "exit": (Reason.CRASHED, "The process that examined exit.tgz ended with the code 3 and no answer."),
    "raise": (Reason.CRASHED, "The process that examined raise.tgz ended with the code 70 and no answer."),
}


@pytest.mark.parametrize(("behaviour", "ending"), ENDINGS.items(), ids=ENDINGS.keys())
def test_whatever_a_child_does_ends_as_a_reason(
    behaviour: str, ending: tuple[Reason, str], inspector: SealedInspector
) -> None:
    filename = f"{behaviour}.tgz"
    assert inspector.inspect(request(filename)) == Inspection(None, not_examined=(NotExamined(filename, *ending),))
    assert told(inspector.inspect(request("echo.tgz"))), "the next one is not the worse for it"


def test_a_child_that_waits_for_ever_is_stopped_when_its_time_is_over() -> None:
    with SealedInspector(limits=IMPATIENT, program=MISBEHAVING) as inspector:
        (gap,) = inspector.inspect(request("sleep.tgz")).not_examined
        assert (gap.reason, gap.detail) == (
            Reason.TIMEOUT,
            "Examining sleep.tgz took longer than 2 seconds and was stopped.",
        )
        assert children_of(template_of(inspector)) == []


def test_a_flood_does_not_fill_the_worker(inspector: SealedInspector) -> None:
    """F31: ten gibibytes of answer leave the worker's own peak within 50 MB."""
    told(inspector.inspect(request("echo.tgz")))
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    before = _memory("VmRSS")
    inspector.inspect(request("flood.tgz"))
    assert _memory("VmHWM") - before < 50 * MIB


def test_a_child_cannot_change_the_archive_nor_where_others_read_in_it(inspector: SealedInspector) -> None:
    with tempfile.TemporaryFile() as archive:
        archive.write(b"the archive")
        archive.seek(3)
        inspector.inspect(request("scribble.tgz", archive))
        assert told(inspector.inspect(request("echo.tgz", archive))) == {"content": "the archive"}
        assert (archive.tell(), archive.read()) == (3, b" archive")


def test_what_is_not_a_file_of_the_system_is_handed_over_as_well(inspector: SealedInspector) -> None:
    archive = io.BytesIO(b"in memory")
    archive.seek(4)
    assert told(inspector.inspect(request("echo.tgz", archive))) == {"content": "in memory"}


def test_facts_carry_the_hash_that_the_worker_computed(inspector: SealedInspector) -> None:
    facts = inspector.inspect(request("echo.tgz", io.BytesIO(b""))).facts
    assert facts is not None
    assert (facts.engine, facts.size) == (ENGINE, 0)
    assert facts.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_known_facts_need_no_archive_and_come_back_as_they_are(inspector: SealedInspector) -> None:
    known = an_artifact(engine=ENGINE)
    inspection = inspector.inspect(replace(request("echo2.tgz"), archive=None, known=known))
    assert inspection == Inspection(known)


def test_what_was_not_examined_comes_back_beside_the_facts(inspector: SealedInspector) -> None:
    inspection = inspector.inspect(request("gaps.tgz"))
    assert inspection.facts is not None
    assert inspection.not_examined == (NotExamined("a.js", Reason.PARTLY, "Only half of it."),)


def test_a_request_without_archive_and_facts_is_the_callers_mistake(inspector: SealedInspector) -> None:
    with pytest.raises(ValueError, match=r"a\.tgz: neither an archive nor facts to inspect"):
        inspector.inspect(replace(request("a.tgz"), archive=None))


# --- many at a time, and processes that end ---------------------------------------------------------------------------


def test_threads_share_an_inspector_and_never_more_children_run_than_the_pool_holds(
    inspector: SealedInspector,
) -> None:
    template = template_of(inspector)
    most, over = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, len(children_of(template)))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(8) as pool:
        contents = [f"archive {n}".encode() for n in range(24)]
        names = ["nap.tgz" if n % 3 else "echo.tgz" for n in range(24)]
        requests = [request(name, io.BytesIO(content)) for name, content in zip(names, contents, strict=True)]
        answers = list(pool.map(inspector.inspect, requests))
    over.set()
    watcher.join()
    assert [told(answer).get("content") for answer in answers[::3]] == [f"archive {n}" for n in range(0, 24, 3)]
    assert all(answer.facts is not None for answer in answers)
    assert 1 <= most <= 2


def test_a_template_that_was_killed_is_started_anew(inspector: SealedInspector) -> None:
    first = template_of(inspector)
    os.kill(first, signal.SIGKILL)
    second = template_of(inspector)
    assert second != first
    assert template_of(inspector) == second


def test_a_template_killed_during_an_inspection_takes_its_children_along_and_the_inspection_is_tried_again() -> None:
    with (
        SealedInspector(limits=IMPATIENT, program=MISBEHAVING) as inspector,
        ThreadPoolExecutor(1) as pool,
    ):
        template = template_of(inspector)
        asked = pool.submit(inspector.inspect, request("sleep.tgz"))
        assert eventually(lambda: len(children_of(template)) == 1)
        (child,) = children_of(template)
        os.kill(template, signal.SIGKILL)
        assert eventually(lambda: _is_gone(child))
        assert asked.result().not_examined[0].reason is Reason.TIMEOUT
        assert template_of(inspector) != template


def test_a_job_forked_from_the_worker_uses_the_workers_template(inspector: SealedInspector) -> None:
    template = template_of(inspector)
    assert _in_a_fork(lambda: str(template_of(inspector))) == str(template)
    assert template_of(inspector) == template, "the job's end did not close it"


def test_a_job_that_finds_the_template_dead_starts_one_of_its_own(inspector: SealedInspector) -> None:
    template = template_of(inspector)
    os.kill(template, signal.SIGKILL)
    own = int(_in_a_fork(lambda: str(template_of(inspector))))
    assert own != template
    assert eventually(lambda: _is_gone(own)), "and it ended with the job"
    assert template_of(inspector) not in {template, own}


def test_a_job_that_is_killed_leaves_no_child_behind(inspector: SealedInspector) -> None:
    template = template_of(inspector)
    job = os.fork()
    if not job:
        try:
            inspector.inspect(request("sleep.tgz"))
        finally:
            os._exit(0)
    assert eventually(lambda: len(children_of(template)) == 1)
    os.kill(job, signal.SIGKILL)
    os.waitpid(job, 0)
    assert eventually(lambda: children_of(template) == [])
    assert template_of(inspector) == template


def test_closing_ends_the_template_and_a_later_use_starts_another() -> None:
    inspector = SealedInspector(limits=LIMITS, program=MISBEHAVING)
    template = template_of(inspector)
    inspector.close()
    assert _is_gone(template)
    assert template_of(inspector) != template
    inspector.close()
    inspector.close()


def test_a_template_that_does_not_start_is_said_with_its_last_words() -> None:
    program = (sys.executable, "-c", "raise SystemExit('no such grammar')")
    with SealedInspector(limits=LIMITS, program=program) as inspector:
        assert inspector.inspect(request("a.tgz")) == Inspection(
            None,
            not_examined=(
                NotExamined("a.tgz", Reason.CRASHED, "The process that opens packages did not start: no such grammar"),
            ),
        )


def _memory(field: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def _is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def _in_a_fork(act: Callable[[], str]) -> str:
    """What this gives in a forked process that ends at once."""
    read, write = os.pipe()
    process = os.fork()
    if not process:
        try:
            os.write(write, act().encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(process, 0)
    return text
