"""Lists, sets and maps of a file as what they are filled with."""

from __future__ import annotations

from worker.inspection.facts.javascript import objects
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.scope import ANY, Binding
from worker.inspection.facts.javascript.values import Value, merge

MOST = 16  # things that one of them is filled with


def contained(evaluator: Evaluator, value: Value) -> Value:
    """The functions that were put into a container of this file by `push`, `add` or `set`."""
    found: list[Value] = []
    for shape in value.shapes:
        if isinstance(shape.target, Binding):
            put_in = shape.target.properties.get(ANY, ())[:MOST]
            found += [objects.written(evaluator, entry, shape.frame) for entry in put_in]
    return merge([Value(names=one.names, shapes=one.shapes) for one in found if one.names or one.functions])
