"""Failing on purpose: what our GitHub answers instead of, or after, doing what it was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class Fault:
    """One planned failure.

    `status` 0 drops the connection without an answer. `after` does the work first and fails then, as when a gateway
    gives up too early. `body` is sent as it is when it is a string, else `message` stands in GitHub's usual JSON.
    """

    status: int
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    body: str | None = None


def bad_gateway(status: int = 502, *, after: bool = False) -> Fault:
    """An outage; with `after`, the work was done all the same."""
    return Fault(status, "Server Error", after=after, body="<html><body>Unicorn</body></html>")


def dropped(*, after: bool = False) -> Fault:
    """The connection ends without an answer."""
    return Fault(0, after=after)


def unauthorised() -> Fault:
    """A token that GitHub does not know (yet)."""
    return Fault(401, "Bad credentials")


def primary_limit(reset: int, status: int = 403) -> Fault:
    """The hour's requests are used up; `reset` is a Unix time."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return Fault(status, "API rate limit exceeded for installation ID 1.", headers)


def secondary_limit(status: int = 403, retry_after: int | str | None = None) -> Fault:
    """Too much at once; GitHub may or may not say for how long to wait."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(
        status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", headers
    )


@dataclass(slots=True)
class _Planned:
    method: str
    path: re.Pattern[str]
    fault: Fault
    skip: int


class Faults:
    """The plan of failures. `tree_limit` is how many entries a tree may list before it is truncated."""

    def __init__(self) -> None:
        self.tree_limit = 100_000
        self._plan: list[_Planned] = []
        self._lock = Lock()

    def next(self, method: str, path: str, fault: Fault, times: int = 1, skip: int = 0) -> None:
        """Let the next `times` requests fail whose method is this and whose path matches; `skip` go well before."""
        with self._lock:
            self._plan.extend(_Planned(method, re.compile(path), fault, skip) for _ in range(times))

    def take(self, method: str, path: str) -> Fault | None:
        """The failure planned for this request, used up by asking."""
        with self._lock:
            for planned in self._plan:
                if planned.method == method and planned.path.search(path):
                    if planned.skip == 0:
                        self._plan.remove(planned)
                        return planned.fault
                    planned.skip -= 1
            return None

    def clear(self) -> None:
        """Let nothing more fail."""
        with self._lock:
            self._plan.clear()

    @property
    def waiting(self) -> int:
        """How many planned failures have not happened yet."""
        return len(self._plan)
