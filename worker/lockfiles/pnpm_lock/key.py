"""How pnpm names a package within its lockfile, in three grammars.

    5.x   /name/1.0.0_peer@2.0.0   /@scope/name/1.0.0   host/name/1.0.0   file:vendor/a.tgz
    6.x   /name@1.0.0(peer@2.0.0)  /@scope/name@1.0.0   host/name@1.0.0   file:vendor/a.tgz
    9.x   name@1.0.0(peer@2.0.0)   @scope/name@1.0.0    name@https://…    name@file:vendor/a.tgz

Requirements write the short form: `1.0.0` under the name `name`, unless they mean a package of another name.
"""

from __future__ import annotations

from typing import NamedTuple

_SLASHES, _SIGNS = 5, 6  # majors of the first two grammars


class Key(NamedTuple):
    """The parts of a key. `host` is the registry it begins with. In the third grammar `version` may be an address."""

    name: str
    version: str
    host: str = ""


def read_key(key: str, major: int) -> Key:
    """The parts of a key; without a name when it has none."""
    if major == _SLASHES:
        host, _, rest = key.partition("/")
        scope, slash, name = rest.partition("/") if rest.startswith("@") else ("", "", rest)
        name, _, version = name.partition("/")
        return Key(scope + slash + name, version.partition("_")[0].partition("(")[0], host.replace("+", ":"))
    bare = without_peers(key)
    host = ""
    if major == _SIGNS:
        host, _, bare = bare.partition("/")
    at = bare.find("@", 1)
    if at < 0:
        return Key("", "")
    return Key(bare[:at], bare[at + 1 :], host.replace("+", ":"))


def key_of(reference: str, name: str, major: int) -> str | None:
    """The key that a requirement of this name leads to; None for a link to a folder of the repository."""
    if reference.startswith("link:"):
        return None
    before = reference.partition("(")[0]
    if major > _SIGNS:
        at = reference.find("@")
        short = reference[:1] != "@" and (at < 0 or ":" in reference[:at] or "(" in reference[:at])
        return f"{name}@{reference}" if short else reference
    if reference.startswith("file:") or "/" in before:
        return reference
    return f"/{name}/{reference}" if major == _SLASHES else f"/{name}@{reference}"


def without_peers(key: str) -> str:
    """The key without its peers and patches: balanced parentheses at its end."""
    if not key.endswith(")"):
        return key
    depth = 0
    for position in range(len(key) - 1, -1, -1):
        if key[position] == ")":
            depth += 1
        elif key[position] == "(":
            depth -= 1
        elif depth == 0:
            return key[: position + 1]
    return key
