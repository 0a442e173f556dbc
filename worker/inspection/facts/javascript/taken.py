"""Where the environment goes as a whole, and which expressions may be it: cheaper to ask than to evaluate them all."""

from __future__ import annotations

from bisect import bisect_left

from tree_sitter import Node

from worker.inspection.facts.javascript import grabbing, objects
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import Index, field_of
from worker.inspection.facts.javascript.scope import Binding, Function, Role, Scope, Write, WriteKind
from worker.inspection.facts.javascript.variables import is_environment

WRITTEN_OUT = frozenset({"member_expression", "subscript_expression"})
"""Kinds of expressions in which an environment is written out: `process.env`, `process["env"]`."""

_NAMES = frozenset({"identifier", "shorthand_property_identifier"})
_NEVER = frozenset({"this", "super", "string", "template_string", "array", "object", "regex", "number"})
_MOST_WRITES = 64
_MOST_ALIASES = 4  # names of names of the environment


def is_taken(evaluator: Evaluator) -> bool:
    """Whether the environment as a whole goes anywhere: then it may be meant by any name."""
    index = evaluator.index
    if index.environment is None:
        may = b"process" in index.source or grabbing.grabs(evaluator)
        computed = zip(index.computed, objects.computed_keys(evaluator), strict=True) if may else ()
        index.environment = sorted(
            node.start_byte
            for (node, scope), keys in computed
            if "env" in keys and is_environment(evaluator.evaluate(node, scope))
        )
    return index.takes_environment or bool(index.environment or index.computed_keys)


def may_hold(evaluator: Evaluator, node: Node, scope: Scope, *, everywhere: bool = True, depth: int = 0) -> bool:
    """Whether an expression may be an environment, by how it is written.

    Unless it is taken as a whole somewhere (`everywhere`), only what is written out as one is one.
    """
    kind = node.type
    if kind == "subscript_expression":
        key = field_of(node, "index")
        return key is not None and key.type != "number" and "env" in evaluator.keys(node, scope, None)
    if kind == "member_expression":
        last = field_of(node, "property")
        name = evaluator.index.name(last) if last is not None else ""
        return name == "env" or (everywhere and _may_be_kept(evaluator, name, depth))
    if not everywhere:
        return False
    if kind == "call_expression":
        return _may_return(evaluator, node, scope)
    if kind not in _NAMES:
        return kind not in _NEVER
    binding = scope.find(evaluator.index.name(node))
    return binding is not None and _may_be_bound(evaluator, binding, depth)


def _may_be_bound(evaluator: Evaluator, binding: Binding, depth: int) -> bool:
    """Whether a name may be it."""
    return _may_be_one_of(evaluator, (id(binding), depth), binding.writes)


def _may_be_kept(evaluator: Evaluator, key: str, depth: int) -> bool:
    """Whether any object may hold it under this key."""
    writes = evaluator.index.aliases.get(key)
    return writes is not None and _may_be_one_of(evaluator, (key, depth), writes)


def _may_be_one_of(evaluator: Evaluator, key: tuple[int | str, int], writes: list[Write]) -> bool:
    suspects = evaluator.index.suspects
    known = suspects.get(key)
    if known is None:
        known = suspects[key] = any(_may_write(evaluator, write, key[1]) for write in writes[:_MOST_WRITES])
    return known


def _may_return(evaluator: Evaluator, call: Node, scope: Scope) -> bool:
    """Whether a call may give the environment: `getEnv()`, or a function of the file that has it in what it returns."""
    callee, source = field_of(call, "function"), evaluator.index.source
    if callee is None:
        return False
    if b"env" in source[max(callee.start_byte, callee.end_byte - 32) : callee.end_byte].lower():
        return True
    binding = scope.find(evaluator.index.name(callee)) if callee.type == "identifier" else None
    for write in binding.writes if binding is not None else ():
        function = write.target if write.node is None else evaluator.index.functions.get(write.node.id)
        if isinstance(function, Function) and any(_holds(evaluator.index, node) for node, _ in function.returns):
            return True
    return False


def _may_write(evaluator: Evaluator, write: Write, depth: int) -> bool:
    """Whether a write may give a name the environment."""
    if write.kind is WriteKind.MODULE:
        return write.name == "process"
    if write.kind is WriteKind.PARAMETER and write.function is not None:
        handed = evaluator.handed.get((id(write.function), write.index), ())
        return any(map(is_environment, handed)) or _may_be_handed(evaluator, write.function)
    if write.node is None or write.kind is WriteKind.LOCAL:
        return False
    if "env" in write.path:
        return True
    if write.node.type in _NAMES:
        return depth < _MOST_ALIASES and may_hold(evaluator, write.node, write.scope, depth=depth + 1)
    return _holds(evaluator.index, write.node)


def _may_be_handed(evaluator: Evaluator, function: Function) -> bool:
    """Whether the call that a function stands in may hand it the environment."""
    call, index = function.call, evaluator.index
    if call is None or function.role not in (Role.ARGUMENT, Role.CALLEE):
        return False
    callee = field_of(call, "function")
    if _holds(index, call) or callee is None or callee.type != "identifier":
        return _holds(index, call)
    binding = function.outer.find(index.name(callee))
    targets = [write.target for write in binding.writes] if binding is not None else []
    return any(isinstance(target, Function) and _holds(index, target.node) for target in targets)


def _holds(index: Index, node: Node) -> bool:
    """Whether the environment, as a whole, stands inside an expression."""
    places = index.environment or []
    at = bisect_left(places, node.start_byte)
    return at < len(places) and places[at] < node.end_byte
