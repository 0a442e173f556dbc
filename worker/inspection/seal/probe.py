"""Tries, inside a sealed child, what it must not be able to do.

What a layer promises is tried under that layer alone: so the answer says which layers really hold, not which were asked
for.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator, Mapping

from worker.inspection.limits import Limits
from worker.inspection.seal.layers import Layer

_LOOPBACK = ("127.0.0.1", 9)
_DETACH = 17
SUCCEEDED = "succeeded"
PROGRAM = "start a program"


def holds(layer: Layer, limits: Limits) -> bool:
    """Whether everything that this layer forbids fails. To be asked in a child that wears this layer alone."""
    promised: dict[Layer, tuple[str, ...]] = {
        Layer.LIMITS: ("take memory", "write a core file"),
        Layer.USER: ("become root",),
        Layer.NETWORK: ("send by UDP", "connect by TCP"),
        Layer.LANDLOCK: ("open a file", "open a directory", "write a file", PROGRAM),
        Layer.SECCOMP: (
            *("open a file", "open a directory", "write a file", "send by UDP", "connect by TCP", "open a Unix socket"),
            *("fork", "signal its parent", "trace", "map executable memory", "become root", PROGRAM),
        ),
    }
    tries = attempts(limits)
    return all(_outcome(tries[name]) != SUCCEEDED for name in promised[layer])


def outcomes(limits: Limits) -> Iterator[Mapping[str, str]]:
    """What became of every attempt: `SUCCEEDED`, or the name of the error. In a child that wears all its layers.

    Starting a program comes last and on its own: if it succeeds, this process is not there any more to say so.
    """
    tries = dict(attempts(limits))
    last = tries.pop(PROGRAM)
    yield {name: _outcome(attempt) for name, attempt in tries.items()}
    yield {PROGRAM: _outcome(last)}


def attempts(limits: Limits) -> Mapping[str, Callable[[], object]]:
    """What a sealed child must not be able to do; each raises when it could not. The last would replace the process."""
    return {
        "open a file": lambda: os.open(sys.executable, os.O_RDONLY),
        "open a directory": lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
        "write a file": _write_file,
        "send by UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", _LOOPBACK),
        "connect by TCP": _connect,
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "fork": _fork,
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "trace": _trace,
        "map executable memory": lambda: mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "become root": _become_root,
        "take memory": lambda: mmap.mmap(-1, limits.memory),
        "write a core file": _write_core,
        "see the environment": _see_environment,
        PROGRAM: lambda: os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", ""]),  # noqa: S606
    }


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return SUCCEEDED


def _write_file() -> None:
    path = f"/tmp/assay-probe-{os.getpid()}"  # noqa: S108 - it must not come into being
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)  # noqa: PTH108


def _connect() -> None:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(_LOOPBACK)
    except ConnectionRefusedError:
        return  # nobody listens, but the way was open


def _fork() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def _trace() -> None:
    # Nobody has the number 0, so this harms nobody: who may trace at all hears "no such process".
    ctypes.CDLL(None, use_errno=True).ptrace(_DETACH, 0, 0, 0)
    if ctypes.get_errno() != errno.ESRCH:
        raise PermissionError


def _become_root() -> None:
    os.setresuid(0, 0, 0)


def _write_core() -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[0] == 0:
        raise PermissionError


def _see_environment() -> None:
    if not os.environ:
        raise PermissionError
