"""What this process did a moment ago, so that it need not do it again with every request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock


class Lately:
    """When something was done last, for as many keys as fit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._when: OrderedDict[Hashable, datetime] = OrderedDict()
        self._lock = Lock()

    def is_due(self, key: Hashable, now: datetime, every: timedelta) -> bool:
        """Whether it was not done within this time; then it counts as done now."""
        with self._lock:
            last = self._when.get(key)
            if last is not None and now - last < every:
                return False
            self._when[key] = now
            self._when.move_to_end(key)
            while len(self._when) > self._most:
                self._when.popitem(last=False)
            return True
