"""Lists, dictionaries and comprehensions → what is known of them and of their elements."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from tree_sitter import Node

from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import fold
from worker.inspection.facts.python.evaluation import Evaluator, Frame
from worker.inspection.facts.python.known import (
    ITEMS,
    UNKNOWN,
    Constant,
    Known,
    constant,
    has_hole,
    mapping,
    merge,
    sequence,
)
from worker.inspection.facts.python.scope import Scope

_LETTERS = 1_024  # of a constant that a loop runs over
_COMPUTED = 1 << 15  # elements of a comprehension that are worked out one by one


def display(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """A list, tuple or set. Long ones hold payloads: their numbers are read without a node each."""
    if node.named_child_count > 256:
        numbers = fold.number_list(ev.index.source, node.start_byte, node.end_byte)
        if numbers is not None:
            return Known(items=tuple(constant(number) for number in numbers[:ITEMS]))
    items: list[Known] = []
    for child in islice(node.named_children, ITEMS):
        known = ev.value(child, scope, frame)
        if child.type == "list_splat":
            items += known.items or [element(ev, known, child.id)]
        elif child.type != "comment":
            items.append(known)
    return sequence(items)


def dictionary(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """A dictionary display, with what is spread into it."""
    pairs: list[tuple[Constant | None, Known]] = []
    for child in islice(node.named_children, ITEMS):
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is None or value is None:
                continue
            keys = ev.value(key, scope, frame).constants
            pairs.append((keys[0] if keys else None, ev.value(value, scope, frame)))
        elif child.type == "dictionary_splat":
            known = _spread(ev, child, scope, frame)
            pairs += known.pairs or [(None, known)]
    return mapping(pairs)


def _spread(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    inner = nth(node, 0)
    return ev.value(inner, scope, frame) if inner is not None else UNKNOWN


def comprehension(ev: Evaluator, node: Node, _scope: Scope, frame: Frame) -> Known:
    """A comprehension: worked out element by element over constants, else once for all."""
    inner = ev.index.scopes.get(node.id)
    body = node.child_by_field_name("body")
    if inner is None or body is None:
        return UNKNOWN
    clauses = [child for child in node.named_children[1:4] if child.type != "comment"]
    if len(clauses) == 1 and clauses[0].type == "for_in_clause":
        left, right = clauses[0].child_by_field_name("left"), clauses[0].child_by_field_name("right")
        if left is not None and right is not None and left.type == "identifier":
            values = elements(ev.value(right, inner.parent or inner, frame))
            if values is not None:
                name = ev.index.text(left)
                rounds = (ev.frame(inner, {name: value}, frame, deeper=False) for value in values)
                if body.type == "pair":
                    return _each_pair(ev, body, inner, rounds)
                return sequence(ev.value(body, inner, one) for one in rounds)
    if body.type == "pair":
        return _pairs(ev, body, inner, frame)
    return sequence([ev.value(body, inner, frame)])


def _pairs(ev: Evaluator, pair: Node, scope: Scope, frame: Frame) -> Known:
    """One pair that stands for all of a dictionary comprehension."""
    key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
    if key is None or value is None:
        return UNKNOWN
    known = ev.value(value, scope, frame)
    return mapping([(None, known)], ev.value(key, scope, frame).origins)


def _each_pair(ev: Evaluator, pair: Node, scope: Scope, rounds: Iterable[Frame]) -> Known:
    """The pairs of a dictionary comprehension over constants, one by one."""
    key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
    if key is None or value is None:
        return UNKNOWN
    pairs: list[tuple[Constant | None, Known]] = []
    for one in islice(rounds, ITEMS):
        keys = ev.value(key, scope, one).constants
        pairs.append((keys[0] if keys else None, ev.value(value, scope, one)))
    return mapping(pairs)


def elements(known: Known) -> tuple[Known, ...] | None:
    """The elements of what a loop runs over, when it is a constant of bearable length; None otherwise."""
    if known.items is not None:
        return known.items if len(known.items) <= _COMPUTED else None
    if len(known.constants) != 1:
        return None
    value = known.constants[0]
    if isinstance(value, int) or len(value) > _COMPUTED or (isinstance(value, str) and has_hole(value)):
        return None
    return tuple(constant(part) for part in value)


def element(ev: Evaluator, known: Known, key: object) -> Known:
    """One element of a container, whichever."""
    if known.items is not None:
        return merge(list(known.items[:64])).with_origins(known.origins) if known.items else UNKNOWN
    if known.pairs is not None:
        keys = [constant(name) for name, _ in known.pairs if name is not None]
        return merge(keys[:64])
    if letters := list(dict.fromkeys(part for value in known.exact for part in value[:_LETTERS])):
        return constant(*letters).with_origins(known.origins)
    names = tuple(name for name in known.names if name.startswith("pathlib."))
    return ev.hole(key, Known(names=names, origins=known.origins, path=known.path))


def item(known: Known, position: int) -> Known:
    """The element at a position."""
    if known.items is not None:
        return known.items[position] if -len(known.items) <= position < len(known.items) else known.only_origins()
    return known.only_origins()
