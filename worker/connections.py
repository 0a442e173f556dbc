"""Connections that go where they were checked to go, and that no slow server can keep open."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from app.addresses import check_resolved

Resolve = Callable[[str], Sequence[str]]  # host name → IP addresses
Dial = Callable[[str, int, float], socket.socket]  # IP address, port, seconds → connected socket

_MOST_ADDRESSES = 4  # tried one after the other, each with its own time to connect


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take: until when in all, and how many seconds of silence."""

    until: float
    idle: float
    clock: Callable[[], float] = time.monotonic

    @property
    def over(self) -> bool:
        """Whether the time for the whole request is spent."""
        return self.clock() >= self.until

    def seconds(self) -> float:
        """How long the next read may wait; `TimeoutError` when the time is over."""
        if self.over:
            raise TimeoutError("the time for this request is over")
        return min(self.idle, self.until - self.clock())


_PATIENCE: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def patience(granted: Patience) -> Iterator[Patience]:
    """Grant all reads of this thread so much time. A limit per read alone would let a slow drip last for ever."""
    token = _PATIENCE.set(granted)
    try:
        yield granted
    finally:
        _PATIENCE.reset(token)


class PatientSocket(socket.socket):
    """A socket whose reads end when the request's patience does."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, waiting no longer than is granted."""
        _wait_no_longer(self)
        return super().recv_into(*args, **kwargs)


class PatientTLSSocket(ssl.SSLSocket):
    """The same under TLS. The handshake is limited as a whole by the time to connect."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, waiting no longer than is granted."""
        _wait_no_longer(self)
        return super().recv_into(*args, **kwargs)


def _wait_no_longer(sock: socket.socket) -> None:
    granted = _PATIENCE.get()
    if granted is not None:
        sock.settimeout(granted.seconds())


def resolve_name(host: str) -> Sequence[str]:
    """The IP addresses of a host, in the system's order of preference."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def dial_tcp(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to one IP address."""
    sock = PatientSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Trust the system's store (operators have authorities of their own there), or the bundle instead of it."""
    context = ssl.create_default_context(cafile=ca_bundle)
    context.sslsocket_class = PatientTLSSocket
    return context


@dataclass(frozen=True, slots=True)
class Route:
    """How connections to one origin are made. `trusted` origins are configured: any address will do for them."""

    resolve: Resolve
    dial: Dial
    trusted: bool

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """Resolve once, check every address, connect to a checked one.

        A name that a stranger gives is resolved with a dot at its end, so that no search domain is tried.
        """
        addresses = self.resolve(host if self.trusted else f"{host}.")
        if not self.trusted:
            check_resolved(host, addresses)
        error: OSError = OSError("the name has no address")
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return self.dial(address, port, seconds)
            except OSError as failure:
                error = failure
        raise error


class _PlainConnection(HTTPConnection):
    def __init__(self, *args: Any, route: Route, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._route = route

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._route)


class _TLSConnection(HTTPSConnection):
    """Name checks and SNI stay with the host's name, whatever address was dialled."""

    def __init__(self, *args: Any, route: Route, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._route = route

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._route)


def _connect(connection: HTTPConnection, route: Route) -> socket.socket:
    seconds = connection.timeout
    assert isinstance(seconds, int | float), "every request has a time to connect"
    try:
        return route.connect(connection.host.strip("[]"), connection.port, seconds)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except UnicodeError as error:  # a label that is empty or too long
        raise NewConnectionError(connection, str(error)) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, str(error)) from error
    except OSError as error:
        raise NewConnectionError(connection, error.strerror or str(error)) from error


class PlainPool(urllib3.HTTPConnectionPool):
    """Connections to one http origin."""

    ConnectionCls = _PlainConnection


class TLSPool(urllib3.HTTPSConnectionPool):
    """Connections to one https origin."""

    ConnectionCls = _TLSConnection
