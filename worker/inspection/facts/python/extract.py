"""Python source → facts: parse, one walk, then a second look at what is called, looked up and held in constants."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import Fact, FactId
from worker.inspection.facts import encoded
from worker.inspection.facts.extracted import Extracted, line_evidence
from worker.inspection.facts.found import WHOLE, Found
from worker.inspection.facts.python import file_facts, invoke, sinks, sources
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.evaluate import Evaluator
from worker.inspection.facts.python.index import Import, Index
from worker.inspection.facts.python.known import Known, as_text
from worker.inspection.facts.python.scope import Binding, Scope
from worker.inspection.facts.python.source import read
from worker.inspection.facts.python.walker import build
from worker.inspection.facts.tree import Budget, OutOfBudget, parse

_TOO_LONG = "it takes longer to read than a file's share of time"
_TOO_DEEP = "it is nested deeper than can be followed"
_INDIRECT = (b"getattr", b"__dict__", b"vars(", b"attrgetter", b"__getattribute__")


def extract(path: str, source: bytes, budget: Budget) -> Extracted:
    """The facts of a Python file of any version, encoding and quality; of a notebook, those of its code cells.

    Raises `OutOfBudget` when the time is over before anything is known; later, what is known is given, with `partly`.
    """
    readable = read(path, source)
    found = _Extraction(path, budget).run(readable.text, line_map=readable.lines)
    if readable.odd is not None:
        evidence = line_evidence(readable.text.split(b"\n", 1), 1)
        fact = Fact(FactId.DECODE, 1, f"source encoding {readable.odd}", evidence)
        found = replace(found, facts=(fact, *found.facts))
    return replace(found, partly=found.partly or readable.partly)


def extract_inline(source: str | bytes, budget: Budget) -> Extracted:
    """The facts of code that stands in a command or a `.pth` line; lines count from its start."""
    text = source.encode("utf-8", "replace") if isinstance(source, str) else source
    return extract("", text, budget)


class _Extraction:
    """One file, with the code that stands in its constants."""

    def __init__(self, path: str, budget: Budget) -> None:
        self.path = path
        self.budget = budget

    def run(
        self, source: bytes, *, line: int | None = None, level: int = 0, line_map: tuple[int, ...] = ()
    ) -> Extracted:
        """The facts of one source; all at `line`, when it stands in a constant."""
        index = build(source, parse("python", source, self.budget), self.budget)
        ev = Evaluator(index, self.path, self.budget, line)
        collector = Collector(ev, Found(source.split(b"\n")), level, self._inside, line_map)
        try:
            _collect(collector, index, ev)
        except OutOfBudget:
            collector.partly = _TOO_LONG
        except RecursionError:
            collector.partly = _TOO_DEEP
        if ev.exhausted:
            collector.partly = collector.partly or _TOO_LONG
        return collector.result()

    def _inside(self, text: str, line: int, level: int) -> Extracted:
        return self.run(text.encode("utf-8", "replace"), line=line, level=level)


def _collect(collector: Collector, index: Index, ev: Evaluator) -> None:
    for one in index.imports:
        collector.loads |= dict.fromkeys(_references(ev.path, one))
    _constants(collector, index, ev)
    candidates = list(_candidates(index))
    _writes(collector, candidates, ev)
    for node, scope in candidates:
        if _names(ev, node, scope):
            sinks.add_facts(collector, invoke.describe(ev, node, scope, ev.root))
    _decorators(collector, index, ev)
    for node, scope in index.executes:
        code = node.child_by_field_name("code")
        if code is not None:
            sinks.run(collector, ev.value(code, scope), ev.line(node), "exec")
    if b"environ" in index.source or any(word in index.source for word in _INDIRECT):
        for node, scope in index.lookups:
            _lookup(collector, ev, node, scope)


def _writes(collector: Collector, candidates: list[tuple[Node, Scope]], ev: Evaluator) -> None:
    """What is written decides what is read and run later: it comes first."""
    for node, scope in candidates:
        name = next((name for name in _names(ev, node, scope) if name in file_facts.WRITES), None)
        if name is not None:
            file_facts.note_writes(collector, invoke.describe(ev, node, scope, ev.root), name)
    if ev.written:
        ev.root.memo.clear()


def _names(ev: Evaluator, node: Node, scope: Scope) -> tuple[str, ...]:
    function = node.child_by_field_name("function")
    return ev.value(function, scope).names if function is not None else ()


def _candidates(index: Index) -> Iterator[tuple[Node, Scope]]:
    """Calls that may make a fact; most cannot, by their name alone."""
    interesting = sinks.INTERESTING | index.attribute_names
    if b"environ" in index.source or any(word in index.source for word in _INDIRECT):
        interesting |= {name.rpartition(".")[2] for name in sinks.SERIALISERS}
    native = b"ctypes" in index.source
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


def _may_be_named(text: str, scope: Scope, interesting: frozenset[str] | set[str]) -> bool:
    """Whether a plain name may stand for something that makes a fact."""
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


def _constants(collector: Collector, index: Index, ev: Evaluator) -> None:
    """Hosts and long blobs in constants, wherever they stand."""
    for node, scope in index.constants:
        line = ev.line(node)
        for value in ev.value(node, scope).constants[:4]:
            if isinstance(value, int):
                continue
            described = encoded.describe(value)
            if described is not None:
                collector.add(FactId.ENCODED_DATA, line, described)
            else:
                collector.hosts(line, as_text(value))


def _decorators(collector: Collector, index: Index, ev: Evaluator) -> None:
    """`@exec` calls `exec`, without a call to be seen."""
    for node, scope in index.decorators:
        inner = node.named_child(0)
        if inner is not None and inner.type in {"identifier", "attribute"}:
            function = ev.value(inner, scope)
            if function.names:
                sinks.add_facts(collector, invoke.Call(node, ev.line(node), function, positional=[Known()]))


def _lookup(collector: Collector, ev: Evaluator, node: Node, scope: Scope) -> None:
    """`os.environ[key]`, `key in os.environ`, `for key in os.environ`."""
    line = ev.line(node)
    if node.type == "subscript":
        value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is not None and key is not None and not _is_target(node) and _is_environment(ev.value(value, scope)):
            _variables(collector, ev.value(key, scope), line)
    elif node.type == "comparison_operator":
        left, right = node.named_child(0), node.named_child(1)
        if left is not None and right is not None and _is_environment(ev.value(right, scope)):
            _variables(collector, ev.value(left, scope), line)
    else:
        known = ev.value(node, scope)
        iterated = any(
            name.removesuffix(".items()").removesuffix(".keys()") in sources.ENVIRONMENTS for name in known.names
        )
        if iterated:
            collector.add(FactId.ENVIRONMENT, line, WHOLE)


def _is_environment(known: Known) -> bool:
    return any(name in sources.ENVIRONMENTS for name in known.names)


def _is_target(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.type in {"assignment", "delete_statement"}
        and (parent.type == "delete_statement" or parent.child_by_field_name("left") == node)
    )


def _variables(collector: Collector, key: Known, line: int) -> None:
    for text in key.exact:
        collector.add(FactId.ENVIRONMENT, line, as_text(text)[:128])


def _references(path: str, one: Import) -> Iterator[str]:
    """An import as paths from the archive's root, without a suffix."""
    module = one.module.replace(".", "/")
    if one.level:
        folder = posixpath.dirname(path)
        for _ in range(one.level - 1):
            if not folder:
                return
            folder = posixpath.dirname(folder)
        module = "/".join(part for part in (folder, module) if part)
    elif module.partition("/")[0] in sys.stdlib_module_names:
        yield module
        return
    for name in one.names or ("",):
        reference = f"{module}/{name}".strip("/") if name else module
        if reference:
            yield reference
