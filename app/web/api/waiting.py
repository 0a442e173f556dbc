"""Waiting for a task within a request: for a bounded time, and by few threads, so that others are served meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore

from app.core.ports import Tasks
from app.core.ports.tasks import ENDED

LONGEST = 25
"""Seconds that a request may wait: less than what proxies wait for us."""
FIRST_LOOK = 0.1
MOST_BETWEEN = 1.0  # seconds between two looks


class WaitingRoom:
    """So many `places`; who finds none does not wait."""

    def __init__(
        self,
        places: int,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = BoundedSemaphore(places)
        self._sleep = sleep
        self._clock = clock

    def wait(self, tasks: Tasks, task_id: str, seconds: float) -> None:
        """Return when the task has ended, the time is over, or at once when all places are taken."""
        if seconds <= 0 or not self._places.acquire(blocking=False):
            return
        try:
            until, between = self._clock() + min(seconds, LONGEST), FIRST_LOOK
            while (left := until - self._clock()) > 0:
                self._sleep(min(between, left))
                between = min(2 * between, MOST_BETWEEN)
                if tasks.state(task_id) in {*ENDED, None}:
                    return
        finally:
            self._places.release()
