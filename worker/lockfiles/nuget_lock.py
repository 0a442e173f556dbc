"""NuGet's lockfile: `packages.lock.json`, versions 1 and 2.

Shape    JSON. `dependencies` has a member for each framework (`net8.0`, `net8.0/linux-x64`), in it the packages with
         their `type` (`Direct`, `Transitive`, `CentralTransitive`), what is `resolved`, its `dependencies` and a
         `contentHash`. That hash leaves the signature out, so it can be compared with another lockfile's only.
Line     the package's name.
Skips    `Project`: other projects of the solution. What they ask for is direct.
Refuses  other versions; what is not JSON in UTF-8, or larger than 16 MiB.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import structs

from app.core.compared import read_package
from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.json_document import Lines, walk_document
from app.core.json_members import ValueReader, walk_object
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, comparable, decode, in_order
from app.core.package import REGISTRY, Ecosystem, Package

FORMAT = "nuget-lock"
ECOSYSTEM = Ecosystem.NUGET

_LARGEST = 16 << 20  # bytes
_VERSIONS = frozenset({1, 2})
_MOST = 100_000  # entries; a file with more was written to exhaust its reader


class _Entry(NamedTuple):
    framework: str
    name: str
    line: int
    fields: Any


def claims(path: str) -> bool:
    """Whether a file of this path is NuGet's lockfile, by its name."""
    return path.rpartition("/")[2] == "packages.lock.json"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    text = decode(content, _LARGEST)
    entries = _entries(text)
    problems: list[Problem] = Problems()
    pins: list[Pin] = []
    asked: dict[tuple[str, str], set[str]] = {}
    own: set[tuple[str, str]] = set()
    read: list[tuple[_Entry, Package]] = []
    for entry in entries:
        fields = entry.fields if isinstance(entry.fields, dict) else {}
        wanted = fields.get("dependencies")
        names = wanted if isinstance(wanted, dict) else ()
        if fields.get("type") == "Project":
            own.update((entry.framework, name.lower()) for name in names)
            continue
        package = read_package(ECOSYSTEM, entry.name, fields.get("resolved"))
        if package is None:
            message = f"{visible(entry.name, 80)} has no name and version that can be read."
            problems.append(Problem(entry.line, message, entry.name[:200], entry=comparable(repr(entry.fields))))
            continue
        read.append((entry, package))
        for name in names:
            asked.setdefault((entry.framework, name.lower()), set()).add(package.label)
    for entry, package in read:
        pin = _pin(entry, package, asked, problems)
        pins.append(structs.replace(pin, direct=True) if (entry.framework, entry.name.lower()) in own else pin)
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems))


def _entries(text: str) -> list[_Entry]:
    values, lines = ValueReader(), Lines(text)
    entries: list[_Entry] = []
    said: dict[str, Any] = {}

    def on_member(key: str, _at: int, value_at: int) -> int:
        if key != "dependencies":
            said[key], end = values.read(text, value_at)
            return end
        said[key] = True
        return walk_object(text, value_at, on_framework)

    def on_framework(framework: str, _at: int, value_at: int) -> int:
        def on_package(name: str, at: int, package_at: int) -> int:
            if len(entries) >= _MOST:
                raise UnreadableLockfile(1, f"It has more than {_MOST} packages.")
            fields, end = values.read(text, package_at)
            entries.append(_Entry(framework, name, lines.at(at), fields))
            return end

        return walk_object(text, value_at, on_package)

    walk_document(text, on_member)
    if type(said.get("version")) is not int or said["version"] not in _VERSIONS:
        raise UnreadableLockfile(1, f"Its version is {visible(str(said.get('version')), 40)}; 1 or 2 was expected.")
    if "dependencies" not in said:
        raise UnreadableLockfile(1, "It has no dependencies.")
    return entries


def _pin(entry: _Entry, package: Package, asked: dict[tuple[str, str], set[str]], problems: list[Problem]) -> Pin:
    checksum = next(_checksum(entry, problems), None)
    return Pin(
        package=package,
        source=REGISTRY,
        line=entry.line,
        scope=Scope.RUNTIME,
        direct=entry.fields.get("type") == "Direct",
        parents=tuple(sorted(asked.get((entry.framework, entry.name.lower()), ()))),
        location=entry.framework,
        checksum=checksum,
    )


def _checksum(entry: _Entry, problems: list[Problem]) -> Iterator[Checksum]:
    written = entry.fields.get("contentHash")
    if written is None:
        return
    try:
        digest = base64.b64decode(written, validate=True)
        yield Checksum("nuget", digest.hex())
    except (binascii.Error, ValueError, TypeError):
        message = f"{visible(entry.name, 80)} names a contentHash that is none."
        problems.append(Problem(entry.line, message, entry.name[:200], entry=str(written)[:1000]))
