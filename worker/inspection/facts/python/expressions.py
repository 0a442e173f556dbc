"""Literals, operators, displays and comprehensions → what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from tree_sitter import Node

from worker.inspection.facts.escapes import unescape
from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import containers, fold
from worker.inspection.facts.python.evaluation import Evaluator, Frame
from worker.inspection.facts.python.known import (
    HERE,
    ITEMS,
    UNKNOWN,
    Constant,
    Known,
    as_text,
    combine,
    constant,
    merge,
    origins_of,
    plus,
)
from worker.inspection.facts.python.literals import is_formatted, string_value
from worker.inspection.facts.python.scope import Scope

_CHAIN = 1 << 16  # operands of `a + b + c …` that are joined
_PARTS = 1 << 14  # parts of an f-string
_CHOICES = 64  # parts of one whose parts have several values


def _identifier(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    return ev.name(ev.index.text(node), scope, node.start_byte, frame)


def _attribute(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    holder, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if holder is None or name is None:
        return UNKNOWN
    text = ev.index.text(node) if node.end_byte - node.start_byte <= 128 else ""
    return ev.attribute(ev.value(holder, scope, frame), ev.index.text(name), frame, text)


def _string(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    if is_formatted(ev.index.source, node):
        return _formatted(ev, node, scope, frame)
    value = string_value(ev.index.source, node)
    return constant(value) if value is not None else UNKNOWN


def _formatted(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """An f-string: its constant parts, and the values between them."""
    parts: list[Known] = []
    for part in node.named_children[:_PARTS]:
        if part.type == "string_content":
            parts.append(constant(unescape(ev.index.raw(part)).replace("{{", "{").replace("}}", "}")))
        elif part.type == "interpolation" and (inner := part.child_by_field_name("expression")) is not None:
            parts.append(as_part(ev, ev.value(inner, scope, frame), inner, ev.index.text(part)))
    if all(len(part.constants) == 1 for part in parts):
        return _appended(constant(""), parts)
    total = reduce(add, parts[:_CHOICES], constant(""))
    return total if total.constants else ev.hole(node.id, Known(origins=origins_of(parts)))


def as_part(ev: Evaluator, known: Known, node: Node, written: str) -> Known:
    """A value as it stands inside a text."""
    if written.endswith(":c}") and known.constants:
        numbers = [number for number in known.constants if isinstance(number, int) and 0 <= number < 0x110000]
        return constant(*(chr(number) for number in numbers))
    if known.constants:
        return Known(constants=tuple(as_text(value) for value in known.constants), origins=known.origins)
    return ev.hole(node.id, known.only_origins())


def _concatenated(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    parts = [ev.value(part, scope, frame) for part in node.named_children if part.type == "string"]
    if all(len(part.constants) == 1 for part in parts):
        joined = fold.concatenate([part.constants[0] for part in parts])
        return Known(constants=(joined,) if joined is not None else (), origins=origins_of(parts))
    return ev.hole(node.id, Known(origins=origins_of(parts)))


def _integer(ev: Evaluator, node: Node, _scope: Scope, _frame: Frame) -> Known:
    if node.end_byte - node.start_byte > 1_024:
        return UNKNOWN
    text = ev.index.text(node).replace("_", "").rstrip("lLjJ")
    try:
        return constant(int(text, 0) if not (text.startswith("0") and text.isdecimal()) else int(text, 8))
    except ValueError:
        return UNKNOWN


def _binary(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """Left-nested chains are taken in a loop: a payload may be the sum of thousands of strings."""
    operands: list[tuple[str, Node]] = []
    left: Node | None = node
    while left is not None and left.type == "binary_operator" and len(operands) < _CHAIN:
        operator, right = left.child_by_field_name("operator"), left.child_by_field_name("right")
        if operator is None or right is None:
            return UNKNOWN
        operands.append((operator.type, right))
        left = left.child_by_field_name("left")
    total = ev.value(left, scope, frame) if left is not None else UNKNOWN
    waiting: list[Known] = []  # texts to append: joined at once, for adding one by one copies all of it each time
    for sign, operand in reversed(operands):
        value = ev.value(operand, scope, frame)
        if sign == "+" and len(value.constants) == len(total.constants) == 1 and value.items is total.items is None:
            waiting.append(value)
            continue
        total = _operate(ev, sign, _appended(total, waiting), value, operand)
        waiting = []
    return _appended(total, waiting)


def _appended(total: Known, parts: list[Known]) -> Known:
    if not parts:
        return total
    values = [total, *parts]
    constants = [value.constants[0] for value in values]
    if all(isinstance(one, int) for one in constants):
        return reduce(add, values)
    folded = fold.concatenate(constants)
    return Known(constants=(folded,) if folded is not None else (), origins=origins_of(values))


def _operate(ev: Evaluator, operator: str, left: Known, right: Known, node: Node) -> Known:
    if operator == "+":
        total = add(left, right)
        return total if total.constants or total.items is not None else ev.hole(node.id, total)
    if operator == "/" and _is_path(left, right):
        joined = combine(left, right, lambda one, other: join_path(as_text(one), as_text(other)))
        return Known(constants=joined, names=("pathlib.Path()",), origins=origins_of([left, right]))
    origins = origins_of([left, right])
    if operator == "%" and left.texts:
        return replace(_percent(left, right, node, ev), origins=origins)
    if operator == "*" and left.items is not None and len(left.items) == 1 and right.constants:
        return Known(items=left.items, origins=origins)
    folded = combine(left, right, lambda one, other: fold.arithmetic(operator, one, other))
    return Known(constants=folded, origins=origins)


def _is_path(left: Known, right: Known) -> bool:
    return any("pathlib." in name for name in (*left.names, *right.names)) or (
        bool(left.texts) and bool(right.texts) and any(text.startswith(("~", HERE, "/")) for text in left.texts)
    )


def join_path(one: str, other: str) -> str:
    """`os.path.join` of two texts, with `/` between them."""
    if not one or other.startswith(("/", "~", HERE)):
        return other
    return one.rstrip("/\\") + "/" + other.lstrip("/\\") if one.rstrip("/\\") else "/" + other


def _percent(left: Known, right: Known, node: Node, ev: Evaluator) -> Known:
    template = left.constants[0]
    items = right.items if right.items is not None else (() if right.pairs is not None else (right,))
    by_name = {
        key: as_part(ev, value, node, "").constants[0] for key, value in right.pairs or () if isinstance(key, str)
    }
    values: list[Constant] = [
        (item.constants or ev.hole((node.id, at), item).constants)[0] for at, item in enumerate(items)
    ]
    folded = fold.percent(template, values, by_name) if not isinstance(template, int) else None
    return constant(folded) if folded is not None else ev.hole(node.id)


def add(left: Known, right: Known) -> Known:
    """`left + right`: texts, bytes, numbers and lists."""
    origins = origins_of([left, right])
    if left.items is not None or right.items is not None:
        items = (*(left.items or ()), *(right.items or ()))
        return Known(items=items[:ITEMS], origins=origins, level=max(left.level, right.level))
    return Known(constants=combine(left, right, plus), origins=origins)


def _unary(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    argument, operator = node.child_by_field_name("argument"), node.child_by_field_name("operator")
    if argument is None or operator is None:
        return UNKNOWN
    known = ev.value(argument, scope, frame)
    sign = {"-": -1, "+": 1}.get(operator.type)
    numbers = [number for number in known.constants if isinstance(number, int)]
    if operator.type == "~":
        return constant(*(~number for number in numbers))
    return constant(*(number * sign for number in numbers)) if sign is not None else UNKNOWN


def _either(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """`a or b`, `a and b`: one of both."""
    return merge([ev.value(child, scope, frame) for child in node.named_children[:8]])


def _conditional(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    children = node.named_children
    return merge([ev.value(child, scope, frame) for child in (children[:1] + children[2:])]) if children else UNKNOWN


def _inner(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    child = nth(node, 0)
    return ev.value(child, scope, frame) if child is not None else UNKNOWN


def _assigned(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    value = node.child_by_field_name("value")
    return ev.value(value, scope, frame) if value is not None else UNKNOWN


def _lambda(ev: Evaluator, node: Node, _scope: Scope, _frame: Frame) -> Known:
    scope = ev.index.scopes.get(node.id)
    return Known(scopes=(scope,)) if scope is not None else UNKNOWN


_Handler = Callable[["Evaluator", Node, Scope, "Frame"], Known]
HANDLERS: dict[str, _Handler] = {
    "identifier": _identifier,
    "attribute": _attribute,
    "string": _string,
    "concatenated_string": _concatenated,
    "integer": _integer,
    "binary_operator": _binary,
    "unary_operator": _unary,
    "boolean_operator": _either,
    "conditional_expression": _conditional,
    "parenthesized_expression": _inner,
    "await": _inner,
    "as_pattern": _inner,
    "list_splat": _inner,
    "named_expression": _assigned,
    "lambda": _lambda,
    "list": containers.display,
    "tuple": containers.display,
    "set": containers.display,
    "expression_list": containers.display,
    "dictionary": containers.dictionary,
    "list_comprehension": containers.comprehension,
    "generator_expression": containers.comprehension,
    "set_comprehension": containers.comprehension,
    "dictionary_comprehension": containers.comprehension,
}
