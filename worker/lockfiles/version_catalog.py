"""Gradle's version catalogue: `libs.versions.toml`.

Shape    TOML. `[libraries]` and `[plugins]` name `group:name` (or an `id`) with a version: written out, behind a last
         colon, or by `version.ref` from `[versions]`. Versions may be rich (`strictly`, `require`, `prefer`).
Line     the entry's own.
Skips    `[bundles]`; libraries without a version, which a platform gives.
Refuses  what is not TOML in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.compared import put_together, read_package
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Scope
from app.core.package import REGISTRY, Ecosystem
from app.core.toml_tables import TomlFile, read_toml

FORMAT = "version-catalog"
ECOSYSTEM = Ecosystem.MAVEN

_TABLES = {"libraries": Scope.RUNTIME, "plugins": Scope.BUILD}
_FIXED = ("strictly", "require", "prefer")
_RANGE = frozenset("[](),+")


def claims(path: str) -> bool:
    """Whether a file of this path is a version catalogue, by its name."""
    return path.rpartition("/")[2].endswith(".versions.toml")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content)
    versions = document.values.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    lines = _lines(document)
    return put_together(path, FORMAT, _entries(document, versions, lines))


def _entries(
    document: TomlFile, versions: dict[str, Any], lines: dict[tuple[str, str], int]
) -> Iterator[Pin | Problem]:
    for table, scope in _TABLES.items():
        entries = document.values.get(table)
        for alias, entry in entries.items() if isinstance(entries, dict) else ():
            name, version = _named(entry, versions)
            if version or not name or not isinstance(entry, dict) or "version" in entry:
                yield _read(alias, name, version, lines.get((table, alias), 1), scope)


def _lines(document: TomlFile) -> dict[tuple[str, str], int]:
    """Table and alias → the line of the entry."""
    lines: dict[tuple[str, str], int] = {}
    table = ""
    for statement in document.statements():
        text = statement.text.decode("utf-8", "replace")
        if text.startswith("["):
            table = text.strip("[] \t\r").partition(".")[0]
        else:
            key = text.partition("=")[0].strip().partition(".")[0].strip("\"' ")
            lines.setdefault((table, key), statement.line)
    return lines


def _named(entry: object, versions: dict[str, Any]) -> tuple[str, str]:
    """Name and version of an entry, as far as they are written."""
    if isinstance(entry, str):
        return entry.rpartition(":")[0], entry.rpartition(":")[2]
    if not isinstance(entry, dict):
        return "", ""
    parts = f"{entry.get('group', '')}:{entry.get('name', '')}"
    name: object = entry.get("module", entry.get("id", parts))
    return name if isinstance(name, str) else "", _version(entry.get("version"), versions)


def _version(written: object, versions: dict[str, Any]) -> str:
    if isinstance(written, dict) and isinstance(written.get("ref"), str):
        written = versions.get(written["ref"])
    if isinstance(written, dict):
        written = next((written[key] for key in _FIXED if isinstance(written.get(key), str)), None)
    return written if isinstance(written, str) else ""


def _read(alias: str, name: str, version: str, line: int, scope: Scope) -> Pin | Problem:
    package = read_package(ECOSYSTEM, name, version) if name.strip(":") else None
    if package is None:
        message = f"{visible(alias, 80)} has no name and version that can be read."
        return Problem(line, message, alias[:200], entry=f"{name}:{version}"[:1000])
    if _RANGE & set(version):
        message = f"{visible(alias, 80)} names {visible(version, 60)}, no fixed version, so it is not compared."
        return Problem(line, message, alias[:200], Reason.ECOSYSTEM, version)
    return Pin(package, REGISTRY, line, scope, direct=True)
