"""Swift's lockfile: `Package.resolved`, versions 1 to 3.

Shape    JSON. `pins` (in version 1 below `object`) are packages with an `identity`, a `location` and a `state`: a
         `revision`, and the `version` or `branch` it stands for. The package is the repository, without scheme and
         `.git`; a registry's is its identity. Another commit for the same version is told of. What is direct the file
         does not say: all count as direct.
Line     the `"identity"`, in version 1 the `"package"`.
Skips    `originHash`; packages of `localSourceControl`: folders beside the project.
Refuses  other versions; what is not JSON in UTF-8, or larger than 4 MiB; pins that are no list.
"""

from __future__ import annotations

from typing import Any

from app.core.compared import put_together, read_package, repository_name
from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.json_lists import Item, read_lists
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Scope, UnreadableLockfile, comparable, decode
from app.core.package import REGISTRY, Ecosystem, Source, SourceKind, without_login

FORMAT = "swift-resolved"
ECOSYSTEM = Ecosystem.SWIFT

_LARGEST = 4 << 20  # bytes
_VERSIONS = frozenset({1, 2, 3})


def claims(path: str) -> bool:
    """Whether a file of this path is Swift's lockfile, by its name."""
    return path.rpartition("/")[2] == "Package.resolved"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_lists(decode(content, _LARGEST), {"pins": "identity"})
    version = document.others.get("version")
    if type(version) is not int or version not in _VERSIONS:
        raise UnreadableLockfile(1, f"Its version is {visible(str(version), 40)}; 1 to 3 was expected.")
    items = document.items if "pins" in document.lists else _first_version(document.others.get("object"))
    return put_together(path, FORMAT, (_read(item.fields, item.line) for item in items), Lineage.UNKNOWN)


def _first_version(held: object) -> list[Item]:
    """The pins of version 1, which stand one level deeper: their lines are not told apart."""
    pins = held.get("pins") if isinstance(held, dict) else None
    if not isinstance(pins, list) or not all(isinstance(pin, dict) for pin in pins):
        raise UnreadableLockfile(1, "It has no list of pins.")
    return [Item("pins", 1, pin) for pin in pins]


def _read(fields: dict[str, Any], line: int) -> Pin | Problem | None:
    kind = fields.get("kind", "remoteSourceControl")
    if kind == "localSourceControl":
        return None
    state = fields.get("state")
    state = state if isinstance(state, dict) else {}
    location = fields.get("location", fields.get("repositoryURL"))
    revision = state.get("revision")
    version = state.get("version") or revision
    plain = repository_name(location) if isinstance(location, str) else None
    package = read_package(ECOSYSTEM, fields.get("identity") if kind == "registry" else plain, version)
    if package is None:
        shown = str(fields.get("identity", fields.get("package")))[:200]
        message = f"{visible(shown, 80)} has no place and version that can be read."
        return Problem(line, message, shown, entry=comparable(repr(sorted(fields.items()))))
    if kind == "registry":
        return Pin(package, REGISTRY, line, Scope.RUNTIME, direct=True)
    return Pin(
        package=package,
        source=Source(SourceKind.REGISTRY, without_login(str(location))),
        line=line,
        scope=Scope.RUNTIME,
        direct=True,
        checksum=Checksum("commit", revision) if isinstance(revision, str) and state.get("version") else None,
        note=str(state.get("branch") or "")[:80],
    )
