"""The App's key → a token for one repository with the fewest permissions, renewed once, revoked after use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from github.Auth import AppAuthToken, Auth
from github.Requester import Requester

from app.core.errors import Forbidden, ForgeError, Gone, SettingsError
from app.core.ports import Clock
from app.github import answers
from app.github.client import connect
from app.github.errors import Unauthorised, Unprocessable, translated
from app.github.patience import Patience
from app.github.permissions import MINT, OWN_APP, REVOKE

log = logging.getLogger(__name__)

BACKDATED = timedelta(seconds=60)  # GitHub's clock may be behind ours
LIFETIME = timedelta(minutes=5)  # GitHub allows ten


class AppKey:
    """The App's identity and private key (PEM). Only the worker has one. `SettingsError` when it is not a key."""

    def __init__(
        self,
        app_id: int | str,
        private_key: str,
        base_url: str,
        *,
        verify: bool | str,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._app_id = str(app_id)
        self._private_key = _read_key(private_key)
        self._base_url = base_url
        self._verify = verify
        self._clock = clock
        self._sleep = sleep
        self._own: answers.App | None = None

    def __repr__(self) -> str:
        return f"AppKey({self._app_id})"

    def own_app(self) -> answers.App:
        """The App that the key belongs to; asked once."""
        if self._own is None:
            with self._line() as requester, translated(OWN_APP.does, self._clock):
                _, data = requester.requestJsonAndCheck(OWN_APP.method, OWN_APP.path)
                self._own = msgspec.convert(data, answers.App)
        return self._own

    def mint(
        self,
        installation: int,
        permissions: Mapping[str, str],
        *,
        repository_id: int | None = None,
        repository: str | None = None,
    ) -> answers.Token:
        """Make a token for one repository, named by id or by its name in the installation's account.

        `Gone` when the installation or the repository is not there, `Forbidden` when it is suspended or lacks a
        permission.
        """
        chosen = {"repositories": [repository]} if repository is not None else {"repository_ids": [repository_id]}
        body = chosen | {"permissions": dict(permissions)}
        with self._line() as requester:
            try:
                with translated(MINT.does, self._clock):
                    path = MINT.path.format(installation=int(installation))
                    _, data = requester.requestJsonAndCheck(MINT.method, path, input=body)
                    return msgspec.convert(data, answers.Token)
            except Unprocessable as error:
                if "permission" in str(error):
                    raise Forbidden(str(error)) from error
                raise Gone(str(error)) from error
            except Unauthorised as error:
                raise Unauthorised(
                    f"{error}. Is this the App's private key, and is the clock of this machine right?"
                ) from error

    def revoke(self, auth: Auth) -> None:
        """Revoke a token. Failing is logged, not raised: it ends by itself within the hour."""
        try:
            with self._line(auth) as requester, translated(REVOKE.does, self._clock):
                requester.requestJsonAndCheck(REVOKE.method, REVOKE.path)
        except ForgeError as error:
            log.warning("token not revoked: %s", error)

    @contextmanager
    def _line(self, auth: Auth | None = None) -> Iterator[Requester]:
        github = connect(
            auth or AppAuthToken(self._jwt()),
            self._base_url,
            patience=Patience(self._sleep),
            write_interval=0,
            verify=self._verify,
        )
        try:
            yield github.requester
        finally:
            github.close()

    def _jwt(self) -> str:
        now = self._clock()
        claims: dict[str, Any] = {
            "iat": int((now - BACKDATED).timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "iss": self._app_id,
        }
        return jwt.encode(claims, self._private_key, algorithm="RS256")


class JobToken(Auth):
    """The token of one job, as PyGithub asks for it. Opaque, in memory only, never shown."""

    def __init__(self, mint: Callable[[], answers.Token], clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        self._minted = mint()
        self._since = clock()

    def __repr__(self) -> str:
        return "JobToken()"

    @property
    def token_type(self) -> str:
        """The scheme of the header."""
        return "Bearer"

    @property
    def token(self) -> str:
        """The token itself, for the header alone."""
        return self._minted.token

    @property
    def repositories(self) -> list[answers.Repository]:
        """The repositories it is good for, as GitHub named them when it made the token."""
        return self._minted.repositories

    def age(self) -> float:
        """Seconds since it was made."""
        return (self._clock() - self._since).total_seconds()

    def renew(self) -> None:
        """Replace it by a new one."""
        log.info("token renewed")
        self._minted = self._mint()
        self._since = self._clock()


def _read_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        # the cause stays out of the message: it may quote the key
        raise SettingsError(("The App's private key is not an RSA key in PEM format without a pass phrase.",)) from None
    return key
