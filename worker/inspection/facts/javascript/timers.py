"""Whether what a timer is given is text, which it runs as code, and no function: by how it is written."""

from __future__ import annotations

from tree_sitter import Node

from worker.inspection.facts.javascript.calls import unwrap
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import children, field_of
from worker.inspection.facts.javascript.scope import Function, Role, Scope, Write, WriteKind

DEEPEST = 6  # names of names, and parts of parts
MOST_WRITES = 8

_TEXTS = frozenset({"string", "template_string"})
_METHODS = frozenset({"text", "toString", "join", "replace", "replaceAll", "trim", "substring", "toLowerCase"})
_FUNCTIONS = frozenset({"String", "atob", "decodeURIComponent", "decodeURI", "unescape"})


def is_text(evaluator: Evaluator, node: Node | None, scope: Scope, depth: int = DEEPEST) -> bool:
    """Whether an expression can only be a text."""
    node = unwrap(node)
    if node is None or not depth:
        return False
    match node.type:
        case "identifier":
            binding = scope.find(evaluator.index.name(node))
            writes = binding.writes[:MOST_WRITES] if binding is not None else []
            return any(_writes_text(evaluator, write, depth - 1) for write in writes)
        case "await_expression":
            return any(is_text(evaluator, inner, scope, depth - 1) for inner in children(node)[:1])
        case "binary_expression":
            operator = field_of(node, "operator")
            sides = (field_of(node, "left"), field_of(node, "right"))
            is_sum = operator is not None and operator.type == "+"
            return is_sum and any(is_text(evaluator, side, scope, depth - 1) for side in sides)
        case "call_expression":
            return _gives_text(evaluator, node, scope, depth)
        case kind:
            return kind in _TEXTS


def _gives_text(evaluator: Evaluator, call: Node, scope: Scope, depth: int) -> bool:
    callee = field_of(call, "function")
    if callee is None:
        return False
    last = field_of(callee, "property")
    if last is None:
        return evaluator.index.text(callee) in _FUNCTIONS
    name = evaluator.index.name(last)
    return name in _METHODS or (name == "then" and _promises_text(evaluator, call, scope, depth - 1))


def _promises_text(evaluator: Evaluator, call: Node, scope: Scope, depth: int) -> bool:
    """`….then((answer) => answer.text())`."""
    for given in evaluator.resolve(call, scope).arguments[:1]:
        function = evaluator.index.functions.get(given.id) if isinstance(given, Node) else None
        if function is not None:
            return any(is_text(evaluator, node, inner, depth) for node, inner in function.returns[:MOST_WRITES])
    return False


def _writes_text(evaluator: Evaluator, write: Write, depth: int) -> bool:
    if write.path:
        return False
    if write.kind is WriteKind.PARAMETER and write.function is not None:
        return write.index == 0 and _gets_text(evaluator, write.function, depth)
    return write.kind is WriteKind.VALUE and is_text(evaluator, write.node, write.scope, depth)


def _gets_text(evaluator: Evaluator, function: Function, depth: int) -> bool:
    """`….then((answer) => answer.text()).then((text) => …)`."""
    if function.role is not Role.ARGUMENT or function.call is None:
        return False
    callee = field_of(function.call, "function")
    last, target = (field_of(callee, "property"), field_of(callee, "object")) if callee is not None else (None, None)
    return (
        last is not None and evaluator.index.name(last) == "then" and is_text(evaluator, target, function.outer, depth)
    )
