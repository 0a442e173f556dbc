"""Logins for registries, as configuration writes them → the value of the Authorization header."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from app.client_files import Setting
from app.core.package import Ecosystem
from app.registry_file import RegistryEntry


def entry_authorization(entry: RegistryEntry) -> str | None:
    """A token is sent as npm and as Python's tools send theirs."""
    if entry.credentials is None:
        return None
    user, secret = entry.credentials
    if user is None and entry.ecosystem is Ecosystem.NPM:
        return f"Bearer {secret}"
    return basic(f"{user or '__token__'}:{secret}")


def npm_credential(url: str, npm: Mapping[str, Setting]) -> tuple[str, Setting, Setting | None] | None:
    """The kind and the setting that npm would use for this address: `//host/path/:_authToken` and its kin, nearest."""
    place = url.partition(":")[2].rstrip("/")
    while place.strip("/"):
        for prefix in (f"{place}/", place):
            for kind in ("_authToken", "_auth", "_password"):
                setting = npm.get(f"{prefix}:{kind}")
                if setting is not None and "${" not in setting.value:  # a variable that is not set: no credential
                    return kind, setting, npm.get(f"{prefix}:username")
        place = place.rpartition("/")[0]
    return None


def npm_authorization(kind: str, setting: Setting, username: Setting | None) -> str:
    """The header for what npm's configuration says; raise `ValueError` with the cause when it makes no sense."""
    if kind == "_authToken":
        return f"Bearer {setting.value}"
    if kind == "_auth":
        return f"Basic {setting.value}"
    if username is None:
        raise ValueError("a _password without a username")
    try:
        password = base64.b64decode(setting.value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("_password is not base64") from error
    return basic(f"{username.value}:{password}")


def basic(pair: str) -> str:
    """The header for `user:password`."""
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
