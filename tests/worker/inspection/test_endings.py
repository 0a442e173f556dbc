"""How a child ended, in words that a reader of the review understands."""

from __future__ import annotations

import signal

import pytest

from app.core.errors import Reason
from worker.inspection.endings import explained
from worker.inspection.limits import MIB, Limits
from worker.inspection.wire import Ending

LIMITS = Limits()
CASES = [
    (
        Ending(None, signal.SIGKILL, True, 0),
        Reason.TIMEOUT,
        "Examining a.tgz took longer than 60 seconds and was stopped.",
    ),
    (
        Ending(None, signal.SIGXCPU, False, 0),
        Reason.TIMEOUT,
        "Examining a.tgz took more than 45 seconds of processor time and was stopped.",
    ),
    (
        Ending(None, signal.SIGKILL, False, 0),
        Reason.MEMORY,
        "Examining a.tgz was killed from outside, most likely because the machine ran out of memory.",
    ),
    (Ending(71, None, False, 0), Reason.MEMORY, "Examining a.tgz took more than the 768 MiB of memory it may."),
    (
        Ending(None, signal.SIGABRT, False, 700 * MIB),
        Reason.MEMORY,
        "Examining a.tgz took more than the 768 MiB of memory it may.",
    ),
    (
        Ending(None, signal.SIGABRT, False, 90 * MIB),
        Reason.CRASHED,
        "The process that examined a.tgz crashed (SIGABRT).",
    ),
    (Ending(None, 35, False, 0), Reason.CRASHED, "The process that examined a.tgz crashed (signal 35)."),
    (
        Ending(72, None, False, 0),
        Reason.CRASHED,
        "The process that was to examine a.tgz could not be sealed, so it did not open it.",
    ),
    (
        Ending(0, None, False, 0),
        Reason.CRASHED,
        "The process that examined a.tgz gave an answer that makes no sense.",
    ),
]


@pytest.mark.parametrize(("ending", "reason", "detail"), CASES)
def test_every_ending_has_its_reason_and_its_sentence(ending: Ending, reason: Reason, detail: str) -> None:
    gap = explained("a.tgz", ending, LIMITS)
    assert (gap.what, gap.reason, gap.detail) == ("a.tgz", reason, detail)
