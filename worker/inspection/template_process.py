"""The worker's hold on the template process: start it, hand it orders, find out that it died.

One packet is one order, with descriptors of its own for the answer. So any number of threads may share the socket
without a lock, and so may processes: a worker that forks one for each job starts the template once, before it forks.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import msgspec

from app.core.errors import AssayError
from worker.inspection.wire import Order, Ready

TEMPLATE = (sys.executable, "-I", "-m", "worker.inspection")
_START_SECONDS = 60.0  # 0.3 s, measured; a machine may be busy
_END_SECONDS = 5.0


class TemplateLost(AssayError):
    """The template could not be started, or is not there any more."""


class TemplateProcess:
    """A running template. `network`: whether it left the network, and its children with it."""

    def __init__(self, program: Sequence[str], pool: int, *, leave_network: bool) -> None:
        """Start it and wait until it has loaded everything; raise `TemplateLost` with the last line it wrote."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._owner = os.getpid()
        wishes = ["network"] if leave_network else []
        with theirs, tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [*program, str(theirs.fileno()), str(pool), *wishes],
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is for the worker, which then ends it
            )
            theirs.close()
            self._socket.settimeout(_START_SECONDS)
            try:
                packet = self._socket.recv(1 << 16)
                self.network = msgspec.json.decode(packet, type=Ready).network
            except (OSError, msgspec.DecodeError) as error:
                self.close()
                log.seek(0)
                last = log.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise TemplateLost(f"The process that opens packages did not start: {last or error}") from error
            self._socket.settimeout(None)

    def order(self, order: Order, descriptors: Sequence[int]) -> None:
        """Hand it an order; raise `TemplateLost` when it is not there any more."""
        try:
            socket.send_fds(self._socket, [msgspec.json.encode(order)], descriptors)
        except OSError as error:
            raise TemplateLost(f"The process that opens packages is gone: {error.strerror}") from error

    def close(self) -> None:
        """Let go of it. Once nobody holds it any more it ends; who started it sees to that."""
        self._socket.close()
        if self._owner != os.getpid():
            return
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
