"""Parts of the global object, and of modules, that a file takes under names and keys of its own."""

from __future__ import annotations

from worker.inspection.facts.javascript import names, objects
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.scope import ANY
from worker.inspection.facts.javascript.values import UNKNOWN, Value, merge

MOST_WRITES = 16  # to one name of the global object


def grabs(evaluator: Evaluator) -> bool:
    """Whether the file takes something from an object that is called like what the global object holds."""
    index = evaluator.index
    if index.grabs is None:
        held = names.HELD | names.HIDDEN
        index.grabs = (
            any(not index.is_comment(match.start()) for match in names.GRABBED.finditer(index.source))
            or any(not held.isdisjoint(write.path) for write in index.patterns)
            or any(not held.isdisjoint(picked_keys(evaluator, step)) for step in index.computed_keys)
            or any(not held.isdisjoint(keys) for keys in objects.computed_keys(evaluator))
        )
    return index.grabs


def picked_keys(evaluator: Evaluator, key: str) -> tuple[str, ...]:
    """The keys that a step may pick; none when they are not known."""
    if not key.startswith(ANY):
        return (key,)
    computed = evaluator.index.computed_keys.get(key)
    return evaluator.evaluate(*computed).texts if computed is not None else ()


def set_globally(evaluator: Evaluator, key: str) -> Value:
    """What the file itself writes to a name of the global object."""
    writes = evaluator.index.globals.get(key)
    if writes is None:
        return UNKNOWN
    return evaluator.guarded(
        ("global", key), lambda: merge([evaluator.write(write, None) for write in writes[:MOST_WRITES]])
    )
