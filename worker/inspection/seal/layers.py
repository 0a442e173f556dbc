"""The layers of the fence by name, and how a child puts them on."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Collection
from enum import StrEnum

from worker.inspection.limits import Limits
from worker.inspection.seal import kernel, landlock, seccomp

NOBODY = 65534


class Layer(StrEnum):
    """What stands between a package and the machine; each one holds without the others."""

    LIMITS = "resource limits"  # memory, processor time, descriptors; no core file, nothing written to any file
    USER = "separate user"  # started as root, the child becomes nobody
    NETWORK = "network namespace"  # one without any interface; the template enters it, its children are born there
    LANDLOCK = "landlock"  # no file is opened, executed or changed; no TCP; no signal to anybody outside
    SECCOMP = "seccomp"  # only the system calls that computing and answering need


ALL = tuple(Layer)
FENCES = frozenset({Layer.LANDLOCK, Layer.SECCOMP})
"""Without one of these a child could open files and start programs: that is not called sealed."""


class NotSealed(Exception):
    """A layer that was asked for could not be put on; the message names it."""


def seal(layers: Collection[Layer], limits: Limits) -> None:
    """Put the layers on this process, for good. Raise `NotSealed` at the first that fails.

    Everything that is needed must be imported and open by now. The caller is a fresh fork with no thread but its own.
    """
    steps: dict[Layer, Callable[[], None]] = {
        Layer.LIMITS: lambda: _limit(limits),
        Layer.USER: _become_nobody,
        Layer.LANDLOCK: landlock.restrict,
        Layer.SECCOMP: seccomp.restrict,
    }
    for layer, step in steps.items():
        try:
            if layer is Layer.LANDLOCK:  # after the change of user, which undoes some of it, and needed by the rest
                kernel.keep_to_itself()
            if layer in layers:
                step()
        except (OSError, ValueError) as error:
            raise NotSealed(f"{layer}: {error}") from error


def _limit(limits: Limits) -> None:
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),  # SIGXCPU says why, SIGKILL makes sure
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))


def _become_nobody() -> None:
    if os.geteuid():
        raise PermissionError("the worker is not root and cannot become another user")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
