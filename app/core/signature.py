"""Is this body really from GitHub? Bytes in, bool out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "sha256="


def is_authentic(body: bytes, header: str | bytes | None, secrets: Iterable[str]) -> bool:
    """Whether `header` (`X-Hub-Signature-256`) signs exactly these bytes with one of the secrets.

    Several secrets count while one replaces another. An empty secret signs nothing. The digest is 64 lower-case
    hexadecimal digits, as GitHub writes it; anything else is not a signature. Bytes are compared, because
    `hmac.compare_digest` raises on text that is not ASCII.
    """
    if header is None:
        return False
    given = header if isinstance(header, bytes) else header.encode("utf-8", "surrogateescape")
    authentic = False
    for secret in secrets:
        if secret:
            authentic |= hmac.compare_digest(given, sign(body, secret).encode("ascii"))
    return authentic


def sign(body: bytes, secret: str) -> str:
    """The header that GitHub would send for this body."""
    return PREFIX + hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()
