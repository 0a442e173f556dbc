"""What a call calls, and with what: `call`, `apply`, `bind` and `Reflect` taken off."""

from __future__ import annotations

from tree_sitter import Node

from worker.inspection.facts.javascript.calls import MEMBERS, Call, unwrap
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import children, field_of
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.values import UNKNOWN, Frame, Value, elements

LONG_CHAIN = 16  # links of `a.b().c().d()` from which the chain is evaluated from its start

_CHAINED = MEMBERS | {"call_expression"}
_BORROWED = frozenset({"call", "apply", "bind"})


def resolve(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Call:
    """What a call calls, and with what. Arguments are not evaluated, except those that are spread."""
    call = Call(node, scope, frame, is_new=node.type == "new_expression")
    callee = unwrap(field_of(node, "constructor" if call.is_new else "function"))
    given = node.child_by_field_id(evaluator.index.fields.arguments)
    call.arguments = _given(evaluator, given, scope, frame)
    if callee is None:
        return call
    if callee.type not in MEMBERS:
        call.callee = evaluator.evaluate(callee, scope, frame)
        return call
    _warm(evaluator, callee, scope, frame)
    keys = evaluator.keys(callee, scope, frame)
    call.method = keys[0] if len(keys) == 1 else None
    target = callee.child_by_field_id(evaluator.index.fields.object)
    if target is None:
        return call
    call.receiver = evaluator.evaluate(target, scope, frame)
    call.callee = evaluator.evaluate(callee, scope, frame)
    if call.method in ("apply", "construct") and "Reflect" in call.receiver.names:
        _reflected(evaluator, call)
    elif call.method in _BORROWED and (call.receiver.names or call.receiver.functions):
        _borrowed(evaluator, call)
    return call


def _given(evaluator: Evaluator, given: Node | None, scope: Scope, frame: Frame | None) -> list[Node | Value]:
    if given is None:
        return []
    if given.type == "template_string":
        return [given]
    arguments: list[Node | Value] = []
    for child in children(given):
        if child.type == "spread_element":
            arguments += _spread(evaluator.evaluate(child, scope, frame))
        else:
            arguments.append(child)
    return arguments


def _spread(value: Value) -> list[Value]:
    return list(value.items) if value.items is not None else [elements(value)]


def _borrowed(evaluator: Evaluator, call: Call) -> None:
    """`f.call(that, a)` calls f with a; `f.apply(that, list)` with the elements of the list."""
    given: list[Node | Value] = list(call.arguments[1:])
    if call.method == "apply":
        given = list(_spread(evaluator.argument(call, 1)))
    call.bound = call.method == "bind"
    call.callee, call.receiver, call.method, call.arguments = call.receiver, UNKNOWN, None, given


def _reflected(evaluator: Evaluator, call: Call) -> None:
    """`Reflect.apply(f, that, list)` and `Reflect.construct(F, list)`."""
    callee = evaluator.argument(call, 0)
    given: list[Node | Value] = list(_spread(evaluator.argument(call, 2 if call.method == "apply" else 1)))
    call.callee, call.receiver, call.method, call.arguments = callee, UNKNOWN, None, given


def _warm(evaluator: Evaluator, callee: Node, scope: Scope, frame: Frame | None) -> None:
    """Evaluate a long chain from its start, so that its length costs no depth."""
    fields = evaluator.index.fields
    chain: list[Node] = []
    node: Node | None = callee
    while node is not None:
        node = unwrap(node.child_by_field_id(fields.object if node.type in MEMBERS else fields.function))
        if node is None or node.type not in _CHAINED or evaluator.is_known(node, frame):
            break
        chain.append(node)
    if len(chain) >= LONG_CHAIN:
        for link in reversed(chain):
            evaluator.evaluate(link, scope, frame)
