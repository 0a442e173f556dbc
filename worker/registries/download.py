"""Fetch from registries under limits of size, time and place; hashes are computed while the bytes come in.

One `Fetcher` serves all registries and threads of a process. Every error leaves as a `CannotExamine` whose detail is
plain sentences: what the registry did, and which package is not examined for it.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Url

from app.addresses import Origin, Refused, check_named, origin, parse_address
from app.core.errors import CannotExamine, NoAccess, PackageNotFound, RegistryUnavailable
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
from worker.registries.breaker import Breaker
from worker.registries.failures import TryFailed, summary
from worker.registries.receiving import MIB, Document, Stored, receive_artifact, receive_document

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410, 451})
_AGAIN = frozenset({408, 429})  # and 5xx: another try may help
_NOT_IMPLEMENTED = 501
_UNAUTHORIZED = 401
_CREDENTIALS = frozenset({_UNAUTHORIZED, 403, 407})
_MOST_POOLS = 32  # hosts whose connections are kept
_MOST_IDLE = 8  # connections kept for each
_USER_AGENT = "assay (reviews dependencies)"
_log = logging.getLogger(__name__)

T = TypeVar("T")
_Receive = Callable[[str, urllib3.BaseHTTPResponse], T]  # the final address, and the answer to read


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. `total` is for one try with its redirects."""

    artifact: int = 100 * MIB
    document: int = 64 * MIB
    connect: float = 5.0
    idle: float = 15.0
    total: float = 120.0
    redirects: int = 3
    tries: int = 2
    longest_wait: float = 5.0  # a registry that asks for more is not waited for


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A configured registry. `authorization` is a header value, sent to this origin only; `ca_bundle` a PEM file."""

    url: str
    authorization: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None


class AddressRefused(RegistryUnavailable):
    """The registry named an address that is not connected to."""


class RequestRejected(RegistryUnavailable):
    """The registry answered that it does not do this, or not for us: 4xx (but "not here" and "later"), or 501."""


class Fetcher:
    """Fetches from configured endpoints, and from where they send us as far as that is safe.

    `resolve`, `dial`, `clock` (seconds, monotonic), `sleep` and `jitter` (0 to 1) are arguments for the tests' sake.
    Proxies in the environment are not used: a proxy resolves names itself, past our checks.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        *,
        limits: Limits | None = None,
        resolve: Resolve = resolve_name,
        dial: Dial = dial_tcp,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits or Limits()
        self.refusals = 0  # addresses that were not connected to
        self._trusted = frozenset(origin(parse_address(endpoint.url)) for endpoint in endpoints)
        self._resolve, self._dial = resolve, dial
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._breaker = Breaker(clock)
        self._pools: dict[tuple[Origin, str | None], urllib3.HTTPConnectionPool] = {}
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def read(self, url: str, endpoint: Endpoint, what: str, accept: str = "*/*") -> Document:
        """Fetch a small answer. `what` is what people read about in errors ("npm/left-pad@1.0.0").

        Raises `PackageNotFound`, `RegistryUnavailable`, or `CannotExamine` (too large).
        """
        request = _Request(url, endpoint, what, {"Accept": accept, "Accept-Encoding": "gzip"})
        return self._fetch(
            request, lambda final, response: receive_document(response, final, self.limits.document, what)
        )

    def store(self, url: str, endpoint: Endpoint, what: str) -> Stored:
        """Fetch an artifact into a file without a name. The caller closes `content`. Errors as in `read`."""
        request = _Request(url, endpoint, what, {"Accept": "*/*", "Accept-Encoding": "identity"})
        return self._fetch(request, lambda _, response: receive_artifact(response, self.limits.artifact, what))

    def _fetch(self, request: _Request, receive: _Receive[T]) -> T:
        failures: list[TryFailed] = []
        while len(failures) < self.limits.tries:
            if failures:
                self._sleep(failures[-1].wait or 0.2 + 0.8 * self._jitter())
            try:
                return self._try(request, receive)
            except TryFailed as failure:
                failures.append(failure)
                if failure.final:
                    break
            except Refused as refused:
                with self._lock:
                    self.refusals += 1
                _log.warning("registry address refused: %s", refused, extra={"package": request.what})
                raise AddressRefused(
                    f"The registry sends us where Assay does not go: {refused}. {request.what} is not examined."
                ) from refused
        raise RegistryUnavailable(f"{summary(failures)} {request.what} is not examined yet.") from failures[-1]

    def _try(self, request: _Request, receive: _Receive[T]) -> T:
        """One try, along its redirects."""
        address, authorization = request.url, request.endpoint.authorization
        home = origin(parse_address(request.endpoint.url))
        with patience(Patience(self._clock() + self.limits.total, self.limits.idle, self._clock)) as granted:
            for _ in range(self.limits.redirects + 1):
                url = self._admit(address)
                if origin(url) != home:
                    authorization = None  # for good: a detour must not bring it back
                headers = request.headers | ({"Authorization": authorization} if authorization else {})
                answer = self._exchange(url, request, headers, granted, receive)
                if not isinstance(answer, _Elsewhere):
                    return answer
                address = answer.address
        raise TryFailed(self._subject(url), f"sent us on more than {self.limits.redirects} times")

    def _admit(self, address: str) -> Url:
        url = parse_address(address)
        if origin(url) not in self._trusted:
            check_named(url)
        return url

    def _exchange(
        self,
        url: Url,
        request: _Request,
        headers: dict[str, str],
        granted: Patience,
        receive: _Receive[T],
    ) -> T | _Elsewhere:
        """One request and its answer. The breaker learns how it went, whatever the answer says."""
        host = url.netloc or ""
        if not self._breaker.allows(host):
            raise TryFailed(self._subject(url), "failed so often that it is left alone for a while", final=True)
        try:
            timeout = urllib3.Timeout(connect=self.limits.connect, read=granted.seconds())
            response = self._pool(url, request.endpoint.ca_bundle).urlopen(
                "GET",
                url.request_uri,
                headers={"User-Agent": _USER_AGENT, **headers},
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=timeout,
            )
            with closing(response):
                if response.status in _REDIRECTS:
                    result: T | _Elsewhere = self._elsewhere(url, response)
                else:
                    self._check_status(url, request, response, sent="Authorization" in headers)
                    result = receive(url._replace(auth=None).url, response)
        except (HTTPError, OSError) as error:
            self._breaker.failed(host)
            raise TryFailed(self._subject(url), cause_of(error, granted)) from error
        except TryFailed:
            self._breaker.failed(host)
            raise
        except CannotExamine:
            self._breaker.succeeded(host)
            raise
        self._breaker.succeeded(host)
        return result

    def _check_status(self, url: Url, request: _Request, response: urllib3.BaseHTTPResponse, *, sent: bool) -> None:
        status = response.status
        if status == 200:
            return
        if status in _GONE:
            raise PackageNotFound(f"{request.what} is not on the registry. Is the name or version right?")
        if status in _AGAIN or (status >= 500 and status != _NOT_IMPLEMENTED):
            wait = _retry_after(response)
            final = wait is not None and wait > self.limits.longest_wait
            raise TryFailed(self._subject(url), f"answered {status}", wait=wait, final=final)
        if status in _CREDENTIALS:
            raise NoAccess(f"{self._subject(url)} answered {status} for {request.what}: {_access(status, sent=sent)}")
        if status >= 400:
            raise RequestRejected(f"{self._subject(url)} answered {status} for {request.what}. It is not examined.")
        raise TryFailed(self._subject(url), f"answered {status}")

    def _elsewhere(self, url: Url, response: urllib3.BaseHTTPResponse) -> _Elsewhere:
        location = response.headers.get("Location", "")
        if not location:
            raise TryFailed(self._subject(url), "sent us on without saying where to")
        # `urljoin` reads a backslash as part of a name, others as a slash: it is refused before anybody reads it
        return _Elsewhere(location if "\\" in location else urljoin(url.url, location))

    def _pool(self, url: Url, ca_bundle: str | None) -> urllib3.HTTPConnectionPool:
        where = origin(url)
        with self._lock:
            pool = self._pools.pop((where, ca_bundle), None) or self._new_pool(where, ca_bundle)
            self._pools[where, ca_bundle] = pool  # the last one used stands at the end
            if len(self._pools) > _MOST_POOLS:
                self._pools.pop(next(iter(self._pools))).close()
        return pool

    def _new_pool(self, where: Origin, ca_bundle: str | None) -> urllib3.HTTPConnectionPool:
        scheme, host, port = where
        route = Route(self._resolve, self._dial, trusted=where in self._trusted)
        if scheme == "http":
            return PlainPool(host, port, maxsize=_MOST_IDLE, route=route)
        if ca_bundle not in self._contexts:
            self._contexts[ca_bundle] = tls_context(ca_bundle)
        return TLSPool(host, port, maxsize=_MOST_IDLE, ssl_context=self._contexts[ca_bundle], route=route)

    def _subject(self, url: Url) -> str:
        return "The registry" if origin(url) in self._trusted else f"{url.host}, where the registry sends us,"


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    endpoint: Endpoint
    what: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    address: str


def _access(status: int, *, sent: bool) -> str:
    """What is wrong, and who can mend it. Nothing here says which credentials."""
    if not sent:
        return "it wants credentials, and none are set for it. Whoever runs Assay can set them. It is not examined."
    wrong = "it does not take" if status == _UNAUTHORIZED else "it does not allow this to"
    return f"{wrong} the credentials that are set for it. Whoever runs Assay should check them. It is not examined."


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """The seconds of a Retry-After header; None when it has none, or a date."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() and len(value) < 7 else None
