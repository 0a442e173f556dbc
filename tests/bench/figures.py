"""How a figure is taken: by the clock, in CPU seconds, and with the peak memory of a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Figure:
    """Seconds by the clock, CPU seconds of the process, and its peak memory in MB."""

    clock: float
    cpu: float
    peak: float

    def line(self, name: str) -> str:
        """One row of the tables that `make bench` prints."""
        return f"{name:<66} {self.clock:7.2f} s {self.cpu:7.2f} s CPU {self.peak:6.0f} MB"


def measured(work: Callable[[], object]) -> Figure:
    """Do the work in a forked process of its own, so that its memory is its own.

    What was there before the fork is left out of garbage collection: the figure is the work's, not this program's.
    """
    gc.collect()
    gc.freeze()
    ours, theirs = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_measure, args=(work, theirs))
    process.start()
    theirs.close()
    figure = ours.recv()
    process.join()
    assert isinstance(figure, Figure)
    return figure


def clocked(name: str, work: Callable[[], object]) -> str:
    """Do the work here; a row with the time by the clock."""
    began = time.perf_counter()
    work()
    return f"{name:<66} {time.perf_counter() - began:7.2f} s"


def _measure(work: Callable[[], object], answer: Connection) -> None:
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    spent = time.perf_counter() - clock, time.process_time() - cpu
    answer.send(Figure(*spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
