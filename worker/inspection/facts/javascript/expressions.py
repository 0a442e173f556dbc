"""Each kind of expression → what is known of it."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from app.core.specimen import OriginKind
from worker.inspection.facts.javascript import folding, invocation, objects, operators, results, variables
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import WIDEST, children, field_of, line_of
from worker.inspection.facts.javascript.literals import number_text, string_text, unescape
from worker.inspection.facts.javascript.scope import Class, Role, Scope
from worker.inspection.facts.javascript.values import (
    UNKNOWN,
    Frame,
    Shape,
    Value,
    concatenate,
    merge,
    tainted,
    text_value,
    union,
)

Handler = Callable[[Evaluator, Node, Scope, Frame | None], Value]


def _first(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    inner = children(node)
    return evaluator.evaluate(inner[0], scope, frame) if inner else UNKNOWN


def _last(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    inner = children(node)
    return evaluator.evaluate(inner[-1], scope, frame) if inner else UNKNOWN


def _right(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    right = node.child_by_field_id(evaluator.index.fields.right)
    return evaluator.evaluate(right, scope, frame) if right is not None else UNKNOWN


def _ternary(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    branches = (field_of(node, "consequence"), field_of(node, "alternative"))
    return merge([evaluator.evaluate(branch, scope, frame) for branch in branches if branch is not None])


def _identifier(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    return evaluator.identifier(node, scope, frame)


def _function(evaluator: Evaluator, node: Node, _scope: Scope, frame: Frame | None) -> Value:
    function = evaluator.index.functions.get(node.id)
    return UNKNOWN if function is None else Value(shapes=(Shape(function, frame),))


def _class(evaluator: Evaluator, node: Node, _scope: Scope, frame: Frame | None) -> Value:
    found = evaluator.index.classes.get(node.id)
    return UNKNOWN if found is None else Value(shapes=(Shape(found, frame),))


def _call(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    return results.result(evaluator, evaluator.resolve(node, scope, frame))


def _member(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    target = node.child_by_field_id(evaluator.index.fields.object)
    if target is None:
        return UNKNOWN
    keys = evaluator.keys(node, scope, frame)
    if target.type == "this" and scope.owner is None:
        return objects.loose(evaluator, scope, keys, node)
    base = evaluator.evaluate(target, scope, frame)
    if not keys and variables.is_environment(base):
        return _some_variable(evaluator, node, scope, frame)
    return objects.members(evaluator, base, keys, line_of(node))


def _some_variable(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    """`process.env[key]`: every variable, where the key goes through all of them."""
    key, line = node.child_by_field_id(evaluator.index.fields.index), line_of(node)
    given = evaluator.evaluate(key, scope, frame) if key is not None else UNKNOWN
    through_all = any(origin.kind is OriginKind.ENVIRONMENT and origin.detail == "*" for origin in given.origins)
    return variables.whole_environment(line) if through_all else variables.variable(None, line)


def _string(evaluator: Evaluator, node: Node, _scope: Scope, _frame: Frame | None) -> Value:
    return text_value(string_text(evaluator.index.source, node))


def _number(evaluator: Evaluator, node: Node, _scope: Scope, _frame: Frame | None) -> Value:
    return text_value(number_text(evaluator.index.text(node)))


def _template(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    parts = []
    for child in children(node):
        if child.type == "template_substitution":
            parts.append(_first(evaluator, child, scope, frame))
        else:
            text = evaluator.index.text(child)
            parts.append(text_value(unescape(text) if child.type == "escape_sequence" else text))
    return concatenate(parts) if parts else text_value("")


def _array(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    items: list[Value] = []
    for child in children(node):
        value = evaluator.evaluate(child, scope, frame)
        if child.type == "spread_element":
            items += _spread(value)
        else:
            items.append(value)
    return Value(origins=union(items), items=tuple(items[:WIDEST]))


def _spread(value: Value) -> tuple[Value, ...]:
    """What `...value` adds to a list: elements, or the characters of a constant."""
    if value.items is not None:
        return value.items
    text = value.constant
    return folding.characters(text) if text is not None and len(text) <= WIDEST else (tainted(value),)


def _object(evaluator: Evaluator, node: Node, scope: Scope, frame: Frame | None) -> Value:
    return objects.literal(evaluator, evaluator.index.site(node, scope), frame)


def _this(evaluator: Evaluator, _node: Node, scope: Scope, frame: Frame | None) -> Value:
    if scope.owner is not None:
        return Value(shapes=(Shape(scope.owner, frame, instance=isinstance(scope.owner, Class)),))
    function = scope.function
    if function is None or function.role is Role.CALLEE:
        return Value(names=("globalThis",))
    return invocation.receivers(evaluator, function) if evaluator.follows_data else UNKNOWN


def _named(name: str) -> Handler:
    value = Value(names=(name,))
    return lambda _evaluator, _node, _scope, _frame: value


# Kinds that are not here say nothing.
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("function_expression", "arrow_function", "generator_function", "function"), _function),
    **dict.fromkeys(("function_declaration", "method_definition"), _function),
    **dict.fromkeys(("parenthesized_expression", "await_expression", "as_expression"), _first),
    **dict.fromkeys(("satisfies_expression", "non_null_expression", "spread_element"), _first),
    **dict.fromkeys(("instantiation_expression", "template_substitution"), _first),
    **dict.fromkeys(("type_assertion", "sequence_expression"), _last),
    **dict.fromkeys(("call_expression", "new_expression"), _call),
    **dict.fromkeys(("member_expression", "subscript_expression"), _member),
    **dict.fromkeys(("class", "class_declaration"), _class),
    **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), _right),
    "shorthand_property_identifier": _identifier,
    "string": _string,
    "template_string": _template,
    "number": _number,
    "array": _array,
    "object": _object,
    "this": _this,
    "meta_property": _named("import.meta"),
    "import": _named("import"),
    "ternary_expression": _ternary,
    "binary_expression": operators.binary,
    "unary_expression": operators.unary,
}
