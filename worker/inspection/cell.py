"""The life of a forked child: close every door, put the layers on, do the errand, answer, exit. It never returns."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from worker.inspection.answer import encode, fitted
from worker.inspection.facts.native.loading import load
from worker.inspection.seal.layers import NotSealed, seal
from worker.inspection.seal.probe import holds, outcomes
from worker.inspection.wire import DONE, FAULT, NOT_SEALED, OUT_OF_MEMORY, Errand, Examine, Order, Question


def live(order: Order, descriptors: Sequence[int], examine: Examine, template: int) -> NoReturn:
    """Do one order. `descriptors` are the answer, the question and, where the order says so, the archive.

    `template` is the process that forked this one.
    """
    code = FAULT
    try:
        os.setsid()  # the leader of a group of its own, so that the template can kill all of it
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _close_all_but(descriptors)
        code = _errand(order, descriptors, examine, template)
    except NotSealed:
        code = NOT_SEALED
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)  # whatever else was raised: no traceback, no clean-up, no way back into the template


def _errand(order: Order, descriptors: Sequence[int], examine: Examine, template: int) -> int:
    answer, question, *archives = descriptors
    text = _read(question)
    if order.errand is Errand.NATIVE:
        load()  # before the fence, behind which nothing can be loaded; no byte of the package has been read yet
    seal(order.layers, order.limits)
    if os.getppid() != template:
        return FAULT  # it died before this process was bound to die with it, and nobody keeps the time any more
    if order.errand is Errand.PROBE:
        _write(answer, encode(holds(order.layers[0], order.limits)))
    elif order.errand is Errand.ATTEMPT:
        for became in outcomes(order.limits):
            _write(answer, encode(became) + b"\n")
    else:
        asked = msgspec.json.decode(text, type=Question)
        if order.archive:
            with open(archives[0], "rb", closefd=False) as archive:
                inspection = examine(asked, archive)
        else:
            inspection = examine(asked, None)
        _write(answer, fitted(inspection, asked.filename, order.limits.answer))
    return DONE


def _close_all_but(kept: Sequence[int]) -> None:
    """All but these and the three standard ones, which lead nowhere."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _read(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(descriptor: int, answer: bytes) -> None:
    left = memoryview(answer)
    while left:
        left = left[os.write(descriptor, left) :]
