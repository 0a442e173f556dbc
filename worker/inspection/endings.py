"""How a child ended → why nothing is known of the package, in words."""

from __future__ import annotations

import signal

from app.core.errors import Reason
from app.core.specimen import NotExamined
from worker.inspection.limits import MIB, Limits
from worker.inspection.wire import NOT_SEALED, OUT_OF_MEMORY, Ending

_CLOSE_TO_FULL = 0.5  # of the memory a child may take; C code that gets no more aborts instead of saying so


def explained(filename: str, ending: Ending, limits: Limits) -> NotExamined:
    """Why this ending gave no answer."""
    full = ending.peak >= limits.memory * _CLOSE_TO_FULL
    memory = f"Examining {filename} took more than the {limits.memory // MIB} MiB of memory it may."
    if ending.timed_out:
        detail = f"Examining {filename} took longer than {limits.wall_seconds:g} seconds and was stopped."
        return NotExamined(filename, Reason.TIMEOUT, detail)
    if ending.signal == signal.SIGXCPU:
        detail = f"Examining {filename} took more than {limits.cpu_seconds} seconds of processor time and was stopped."
        return NotExamined(filename, Reason.TIMEOUT, detail)
    if ending.code == OUT_OF_MEMORY or (ending.signal == signal.SIGABRT and full):
        return NotExamined(filename, Reason.MEMORY, memory)
    if ending.signal == signal.SIGKILL:
        detail = f"Examining {filename} was killed from outside, most likely because the machine ran out of memory."
        return NotExamined(filename, Reason.MEMORY, detail)
    if ending.signal is not None:
        detail = f"The process that examined {filename} crashed ({_name(ending.signal)})."
    elif ending.code == NOT_SEALED:
        detail = f"The process that was to examine {filename} could not be sealed, so it did not open it."
    elif ending.code:
        detail = f"The process that examined {filename} ended with the code {ending.code} and no answer."
    else:
        detail = f"The process that examined {filename} gave an answer that makes no sense."
    return NotExamined(filename, Reason.CRASHED, detail)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
