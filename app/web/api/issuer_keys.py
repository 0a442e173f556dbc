"""Is a token really signed by its issuer? RS256 alone, with keys from the addresses that OpenID Connect names."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import jwt
from jwt import PyJWK
from msgspec import Struct

from app.core.errors import InputError
from app.web.api.key_ring import Fetch, Keys, read_document

ALGORITHM = "RS256"
DISCOVERY = "/.well-known/openid-configuration"
SHORTEST_KEY, LONGEST_KEY = 2048, 8192  # bits
_LONGEST_ID = 200  # characters of a key's id


class _Described(Struct):
    issuer: str
    jwks_uri: str


class _Key(Struct):
    kty: str
    kid: str = ""
    use: str = "sig"
    alg: str = ALGORITHM
    n: str = ""
    e: str = ""


class _KeySet(Struct):
    keys: list[_Key]


class IssuerSignatures:
    """Checks what an issuer signs."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self._keys = Keys(lambda: _look(issuer, fetch))
        self._signed = jwt.PyJWS(algorithms=[ALGORITHM])

    def payload(self, token: str, now: datetime) -> bytes:
        """What was signed; raise `InputError` when it is not, `OSError` when the keys cannot be had."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise InputError("It is no JSON Web Token.") from error
        key_id = header.get("kid")
        if header.get("alg") != ALGORITHM:
            raise InputError(f"It is not signed with {ALGORITHM}.")
        if not isinstance(key_id, str) or len(key_id) > _LONGEST_ID:
            raise InputError("It does not name the key that signed it.")
        key = self._keys.get(key_id, now)
        if key is None:
            raise InputError("It is signed with a key that its issuer does not have.")
        try:
            payload: bytes = self._signed.decode(token, key, algorithms=[ALGORITHM])
        except (jwt.PyJWTError, ValueError) as error:
            raise InputError("Its signature is wrong.") from error
        return payload


def _look(issuer: str, fetch: Fetch) -> dict[str, PyJWK]:
    described = read_document(fetch(issuer + DISCOVERY), _Described)
    if described.issuer != issuer:
        raise OSError("the issuer describes another one")
    if _origin(described.jwks_uri) != _origin(issuer):
        raise OSError("the issuer keeps its keys at another host")
    found = read_document(fetch(described.jwks_uri), _KeySet)
    return {key.kid: read for key in found.keys if (read := _read(key)) is not None}


def _read(key: _Key) -> PyJWK | None:
    """A key that may sign for us; other kinds may stand beside it."""
    if key.kty != "RSA" or key.use != "sig" or key.alg != ALGORITHM or not 0 < len(key.kid) <= _LONGEST_ID:
        return None
    try:
        read = PyJWK({"kty": key.kty, "n": key.n, "e": key.e}, ALGORITHM)
    except (jwt.PyJWTError, ValueError) as error:
        raise OSError("the document with the keys cannot be read") from error
    return read if SHORTEST_KEY <= read.key.key_size <= LONGEST_KEY else None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()
