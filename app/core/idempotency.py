"""Requests that may be sent again: the same key and the same request get the same answer, and nothing is done twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

KEPT = timedelta(hours=24)
"""How long an answer is kept for whoever asks again."""
LEASE = timedelta(minutes=2)
"""How long a request may take. One that is not answered then has died, and whoever asks again takes its place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `made` is the id of what was made where the answer itself may not be kept: `body` is empty."""

    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    made: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request under its key. `fingerprint` tells two requests apart (32 bytes), `request` is the id of this one.

    Nobody else does the same work before `until`. After `ends_at` the key is as good as new.
    """

    fingerprint: bytes
    request: str
    begun_at: datetime
    until: datetime
    ends_at: datetime
    answer: Answer | None = None


class IdempotencyKeys(Protocol):
    """Requests by holder (a token's id, or who else may ask) and key. Every method is one transaction."""

    def begin(self, holder: str, key: str, attempt: Attempt) -> Attempt | None:
        """Keep a request that begins; or return the one that is kept, and change nothing."""
        ...

    def get(self, holder: str, key: str, now: datetime) -> Attempt | None:
        """What is kept under a key."""
        ...

    def take_over(self, holder: str, key: str, before: Attempt, attempt: Attempt) -> bool:
        """Begin in the place of one that died; False when that was answered meanwhile, or somebody else was faster."""
        ...

    def finish(self, holder: str, key: str, request: str, answer: Answer) -> None:
        """Keep the answer to this request, if it is still the one under the key."""
        ...

    def let_go(self, holder: str, key: str, request: str, now: datetime) -> None:
        """Let whoever asks again take this request's place at once: nobody knows what it did."""
        ...

    def drop(self, holder: str, key: str, request: str) -> None:
        """Forget this request, which did nothing."""
        ...

    def forget(self, now: datetime) -> int:
        """Remove what is past its end; return how many."""
        ...


def fingerprint(*parts: bytes) -> bytes:
    """32 bytes that tell requests apart, whatever their parts hold."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return whole.digest()


def attempt(mark: bytes, request: str, now: datetime, kept: timedelta = KEPT) -> Attempt:
    """A request that begins now."""
    return Attempt(mark, request, now, now + LEASE, now + kept)
