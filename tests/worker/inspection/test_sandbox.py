"""The sealed child: whatever a package does in it ends as a value, and nothing gets out."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import Reason, SettingsError
from app.core.ports import Inspection
from app.core.specimen import NotExamined
from tests.builders import an_artifact
from tests.worker.inspection.sealed import (
    IMPATIENT,
    LIMITS,
    MISBEHAVING,
    children_of,
    request,
    template_of,
    told,
)
from worker.inspection.engine import ENGINE
from worker.inspection.limits import MIB
from worker.inspection.sandbox import SealedInspector
from worker.inspection.seal.layers import ALL, FENCES, Layer


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector(limits=LIMITS, pool=2, program=MISBEHAVING) as sealed:
        yield sealed


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


def _memory(field: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
