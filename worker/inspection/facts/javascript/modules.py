"""`import` and `export … from` → names bound to modules, and what the file loads."""

from __future__ import annotations

import posixpath

from tree_sitter import Node

from worker.inspection.facts.javascript.index import Index, children, field_of
from worker.inspection.facts.javascript.literals import HERE, HOLE, string_text
from worker.inspection.facts.javascript.names import module_name
from worker.inspection.facts.javascript.scope import Path, Scope, Write, WriteKind


def bind_import(index: Index, node: Node, scope: Scope) -> None:
    """`import a, {b as c}, * as d from "m"`, `import e = require("m")`. Imports of types only bind nothing."""
    if any(child.type == "type" for child in node.children):
        return
    source = field_of(node, "source")
    for clause in children(node):
        if clause.type == "import_require_clause":
            source = field_of(clause, "source")
            _bind(index, children(clause)[0], (), source, scope)
        elif clause.type == "import_clause":
            for part in children(clause):
                if part.type == "identifier":
                    _bind(index, part, (), source, scope)
                elif part.type == "namespace_import":
                    _bind(index, children(part)[0], (), source, scope)
                else:
                    _bind_named(index, part, source, scope)
    _note(index, source)


def note_export(index: Index, node: Node) -> None:
    """`export … from "m"` loads m."""
    if not any(child.type == "type" for child in node.children[:3]):
        _note(index, field_of(node, "source"))


def reference(path: str, target: str) -> str | None:
    """What a relative target means in the file at `path`, as a path from the archive's root; None for packages.

    `target` may be made of `HERE`. The extension stays out where the source leaves it out.
    """
    if target.startswith(HERE):
        target = "." + target.removeprefix(HERE)
    elif not target.startswith(("./", "../")) and target not in (".", ".."):
        return None
    return _inside(posixpath.join(posixpath.dirname(path), target))


def started(target: str) -> str | None:
    """What a program's argument means where the working directory is the package's own; None when it cannot be."""
    return None if target.startswith(("/", "-", "~")) else _inside(target)


def _inside(joined: str) -> str | None:
    clean = posixpath.normpath(joined.partition("?")[0]) if HOLE not in joined and len(joined) < 1024 else ""
    return None if not clean or clean.startswith(("../", "/")) or clean == ".." else clean


def _note(index: Index, source: Node | None) -> None:
    if source is not None and source.type == "string":
        index.loads.append((string_text(index.source, source), source))


def _bind_named(index: Index, imports: Node, source: Node | None, scope: Scope) -> None:
    for specifier in children(imports):
        name, alias = field_of(specifier, "name"), field_of(specifier, "alias")
        if name is not None and not any(child.type == "type" for child in specifier.children):
            _bind(index, alias or name, (index.key(name) or "",), source, scope)


def _bind(index: Index, target: Node, path: Path, source: Node | None, scope: Scope) -> None:
    if source is None:
        return
    write = Write(WriteKind.MODULE, scope, path=path, name=module_name(string_text(index.source, source)))
    binding = scope.declare(index.name(target))
    binding.writes.append(write)
    index.imported.append(binding)
    if path == ("env",):
        index.takes_environment = True
