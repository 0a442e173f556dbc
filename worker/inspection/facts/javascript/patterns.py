"""Patterns (`{a, b: [c], ...d} = x`) → the names they bind, each with the path to its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from worker.inspection.facts.javascript.index import WIDEST, Index, children, field_of
from worker.inspection.facts.javascript.scope import ANY, REST, Function, Path, Scope, Write, WriteKind

DEEPEST = 32  # patterns within patterns

_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern", "undefined"})
_MEMBERS = frozenset({"member_expression", "subscript_expression"})
_DEFAULTS = frozenset({"assignment_pattern", "object_assignment_pattern"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A name, or the member expression of an assignment, with what is written to it."""

    target: Node
    write: Write


def bound(index: Index, pattern: Node, write: Write) -> Iterator[Bound]:
    """All that a pattern binds when it is given what `write` writes. Defaults are writes of their own."""
    waiting: list[tuple[Node, Write]] = [(pattern, write)]
    steps = 0
    while waiting and steps < WIDEST:  # nested defaults double the work at every level
        steps += 1
        node, given = waiting.pop()
        kind = node.type
        if kind in _NAMES or kind in _MEMBERS:
            yield Bound(node, given)
        elif len(given.path) > DEEPEST:
            continue
        elif kind == "object_pattern":
            waiting += [(value, _picked(given, step)) for value, step in _properties(index, node, given.scope)]
        elif kind == "array_pattern":
            waiting += [(value, _picked(given, step)) for value, step in _positions(node)]
        elif kind in _PARAMETERS or kind in _DEFAULTS:
            left = field_of(node, "pattern" if kind in _PARAMETERS else "left")
            right = field_of(node, "value" if kind in _PARAMETERS else "right")
            if left is not None:
                waiting.append((left, given))
                if right is not None:
                    waiting.append((left, Write(WriteKind.VALUE, given.scope, right)))
        else:  # rest_pattern, parenthesised and asserted targets
            waiting += [(child, given) for child in children(node)[:1]]


def bind(index: Index, pattern: Node, write: Write, give: Callable[[Node, Write], None]) -> None:
    """Hand every name of a pattern to `give`; remember those that pick something out of an expression."""
    if pattern.type == "identifier" and not write.path:
        give(pattern, write)
        return
    for item in bound(index, pattern, write):
        give(item.target, item.write)
        if item.write.path:
            index.patterns.append(item.write)
            if "env" in item.write.path:
                index.takes_environment = True


def parameters(function: Node) -> list[Node]:
    """The patterns of a function's parameters, in order."""
    single = field_of(function, "parameter")
    if single is not None:
        return [single]
    several = field_of(function, "parameters")
    return several_parameters(several) if several is not None else []


def several_parameters(node: Node) -> list[Node]:
    """The patterns between parentheses."""
    return [child for child in children(node) if not _is_this(child)]


def parameter_write(scope: Scope, function: Function, position: int, pattern: Node) -> Write:
    """What a call gives a parameter."""
    inner = field_of(pattern, "pattern") if pattern.type in _PARAMETERS else None
    path: Path = (REST,) if (inner or pattern).type == "rest_pattern" else ()
    return Write(WriteKind.PARAMETER, scope, pattern, path, function, position)


def _picked(write: Write, step: str) -> Write:
    return replace(write, path=(*write.path, step))


def _is_this(node: Node) -> bool:
    pattern = field_of(node, "pattern") if node.type in _PARAMETERS else None
    return pattern is not None and pattern.type == "this"


def _properties(index: Index, node: Node, scope: Scope) -> Iterator[tuple[Node, str]]:
    for child in children(node):
        kind = child.type
        if kind == "shorthand_property_identifier_pattern":
            yield child, index.name(child)
        elif kind == "pair_pattern":
            key, value = field_of(child, "key"), field_of(child, "value")
            if key is not None and value is not None:
                yield value, index.key(key) or _computed(index, key, scope)
        elif kind == "object_assignment_pattern":
            left = field_of(child, "left")
            if left is not None:
                yield child, index.name(left) if left.type in _NAMES else ANY
        elif kind == "rest_pattern":
            yield child, REST


def _computed(index: Index, key: Node, scope: Scope) -> str:
    """A step whose key is known only when names are: `{[key]: x} = y`."""
    inner = children(key)[:1]
    if not inner:
        return ANY
    step = f"{ANY}{inner[0].start_byte}"
    index.computed_keys[step] = (inner[0], scope)
    return step


def _positions(node: Node) -> Iterator[tuple[Node, str]]:
    position = 0
    for child in node.children[:WIDEST]:
        if child.is_named:
            if child.type != "comment":
                yield child, REST if child.type == "rest_pattern" else str(position)
        elif child.type == ",":
            position += 1
