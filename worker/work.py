"""The parent of a worker's processes: starts them, replaces those that die, and stops them all.

It holds no connection and no thread, so that forking is safe and nothing can make it hang.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType

from app.core.ports import Store
from app.metrics import Channel
from app.settings import WorkerSettings
from app.store import open_store, upgrade
from worker.clerk import keep_books
from worker.horse import Jobs, take_jobs
from worker.lane import process_owner

log = logging.getLogger(__name__)

_fork = multiprocessing.get_context("fork")

LOOK_SECONDS = 0.5
HEALTHY_SECONDS = 10.0  # a process that lived so long is replaced at once
LONGEST_PAUSE = 30.0
STOP = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG = 1  # prctl(2)


def work(
    settings: WorkerSettings,
    workers: int,
    *,
    publish: Callable[[Store], None],
    jobs: Jobs,
    layers: Sequence[str] = (),
    channel: Channel | None = None,
) -> None:
    """Work until told to stop (SIGTERM, SIGINT), then finish the jobs in hand. The entry of `assay work`.

    Brings the database up to date, publishes the catalogue, and runs `workers` processes that take jobs, beside one
    that keeps the books. `layers` are the sandbox layers that hold here, `channel` is what the jobs count on. A second
    signal ends the jobs in hand at once.
    """
    for warning in settings.warnings:
        log.warning(warning)
    upgrade(settings.database_url)
    store = open_store(settings.database_url)
    try:
        publish(store)
    finally:
        store.close()
    name = process_owner()
    roles = [Role("clerk", lambda: keep_books(settings, name, layers, channel))]
    roles += [Role(f"worker {number}", lambda: take_jobs(settings, jobs)) for number in range(1, workers + 1)]
    log.info("worker begins", extra={"processes": workers, "layers": ", ".join(layers) or "none"})
    Supervisor(roles).run()
    log.info("worker ends")


@dataclass(slots=True)
class Role:
    """A process that has to run. `main` runs in the child; `pause` grows while it keeps dying young."""

    name: str
    main: Callable[[], None]
    process: ForkProcess | None = None
    began: float = 0.0
    pause: float = 0.0
    not_before: float = 0.0

    def start(self) -> None:
        """Start its process. Signals wait until parent and child can both tell what they mean."""
        process = _fork.Process(target=_be_child, args=(self.main, os.getpid()), name=self.name)
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
        self.process = process
        self.began = time.monotonic()

    def bury(self, process: ForkProcess, *, expected: bool) -> None:
        """Note its end, and when to start it again: at once, or later each time when it died young."""
        process.join()
        now = time.monotonic()
        young = now - self.began < HEALTHY_SECONDS
        self.pause = min(max(2 * self.pause, 1.0), LONGEST_PAUSE) if young else 0.0
        self.not_before = now + self.pause
        log.log(logging.INFO if expected else logging.WARNING, "process ended", extra={"role": self.name})
        process.close()
        self.process = None


class Supervisor:
    """Keeps all roles filled until a signal says stop, and passes every signal on."""

    def __init__(self, roles: Sequence[Role]) -> None:
        self._roles = roles
        self._signals = 0
        self._passed_on = 0

    def run(self) -> None:
        """Return when all processes have ended after a signal."""
        handlers = {number: signal.signal(number, self._count) for number in STOP}
        try:
            while not self._signals or self._processes():
                self._look()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            for process in self._processes():
                process.kill()
                process.join()

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _look(self) -> None:
        while self._passed_on < self._signals:
            self._passed_on += 1
            for process in self._processes():
                process.terminate()
        for role in self._roles:
            if role.process is not None and not role.process.is_alive():
                role.bury(role.process, expected=self._signals > 0)
            if role.process is None and not self._signals and time.monotonic() >= role.not_before:
                role.start()
        _reap_orphans(self._processes())
        wait([process.sentinel for process in self._processes()], timeout=LOOK_SECONDS)

    def _processes(self) -> list[ForkProcess]:
        return [role.process for role in self._roles if role.process is not None]


def _reap_orphans(ours: Sequence[ForkProcess]) -> None:
    """As process 1 of a container we inherit orphans; without this they stay as zombies."""
    if os.getpid() != 1:
        return
    pids = {process.pid for process in ours}
    try:
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid in pids:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)
    except ChildProcessError:
        return


def _be_child(main: Callable[[], None], parent: int) -> None:
    os.setpgid(0, 0)  # a terminal's Ctrl+C reaches the parent only, which passes it on once
    for number in STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
    _end_with_parent(parent)
    main()


def _end_with_parent(parent: int) -> None:
    """Ask Linux for a SIGTERM when the parent is killed: nobody would replace or stop this process any more."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
