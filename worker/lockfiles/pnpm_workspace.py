"""What a workspace of pnpm decides for all of its projects: `pnpm-workspace.yaml`.

Shape    YAML. `catalog` and `catalogs` are the versions that manifests mean by `catalog:`; `overrides` are versions
         that are installed whatever others ask for; `patchedDependencies` are patches of the repository and the
         packages that they are applied to. All of them are directives; packages stand in the lockfile.
Line     the entry's own.
Skips    `packages` (the folders of the workspace) and settings.
Refuses  what is not YAML in UTF-8, larger than 1 MiB, or neither empty nor a mapping; a table that is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.escape import visible
from app.core.lockfile import Directives, Lockfile, Problem, Problems, UnreadableLockfile, in_order
from app.core.npm_directives import say
from app.core.package import Ecosystem
from app.core.yaml_document import member, read_document
from app.core.yaml_tree import Mapping, Node, Scalar

FORMAT = "pnpm-workspace"
ECOSYSTEM = Ecosystem.NPM

_LARGEST = 1 << 20  # bytes
_TABLES = ("catalog", "overrides", "patchedDependencies")


def claims(path: str) -> bool:
    """Whether a file of this path is a workspace of pnpm, by its name."""
    return path.rpartition("/")[2] == "pnpm-workspace.yaml"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_document(content, _LARGEST)
    if document is not None and not isinstance(document, Mapping) and not _is_nothing(document):
        raise UnreadableLockfile(document.line, "It is no mapping, so it is no workspace of pnpm.")
    found, problems = Directives(), Problems()
    for table, keys, name, value in _said(document):
        if isinstance(value, Scalar):
            say(found, table, keys, value.text, name.line)
        else:
            message = f"{visible(name.text, 80)} has no value that pnpm would read."
            problems.append(Problem(name.line, message, visible(name.text, 80), entry=name.text))
    found.sort(key=lambda one: one.line)
    return Lockfile(path, FORMAT, (), in_order(problems), directives=tuple(found))


def _said(document: Node | None) -> Iterator[tuple[str, list[str], Scalar, Node]]:
    """Each entry: its table, the keys that lead to it, the last of them with its line, its value."""
    for table in _TABLES:
        for name, value in _entries(member(document, table), table):
            yield table, [name.text], name, value
    for catalog, listed in _entries(member(document, "catalogs"), "catalogs"):
        for name, value in _entries(listed, catalog.text):
            yield "catalogs", [catalog.text, name.text], name, value


def _entries(table: Node | None, name: str) -> Iterator[tuple[Scalar, Node]]:
    if isinstance(table, Mapping):
        yield from table.pairs
    elif table is not None and not _is_nothing(table):
        raise UnreadableLockfile(table.line, f'Its "{visible(name, 80)}" is no mapping.')


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.null
