"""Which environment variables a file reads, and where it takes all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from app.core.specimen import FactId
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import Index, children, field_of
from worker.inspection.facts.javascript.ledger import Ledger, Place, place_of
from worker.inspection.facts.javascript.names import canonical
from worker.inspection.facts.javascript.scope import ANY, REST, Scope, Write, WriteKind
from worker.inspection.facts.javascript.taken import WRITTEN_OUT, is_taken, may_hold
from worker.inspection.facts.javascript.variables import UNNAMED, is_environment

_ASKING = frozenset(  # calls that may look at the whole environment without taking it
    {
        *("Object.keys", "Object.freeze", "Object.hasOwn", "Object.prototype.hasOwnProperty", "Reflect.has"),
        *("Object.defineProperty", "Object.getOwnPropertyDescriptor", "console.log", "Reflect.get", "Object"),
        *("Object.getOwnPropertyNames", "Reflect.ownKeys", "Boolean"),
    }
)
_LOOKED_AT = frozenset({"identifier", "member_expression", "subscript_expression", "binary_expression"})
_NEVER = frozenset({"this", "super", "string", "template_string", "array", "object", "regex", "number"})
_MOST_KEYS = 64
_MOST_WRITES = 64
_MOST_ALIASES = 4  # names of names of the environment
_LONG = 4096  # bytes of an expression that are not searched
_MOST_ARGUMENTS = 16


@dataclass(frozen=True, slots=True)
class Reads:
    """Where a file reads its environment; which variables they are is told later, by their keys."""

    members: list[tuple[Node, Scope]]
    wholes: list[Node]


def find_reads(evaluator: Evaluator, ledger: Ledger) -> Reads:
    """Find what reads the environment; variables that are picked by destructuring are noted at once."""
    index = evaluator.index
    everywhere = is_taken(evaluator)
    members = []
    for node, scope, parent in index.members if everywhere else index.asked:
        target = node.child_by_field_id(evaluator.index.fields.object)
        if target is None or not (everywhere or target.type in WRITTEN_OUT):
            continue
        if not may_hold(evaluator, target, scope, everywhere=everywhere):
            continue
        if is_environment(evaluator.evaluate(target, scope)) and not _is_written(index, node, parent):
            members.append((node, scope))
    if not everywhere:
        return Reads(members, [])
    for write in index.patterns:
        _note_pattern(evaluator, ledger, write)
    wholes = [
        whole.node
        for whole in index.wholes
        if not whole.for_child
        and may_hold(evaluator, whole.node, whole.scope)
        and is_environment(evaluator.evaluate(whole.node, whole.scope))
    ]
    wholes += [node for node, scope, _ in index.calls if _is_handed(evaluator, node, scope)]
    return Reads(members, wholes)


def note_reads(evaluator: Evaluator, ledger: Ledger, reads: Reads) -> None:
    """Note every variable that is read by name, and the whole where it is taken."""
    for node, scope in reads.members:
        for name in evaluator.keys(node, scope, None)[:_MOST_KEYS] or (UNNAMED,):
            ledger.add(FactId.ENVIRONMENT, place_of(node), name)
    for node in reads.wholes:
        ledger.add(FactId.ENVIRONMENT, place_of(node), "*")


def _is_written(index: Index, node: Node, parent: Node) -> bool:
    """`process.env.X = …`, `delete process.env.X`."""
    if parent.type == "assignment_expression":
        left = field_of(parent, "left")
        return left is not None and left.id == node.id
    return parent.type == "unary_expression" and index.source.startswith(b"delete", parent.start_byte)


def _is_handed(evaluator: Evaluator, node: Node, scope: Scope) -> bool:
    """Whether a call takes the environment as an argument. A function of this file does not: it is looked at itself."""
    arguments = node.child_by_field_id(evaluator.index.fields.arguments)
    for given in children(arguments)[:_MOST_ARGUMENTS] if arguments is not None else ():
        held = given.type in _LOOKED_AT and may_hold(evaluator, given, scope)
        if held and is_environment(evaluator.evaluate(given, scope)):
            return not _only_asks(evaluator, evaluator.resolve(node, scope))
    return False


def _only_asks(evaluator: Evaluator, call: Call) -> bool:
    return (
        bool(call.callee.functions)
        or call.node.id in evaluator.index.child_environments
        or any(canonical(name) in _ASKING for name in call.names)
        or call.method == "hasOwnProperty"
    )


def _note_pattern(evaluator: Evaluator, ledger: Ledger, write: Write) -> None:
    if write.kind is WriteKind.MODULE and write.name != "process":
        return
    base = evaluator.write(
        Write(
            write.kind, write.scope, write.node, write.path[:-1], write.function, write.index, write.target, write.name
        ),
        None,
    )
    if not is_environment(base) or write.node is None:
        return
    last = write.path[-1]
    name = "*" if last == REST else UNNAMED if last == ANY else last
    ledger.add(FactId.ENVIRONMENT, Place(write.node.start_point[0] + 1, write.node.start_byte), name)
