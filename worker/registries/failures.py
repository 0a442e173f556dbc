"""What went wrong with one request, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

_TIMES = {2: " twice", 3: " three times", 4: " four times"}


class TryFailed(Exception):
    """One try failed; another may help.

    `subject` and `cause` make a sentence ("The registry" "answered 503"). `wait` is how many seconds the host asked
    for; `final` says that asking again now is of no use.
    """

    def __init__(self, subject: str, cause: str, *, wait: float | None = None, final: bool = False) -> None:
        super().__init__(f"{subject} {cause}")
        self.cause, self.wait, self.final = cause, wait, final


def summary(failures: Sequence[TryFailed]) -> str:
    """All tries in one sentence: "The registry answered 503 twice."."""
    last = failures[-1]
    alike = len({str(failure) for failure in failures}) == 1
    times = _TIMES.get(len(failures), "") if alike and last.cause.startswith("answered") else ""
    wait = f" and asks us to wait {last.wait:g} seconds" if last.wait is not None and last.final else ""
    return f"{last}{times}{wait}."
