"""Python source → facts: parse, one walk, then a second look at what is called, looked up and held in constants."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import Fact, FactId
from worker.inspection.facts import telling
from worker.inspection.facts.extracted import Extracted, line_evidence
from worker.inspection.facts.found import Found
from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import constants, environment_facts, file_facts, invoke, quiet, sinks
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.candidates import candidates, is_called
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.evaluate import FileEvaluator
from worker.inspection.facts.python.imports import references
from worker.inspection.facts.python.index import Index
from worker.inspection.facts.python.known import UNKNOWN, Known
from worker.inspection.facts.python.scope import Scope
from worker.inspection.facts.python.source import read
from worker.inspection.facts.python.walker import build
from worker.inspection.facts.tree import Budget, OutOfBudget, parse

_TOO_LONG = "it takes longer to read than a file's share of time"
_IN_STRINGS = frozenset({"string_content", "string_start", "escape_sequence", "string", "concatenated_string"})
_TOO_DEEP = "it is nested deeper than can be followed"


def extract(path: str, source: bytes, budget: Budget) -> Extracted:
    """The facts of a Python file of any version, encoding and quality; of a notebook, those of its code cells.

    Raises `OutOfBudget` when the time is over before anything is known; later, what is known is given, with `partly`.
    """
    readable = read(path, source)
    found = None if readable.lines else quiet.extract(path, readable.text)
    if found is None:
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
        ev = FileEvaluator(index, self.path, self.budget, line)
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


def _collect(collector: Collector, index: Index, ev: FileEvaluator) -> None:
    for one in index.imports:
        collector.loads |= dict.fromkeys(references(ev.path, one))
    _constants(collector, index, ev)
    _words(collector, index, ev)
    calls = list(candidates(index, ev))
    _writes(collector, calls, ev)
    for node, scope in calls:
        names = _names(ev, node, scope)
        if sinks.makes_facts(names):
            apart = sinks.talks(names)
            for frame in invoke.contexts(ev, scope) if apart else [ev.root]:
                sinks.add_facts(collector, invoke.describe(ev, node, scope, frame))
    _decorators(collector, index, ev)
    for node, scope in index.executes:
        code = node.child_by_field_name("code")
        if code is not None:
            sinks.run(collector, ev.value(code, scope), ev.line(node), "exec")
    environment_facts.add_facts(collector, index, ev)


def _writes(collector: Collector, calls: list[tuple[Node, Scope]], ev: FileEvaluator) -> None:
    """What is written decides what is read and run later: it comes first."""
    for node, scope in calls:
        if not is_called(ev.index, node, file_facts.WRITING):
            continue
        name = next((name for name in _names(ev, node, scope) if name in file_facts.WRITES), None)
        if name is not None:
            file_facts.note_writes(collector, invoke.describe(ev, node, scope, ev.root), name)
    if any(ev.written.values()):
        ev.root.memo.clear()
        ev.plain.clear()


def _names(ev: FileEvaluator, node: Node, scope: Scope) -> tuple[str, ...]:
    function = node.child_by_field_name("function")
    return ev.value(function, scope).names if function is not None else ()


def _constants(collector: Collector, index: Index, ev: FileEvaluator) -> None:
    """Hosts and long blobs in constants, wherever they stand."""
    for node, scope in index.constants:
        line = ev.line(node)
        for value in ev.value(node, scope).constants[:4]:
            constants.add_facts(collector.found, line, value)


def _words(collector: Collector, index: Index, ev: FileEvaluator) -> None:
    """Telling words in constants; comments and documentation are not code."""
    root = index.tree.root_node
    for word in telling.find(index.source, lambda offset: _is_said(root, offset)):
        node = root.descendant_for_byte_range(word.offset, word.offset)
        collector.add(word.fact, ev.line(node or root), word.detail)


def _is_said(root: Node, offset: int) -> bool:
    """Whether a place stands in a comment, or in a string that stands alone."""
    node = root.descendant_for_byte_range(offset, offset)
    while node is not None and node.type in _IN_STRINGS:
        node = node.parent
    return node is not None and node.type in {"comment", "expression_statement"}


def _decorators(collector: Collector, index: Index, ev: FileEvaluator) -> None:
    """`@exec` calls `exec`, without a call to be seen; what is decorated passes from the lowest to the highest."""
    passed: dict[int, Known] = {}
    for node, scope in reversed(index.decorators):
        inner, around = nth(node, 0), node.parent.id if node.parent is not None else 0
        function = ev.value(inner, scope) if inner is not None else UNKNOWN
        call = Call(node, ev.line(node), function, positional=[passed.get(around, UNKNOWN)])
        if function.names:
            sinks.add_facts(collector, call)
        if function.names or function.scopes:
            passed[around] = ev.applied(function, call.positional, call)
