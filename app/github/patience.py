"""How long one job waits for GitHub inside one request, and which requests may be sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any, Self

from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

LONGEST_WAIT = 30.0  # seconds; what asks for more goes back to the queue
TRIES = 3  # repetitions of one request
REFUSALS = frozenset({403, 429})  # GitHub said no before doing anything
OUTAGES = frozenset({500, 502, 503, 504})
REPEATABLE = frozenset({"GET", "PATCH", "PUT", "DELETE"})  # sending them twice changes nothing


@dataclass(slots=True)
class Patience:
    """The waiting of one job. `sleep` takes seconds. `once` is set while even a repeatable method must not repeat."""

    sleep: Callable[[float], None]
    once: bool = False

    @contextmanager
    def only_once(self) -> Iterator[None]:
        """Send what is sent inside at most once, for bodies that append (annotations)."""
        self.once = True
        try:
            yield
        finally:
            self.once = False


class PatientRetry(Retry):
    """What PyGithub's own retry does not do.

    It repeats PATCH, never POST (the write may have been done), and waits as `Retry-After` says up to `LONGEST_WAIT`;
    when GitHub asks for more, or for an unnamed time, the answer is handed back at once and becomes `RateLimited`.
    """

    def __init__(self, patience: Patience, **settings: Any) -> None:
        defaults: dict[str, Any] = {
            "total": TRIES,
            "allowed_methods": REPEATABLE,
            "status_forcelist": OUTAGES,
            "backoff_factor": 1.0,
            "backoff_max": LONGEST_WAIT,
            "backoff_jitter": 0.5,
            "raise_on_status": False,
            "redirect": 0,
        }
        super().__init__(**(defaults | settings))
        self._patience = patience

    def new(self, **settings: Any) -> Self:
        """Copy, with the same patience."""
        return super().new(patience=self._patience, **settings)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether this answer is worth another try."""
        if status_code in REFUSALS:
            return has_retry_after
        return super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: Any = None,
    ) -> Self:
        """Count a try; give up at once when GitHub asks for more than a job may wait."""
        if response is not None and (asked_wait(response.headers) or 0) > LONGEST_WAIT:
            raise MaxRetryError(_pool, url, ResponseError("asked to wait longer than one job may"))  # type: ignore[arg-type]
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as asked, else as the back-off says."""
        asked = None if response is None else asked_wait(response.headers)
        wait = min(asked or self.get_backoff_time(), LONGEST_WAIT)
        if wait > 0:
            self._patience.sleep(wait)

    def _is_method_retryable(self, method: str) -> bool:
        return not self._patience.once and super()._is_method_retryable(method)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for; None when it is not there, infinite when it cannot be read.

    A time is compared with the answer's own `Date`, so our clock may be wrong.
    """
    asked = headers.get("retry-after")
    if asked is None:
        return None
    if asked.strip().isdigit():
        return float(asked.strip()[:9])
    until, now = read_date(asked), read_date(headers.get("date"))
    return inf if until is None or now is None else max((until - now).total_seconds(), 0.0)


def read_date(text: str | None) -> datetime | None:
    """A header's time, aware; None when it is none."""
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
