"""Public keys of others by their id: fetched from the operator's address within limits, kept for half an hour.

An unknown id makes us look again, but not at every request, and neither does an address that fails: whoever sends
nonsense decides nothing about our connections.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

import msgspec
import requests
from urllib3.exceptions import HTTPError

KEPT = timedelta(minutes=30)
AGAIN = timedelta(minutes=1)  # an unknown id makes us look this often at most
REST = timedelta(seconds=20)  # after a failure nobody is asked
PATIENCE = 5.0  # seconds, for each answer and for all of it
WAIT = 1.0  # seconds for another request's look: a thread that waits serves nobody
LARGEST = 256 << 10  # bytes of a document
_PIECE = 16 << 10

Key = TypeVar("Key")
Fetch = Callable[[str], bytes]


class Keys(Generic[Key]):
    """Keys by id. `look` fetches all of them; it raises `OSError` when they cannot be had."""

    def __init__(self, look: Callable[[], Mapping[str, Key]]) -> None:
        self._look = look
        self._keys: Mapping[str, Key] = {}
        self._fetched: datetime | None = None
        self._failed: datetime | None = None
        self._lock = Lock()

    def get(self, key_id: str, now: datetime) -> Key | None:
        """The key; None when nobody knows it. Raise `OSError` when it cannot be looked up."""
        if not self._is_due(key_id, now):
            return self._keys.get(key_id)
        if not self._lock.acquire(timeout=WAIT):
            raise OSError("the keys are being fetched")
        try:
            if self._is_due(key_id, now):
                self._fetch(now)
            return self._keys.get(key_id)
        finally:
            self._lock.release()

    def _is_due(self, key_id: str, now: datetime) -> bool:
        age = None if self._fetched is None else now - self._fetched
        return age is None or age > KEPT or (key_id not in self._keys and age > AGAIN)

    def _fetch(self, now: datetime) -> None:
        if self._failed is not None and now - self._failed < REST:
            raise OSError("the keys were not to be had a moment ago")
        try:
            keys = self._look()
        except OSError:
            self._failed = now
            raise
        self._keys, self._fetched, self._failed = keys, now, None


def download(url: str, patience: float = PATIENCE) -> bytes:
    """A document, bounded in time and size; nobody is followed elsewhere. Raise `OSError`."""
    until = time.monotonic() + patience
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    body = bytearray()
    try:
        with requests.get(url, timeout=patience, stream=True, allow_redirects=False, headers=headers) as response:
            response.raise_for_status()
            while len(body) <= LARGEST and time.monotonic() < until and (piece := response.raw.read1(_PIECE)):
                body += piece
    except (requests.RequestException, HTTPError) as error:
        raise OSError(f"the keys were not to be had: {type(error).__name__}") from error
    if len(body) > LARGEST:
        raise OSError("the document with the keys is too large")
    if time.monotonic() >= until:
        raise OSError("the document with the keys takes too long")
    return bytes(body)


def read_document(body: bytes, shape: type[Key]) -> Key:
    """A document with keys as its shape; raise `OSError` when it has another."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise OSError("the document with the keys cannot be read") from error
