"""Which calls need a second look: most cannot make a fact, by their name alone."""

from __future__ import annotations

from collections.abc import Iterator

import re2
from tree_sitter import Node

from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import library, sinks
from worker.inspection.facts.python.evaluate import canonical
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.index import Index
from worker.inspection.facts.python.names import CARRIED
from worker.inspection.facts.python.scope import Binding, Scope

# Words without one of which no file can reach a module that it does not import.
_IMPORTERS = re2.compile(
    rb"__import__|import_module|importlib|\.modules|builtins|globals|locals|__loader__|load_module|resolve_name|locate"
)
_LIBRARIES = re2.compile(rb"windll|cdll|oledll|pythonapi")  # their functions go by any name
_INDIRECT = re2.compile(rb"getattr|__dict__|vars\(|attrgetter|__getattribute__")
_CARRIED = re2.compile(rf"\._?({'|'.join(sorted(CARRIED))})\b".encode())
_EVERYWHERE = frozenset[str]().union(*sinks.INTERESTING.values())


def candidates(index: Index, ev: Evaluator) -> Iterator[tuple[Node, Scope]]:
    """Calls that may make a fact; most cannot, by their name alone."""
    interesting = _wanted(index, ev)
    native = _LIBRARIES.search(index.source) is not None
    for node, scope in index.calls:
        function = node.child_by_field_name("function")
        if function is None:
            continue
        if function.type == "attribute":
            name = function.child_by_field_name("attribute")
            if native or (name is not None and index.text(name) in interesting):
                yield node, scope
        elif function.type != "identifier" or _may_be_named(index.text(function), scope, interesting):
            yield node, scope


def _carried(index: Index, ev: Evaluator) -> set[str]:
    """Modules that are reached through others: `shutil.os`, `getattr(shutil, "o" + "s")`."""
    source = index.source
    found = {match.group(1).decode() for match in _CARRIED.finditer(source) if source.startswith(b".", match.end())}
    for key, scope in asked_keys(index):
        found |= CARRIED.intersection(text.lstrip("_") for text in ev.value(key, scope).texts)
    return found


def asked_keys(index: Index) -> Iterator[tuple[Node, Scope]]:
    """The texts by which `getattr` asks for attributes."""
    may_ask = b"getattr" in index.source or not index.source.isascii()
    for node, scope in index.calls if may_ask else ():
        function = node.child_by_field_name("function")
        if function is None or not index.text(function).endswith("getattr"):
            continue
        arguments = node.child_by_field_name("arguments")
        key = nth(arguments, 1) if arguments is not None else None
        if key is not None:
            yield key, scope


def _wanted(index: Index, ev: Evaluator) -> set[str]:
    """The last parts of names that make a fact here: of built-in names, and of modules that the file can reach."""
    source = index.source
    imported = [f"{one.module}.{name}" for one in index.imports if not one.level for name in (*one.names, "")]
    roots = {canonical(name).partition(".")[0] for name in imported} | {"builtins"} | _carried(index, ev)
    if _IMPORTERS.search(source):
        wanted = set(_EVERYWHERE)
    else:
        wanted = set().union(*(sinks.INTERESTING.get(root, frozenset()) for root in roots))
    if b"open" not in source and b"tempfile" not in source:
        wanted -= sinks.OF_FILES
    if b"sys" not in source or b"path" not in source:
        wanted -= sinks.OF_SEARCH_PATH
    if b"environ" in source or _INDIRECT.search(source):
        wanted |= sinks.OF_ENVIRONMENT
    return wanted | index.attribute_names | {"__call__"}


def _may_be_named(text: str, scope: Scope, interesting: set[str]) -> bool:
    """Whether a plain name may stand for something that makes a fact."""
    if text in interesting and text in library.BUILTINS:
        return True
    found = scope.find(text)
    if found is None:
        return text in interesting
    for definition in found[1]:
        if definition.binding is Binding.IMPORT:
            if definition.name.rpartition(".")[2] in interesting:
                return True
        elif definition.binding is not Binding.LOCAL:
            return True
    return False


def is_called(index: Index, node: Node, last_names: frozenset[str]) -> bool:
    """Whether a call's name ends in one of these; names that stand for something else may mean any."""
    function = node.child_by_field_name("function")
    if function is None or function.type != "attribute":
        return True
    name = function.child_by_field_name("attribute")
    return name is None or index.text(name) in last_names | index.attribute_names
