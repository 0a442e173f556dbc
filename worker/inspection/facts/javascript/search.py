"""Which calls of a file lead anywhere: the cheap part, which every call goes through.

Here parameters are what is handed over *by name*: modules, their functions, the environment. Where a function gets one
of those, the calls are looked at again, until nothing new is handed over. Texts and data are none of this part's
business; they are followed afterwards, and only for the calls that are found here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from heapq import heappop, heappush

from tree_sitter import Node

from app.core.specimen import FactId
from worker.inspection.facts.javascript import grabbing, objects, quiet, streams
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluator import FileEvaluator
from worker.inspection.facts.javascript.index import Index, field_of
from worker.inspection.facts.javascript.names import GLOBAL_OBJECTS, canonical, leads, opens
from worker.inspection.facts.javascript.scope import Class, Function, Scope, Site
from worker.inspection.facts.javascript.slices import sliced
from worker.inspection.facts.javascript.tables import CALLS, LOADERS, METHODS, Style
from worker.inspection.facts.javascript.values import Value

ROUNDS = 5
MOST_ARGUMENTS = 16

HANDS_OVER = frozenset(
    {
        *("then", "map", "forEach", "filter", "some", "every", "reduce", "find", "flatMap", "on", "once"),
        *("addListener", "addEventListener", "catch", "finally", "from"),
    }
)
"""Methods that call what they are handed."""

NAMES = frozenset({"identifier", "member_expression", "subscript_expression"})
"""Kinds of expressions that only name something."""

_CALLED_BACK = frozenset({FactId.DYNAMIC_CODE, FactId.PROCESS})
_JOINS = frozenset({"pipe", "pipeTo", "pipeThrough"})
_CHOOSES = frozenset({"||", "??", "&&"})
_DULL = frozenset(
    {
        *("string", "number", "template_string", "regex", "null", "undefined", "true", "false", "function_expression"),
        *("array", "arrow_function", "unary_expression", "update_expression", "this", "jsx_element"),
    }
)

Telling = list[tuple[Node, Scope]]


def telling_calls(evaluator: FileEvaluator) -> Telling:
    """The calls whose callee has a name, and those that join streams or hand named functions over."""
    calls, wanted, slice_ = evaluator.index.calls, None, None
    if quiet.is_quiet(evaluator):
        calls = quiet.outright(evaluator)
    else:
        slice_ = evaluator.slice = sliced(evaluator)
        wanted = _wanted(evaluator)
    starts = [node.start_byte for node, _, _ in calls]
    found: dict[int, tuple[Node, Scope]] = {}
    places: Iterable[int] = range(len(calls))
    always = _always(evaluator.index, wanted) if slice_ is not None else set()
    for _ in range(ROUNDS):
        news: dict[int, Function] = {}
        waiting = list(places) if slice_ is None else sorted((slice_.calls | always).intersection(places))
        last = -1
        while waiting:
            place = heappop(waiting)
            if place == last:
                continue
            last = place
            node, scope, method = calls[place]
            added: list[int] = []
            hands_over = _hands_over(node, method)
            if method is None or wanted is None or method in wanted or hands_over:
                call = evaluator.resolve(node, scope)
                if (
                    call.method in _JOINS
                    or any(map(_is_known, call.names))
                    or (hands_over and called_back(evaluator, call))
                ):
                    found[place] = (node, scope)
                if call.callee.shapes:
                    added = _hand_over(evaluator, call, news)
            elif method in evaluator.index.methods:
                added = _hand_over(evaluator, evaluator.resolve(node, scope), news)
            for other in added:
                if other > place:
                    heappush(waiting, other)
        if not news:
            break
        evaluator.forget()
        places = _within(starts, news.values())
    return [found[place] for place in sorted(found)]


def _always(index: Index, wanted: frozenset[str] | None) -> set[int]:
    """The calls that are looked at wherever they stand: by keys that are computed, and by names that tell."""
    return index.subscripts | {
        place
        for place, (_, _, method) in enumerate(index.calls)
        if method is not None
        and (wanted is None or method in wanted)
        and (method in _JOINS or method == "constructor" or opens(f".{method}"))
    }


def called_back(evaluator: FileEvaluator, call: Call) -> tuple[str, ...]:
    """The names of calls of the tables among what a call hands over."""
    found: list[str] = []
    for position, given in enumerate(call.arguments[:2]):
        if isinstance(given, Node) and given.type in NAMES:
            found += [name for name in evaluator.argument(call, position).names if _is_called_back(name)]
    return tuple(found)


@lru_cache(maxsize=16384)
def _is_called_back(name: str) -> bool:
    known = CALLS.get(canonical(name))
    return known is not None and known.fact in _CALLED_BACK and known.style is not Style.SENDS


def _within(starts: list[int], functions: Iterable[Function]) -> list[int]:
    """The calls that stand inside these functions."""
    places: set[int] = set()
    for function in functions:
        first = bisect_left(starts, function.node.start_byte)
        places.update(range(first, bisect_left(starts, function.node.end_byte)))
    return sorted(places)


@lru_cache(maxsize=16384)
def _is_known(name: str) -> bool:
    plain = canonical(name)
    return plain in CALLS or plain in LOADERS or plain in streams.JOINS or opens(plain)


def _wanted(evaluator: FileEvaluator) -> frozenset[str] | None:
    """The last names of calls that may lead somewhere; None when every one may, as keys are computed."""
    index = evaluator.index
    for write in index.hidden_aliases:
        if write.node is None or not (
            evaluator.slice is None or evaluator.slice.reaches(write.node.start_byte, write.node.end_byte)
        ):
            continue
        if any(map(leads, evaluator.evaluate(write.node, write.scope).names)):
            return None
    return METHODS | index.aliases.keys()


def _hands_over(node: Node, method: str | None) -> bool:
    """Whether a call hands a function that stands elsewhere to a promise or list: `.then(eval)`."""
    if method not in HANDS_OVER:
        return False
    arguments = field_of(node, "arguments")
    return arguments is not None and any(child.type in NAMES for child in arguments.named_children[:2])


def _hand_over(evaluator: FileEvaluator, call: Call, news: dict[int, Function]) -> list[int]:
    """Remember what functions of this file are handed by name, and which of them did not have it before.

    The places of calls that this concerns are given back.
    """
    added: list[int] = []
    for position, given in enumerate(call.arguments[:MOST_ARGUMENTS]):
        if isinstance(given, Node) and (
            given.type in _DULL
            or _calculates(given)
            or not (evaluator.slice is None or evaluator.slice.reaches(given.start_byte, given.end_byte))
        ):
            continue
        value = evaluator.argument(call, position)
        if any(_is_worth_it(evaluator, name) for name in (*value.names, *objects.held_names(evaluator, value))):
            for function in _functions(call):
                if _remember(evaluator, function, position, value):
                    news[id(function)] = function
                    if evaluator.slice is not None:
                        added += evaluator.slice.hand(function, position)
    return added


def _calculates(node: Node) -> bool:
    """Whether an expression gives a text, a number or an answer, whatever its operands are."""
    if node.type != "binary_expression":
        return False
    operator = field_of(node, "operator")
    return operator is not None and operator.type not in _CHOOSES


def _is_worth_it(evaluator: FileEvaluator, name: str) -> bool:
    """Whether a name leads somewhere. The global object is handed around for many reasons: here, for what it holds."""
    return leads(name) and (name not in GLOBAL_OBJECTS or grabbing.grabs(evaluator))


def _remember(evaluator: FileEvaluator, function: Function, position: int, value: Value) -> bool:
    known = evaluator.handed.setdefault((id(function), position), [])
    names = {name for each in known for name in each.names}
    shapes = {id(shape.target) for each in known for shape in each.shapes if isinstance(shape.target, Site)}
    if names.issuperset(value.names) and shapes.issuperset(
        id(shape.target) for shape in value.shapes if isinstance(shape.target, Site)
    ):
        return False
    known.append(value)
    return True


def _functions(call: Call) -> list[Function]:
    """The functions of this file that a call runs, constructors included."""
    found = [function for function, _ in call.callee.functions]
    for shape in call.callee.shapes:
        if isinstance(shape.target, Class):
            found += [made for made in shape.target.members.get("constructor", []) if isinstance(made, Function)]
    return found
