"""The template process: shared by threads and forked jobs, replaced when it dies, and gone when nobody needs it."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import Reason
from app.core.ports import Inspection
from app.core.specimen import NotExamined
from tests.worker.inspection.sealed import (
    IMPATIENT,
    LIMITS,
    MISBEHAVING,
    children_of,
    eventually,
    is_gone,
    request,
    template_of,
    told,
)
from worker.inspection.sandbox import SealedInspector


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector(limits=LIMITS, pool=2, program=MISBEHAVING) as sealed:
        yield sealed


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
        assert eventually(lambda: is_gone(child))
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
    assert eventually(lambda: is_gone(own)), "and it ended with the job"
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
    assert is_gone(template)
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
