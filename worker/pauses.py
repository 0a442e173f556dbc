"""An installation that GitHub asks to wait waits as a whole: no other review of it runs into the same wall.

Kept in Redis, which may lose it: then the next call is refused, and the pause begins again.
"""

from __future__ import annotations

from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

LEAST = 1.0  # seconds


class Pauses(Protocol):
    """Which installations wait, and for how long."""

    def begin(self, installation_id: int, seconds: float) -> None:
        """Let the installation wait for so long, or longer if it does already."""
        ...

    def left(self, installation_id: int) -> float:
        """Seconds that it still waits; 0 when it does not, or nobody knows."""
        ...


class SharedPauses:
    """`Pauses` of all workers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, installation_id: int, seconds: float) -> None:
        """Note it, with its end."""
        wanted = int(max(seconds, LEAST) * 1000)
        try:
            if self.left(installation_id) * 1000 < wanted:
                self._redis.set(_key(installation_id), 1, px=wanted)
        except (RedisError, OSError):
            return

    def left(self, installation_id: int) -> float:
        """What is left of it."""
        try:
            milliseconds = self._redis.pttl(_key(installation_id))
        except (RedisError, OSError):
            return 0.0
        return max(0.0, float(milliseconds) / 1000)


class NoPauses:
    """Nobody waits."""

    def begin(self, installation_id: int, seconds: float) -> None:
        """Nothing."""

    def left(self, installation_id: int) -> float:  # noqa: ARG002  (the port's)
        """Nothing."""
        return 0.0


def _key(installation_id: int) -> str:
    return f"assay:pause:{installation_id}"
