"""Bundles: `{123: (module, exports, load) => …}`, where modules load each other by number through a parameter."""

from __future__ import annotations

from functools import partial

from worker.inspection.facts.javascript import objects
from worker.inspection.facts.javascript.calls import unwrap
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.patterns import parameters
from worker.inspection.facts.javascript.scope import Function, Role, Site
from worker.inspection.facts.javascript.values import UNKNOWN, Shape, Value, merge

LOAD = "webpack.require"
_LOADER = 2  # the position of the parameter that loads other modules


def required(function: Function, position: int) -> Value:
    """What the loader of a bundled module is: it knows the other modules of the same bundle."""
    if position != _LOADER or function.role is not Role.METHOD or not isinstance(function.owner, Site):
        return UNKNOWN
    if not (function.name.isdigit() or "/" in function.name):
        return UNKNOWN
    return Value(names=(LOAD,), shapes=(Shape(function.owner),))


def loaded(evaluator: Evaluator, bundle: Value, key: str) -> Value:
    """What the module of a key exports."""
    values: list[Value] = []
    for shape in bundle.shapes:
        if not isinstance(shape.target, Site):
            continue
        for entry in objects.entries(evaluator, shape.target).known.get(key, ()):
            node = None if isinstance(entry, Function) else unwrap(entry)
            function = entry if isinstance(entry, Function) else evaluator.index.functions.get(node.id if node else 0)
            if function is not None:
                values.append(_exported(evaluator, function))
    return merge(values)


def _exported(evaluator: Evaluator, function: Function) -> Value:
    values: list[Value] = []
    for position, pattern in enumerate(parameters(function.node)[:2]):
        binding = function.scope.names.get(evaluator.index.name(pattern)) if pattern.type == "identifier" else None
        if binding is None or not binding.properties:
            continue
        if position == 1:  # `exports.x = …`
            values.append(Value(shapes=(Shape(binding),)))
            continue
        values += [  # `module.exports = …`
            evaluator.guarded(("exports", id(write)), partial(evaluator.write, write, None))
            for write in binding.properties.get("exports", [])[:8]
        ]
    return merge(values)
