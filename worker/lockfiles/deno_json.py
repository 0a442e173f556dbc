"""What a project of deno asks for: `deno.json`, `deno.jsonc`.

Shape    JSON, with comments where people write them. `imports`, and `scopes` for some folders only, have a place for
         each name: `npm:chalk@^5`, `jsr:@std/fs@1`, an address or a file. Read as a dependency file only where no
         lockfile fixes the versions: then an exact version is a pin, and a range is told as what nobody can examine.
         Packages of JSR are compared only.
Line     the entry's own.
Skips    files of the project, and other names of the map (`@/`).
Refuses  what is not JSON in UTF-8, larger than 4 MiB, or is no object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import re2

from app.core.compared import put_together, read_package
from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_comments import strict_json
from app.core.json_document import Lines, decode_json, not_json, walk_document
from app.core.json_leaves import Leaf, read_leaves
from app.core.json_members import NotJson, ValueReader
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest, Want
from app.core.npm_package import is_version
from app.core.package import REGISTRY, Ecosystem

FORMAT = "deno-json"
ECOSYSTEM = Ecosystem.NPM
COVERED_BY = frozenset({"deno-lock"})

_LARGEST = 4 << 20  # bytes
_LONGEST = 500  # characters of a place
_MAPS = ("imports", "scopes")
_PLACES = {"npm:": Ecosystem.NPM, "jsr:": Ecosystem.JSR}
_ADDRESS = ("https://", "http://")
_PACKAGE = re2.compile(r"/?((?:@[^/@\s]+/)?[^/@\s]+)(?:@([^/\s]+))?(?:/.*)?")


class _Entry(NamedTuple):
    """One entry of a map that leads out of the project; `name` is empty for an address."""

    line: int
    ecosystem: Ecosystem
    name: str
    version: str
    text: str


def claims(path: str) -> bool:
    """Whether a file of this path is deno's configuration, by its name."""
    return path.rpartition("/")[2] in ("deno.json", "deno.jsonc")


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    _, entries = _read(content)
    return put_together(path, FORMAT, dict.fromkeys(map(_pin, entries)))


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    name, entries = _read(content)
    wants = (Want(one.name, one.version, one.line, Scope.RUNTIME) for one in entries if one.name)
    return Manifest(path, name, tuple(dict.fromkeys(wants)))


def _read(content: bytes) -> tuple[str | None, list[_Entry]]:
    text = decode_json(content, _LARGEST, "deno")
    try:
        text = strict_json(text)
    except NotJson as error:
        raise not_json(text, error) from None
    values = ValueReader()
    leaves: list[Leaf] = []
    names: list[str] = []

    def on_member(key: str, at: int, value_at: int) -> int:
        if key in _MAPS:
            if text[value_at : value_at + 1] != "{":
                raise UnreadableLockfile(text.count("\n", 0, at) + 1, f"Its {key} are no object.")
            found, end = read_leaves(text, value_at)
            leaves.extend(found)
            return end
        value, end = values.read(text, value_at)
        if key == "name" and isinstance(value, str):
            names.append(value)
        return end

    walk_document(text, on_member)
    return names[-1] if names else None, list(_entries(text, leaves))


def _entries(text: str, leaves: list[Leaf]) -> Iterator[_Entry]:
    lines = Lines(text)
    for leaf in leaves:
        place = leaf.value[:_LONGEST] if isinstance(leaf.value, str) else ""
        line = lines.at(leaf.at)
        ecosystem = _PLACES.get(place[:4])
        if ecosystem is not None:
            found = _PACKAGE.fullmatch(place[4:])
            name, version = (found[1], found[2] or "") if found else ("", "")
            yield _Entry(line, ecosystem, name, version, place)
        elif place.startswith(_ADDRESS):
            yield _Entry(line, Ecosystem.NPM, "", "", place)


def _pin(entry: _Entry) -> Pin | Problem | None:
    shown = visible(entry.text, 120)
    if not entry.name:
        is_address = entry.text.startswith(_ADDRESS)
        why = "is fetched by its address: it is of no registry and is not examined" if is_address else "is no package"
        reason = Reason.UNSUPPORTED_SOURCE if is_address else Reason.UNREADABLE_ENTRY
        return Problem(entry.line, f"{shown} {why}.", visible(entry.text, 200), reason, entry.text)
    package = read_package(entry.ecosystem, entry.name, entry.version)
    if package is not None and is_version(entry.version):
        return Pin(package, REGISTRY, entry.line, Scope.RUNTIME, direct=True)
    if entry.ecosystem is Ecosystem.JSR:
        message = f"{shown} fixes no version, so it is not compared."
        return Problem(entry.line, message, visible(entry.text, 200), Reason.ECOSYSTEM, entry.text)
    message = f"{shown} fixes no version, and no lockfile stands beside it; what is installed cannot be examined."
    return Problem(entry.line, message, visible(entry.text, 200), Reason.UNPINNED, entry.text)
