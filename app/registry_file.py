"""The operator's file of registries: which packages come from where, with which credentials, for whom.

TOML, strict: every problem at once, with the line of the entry. Credentials stand in files or variables of their own,
never in this file.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import SettingsError
from app.core.package import INSPECTED, Ecosystem, normalised_name
from app.core.tenancy import EVERYBODY, Allowed

_HEADER = re.compile(r"\s*\[\[\s*registry\s*\]\]")
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NPM_PATTERN = re.compile(r"\*|@[A-Za-z0-9._~-]+/(?:[A-Za-z0-9._~-]+\*?|\*)|[A-Za-z0-9._~-]+\*?")
_PYPI_PATTERN = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9._-]*\*?")
_SECRETS = ("token_file", "token_env", "password_file", "password_env")
_KEYS = ("ecosystem", "url", "packages", "installations", "username", "also", *_SECRETS)
_PRINTABLE = frozenset(string.printable) - frozenset(string.whitespace)


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One entry, checked but for its addresses.

    `packages` are normalised names, or beginnings of names with `*` at the end. `credentials` is `(user, password)`, or
    `(None, token)`; None where the registry wants none. `also` are other addresses by which lockfiles name it.
    `source` says where the entry stands ("/etc/assay/registries.toml line 3").
    """

    ecosystem: Ecosystem
    url: str
    packages: tuple[str, ...]
    installations: Allowed
    source: str
    credentials: tuple[str | None, str] | None = field(default=None, repr=False)
    also: tuple[str, ...] = ()


def read_registry_file(path: Path, environ: Mapping[str, str]) -> tuple[RegistryEntry, ...]:
    """Read the file; raise `SettingsError` with every problem in it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise SettingsError((f"{path} cannot be read ({error.strerror}).",)) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise SettingsError((f"{path} is not TOML.",)) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError((f"{path}: this is not TOML ({error}).",)) from error
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if _HEADER.match(line)]
    problems = [f'{path}: "{key}" is not known here. Write [[registry]].' for key in document if key != "registry"]
    tables = document.get("registry", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError((*problems, f"{path}: registries are written as [[registry]], each with keys of its own."))
    entries = []
    for number, table in enumerate(tables):
        where = f"{path} line {lines[number]}" if len(lines) == len(tables) else f"{path}, registry {number + 1}"
        reader = _Reader(table, where, environ, path.parent)
        entry = reader.entry()
        problems += reader.problems
        entries += [entry] if entry is not None else []
    problems += _bound_twice(entries)
    if problems:
        raise SettingsError(tuple(problems))
    return tuple(entries)


def parse_installations(words: object) -> Allowed | None:
    """`"all"`, or a list of installation numbers and owners' logins; None when it is neither."""
    if words == "all":
        return frozenset({EVERYBODY})
    if not isinstance(words, list) or not words:
        return None
    allowed: set[int | str] = set()
    for word in words:
        if isinstance(word, int) and not isinstance(word, bool) and word > 0:
            allowed.add(word)
        elif isinstance(word, str) and _LOGIN.fullmatch(word):
            allowed.add(word.lower())
        else:
            return None
    return frozenset(allowed)


class _Reader:
    """Reads one entry, and collects what is wrong with it."""

    def __init__(self, table: Mapping[str, Any], where: str, environ: Mapping[str, str], folder: Path) -> None:
        self.table, self.where, self.environ, self.folder = table, where, environ, folder
        self.problems: list[str] = []

    def entry(self) -> RegistryEntry | None:
        for key in self.table:
            if key in ("token", "password"):
                self._problem(
                    f'"{key}" would stand here in the open. Name a file ({key}_file) or a variable ({key}_env).'
                )
            elif key not in _KEYS:
                self._problem(f'"{key}" is not a key of a registry. Known are {", ".join(_KEYS)}.')
        ecosystem = self._ecosystem()
        url = self.table.get("url")
        if not isinstance(url, str) or not url.strip():
            self._problem('"url" is missing: where the registry is.')
        packages = self._packages(ecosystem)
        credentials = self._credentials()
        installations = self._installations(wants_them=any(key in self.table for key in (*_SECRETS, "username")))
        also = self.table.get("also", [])
        if not isinstance(also, list) or not all(isinstance(address, str) for address in also):
            self._problem('"also" is not a list of addresses.')
        if self.problems or ecosystem is None:
            return None
        assert isinstance(url, str)
        return RegistryEntry(ecosystem, url, packages, installations, self.where, credentials, tuple(also))

    def _ecosystem(self) -> Ecosystem | None:
        word = self.table.get("ecosystem")
        known = {str(one): one for one in sorted(INSPECTED)}
        if not isinstance(word, str) or word not in known:
            self._problem(f'"ecosystem" is missing, or none of {", ".join(known)}.')
            return None
        return known[word]

    def _packages(self, ecosystem: Ecosystem | None) -> tuple[str, ...]:
        words = self.table.get("packages")
        if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
            self._problem('"packages" is missing: names, or beginnings of names with * at the end, such as "@acme/*".')
            return ()
        shape = _PYPI_PATTERN if ecosystem is Ecosystem.PYPI else _NPM_PATTERN
        for word in words:
            if ecosystem is not None and not shape.fullmatch(word):
                self._problem(
                    f'"{word[:80]}" is not a name of {ecosystem}, nor the beginning of one with * at the end.'
                )
        return tuple(_pattern(ecosystem, word) for word in words) if ecosystem is not None else ()

    def _installations(self, *, wants_them: bool) -> Allowed:
        words = self.table.get("installations")
        if words is None and not wants_them:
            return frozenset({EVERYBODY})
        if words is None:
            self._problem(
                '"installations" is missing: who may use these credentials. Name owners and installation numbers, '
                'such as ["acme", 4711], or write "all".'
            )
            return frozenset()
        allowed = parse_installations(words)
        if allowed is None:
            self._problem('"installations" is neither "all" nor a list of owners and installation numbers.')
        return allowed or frozenset()

    def _credentials(self) -> tuple[str | None, str] | None:
        given = [key for key in _SECRETS if key in self.table]
        user = self.table.get("username")
        if not given:
            if user is not None:
                self._problem('"username" stands without password_file or password_env.')
            return None
        if len(given) > 1:
            self._problem(f"{' and '.join(given)} stand here together; one is enough.")
            return None
        (key,) = given
        if key.startswith("password") and not (isinstance(user, str) and user and ":" not in user):
            self._problem(f'"{key}" needs a "username", without a colon.')
        if key.startswith("token") and user is not None:
            self._problem('"username" goes with a password, not with a token.')
        secret = self._secret(key)
        return None if secret is None else (user if key.startswith("password") else None, secret)

    def _secret(self, key: str) -> str | None:
        """The secret that a key leads to; never part of a message."""
        name = self.table[key]
        if not isinstance(name, str) or not name:
            self._problem(f'"{key}" is not a text.')
            return None
        read: Callable[[str], str | None] = self._from_variable if key.endswith("_env") else self._from_file
        secret = read(name)
        if secret is None:
            return None
        if not secret or not _PRINTABLE.issuperset(secret):
            self._problem(f'what "{key}" leads to is empty, or holds white space or characters beyond ASCII.')
            return None
        return secret

    def _from_variable(self, name: str) -> str | None:
        if name not in self.environ:
            self._problem(f"the variable {name} is not set.")
            return None
        return self.environ[name].strip()

    def _from_file(self, name: str) -> str | None:
        path = self.folder / name
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            self._problem(f"{path} cannot be read ({error.strerror}).")
        except UnicodeDecodeError:
            self._problem(f"{path} is not text.")
        return None

    def _problem(self, message: str) -> None:
        self.problems.append(f"{self.where}: {message}")


def _pattern(ecosystem: Ecosystem, word: str) -> str:
    """The pattern as it is compared with normalised names."""
    if ecosystem is not Ecosystem.PYPI or word == "*":
        return word
    if not word.endswith("*"):
        return normalised_name(ecosystem, word)
    return re.sub(r"[-_.]+", "-", word[:-1].lower()) + "*"


def _bound_twice(entries: list[RegistryEntry]) -> list[str]:
    """The same packages at two registries for the same people: only the first would ever be asked."""
    patterns = [(entry, pattern) for entry in entries for pattern in entry.packages]
    return [
        f'{entry.source}: "{pattern}" stands at {earlier.source} already, for the same people.'
        for number, (entry, pattern) in enumerate(patterns)
        for earlier, other in patterns[:number]
        if other == pattern
        and earlier.ecosystem is entry.ecosystem
        and _overlap(earlier.installations, entry.installations)
    ]


def _overlap(one: Allowed, other: Allowed) -> bool:
    return EVERYBODY in one or EVERYBODY in other or bool(one & other)
