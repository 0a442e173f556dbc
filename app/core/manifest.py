"""What a project asks for itself: the entries of its manifest, with their lines."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.directives import Directive
from app.core.json_members import NotJson, ValueReader, after_space, walk_object
from app.core.lockfile import Scope

_FOLDERS = ("workspace:", "file:", "link:", "portal:")
_SECTIONS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


@dataclass(frozen=True, slots=True)
class Want:
    """One thing that a project asks for. `name` is what it is installed as, normalised; `range` as it is written.

    `is_elsewhere`: it names a folder, a repository or an address, whose version no range tells. `conditional`: it is
    asked for on some machines only.
    """

    name: str
    range: str
    line: int
    scope: Scope
    is_elsewhere: bool = False
    conditional: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it names a folder of the repository, as npm's manifests do."""
        return self.range.startswith(_FOLDERS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read. `name` is the project's own; `overridden` are names whose version it forces.

    `directives` are its overrides, patches and the like, as it writes them.
    """

    path: str
    name: str | None
    wants: tuple[Want, ...]
    overridden: frozenset[str] = frozenset()
    directives: tuple[Directive, ...] = ()


def dependency_lines(content: bytes) -> dict[str, int]:
    """Name → 1-based line of its entry; the first section of `_SECTIONS` wins.

    For placing comments only: a file that cannot be read gives no lines, and the lockfile's line is used instead.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}
    places: dict[str, dict[str, int]] = {}
    values = ValueReader()

    def on_member(key: str, _at: int, value_at: int) -> int:
        if key not in _SECTIONS or text[value_at : value_at + 1] != "{":
            return values.read(text, value_at)[1]
        section = places.setdefault(key, {})

        def on_dependency(name: str, at: int, dependency_at: int) -> int:
            section[name] = at
            return values.read(text, dependency_at)[1]

        return walk_object(text, value_at, on_dependency)

    try:
        walk_object(text, after_space(text, 0), on_member)
    except NotJson:
        return {}
    found: dict[str, int] = {}
    for name in reversed(_SECTIONS):
        found |= places.get(name, {})
    return {name: text.count("\n", 0, at) + 1 for name, at in found.items()}
