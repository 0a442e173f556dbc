"""When a new delivery of a lane may run: the first at once, later pushes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Gathering:
    """Pushes less than `window` apart are served together, by one run, after at most `longest`."""

    window: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(seconds=30)

    def due(
        self, now: datetime, *, last: datetime | None, waiting_since: datetime | None, running: bool = False
    ) -> datetime:
        """When a delivery that comes in now may run.

        `last` is when the lane's latest delivery came in, `waiting_since` when the oldest that still waits did, and
        `running` says that a review of the lane is on its way (it will be given up for this one).
        """
        quiet = last is None or now - last > self.window
        if quiet and waiting_since is None and not running:
            return now
        return min(now + self.window, (waiting_since or now) + self.longest)
