"""Who is asking: an App by its JWT, or an installation by a token with its repositories, permissions and end."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from app.core.ports import Clock
from app.demo.github.model import App, Installation, Repository
from app.demo.github.refusals import bad_credentials, bad_jwt, malformed, not_accessible, not_found

LIFETIME = timedelta(hours=1)
LONGEST_JWT = 600  # seconds
SKEW = 60  # seconds that a clock may be ahead of ours
LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Token:
    """An installation token. `repositories` are ids, None for all of the installation."""

    value: str
    installation: Installation
    repositories: frozenset[int] | None
    permissions: Mapping[str, str]
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Token(installation={self.installation.id})"

    def require(self, name: str, level: str) -> None:
        """Refuse when the token lacks a permission."""
        granted = self.permissions.get(name)
        if granted is None or LEVELS.index(granted) < LEVELS.index(level):
            raise not_accessible()

    def sees(self, repository: Repository) -> bool:
        """Whether the token is good for this repository."""
        if repository.owner is not self.installation.account:
            return False
        chosen = self.installation.repositories
        return (chosen is None or repository.id in chosen) and (
            self.repositories is None or repository.id in self.repositories
        )


class Tokens:
    """All living tokens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._living: dict[str, Token] = {}
        self.minted: list[Token] = []  # also those that ended, for tests
        self.revoked: list[Token] = []

    def mint(
        self, installation: Installation, repositories: frozenset[int] | None, permissions: Mapping[str, str]
    ) -> Token:
        """Make a token in the long form that GitHub gives since 2026, good for an hour."""
        for name, level in permissions.items():
            granted = installation.permissions.get(name)
            if granted is None or level not in LEVELS or LEVELS.index(granted) < LEVELS.index(level):
                raise malformed("The permissions requested are not granted to this installation.")
        tail = ".".join(secrets.token_urlsafe(size) for size in (30, 240, 96))
        token = Token(
            f"ghs_{installation.app.id}_{tail}",
            installation,
            repositories,
            {"metadata": "read"} | dict(permissions),
            self._clock() + LIFETIME,
        )
        self._living[token.value] = token
        self.minted.append(token)
        return token

    def revoke(self, token: Token) -> None:
        """End a token."""
        self._living.pop(token.value, None)
        self.revoked.append(token)

    def revoke_all(self, installation: Installation) -> None:
        """End all tokens of an installation."""
        for token in [token for token in self._living.values() if token.installation is installation]:
            self.revoke(token)

    @property
    def living(self) -> list[Token]:
        """Tokens that are neither revoked nor expired."""
        return [token for token in self._living.values() if token.expires_at > self._clock()]

    def read_token(self, header: str) -> Token:
        """The token of an Authorization header; 401 when it is unknown, revoked or expired."""
        token = self._living.get(_credential(header))
        if token is None or token.expires_at <= self._clock():
            raise bad_credentials()
        return token

    def read_app(self, header: str, apps: Iterable[App]) -> App:
        """The App whose JWT an Authorization header carries; 401 with GitHub's words when it is not good."""
        credential = _credential(header)
        try:
            claims = jwt.decode(
                credential, options={"verify_signature": False, "verify_exp": False, "verify_iat": False}
            )
            app = next((app for app in apps if str(app.id) == str(claims.get("iss"))), None)
            if app is None:
                raise not_found("Integration not found")
            claims = jwt.decode(
                credential,
                app.key.public_key(),
                algorithms=["RS256"],
                options={"require": ["exp", "iat", "iss"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise bad_jwt("A JSON web token could not be decoded") from None
        now = self._clock().timestamp()
        if claims["exp"] <= now:
            raise bad_jwt("'Expiration time' claim ('exp') must be a numeric value in the future")
        if claims["exp"] > now + LONGEST_JWT:
            raise bad_jwt("'Expiration time' claim ('exp') is too far in the future")
        if claims["iat"] > now + SKEW:
            raise bad_jwt("'Issued at' claim ('iat') must be an Integer representing the time of the assertion")
        return app


def _credential(header: str) -> str:
    scheme, _, credential = header.partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not credential:
        raise bad_jwt("Requires authentication")
    return credential.strip()
