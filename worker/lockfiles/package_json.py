"""What a project of npm's world asks for: `package.json`.

Shape    JSON. `dependencies`, `devDependencies` and `optionalDependencies` have a range for each name. Read as a
         dependency file only where no lockfile fixes the versions: then an exact version is a pin, and a range is told
         as what nobody can examine. `npm:other@range` installs another package under the name.
         `overrides`, `resolutions`, patches and catalogs (npm's, yarn's, pnpm's, bun's) are its directives.
Line     the entry's own.
Skips    `peerDependencies`, which are somebody else's to install; `workspace:`, `file:`, `link:` and `portal:`, folders
         of the repository.
Refuses  what is not JSON in UTF-8, larger than 4 MiB, or is no object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.core.compared import put_together
from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_document import Lines, walk_document
from app.core.json_leaves import Leaf, read_leaves
from app.core.json_members import ValueReader, walk_object
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile, decode
from app.core.manifest import Manifest, Want
from app.core.npm_directives import overridden, read_directives
from app.core.npm_package import is_name, is_version
from app.core.package import REGISTRY, Ecosystem, Package

FORMAT = "package-json"
ECOSYSTEM = Ecosystem.NPM
COVERED_BY = frozenset({"package-lock", "yarn-lock", "pnpm-lock", "bun-lock"})

_LARGEST = 4 << 20  # bytes
_SECTIONS = {
    "dependencies": Scope.RUNTIME,
    "optionalDependencies": Scope.OPTIONAL,
    "devDependencies": Scope.DEVELOPMENT,
}
_STEERING = ("overrides", "resolutions", "pnpm", "patchedDependencies", "catalog", "catalogs", "workspaces")
_LONGEST = 500  # characters of a range that are kept


def claims(path: str) -> bool:
    """Whether a file of this path is a manifest of npm, by its name."""
    return path.rpartition("/")[2] == "package.json"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    manifest = read_manifest(path, content)
    return replace(put_together(path, FORMAT, map(_pin, manifest.wants)), directives=manifest.directives)


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    text = decode(content, _LARGEST)
    values = ValueReader()
    entries: list[tuple[str, str, int, Any]] = []
    others: dict[str, Any] = {}
    steering: list[Leaf] = []

    def on_member(key: str, at: int, value_at: int) -> int:
        if key in _SECTIONS and text[value_at : value_at + 1] != "{" and not text.startswith("null", value_at):
            raise UnreadableLockfile(text.count("\n", 0, at) + 1, f"Its {key} are no object.")
        if key in _STEERING and text[value_at : value_at + 1] == "{":
            leaves, end = read_leaves(text, value_at)
            steering.extend(Leaf((key, *leaf.keys), leaf.at, leaf.value) for leaf in leaves)
            return end
        if key not in _SECTIONS or text[value_at : value_at + 1] != "{":
            others[key], end = values.read(text, value_at)
            return end

        def on_dependency(name: str, name_at: int, dependency_at: int) -> int:
            value, end = values.read(text, dependency_at)
            entries.append((key, name, name_at, value))
            return end

        return walk_object(text, value_at, on_dependency)

    walk_document(text, on_member)
    name = others.get("name")
    directives = read_directives(text, steering)
    wants = tuple(_wants(text, entries))
    return Manifest(path, name if isinstance(name, str) else None, wants, overridden(directives), directives)


def _wants(text: str, entries: list[tuple[str, str, int, Any]]) -> Iterator[Want]:
    lines = Lines(text)
    for section, name, at, value in entries:
        written = value if isinstance(value, str) else str(value)
        is_elsewhere = (":" in written and not written.startswith("npm:")) or "/" in written
        yield Want(name, written[:_LONGEST], lines.at(at), _SECTIONS[section], is_elsewhere)


def _pin(want: Want) -> Pin | Problem | None:
    if want.is_folder:
        return None
    name, version, alias = want.name, want.range, None
    if version.startswith("npm:"):
        target, at, wanted = version.removeprefix("npm:").rpartition("@")
        name, version, alias = (target, wanted, want.name) if at and target else (version[4:], "", want.name)
    shown = f"{visible(want.name, 80)} {visible(want.range, 80)}".strip()
    entry = f"{want.name} {want.range}"
    if not is_name(name):
        return Problem(want.line, f"{shown} names no package.", want.name[:200], entry=entry)
    if is_version(version.removeprefix("=").removeprefix("v")):
        package = Package.of(ECOSYSTEM, name, version.removeprefix("=").removeprefix("v"))
        return Pin(package, REGISTRY, want.line, want.scope, direct=True, alias=alias if alias != name else None)
    if want.is_elsewhere:
        message = f"{shown} comes from elsewhere than a registry, so it is not examined."
        return Problem(want.line, message, want.name[:200], Reason.UNSUPPORTED_SOURCE, entry)
    message = f"{shown} fixes no version, and no lockfile stands beside it; what is installed cannot be examined."
    return Problem(want.line, message, want.name[:200], Reason.UNPINNED, entry)
