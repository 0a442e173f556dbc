"""Why a request over the network got no answer, in words for people."""

from __future__ import annotations

import ssl

from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as NoAnswer

from worker.connections import Patience


def cause_of(error: HTTPError | OSError, granted: Patience) -> str:
    """What the host did, as a predicate."""
    if isinstance(error, NameResolutionError):
        return "has a name that cannot be resolved"
    if isinstance(error, NewConnectionError):  # before time-outs: urllib3 counts it among them
        return f"cannot be reached ({_innermost(error)})"
    if isinstance(error, NoAnswer | TimeoutError):
        return "did not send everything in time" if granted.over else "did not answer in time"
    if isinstance(error, SSLError | ssl.SSLError):
        return f"has no trustworthy TLS ({_innermost(error)})"
    if isinstance(error, ProtocolError | OSError):
        return "broke off its answer, or answered what is not HTTP"
    return "answered what cannot be read"


def _innermost(error: BaseException) -> str:
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        inner = error.__cause__ or next((part for part in error.args if isinstance(part, BaseException)), None)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__
