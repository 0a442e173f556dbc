"""Operators: sums of texts and numbers, alternatives, and what a calculation keeps of its data."""

from __future__ import annotations

import operator
from collections.abc import Callable

from tree_sitter import Node

from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import field_of
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.values import UNKNOWN, Frame, Value, concatenate, merge, tainted, text_value

LONGEST_SUM = 20_000  # operands of one sum
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
    "^": operator.xor,
    "|": operator.or_,
    "&": operator.and_,
}
_KEEPS = frozenset({*_ARITHMETIC, "/", "<<", ">>", ">>>", "**"})  # the rest compares


def binary(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    """The value of two operands: `a + b`, `a || b`, `a ^ b` and the like."""
    symbol, left, right = _parts(node)
    if left is None or right is None:
        return UNKNOWN
    if symbol == "+":
        return _sum(evaluator, node, scope, frame)
    if symbol == "&&":
        return evaluator.evaluate(right, scope, frame)
    if symbol in ("||", "??"):
        return _either(evaluator, node, scope, frame)
    if symbol not in _KEEPS:
        return UNKNOWN
    values = evaluator.evaluate(left, scope, frame), evaluator.evaluate(right, scope, frame)
    return _calculated(symbol, *values) or tainted(*values)


def unary(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    """`-a`, `+a`, `~a` keep their data; `!a`, `typeof a`, `void a`, `delete a` do not."""
    symbol, argument = field_of(node, "operator"), field_of(node, "argument")
    if symbol is None or argument is None or symbol.type not in ("-", "+", "~"):
        return UNKNOWN
    value = evaluator.evaluate(argument, scope, frame)
    if symbol.type == "-" and _number(value) is not None:
        return text_value(f"-{value.texts[0]}")
    return value if symbol.type == "+" else tainted(value)


def _sum(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    """A sum of any length, without recursion: `a + b + c` leans to the left."""
    values = [evaluator.evaluate(operand, scope, frame) for operand in _operands(node, ("+",))]
    if len(values) == 2 and all(operand.type == "number" for operand in _operands(node, ("+",))):
        return _calculated("+", values[0], values[1]) or UNKNOWN
    return concatenate(values)


def _either(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    return merge([evaluator.evaluate(operand, scope, frame) for operand in _operands(node, ("||", "??"))])


def _operands(node: Node, symbols: tuple[str, ...]) -> list[Node]:
    operands: list[Node] = []
    while len(operands) < LONGEST_SUM:
        symbol, left, right = _parts(node)
        if symbol not in symbols or left is None or right is None:
            break
        operands.append(right)
        node = left
    operands.append(node)
    return operands[::-1]


def _parts(node: Node) -> tuple[str, Node | None, Node | None]:
    if node.type != "binary_expression":
        return "", None, None
    symbol = field_of(node, "operator")
    return symbol.type if symbol is not None else "", field_of(node, "left"), field_of(node, "right")


def _calculated(symbol: str, left: Value, right: Value) -> Value | None:
    """The result for two small constant numbers."""
    first, second = _number(left), _number(right)
    function = _ARITHMETIC.get(symbol)
    if first is None or second is None or function is None or (symbol == "%" and second == 0):
        return None
    return text_value(str(function(first, second)), left.origins | right.origins)


def _number(value: Value) -> int | None:
    text = value.constant
    if text is None or len(text) > 12 or not text.removeprefix("-").isdecimal():
        return None
    return int(text)
