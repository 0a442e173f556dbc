"""Idempotency keys in memory: the twin of `idempotency`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from threading import RLock

from app.core.idempotency import Answer, Attempt


class MemoryIdempotencyKeys:
    """`app.core.idempotency.IdempotencyKeys`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Attempt] = {}
        self._lock = RLock()

    def begin(self, holder: str, key: str, attempt: Attempt) -> Attempt | None:
        """Keep it, or find it; one that is past its end is nobody's."""
        with self._lock:
            known = self._rows.get((holder, key))
            if known is not None and known.ends_at > attempt.begun_at:
                return known
            self._rows[holder, key] = attempt
            return None

    def get(self, holder: str, key: str, now: datetime) -> Attempt | None:
        """What is kept under a key."""
        known = self._rows.get((holder, key))
        return known if known is not None and known.ends_at > now else None

    def take_over(self, holder: str, key: str, before: Attempt, attempt: Attempt) -> bool:
        """Replace it, if it is still what `before` was."""
        with self._lock:
            if self._open(holder, key, before.request) is None:
                return False
            self._rows[holder, key] = attempt
            return True

    def finish(self, holder: str, key: str, request: str, answer: Answer) -> None:
        """Keep the answer."""
        with self._lock:
            known = self._rows.get((holder, key))
            if known is not None and known.request == request:
                self._rows[holder, key] = replace(known, answer=answer)

    def let_go(self, holder: str, key: str, request: str, now: datetime) -> None:
        """End its lease."""
        with self._lock:
            if (known := self._open(holder, key, request)) is not None:
                self._rows[holder, key] = replace(known, until=now)

    def drop(self, holder: str, key: str, request: str) -> None:
        """Remove it."""
        with self._lock:
            if self._open(holder, key, request) is not None:
                del self._rows[holder, key]

    def forget(self, now: datetime) -> int:
        """Remove what is past its end."""
        with self._lock:
            old = [place for place, known in self._rows.items() if known.ends_at <= now]
            for place in old:
                del self._rows[place]
        return len(old)

    def _open(self, holder: str, key: str, request: str) -> Attempt | None:
        known = self._rows.get((holder, key))
        return known if known is not None and known.request == request and known.answer is None else None
