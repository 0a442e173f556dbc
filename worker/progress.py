"""Tells a check run how far its review is: seldom, forward only, and never at the review's cost."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.core.errors import ForgeError, RateLimited
from app.core.ports import Forge
from app.core.prose import count

SHARE = 0.05  # of the time that went by: a long review is told of less often
PAUSE = 60.0  # seconds without a word after GitHub failed to take one


class Progress:
    """Call it with (done, all) as often as you like. At most one write every `seconds`; about sixty in a quarter hour.

    `told` is what an earlier run of the same review has shown: the number never falls. A write that fails is forgotten,
    and when GitHub asks us to wait nothing more is told.
    """

    def __init__(
        self,
        forge: Forge,
        check_id: int,
        *,
        seconds: float,
        told: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._forge = forge
        self._check_id = check_id
        self._seconds = seconds
        self._told = told
        self._clock = clock
        self._began = clock()
        self._next = self._began + seconds

    def __call__(self, done: int, whole: int) -> None:
        """Say it, if it is news and time to; the last number is the verdict's to say."""
        if self._told < done < whole and self._clock() >= self._next:
            self._say(done, whole, "")

    def hand_over(self, done: int, whole: int) -> None:
        """Say how far this run came; the check stays in progress until the next one is done."""
        self._say(max(done, self._told), whole, " The next run goes on from there.")

    def _say(self, done: int, whole: int, then: str) -> None:
        if self._next == float("inf"):
            return
        words = f"Examined {done} of {count(whole, 'changed package')}"
        now = self._clock()
        self._next = now + max(self._seconds, SHARE * (now - self._began))
        try:
            self._forge.progress(self._check_id, words, f"{words}.{then}")
        except RateLimited:
            self._next = float("inf")
        except ForgeError:
            self._next = now + PAUSE
        else:
            self._told = done
