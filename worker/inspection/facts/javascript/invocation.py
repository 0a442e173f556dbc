"""Calls of the file's own functions: what their parameters are, and what they return to one caller."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.javascript import bundles, variables
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import field_of
from worker.inspection.facts.javascript.names import WRAPPER, canonical
from worker.inspection.facts.javascript.patterns import parameters
from worker.inspection.facts.javascript.scope import Class, Function, Role, Scope
from worker.inspection.facts.javascript.tables import CALLS, Style
from worker.inspection.facts.javascript.values import (
    UNKNOWN,
    Frame,
    Shape,
    Value,
    elements,
    merge,
    serial,
    tainted,
    union,
)

DEEPEST = 4  # inlined calls within inlined calls
CALLERS = 256  # calls of one function that are looked at
RETURNS = 64
RECEIVERS = 16  # calls of a method of a prototype that are looked at
EMITTERS = 64  # calls of `emit` that are looked at for one listener
TRIED = 64  # calls of a block whose errors are looked at
MOST_PARAMETERS = 16

# Methods of lists and promises that hand their receiver's data to a function, and at which parameter it arrives.
_ELEMENT_METHODS = frozenset({"forEach", "map", "filter", "find", "some", "every", "flatMap", "findIndex", "findLast"})
_HANDLERS = frozenset({"onmessage", "ondata", "onload", "onreadystatechange", "onopen", "onerror"})
_EVENTS = frozenset({"on", "once", "addListener", "addEventListener", "subscribe", "prependListener"})


def parameter(
    evaluator: Evaluator, function: Function, position: int, *, rest: bool = False, frame: Frame | None = None
) -> Value:
    """What a function is called with at a position: by the inlined call, else by all its callers together."""
    if frame is not None and frame.function is function:
        frame.looked_at = True
        if rest:
            given = frame.arguments[position:]
            return Value(origins=union(given), items=given)
        return frame.arguments[position] if position < len(frame.arguments) else UNKNOWN
    return evaluator.guarded(
        ("parameter", id(function), position), lambda: _from_callers(evaluator, function, position, rest=rest)
    )


def inline(evaluator: Evaluator, shape: tuple[Function, Frame | None], arguments: Callable[[], list[Value]]) -> Value:
    """What a function returns when it is called with these arguments, which are evaluated only if it looks at them.

    Answers are kept by function and arguments.
    """
    function, outer = shape
    if not function.returns:
        return UNKNOWN
    if function in evaluator.inlining or len(evaluator.inlining) >= DEEPEST:
        return tainted(*arguments()) if evaluator.follows_data else UNKNOWN
    blank, looks = _returned(evaluator, function, outer, ())
    if not looks:
        return blank
    given = tuple(arguments())
    return _returned(evaluator, function, outer, given)[0] if any(map(_tells, given)) else blank


def _returned(
    evaluator: Evaluator, function: Function, outer: Frame | None, given: tuple[Value, ...]
) -> tuple[Value, bool]:
    """What a function returns for these arguments, and whether they make a difference."""
    key = (id(function), serial(outer), given)
    known = evaluator.inlined.get(key)
    if known is not None:
        return known
    frame = evaluator.frame(function, given, outer)
    evaluator.inlining.append(function)
    try:
        value = merge([evaluator.evaluate(node, scope, frame) for node, scope in function.returns[:RETURNS]])
    finally:
        evaluator.inlining.pop()
    known = evaluator.inlined[key] = value, frame.looked_at
    return known


def _tells(value: Value) -> bool:
    """Whether an argument can make a difference to what a function returns. A callback alone hardly does."""
    return value is not UNKNOWN and bool(
        value.texts or value.names or value.origins or value.items or any(not _is_function(s) for s in value.shapes)
    )


def _is_function(shape: Shape) -> bool:
    return isinstance(shape.target, Function)


def callers(evaluator: Evaluator, function: Function) -> Iterator[Call]:
    """The calls of a function in this file, as far as they can be told from its name and its place."""
    if function.role is Role.CALLEE and function.call is not None:
        yield evaluator.resolve(function.call, function.outer)
        return
    name, wanted = function.name, {id(function)}
    if function.role is Role.METHOD and name == "constructor" and isinstance(function.owner, Class):
        wanted = {id(function.owner)}
        name = _class_name(evaluator, function.owner)
    if function.role not in (Role.NAMED, Role.METHOD) or not name:
        return
    for node, scope in evaluator.index.calls_by_name.get(name, ())[:CALLERS]:
        if not _may_call(evaluator, node, scope, function):
            continue
        call = evaluator.resolve(node, scope)
        if any(id(shape.target) in wanted for shape in call.callee.shapes):
            yield call


def _may_call(evaluator: Evaluator, node: Node, scope: Scope, function: Function) -> bool:
    """Whether a call by the name of a function can mean it: cheaper to ask than to resolve the call."""
    callee = field_of(node, "function") or field_of(node, "constructor")
    if callee is None:
        return False
    if function.role is Role.METHOD:
        return function.name == "constructor" or _may_mean(evaluator, callee, scope, function)
    if callee.type != "identifier":
        return function.name in evaluator.index.aliases
    return scope.find(function.name) is (
        function.scope.names.get(function.name) if _is_own_name(function) else function.outer.find(function.name)
    )


def _may_mean(evaluator: Evaluator, callee: Node, scope: Scope, function: Function) -> bool:
    """Whether a member can be this method, by what it is a member of."""
    if callee.type == "identifier":
        return function.name in evaluator.index.aliases
    target = field_of(callee, "object")
    if target is None:
        return False
    if target.type in ("this", "super"):
        return scope.owner is function.owner
    if target.type != "identifier":
        return True
    binding = scope.find(evaluator.index.name(target))
    if binding is None:
        return False
    return function.owner is not None or function.name in binding.properties


def _is_own_name(function: Function) -> bool:
    """Whether the name is that of a function expression, which only the function itself sees."""
    return function.name in function.scope.names and not function.node.type.endswith("_declaration")


def _from_callers(evaluator: Evaluator, function: Function, position: int, *, rest: bool) -> Value:
    values: list[Value] = []
    if function.role is Role.ARGUMENT and function.call is not None:
        call = evaluator.resolve(function.call, function.outer)
        values.append(_handed(evaluator, call, function.index, position))
    handed = evaluator.handed
    if not evaluator.follows_data and function.role is not Role.CALLEE:
        last = MOST_PARAMETERS if rest else position + 1
        values += [value for at in range(position, last) for value in handed.get((id(function), at), ())]
    for call in callers(evaluator, function) if evaluator.follows_data or function.role is Role.CALLEE else ():
        last = len(call.arguments) if rest else position + 1
        values += [evaluator.argument(call, at) for at in range(position, min(last, position + 64))]
    if evaluator.follows_data and position == 0 and function.name in _HANDLERS and function.owner is None:
        values.append(_received(evaluator, function))
    name = function.parameters[position] if position < len(function.parameters) else ""
    if name in WRAPPER:  # AMD and browserify hand over what CommonJS has anyway
        values.append(Value(names=(name,)))
    values.append(bundles.required(function, position))
    if not rest:
        return merge(values)
    return Value(origins=union(values), items=tuple(value for value in values if value is not UNKNOWN) or None)


def _received(evaluator: Evaluator, function: Function) -> Value:
    """`socket.onmessage = function (event) {…}`: the event holds what the socket got."""
    parent = function.node.parent
    left = field_of(parent, "left") if parent is not None and parent.type == "assignment_expression" else None
    target = field_of(left, "object") if left is not None else None
    return tainted(evaluator.evaluate(target, function.outer)) if target is not None else UNKNOWN


def _emitted(evaluator: Evaluator, call: Call, position: int) -> Value:
    """`x.on("name", f)` gets what `x.emit("name", …)` gives."""
    event = evaluator.argument(call, 0).constant
    if event is None or not evaluator.follows_data:
        return UNKNOWN
    found: list[Value] = []
    for node, scope in evaluator.index.calls_by_name.get("emit", ())[:EMITTERS]:
        emitting = evaluator.resolve(node, scope)
        if evaluator.argument(emitting, 0).constant == event:
            found.append(evaluator.argument(emitting, position + 1))
    return tainted(*found)


def _handed(evaluator: Evaluator, call: Call, at: int, position: int) -> Value:
    """What a function that is an argument is called with, by what it is handed to."""
    values: list[Value] = []
    for name in call.names:
        known = CALLS.get(canonical(name))
        if known is not None:
            values.append(_event(evaluator, call, name))
    for own, frame in call.callee.functions:
        values += _called_back(evaluator, own, frame, at, position)
    if values:
        return merge(values)
    method = call.method
    if method == "then":
        return call.receiver if position == 0 else UNKNOWN
    if method in _ELEMENT_METHODS:
        return variables.element(call.receiver, call.line) if position == 0 else UNKNOWN
    if method == "reduce":
        given = evaluator.argument(call, 1) if position == 0 else elements(call.receiver)
        return merge([given, tainted(call.receiver)])
    if method in _EVENTS:
        return merge([_event_of(call), _emitted(evaluator, call, position)])
    others = [evaluator.argument(call, other) for other in range(min(len(call.arguments), 8)) if other != at]
    return tainted(call.receiver, *others)


def _event(evaluator: Evaluator, call: Call, name: str) -> Value:
    """What the callback of a known call gets: what the call itself gives, or a connection."""
    known = CALLS[canonical(name)]
    if known.style is Style.LISTEN:
        origin = Origin(OriginKind.DOWNLOAD, call.line, name)
        return Value(names=("net.Socket",) if known.gives else (), origins=frozenset((origin,)))
    if known.fact in (FactId.DYNAMIC_CODE, FactId.FILE_WRITE):
        return UNKNOWN
    return tainted(evaluator.evaluate(call.node, call.scope, call.frame))


def _event_of(call: Call) -> Value:
    if "net.Server" in call.receiver.names:
        return Value(names=("net.Socket",), origins=call.receiver.origins)
    return tainted(call.receiver)


def _called_back(evaluator: Evaluator, own: Function, frame: Frame | None, at: int, position: int) -> Iterator[Value]:
    """A function handed to one of this file's own: what its parameter is called with there."""
    patterns = parameters(own.node)
    pattern = patterns[at] if at < len(patterns) else None
    if pattern is None or pattern.type != "identifier":
        return
    name = evaluator.index.name(pattern)
    binding = own.scope.names.get(name)
    for node, scope in evaluator.index.calls_by_name.get(name, ())[:CALLERS]:
        if binding is not None and scope.find(name) is binding:
            yield evaluator.argument(evaluator.resolve(node, scope, frame), position)


def receivers(evaluator: Evaluator, function: Function) -> Value:
    """The data of what a function that was added to a prototype is called on."""
    if function.role is not Role.METHOD or function.owner is not None:
        return UNKNOWN

    def called_on() -> Value:
        calls = evaluator.index.calls_by_name.get(function.name, ())[:RECEIVERS]
        return tainted(*(evaluator.resolve(node, scope).receiver for node, scope in calls))

    return evaluator.guarded(("this", id(function)), called_on)


def answers(evaluator: Evaluator, block: Node) -> Value:
    """What came over the network to the calls in a block of code."""
    if not evaluator.follows_data:
        return UNKNOWN
    calls = evaluator.index.calls
    first = bisect_left(calls, block.start_byte, key=lambda call: call[0].start_byte)
    last = bisect_left(calls, block.end_byte, lo=first, key=lambda call: call[0].start_byte)
    values = [evaluator.evaluate(node, scope) for node, scope, _ in calls[first : min(last, first + TRIED)]]
    return Value(origins=frozenset(origin for origin in union(values) if origin.kind is OriginKind.DOWNLOAD))


def settled(evaluator: Evaluator, function: Function) -> Value:
    """What `new Promise(function)` becomes: what its first parameter is called with."""
    return merge(_called_back(evaluator, function, None, 0, 0))


def _class_name(evaluator: Evaluator, owner: Class) -> str:
    name = owner.node.child_by_field_name("name")
    return evaluator.index.name(name) if name is not None else ""
