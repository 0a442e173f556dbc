"""What a manifest declares, in one normal form for both sides: what the archive packs and what the registry says of it.

A declaration is a tuple of pairs of text, sorted: `("scripts", "3 entries …")` says that the scripts are known and ends
in a hash of all of them, `("scripts.postinstall", "node a.js")` is one. A group that is missing is unknown. npm
normalises manifests when they are published; what it may change without meaning anything is normalised away here.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

Declaration = tuple[tuple[str, str], ...]

SCRIPTS, DEPENDENCIES, BIN = "scripts", "dependencies", "bin"
_LONGEST = 200  # characters of a value or a key; of longer ones the beginning and a hash are kept
_MOST = 500  # entries of a group; of more only the hash of all is kept


def declare(document: Mapping[str, Any], *, whole: bool) -> Declaration:
    """The declaration of a `package.json`, or of a version's document on the registry.

    `whole` says that what the document does not name is not there; otherwise a group without a key is unknown.
    """
    found: dict[str, str] = {}
    if whole or SCRIPTS in document:
        _group(found, SCRIPTS, _commands(document.get(SCRIPTS)))
    if whole or DEPENDENCIES in document or "optionalDependencies" in document:
        _group(found, DEPENDENCIES, _ranges(document.get(DEPENDENCIES), document.get("optionalDependencies")))
    directories = document.get("directories")
    listed_elsewhere = isinstance(directories, dict) and "bin" in directories  # the registry spells them out
    if (whole or BIN in document) and not listed_elsewhere:
        _group(found, BIN, _programs(document.get(BIN), document.get("name")))
    return tuple(sorted(found.items()))


def members(declaration: Mapping[str, str], group: str) -> dict[str, str] | None:
    """The entries of a group by their own names; None when they are unknown, or too many to be kept."""
    if group not in declaration:
        return None
    found = {key[len(group) + 1 :]: value for key, value in declaration.items() if key.startswith(f"{group}.")}
    return found if len(found) == int(declaration[group].partition(" ")[0]) else None


def _group(found: dict[str, str], group: str, entries: Iterable[tuple[str, str]]) -> None:
    kept = sorted((_short(key), _short(value)) for key, value in dict(entries).items())
    digest = hashlib.sha256(repr(kept).encode("utf-8", "backslashreplace")).hexdigest()[:16]
    found[group] = f"{len(kept)} entries, sha256 {digest}"
    if len(kept) <= _MOST:
        found.update({f"{group}.{key}": value for key, value in kept})


def _commands(scripts: Any) -> Iterable[tuple[str, str]]:
    for name, command in _texts(scripts):
        if command.strip():
            yield name, " ".join(command.split())


def _ranges(*groups: Any) -> Iterable[tuple[str, str]]:
    """Dependencies, optional ones among them: the registry lists the optional ones in both."""
    for group in groups:
        for name, text in _texts(group):
            yield name, " ".join(text.split()) or "*"


def _programs(programs: Any, name: Any) -> Iterable[tuple[str, str]]:
    if isinstance(programs, str) and isinstance(name, str):
        programs = {name: programs}
    for command, path in _texts(programs):
        if path:
            yield posixpath.basename(command), posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")


def _texts(group: Any) -> Iterable[tuple[str, str]]:
    if isinstance(group, dict):
        for key, value in group.items():
            if isinstance(key, str) and isinstance(value, str):
                yield key, value


def _short(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{text[: _LONGEST - 24]} … sha256 {digest}"
