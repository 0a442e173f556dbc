"""What a call gives: data from outside, decoded constants, a promise's or a local function's value."""

from __future__ import annotations

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.javascript import (
    builtins,
    bundles,
    commands,
    containers,
    folding,
    invocation,
    network,
    paths,
    variables,
)
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import field_of
from worker.inspection.facts.javascript.names import canonical
from worker.inspection.facts.javascript.scope import Class
from worker.inspection.facts.javascript.tables import CALLS, LOSSY, Style
from worker.inspection.facts.javascript.tables import Call as Known
from worker.inspection.facts.javascript.values import UNKNOWN, Shape, Value, merge, tainted
from worker.inspection.facts.vocabulary import is_metadata_host

_MAKERS = frozenset({"Function", "eval", "process.binding", "process._linkedBinding"})  # what they make may have a name

_AWAITERS = (b"__awaiter", b"_asyncToGenerator", b"asyncToGenerator")

# Methods that give back what they were called on.
_CHAINED = frozenset({"on", "once", "addListener", "setEncoding", "catch", "finally", "unref", "ref", "setTimeout"})
_POSITIONS = frozenset({"slice", "substring", "substr", "subarray", "charAt", "at"})  # take numbers, and give a part
_TAKES_OUT = frozenset({"pop", "shift", "get", "at"})  # methods of containers that give what was put in
_MODULES = frozenset({"child_process", "fs", "http", "https", "http2", "net", "tls", "dgram", "dns", "vm", "process"})


def result(evaluator: Evaluator, call: Call) -> Value:
    """The value of a call."""
    found: list[Value] = []
    for name in call.names:
        value = _of_name(evaluator, call, name)
        if value is not None:
            found.append(value)
    found += [
        invocation.inline(evaluator, function, lambda: evaluator.arguments(call)) for function in call.callee.functions
    ]
    if _gives_global_object(call):
        found.append(Value(names=("globalThis",)))
    for shape in call.callee.shapes:
        if isinstance(shape.target, Class):
            made = Value(shapes=(Shape(shape.target, shape.frame, instance=True),))
            found.append(merge([made, _passed(evaluator, call)]))
    if _awaits(evaluator, call):
        for value in evaluator.arguments(call)[-1:]:
            found += [invocation.inline(evaluator, function, list) for function in value.functions]
    if found:
        return merge(found)
    return _of_method(evaluator, call)


def _gives_global_object(call: Call) -> bool:
    """`f()`, where f is `function () { return this }` and is called on nothing."""
    if call.is_new or call.receiver is not UNKNOWN:
        return False
    callee = field_of(call.node, "function")
    if callee is None or callee.type != "identifier":
        return False
    return any(
        node.type == "this" and scope.owner is None and scope.function is function
        for function, _ in call.callee.functions
        if function.node.type != "arrow_function"
        for node, scope in function.returns
    )


def _awaits(evaluator: Evaluator, call: Call) -> bool:
    """Whether this is a compiler's helper for asynchronous functions: `__awaiter(…, function* () { … })`."""
    callee = field_of(call.node, "function")
    if callee is None or callee.type not in ("identifier", "member_expression"):
        return False
    return evaluator.index.source.endswith(_AWAITERS, callee.start_byte, callee.end_byte)


def _of_name(evaluator: Evaluator, call: Call, name: str) -> Value | None:
    """What a call of something named gives; None when the name says nothing."""
    plain = canonical(name)
    if call.bound:
        return Value(names=(name,))
    if plain == bundles.LOAD:
        key = evaluator.argument(call, 0).constant
        return bundles.loaded(evaluator, call.callee, key) if key is not None else UNKNOWN
    known = CALLS.get(plain)
    if known is not None and not evaluator.follows_data and known.fact is not FactId.DECODE and plain not in _MAKERS:
        names = (known.gives,) if known.gives else ()
        return Value(names=names) if names else UNKNOWN
    folded = builtins.result(evaluator, call, plain)
    if folded is not None:
        return folded
    if known is not None:
        return _of_known(evaluator, call, name, known)
    if call.is_new:
        return Value(names=(name,), origins=_passed(evaluator, call).origins)
    return None


def _of_known(evaluator: Evaluator, call: Call, name: str, known: Known) -> Value:
    shown = name.removesuffix(".*")
    origins: set[Origin] = set()
    if known.style is Style.SENDS:
        return UNKNOWN
    if known.fact is FactId.NETWORK and known.style is not Style.LISTEN:
        origins.add(Origin(OriginKind.DOWNLOAD, call.line, shown))
        metadata = [host for host in network.hosts(evaluator, call) if is_metadata_host(host)]
        origins.update(Origin(OriginKind.METADATA_SERVICE, call.line, host) for host in metadata)
    elif known.fact is FactId.PROCESS:
        origins.add(Origin(OriginKind.PROCESS, call.line, shown))
        origins.update(commands.printed(evaluator, call, known.style))
    elif known.fact is FactId.FILE_READ:
        origins.update(paths.read_origins(evaluator, call, name))
    elif known.fact is FactId.DECODE:
        origins.update(tainted(*evaluator.arguments(call)).origins)
        origins.add(Origin(OriginKind.DECODED, call.line, shown))
    elif known.fact is FactId.DYNAMIC_CODE:
        origins.update(tainted(*evaluator.arguments(call)).origins)
    names = (known.gives,) if known.gives else ()
    shapes = (Shape(evaluator.index.site(call.node, call.scope), call.frame),) if known.gives else ()
    return Value(names=names, origins=frozenset(origins), shapes=shapes)


def _of_method(evaluator: Evaluator, call: Call) -> Value:
    """A call of something that is not known: methods of constants are folded, for the rest data passes through."""
    method, receiver = call.method, call.receiver
    if method == "then":
        return _then(evaluator, call)
    if method is not None and (receiver.texts or receiver.items is not None or receiver.raw is not None):
        folded = folding.method(evaluator, call)
        if folded is not None:
            return merge([folded, _taken_out(evaluator, call)])
    if method in _CHAINED:
        return receiver
    if method in LOSSY:
        return UNKNOWN
    taken = _taken_out(evaluator, call)
    if not evaluator.follows_data:
        return merge([taken, _wrapped(evaluator, call)])
    arguments = evaluator.arguments(call)
    passed = merge([taken, tainted(receiver, *([] if method in _POSITIONS else arguments))])
    callbacks = [pair for value in arguments for pair in value.functions]
    decoders = [name for value in arguments for name in value.names if _decodes(name)]
    if decoders and method in ("map", "flatMap", "from"):
        decoded = frozenset((Origin(OriginKind.DECODED, call.line, decoders[0]),))
        passed = merge([passed, Value(origins=decoded)])
    if callbacks and method in ("map", "flatMap", "reduce", "replace", "from"):
        given = variables.element(receiver, call.line)
        made = [invocation.inline(evaluator, pair, lambda: [given, given]) for pair in callbacks[:4]]
        passed = merge([passed, *made])
    if method == "pipe" and arguments:
        return merge([arguments[0], Value(origins=receiver.origins)])
    return merge([passed, _wrapped(evaluator, call)])


def _taken_out(evaluator: Evaluator, call: Call) -> Value:
    """The functions that a container of this file may give back."""
    return containers.contained(evaluator, call.receiver) if call.method in _TAKES_OUT else UNKNOWN


def _decodes(name: str) -> bool:
    known = CALLS.get(canonical(name))
    return known is not None and known.fact is FactId.DECODE


def _wrapped(evaluator: Evaluator, call: Call) -> Value:
    """`wrap(require("fs"))` is taken for what it wraps."""
    given = evaluator.argument(call, 0) if len(call.arguments) == 1 else UNKNOWN
    return Value(names=given.names) if given.names and _MODULES.issuperset(given.names) else UNKNOWN


def _passed(evaluator: Evaluator, call: Call) -> Value:
    """The data of all arguments, where it matters."""
    return tainted(*evaluator.arguments(call)) if evaluator.follows_data else UNKNOWN


def _then(evaluator: Evaluator, call: Call) -> Value:
    """`promise.then(f)`: what f makes of what was promised."""
    found: list[Value] = []
    for value in evaluator.arguments(call)[:2]:
        found += [invocation.inline(evaluator, function, lambda: [call.receiver]) for function in value.functions]
        for name in value.names:  # `.then(eval)` is a call of its own; its value is not followed
            found.append(Value(origins=call.receiver.origins, names=(name,) if name == "require" else ()))
    return merge(found) if found else call.receiver
