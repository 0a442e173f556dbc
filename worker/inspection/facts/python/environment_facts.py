"""Variables of the environment that code reads without a call: `os.environ[key]`, and loops over all of them."""

from __future__ import annotations

from tree_sitter import Node

from app.core.specimen import FactId
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import sources
from worker.inspection.facts.python.candidates import asked_keys
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.index import Index
from worker.inspection.facts.python.known import Known, as_text
from worker.inspection.facts.python.scope import Scope


def add_facts(collector: Collector, index: Index, ev: Evaluator) -> None:
    """The facts of all lookups of a file."""
    if _is_mentioned(index, ev):
        for node, scope in index.lookups:
            _lookup(collector, ev, node, scope)


def _is_mentioned(index: Index, ev: Evaluator) -> bool:
    """Whether the file names the environment, be it with a name that is put together."""
    if b"environ" in index.source:
        return True
    for asked, scope in asked_keys(index):
        if asked.type != "string" and "environ" in ev.value(asked, scope).texts:
            return True
    return any(
        "environ" in ev.value(key, scope).texts
        for node, scope in index.lookups
        if node.type == "subscript" and (value := node.child_by_field_name("value")) is not None
        if index.text(value)[:256].endswith(("__dict__", ")"))
        and (key := node.child_by_field_name("subscript")) is not None
    )


def _lookup(collector: Collector, ev: Evaluator, node: Node, scope: Scope) -> None:
    """`os.environ[key]`, `key in os.environ`, `for key in os.environ`."""
    line = ev.line(node)
    if node.type == "subscript":
        value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is not None and key is not None and not _is_target(node) and _is_environment(ev.value(value, scope)):
            _variables(collector, ev.value(key, scope), line)
    elif node.type == "comparison_operator":
        left, right = nth(node, 0), nth(node, 1)
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
