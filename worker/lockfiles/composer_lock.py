"""Composer's lockfile: `composer.lock`.

Shape    JSON. `packages` and `packages-dev` are lists of packages with a name, a version, the `dist` (an archive's
         address, its reference and often an empty `shasum`) and the `source` (a repository). Those of a registry carry
         its `notification-url`; others come from a repository that `composer.json` names. What is direct the file does
         not say: it is what no other package of the file requires.
Line     the line of the package's `"name"`.
Skips    `platform` and what a package requires of it (`php`, `ext-…`); packages of a `path` inside the repository.
Refuses  what is not JSON in UTF-8, larger than 16 MiB, or has no `packages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.compared import leads_out, read_package
from app.core.escape import visible
from app.core.integrity import Digest
from app.core.json_lists import Item, read_lists
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, comparable, decode, in_order
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind, without_login

FORMAT = "composer-lock"
ECOSYSTEM = Ecosystem.COMPOSER

_LARGEST = 16 << 20  # bytes
_LISTS = {"packages": Scope.RUNTIME, "packages-dev": Scope.DEVELOPMENT}
_SHA1 = 40  # hexadecimal digits


def claims(path: str) -> bool:
    """Whether a file of this path is a `composer.lock`."""
    return path.rpartition("/")[2] == "composer.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_lists(decode(content, _LARGEST), dict.fromkeys(_LISTS, "name"))
    if "packages" not in document.lists:
        raise UnreadableLockfile(1, 'It has no list of "packages", so it is no composer.lock.')
    problems: list[Problem] = Problems()
    read = [(entry, package) for entry in document.items if (package := _package(entry, problems)) is not None]
    asked: dict[str, set[str]] = {}
    for entry, package in read:
        wanted = entry.fields.get("require")
        for name in wanted if isinstance(wanted, dict) else ():
            asked.setdefault(name.lower(), set()).add(package.label)
    pins = [pin for entry, package in read if (pin := _pin(entry, package, asked, problems)) is not None]
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems))


def _package(entry: Item, problems: list[Problem]) -> Package | None:
    package = read_package(ECOSYSTEM, entry.fields.get("name"), entry.fields.get("version"))
    if package is None:
        problems.append(_problem(entry, "has no name and version that can be read"))
    return package


def _problem(entry: Item, says: str) -> Problem:
    name = str(entry.fields.get("name"))[:200]
    return Problem(
        entry.line, f"{visible(name, 80)} {says}.", name, entry=comparable(repr(sorted(entry.fields.items())))
    )


def _pin(entry: Item, package: Package, asked: dict[str, set[str]], problems: list[Problem]) -> Pin | None:
    source = _source(entry.fields)
    if source is None:
        problems.append(_problem(entry, "names no place that can be read"))
        source = REGISTRY
    if source.kind is SourceKind.PATH and not leads_out(source.reference or ""):
        return None
    parents = asked.get(package.name, set())
    return Pin(
        package=package,
        source=source,
        line=entry.line,
        scope=_LISTS[entry.list_name],
        direct=not parents,
        parents=tuple(sorted(parents)),
        digests=tuple(_digests(entry.fields)),
    )


def _source(fields: dict[str, Any]) -> Source | None:
    """Where it comes from: the archive of a registry's package, the repository of any other; None: nobody knows."""
    dist, source = fields.get("dist"), fields.get("source")
    for place in (dist, source):
        if isinstance(place, dict) and place.get("type") == "path":
            url = _text(place.get("url"))
            return Source(SourceKind.PATH, url, url)
    if isinstance(fields.get("notification-url"), str) and isinstance(dist, dict):
        return Source(SourceKind.REGISTRY, without_login(_text(dist.get("url")) or "") or None)
    if isinstance(source, dict) and _text(source.get("url")):
        return Source(SourceKind.GIT, without_login(_text(source.get("url")) or ""), _text(source.get("reference")))
    if isinstance(dist, dict) and _text(dist.get("url")):
        return Source(SourceKind.URL, without_login(_text(dist.get("url")) or ""))
    return REGISTRY if fields.get("type") == "metapackage" else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 2000 else None


def _digests(fields: dict[str, Any]) -> Iterator[Digest]:
    dist = fields.get("dist")
    digits = dist.get("shasum") if isinstance(dist, dict) else None
    if isinstance(digits, str) and len(digits) == _SHA1 and set(digits) <= set("0123456789abcdef"):
        yield Digest("sha1", digits)
