"""Work that several reviews need at the same moment is done by one of them while the others wait, for a bounded time.

What is taken is a turn, never a promise: whoever has waited long enough, or cannot ask, does the work itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

WAIT_SECONDS = 60.0  # an artifact takes 2 s, and 180 s at the worst


@dataclass(slots=True)
class _Turn:
    lock: Lock = field(default_factory=Lock)
    wanted: int = 0  # by so many threads, whoever has it included


class InFlight:
    """Turns among the threads of one process (`app.core.ports.Turns`). `wait` is in seconds."""

    def __init__(self, wait: float = WAIT_SECONDS) -> None:
        self._wait = wait
        self._turns: dict[str, _Turn] = {}
        self._lock = Lock()

    @contextmanager
    def take(self, key: str) -> Iterator[None]:
        """Do the work inside alone, unless whoever does it at this moment takes too long."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.wanted += 1
        mine = turn.lock.acquire(timeout=self._wait)
        try:
            yield
        finally:
            if mine:
                turn.lock.release()
            with self._lock:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[key]
