"""Turns among all workers, by locks in Redis: whose holder dies is free again soon, and Redis may lose them all."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from redis import Redis
from redis.exceptions import LockError, RedisError

from worker.turns import WAIT_SECONDS, InFlight

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1  # between two looks whether a turn is free


class SharedTurns:
    """`app.core.ports.Turns`. `wait` is how many seconds a holder may keep the others waiting, alive or dead."""

    def __init__(self, redis: Redis, wait: float = WAIT_SECONDS) -> None:
        self._redis = redis
        self._wait = wait
        self._here = InFlight(wait)
        self._away = False

    @contextmanager
    def take(self, key: str) -> Iterator[None]:
        """Do the work inside alone, unless whoever does it takes too long, or Redis does not answer."""
        with ExitStack() as stack:
            stack.enter_context(self._here.take(key))  # first among our own threads: they need not ask Redis
            self._take(key, stack)
            yield

    def _take(self, key: str, stack: ExitStack) -> None:
        if self._away:
            return
        # package names are strangers' strings, and may be of any length
        name = f"assay:turn:{hashlib.sha256(key.encode()).hexdigest()}"
        lock = self._redis.lock(
            name, timeout=self._wait, blocking_timeout=self._wait, sleep=LOOK_SECONDS, thread_local=False
        )
        try:
            if lock.acquire():
                stack.callback(_release, lock.release)
        except (RedisError, OSError) as error:
            self._away = True  # for this job: waiting for Redis at every package would cost more than the work
            log.warning("turns are not shared", extra={"why": f"{type(error).__name__}: {error}"})


def _release(release: Callable[[], None]) -> None:
    with suppress(LockError, RedisError, OSError):  # it was kept for too long, or Redis went away
        release()
