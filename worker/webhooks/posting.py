"""One POST to where a customer says: https, to a public address or one that the operator named, and not for long.

Nothing of the answer is read but its status. Redirects are not followed, and proxies in the environment are not used: a
proxy resolves names itself, past our checks.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from socket import socket

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Url

from app.addresses import Origin, Refused, check_loopback, check_receiver, origin
from worker.causes import cause_of
from worker.connections import (
    Dial,
    Patience,
    PlainPool,
    Resolve,
    Route,
    TLSPool,
    dial_tcp,
    patience,
    resolve_name,
    tls_context,
)

log = logging.getLogger(__name__)

USER_AGENT = "Assay-Webhook/1"
INWARD = "Its name leads to an address that Assay does not send to."
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect to one address, of silence, and for all of it."""

    connect: float = 3.0
    idle: float = 5.0
    total: float = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `status` is None where no answer came; `note` is a sentence, for whoever manages the webhook."""

    status: int | None
    milliseconds: int
    note: str = ""


class Poster:
    """Posts to receivers. `receivers` are the operator's own, which may be anywhere.

    `resolve`, `dial` and `clock` (seconds, monotonic) are arguments for the tests' sake.
    """

    def __init__(
        self,
        receivers: Set[Origin] = frozenset(),
        *,
        limits: Limits | None = None,
        ca_bundle: str | None = None,
        resolve: Resolve = resolve_name,
        dial: Dial = dial_tcp,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._receivers = receivers
        self._limits = limits or Limits()
        self._ca_bundle = ca_bundle
        self._resolve, self._dial, self._clock = resolve, dial, clock
        self._tls: ssl.SSLContext | None = None

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send this body there. Never raises for what the receiver does."""
        began = self._clock()
        with patience(Patience(began + self._limits.total, self._limits.idle, self._clock)) as granted:
            try:
                url = check_receiver(address, self._receivers)
            except Refused as refused:
                return Answer(None, 0, f"Assay does not send there: {refused}.")
            host = (url.host or "")[:100]
            try:
                status = self._exchange(url, body, headers, granted)
                note = "" if 200 <= status < 300 else f"{host} {_said(status)}."
            except Refused as refused:
                log.warning("webhook address refused: %s", refused)  # the address itself is the operator's business
                status, note = None, INWARD
            except (HTTPError, OSError) as error:
                status, note = None, f"{host} {cause_of(error, granted)}."
        return Answer(status, round(1000 * (self._clock() - began)), note)

    def _exchange(self, url: Url, body: bytes, headers: Mapping[str, str], granted: Patience) -> int:
        with closing(self._pool(url, granted)) as pool:
            response = pool.urlopen(
                "POST",
                url.request_uri,
                body=body,
                headers={"User-Agent": USER_AGENT, "Connection": "close", **headers},
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self._limits.connect, read=granted.seconds()),
            )
            with closing(response):
                return int(response.status)

    def _pool(self, url: Url, granted: Patience) -> urllib3.HTTPConnectionPool:
        scheme, host, port = where = origin(url)
        resolve = partial(self._resolve_in_time, scheme, granted)
        route = Route(resolve, partial(self._dial_in_time, granted), trusted=where in self._receivers)
        if scheme == "http":
            return PlainPool(host, port, route=route)
        self._tls = self._tls or tls_context(self._ca_bundle)
        return TLSPool(host, port, ssl_context=self._tls, route=route)

    def _resolve_in_time(self, scheme: str, granted: Patience, host: str) -> Sequence[str]:
        """The system's resolver has no time limit, and the name servers are the receiver's."""
        found: list[Sequence[str]] = []
        failed: list[Exception] = []

        def resolve() -> None:
            try:
                found.append(self._resolve(host))
            except Exception as error:  # noqa: BLE001 (raised below, in the thread that asked)
                failed.append(error)

        thread = threading.Thread(target=resolve, name="resolve", daemon=True)
        thread.start()
        thread.join(granted.seconds())
        if failed:
            raise failed[0]
        if not found:
            raise TimeoutError("the name was not resolved in time")
        if scheme == "http":
            check_loopback(host, found[0])
        return found[0]

    def _dial_in_time(self, granted: Patience, address: str, port: int, seconds: float) -> socket:
        return self._dial(address, port, min(seconds, granted.seconds()))


def _said(status: int) -> str:
    return f"answered {status}; redirects are not followed" if status in _REDIRECTS else f"answered {status}"
