"""Failure → try again, give up visibly, or end quietly: the one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import (
    AssayError,
    Forbidden,
    Gone,
    InputError,
    QueueUnavailable,
    RateLimited,
    SettingsError,
    StoreUnavailable,
    Superseded,
)


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Run again in `seconds`. `reason` is for people; `counted` says that this run counts as a failure."""

    seconds: float
    reason: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Say on the pull request that it could not be examined; `message` is for people."""

    message: str


@dataclass(frozen=True, slots=True)
class Drop:
    """End quietly: there is nobody to tell, or nothing left to do."""

    reason: str


Decision = RetryAfter | GiveUp | Drop

OUR_FAULT = "Assay failed by a fault of its own. Its operator finds the cause in the log."


def decide(error: BaseException, failures: int, schedule: Sequence[float]) -> Decision:
    """Decide what becomes of a delivery whose run ended with this error.

    `failures` counts the runs that failed, this one included; `schedule` holds the waits in seconds before the first,
    second, third … run.
    """
    match error:
        case Superseded():
            return Drop(str(error) or "a newer event replaced it")
        case Gone() | Forbidden():
            return Drop(str(error))  # nobody is left to tell, or we may not speak
        case RateLimited():
            return RetryAfter(max(error.retry_after, 1.0), str(error), counted=False)
        case InputError():
            return GiveUp(str(error))
        case SettingsError():
            return GiveUp("Assay is not set up right. Its operator finds the cause in the log.")
        case _:
            pass
    message = _for_people(error)
    return RetryAfter(schedule[failures], message) if failures < len(schedule) else GiveUp(message)


def _for_people(error: BaseException) -> str:
    """Faults of our own, and of our database, are told to the operator and not to the pull request."""
    if isinstance(error, StoreUnavailable | QueueUnavailable):
        return "A part of Assay was out of reach."
    return str(error) if isinstance(error, AssayError) else OUR_FAULT
