"""Leave a host alone that keeps failing, instead of waiting for it again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Host:
    failures: int = 0
    closed_until: float = 0.0


class Breaker:
    """Counts failures in a row per host. After `threshold` of them the host is left alone for `pause` seconds.

    Then one request goes through to see; the others wait for what it finds. Shared by threads.
    """

    def __init__(self, clock: Callable[[], float], threshold: int = 5, pause: float = 30.0) -> None:
        self._clock, self._threshold, self._pause = clock, threshold, pause
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def allows(self, host: str) -> bool:
        """Whether the host may be asked now."""
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            if state.failures < self._threshold:
                return True
            if self._clock() < state.closed_until:
                return False
            state.closed_until = self._clock() + self._pause
            return True

    def succeeded(self, host: str) -> None:
        """The host answered, whatever it said."""
        with self._lock:
            self._hosts[host] = _Host()

    def failed(self, host: str) -> None:
        """The host did not answer, or answered that it is out of order."""
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            state.failures += 1
            if state.failures >= self._threshold:
                state.closed_until = self._clock() + self._pause
