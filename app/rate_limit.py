"""How many requests somebody may still make: counted in Redis for all processes, or in this one at a quarter.

A window begins with its first request and ends a fixed time later.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 0.25  # seconds for Redis to answer: a request waits for it
REST = 5.0  # seconds until Redis is asked again after it failed
PART = 4  # one process, without Redis, allows this part of a limit
MOST_KEYS = 20_000  # of one process

_SCRIPT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in `seconds`. `name` is what the `RateLimit` headers call it."""

    name: str
    most: int
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: `left` more until `reset` seconds from now. `limit` is the one that was applied."""

    limit: Limit
    left: int
    reset: int
    allowed: bool = True


class Limiter(Protocol):
    """Counts. Never fails and never says "unlimited"."""

    def take(self, key: str, limit: Limit, cost: int = 1) -> Standing:
        """Count one request of this key (cost 0: only look)."""
        ...


class LocalLimiter:
    """Counts in this process. `part` divides every limit."""

    def __init__(self, part: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._part = part
        self._clock = clock
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # key → end, count
        self._lock = Lock()

    def take(self, key: str, limit: Limit, cost: int = 1) -> Standing:
        """Count in memory."""
        now = self._clock()
        applied = Limit(limit.name, max(1, limit.most // self._part), limit.seconds)
        with self._lock:
            ends, count = self._windows.get(key, (0.0, 0))
            if ends <= now:
                ends, count = now + limit.seconds, 0
            self._windows[key] = ends, count + cost
            self._windows.move_to_end(key)
            while len(self._windows) > MOST_KEYS:
                self._windows.popitem(last=False)
        return _standing(applied, count + cost, ends - now)


class RedisLimiter:
    """Counts in Redis, for all processes; while that does not answer, in this process at a quarter of the limit."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._script = self._redis.register_script(_SCRIPT)
        self._local = LocalLimiter(PART, clock)
        self._clock = clock
        self._rests_until = 0.0

    def take(self, key: str, limit: Limit, cost: int = 1) -> Standing:
        """Count by an atomic script."""
        if self._clock() < self._rests_until:
            return self._local.take(key, limit, cost)
        try:
            count, left = self._script(keys=[f"assay:limit:{key}"], args=[limit.seconds * 1000, cost])
        except (RedisError, OSError) as error:
            log.warning("limits counted in this process only", extra={"why": type(error).__name__})
            self._rests_until = self._clock() + REST
            return self._local.take(key, limit, cost)
        return _standing(limit, int(count), int(left) / 1000)

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()


def _standing(limit: Limit, count: int, left: float) -> Standing:
    return Standing(limit, max(0, limit.most - count), max(1, -int(-left // 1)), count <= limit.most)
