"""Is this webhook really from Assay, and fresh? How we sign what we send, and how a receiver checks it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "Assay-Signature"
TOLERANCE = 300  # seconds; receivers refuse what is older


def sign(body: bytes, timestamp: int, secrets: Iterable[str]) -> str:
    """The header: `t=<seconds since 1970>`, then `sha256=<HMAC of "<t>.<body>">` once for each secret.

    A secret that was replaced signs beside the new one for a while. The timestamp is when it was sent, not when it
    happened, and it is signed too: what somebody recorded cannot be sent again later.
    """
    signed = f"{timestamp}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ", ".join([f"t={timestamp}", *(f"sha256={one}" for one in digests)])


def is_authentic(body: bytes, header: str, secret: str, now: float, tolerance: int = TOLERANCE) -> bool:
    """Whether a header signs exactly these bytes with this secret, not longer ago than `tolerance` seconds."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal()) or len(times[0]) > 12:
        return False
    if abs(now - int(times[0])) > tolerance or not secret:
        return False
    wanted = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, hashlib.sha256).hexdigest().encode()
    authentic = False
    for name, _, value in parts:
        if name == "sha256":
            authentic |= hmac.compare_digest(wanted, value.encode("utf-8", "surrogateescape"))
    return authentic
