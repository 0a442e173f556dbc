"""The template process: loads everything once, then forks one sealed child for each order.

Started as `python -I -m worker.inspection` with an empty environment and one socket. It never touches a byte
of a package itself, ends when nobody holds the other end of its socket any more, and takes its children with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from worker.inspection.cell import live
from worker.inspection.rehearsal import rehearse
from worker.inspection.seal import kernel
from worker.inspection.wire import STARTED, Ending, Examine, Order, Ready

_PACKET = 1 << 16
_DESCRIPTORS = 1024  # enough for every pool; and few, so that a child closes them all in no time
_HUNG_UP = select.POLLERR | select.POLLHUP | select.POLLNVAL


def main(examine: Examine) -> None:
    """Serve the socket of the command line: its descriptor, the size of the pool, and perhaps `network`."""
    descriptor, pool, *wishes = sys.argv[1:]
    control = socket.socket(fileno=int(descriptor))
    os.environ.clear()  # Python itself may have put a locale there
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
    rehearse(examine)
    network = False
    if "network" in wishes:
        with contextlib.suppress(OSError):
            kernel.leave_network()
            network = True
    gc.collect()
    gc.freeze()  # the children share these pages for as long as nobody writes to them
    control.send(msgspec.json.encode(Ready(network)))
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())  # whoever started it has read what there was to read
    Template(control, int(pool), examine).serve()


@dataclass(slots=True)
class _Running:
    """A child. `ending` is the pipe on which its end is told; `deadline` is on the monotonic clock."""

    process: int
    ending: int
    deadline: float
    timed_out: bool = False


class Template:
    """Forks children, at most `pool` at a time, and tells how each of them ended."""

    def __init__(self, control: socket.socket, pool: int, examine: Examine) -> None:
        self._control = control
        self._pool = pool
        self._examine = examine
        self._running: dict[int, _Running] = {}  # by the descriptor of the ending's pipe
        self._poll = select.poll()

    def serve(self) -> None:
        """Serve until nobody holds the socket any more."""
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._poll.register(woken, select.POLLIN)
        listening = False
        while True:
            if listening != (len(self._running) < self._pool):
                listening = not listening
                if listening:
                    self._poll.register(self._control, select.POLLIN)
                else:
                    self._poll.unregister(self._control)
            for descriptor, event in self._poll.poll(self._patience()):
                if descriptor == woken:
                    os.read(woken, 4096)
                elif descriptor != self._control.fileno():
                    self._hang_up(descriptor, event)
                elif not self._accept():
                    self._kill(*self._running.values())
                    return
            self._expire()
            self._reap()

    def _patience(self) -> int | None:
        deadlines = [child.deadline for child in self._running.values() if not child.timed_out]
        return max(0, int((min(deadlines) - time.monotonic()) * 1000) + 1) if deadlines else None

    def _accept(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, _PACKET, 8)
        if not packet:
            return False
        order = msgspec.json.decode(packet, type=Order)
        *inside, ending = descriptors
        template = os.getpid()
        process = os.fork()
        if not process:
            live(order, inside, self._examine, template)
        for descriptor in inside:
            os.close(descriptor)
        self._running[ending] = _Running(process, ending, time.monotonic() + order.limits.wall_seconds)
        self._poll.register(ending, 0)  # nothing is expected but that its reader goes away
        self._tell(ending, STARTED)
        return True

    def _hang_up(self, descriptor: int, event: int) -> None:
        """Nobody waits for this answer any more: it was too long, or the job is gone."""
        child = self._running.get(descriptor)
        if child is not None and event & _HUNG_UP:
            self._kill(child)
            self._poll.unregister(descriptor)

    def _expire(self) -> None:
        now = time.monotonic()
        for child in self._running.values():
            if not child.timed_out and child.deadline <= now:
                child.timed_out = True
                self._kill(child)

    def _kill(self, *children: _Running) -> None:
        for child in children:
            for kill in (os.killpg, os.kill):  # the group, and the child itself should it not lead one yet
                with contextlib.suppress(ProcessLookupError):
                    kill(child.process, signal.SIGKILL)

    def _reap(self) -> None:
        for child in list(self._running.values()):
            process, status, usage = os.wait4(child.process, os.WNOHANG)
            if process:
                exited = os.WIFEXITED(status)
                ending = Ending(
                    code=os.WEXITSTATUS(status) if exited else None,
                    signal=None if exited else os.WTERMSIG(status),
                    timed_out=child.timed_out,
                    peak=usage.ru_maxrss * 1024,
                )
                self._tell(child.ending, msgspec.json.encode(ending))
                with contextlib.suppress(KeyError):
                    self._poll.unregister(child.ending)
                os.close(child.ending)
                del self._running[child.ending]

    def _tell(self, ending: int, what: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(ending, what)
