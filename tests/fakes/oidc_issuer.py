"""An issuer of workflows' tokens, as GitHub Actions has one: its keys are made while the tests run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from app.core.ports import Clock

ISSUER = "https://issuer.example"
AUDIENCE = "https://assay.example"
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/.well-known/jwks"


@cache
def a_key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """An RSA key, the same for the same name."""
    return generate_private_key(65537, bits)


def pem(key: RSAPrivateKey) -> bytes:
    """Its public half, as everybody may have it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(key: RSAPrivateKey, key_id: str, **more: Any) -> dict[str, Any]:
    """Its public half, as an issuer publishes it."""
    published: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    del published["key_ops"]
    return published | {"kid": key_id, "use": "sig", "alg": "RS256"} | more


class FakeIssuer:
    """Signs tokens, and publishes its keys. `asked` are the addresses that were fetched, in order."""

    def __init__(self, clock: Clock, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        self.issuer = issuer
        self.keys = {"k1": a_key("k1")}
        self.asked: list[str] = []
        self.down = False
        self.documents: dict[str, bytes] = {}  # instead of the right ones, by path
        self._clock = clock
        self._audience = audience
        self._count = 0

    def claims(self, **more: Any) -> dict[str, Any]:
        """What GitHub says of a push to `acme/shop`; None takes a claim away."""
        now, self._count = self._clock(), self._count + 1
        claims = {
            "iss": self.issuer,
            "aud": self._audience,
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "jti": f"00000000-0000-4000-8000-{self._count:012}",
            "iat": _seconds(now),
            "nbf": _seconds(now - timedelta(minutes=10)),
            "exp": _seconds(now + timedelta(minutes=5)),
            "repository": "acme/shop",
            "repository_id": "42",
            "repository_owner": "acme",
            "repository_owner_id": "7",
            "ref": "refs/heads/main",
            "run_id": "1001",
            "event_name": "push",
        } | more
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: str = "k1", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A signed token; `headers` may say something else than is true."""
        named = {"kid": key} if headers is None else headers
        return jwt.encode(self.claims(**claims), self.keys.get(key) or a_key(key), "RS256", headers=named)

    def fetch(self, address: str) -> bytes:
        """The document at an address of this issuer."""
        self.asked.append(address)
        if self.down:
            raise OSError("out of reach")
        path = address.removeprefix(self.issuer)
        return self.documents.get(path) or self.published()[path]

    def published(self) -> dict[str, bytes]:
        """Its documents by path."""
        described = {"issuer": self.issuer, "jwks_uri": self.issuer + KEYS}
        keys = [jwk(key, key_id) for key_id, key in self.keys.items()]
        return {DISCOVERY: json.dumps(described).encode(), KEYS: json.dumps({"keys": keys}).encode()}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
