"""What went wrong with one request, in words for people."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as NoAnswer

from worker.connections import Patience

_TIMES = {2: " twice", 3: " three times", 4: " four times"}


class TryFailed(Exception):
    """One try failed; another may help.

    `subject` and `cause` make a sentence ("The registry" "answered 503"). `wait` is how many seconds the host asked
    for; `final` says that asking again now is of no use.
    """

    def __init__(self, subject: str, cause: str, *, wait: float | None = None, final: bool = False) -> None:
        super().__init__(f"{subject} {cause}")
        self.cause, self.wait, self.final = cause, wait, final


def cause_of(error: HTTPError | OSError, granted: Patience) -> str:
    """What the host did, as a predicate."""
    if isinstance(error, NameResolutionError):
        return "has a name that cannot be resolved"
    if isinstance(error, NewConnectionError):  # before time-outs: urllib3 counts it among them
        return f"cannot be reached ({_innermost(error)})"
    if isinstance(error, NoAnswer | TimeoutError):
        return "did not send everything in time" if granted.over else "did not answer in time"
    if isinstance(error, SSLError | ssl.SSLError):
        return f"has no trustworthy TLS ({_innermost(error)})"
    if isinstance(error, ProtocolError | OSError):
        return "broke off its answer, or answered what is not HTTP"
    return "answered what cannot be read"


def summary(failures: Sequence[TryFailed]) -> str:
    """All tries in one sentence: "The registry answered 503 twice."."""
    last = failures[-1]
    alike = len({str(failure) for failure in failures}) == 1
    times = _TIMES.get(len(failures), "") if alike and last.cause.startswith("answered") else ""
    wait = f" and asks us to wait {last.wait:g} seconds" if last.wait is not None and last.final else ""
    return f"{last}{times}{wait}."


def _innermost(error: BaseException) -> str:
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        inner = error.__cause__ or next((part for part in error.args if isinstance(part, BaseException)), None)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__
