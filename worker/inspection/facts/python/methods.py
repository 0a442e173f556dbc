"""Methods and subscripts of constants and containers → what they give."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.python import decoders, fold
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.containers import element, elements, item
from worker.inspection.facts.python.evaluation import Evaluator, Frame
from worker.inspection.facts.python.known import (
    ALTERNATIVES,
    UNKNOWN,
    Constant,
    Known,
    as_text,
    constant,
    has_hole,
    merge,
    origins_of,
    sequence,
)
from worker.inspection.facts.python.scope import Scope

_SAFE_ON_HOLES = frozenset({"strip", "lstrip", "rstrip", "replace", "removeprefix", "removesuffix", "decode", "encode"})
_HIDING = 8  # characters from which a constant that is turned around hides a text
_CONTENT = frozenset({"read", "getvalue", "getbuffer", "tobytes", "readline", "read1", "copy", "__str__", "__next__"})


def method_result(ev: Evaluator, call: Call) -> Known:
    """What a method of a value of no particular name gives: folded where it can be, else its origins."""
    base, method = call.base, call.method
    origins = origins_of([base, *call.arguments])
    found = UNKNOWN
    if method == "join":
        found = _join(ev, call)
    elif method in {"format", "format_map"} and base.texts:
        found = _format(call)
    elif method == "translate":
        found = _translate(call)
    elif method in _CONTENT:
        found = replace(base, names=(), scopes=(), instances=())
    elif method == "to_bytes":
        found = _to_bytes(call)
    elif base.pairs is not None:
        found = _of_dictionary(ev, call)
    elif base.items is not None and method in {"pop", "popleft"}:
        found = element(ev, base, call.node.id)
    elif base.constants and method:
        found = _folded(call)
        if (
            method == "decode"
            and base.exact
            and any(decoders.hides(as_text(one)) for one in call.argument(0, "encoding").exact)
        ):
            found = found.with_origins({Origin(OriginKind.DECODED, call.line, "decode")})
    if method in {"get", "pop"} and base.pairs is not None:
        return found  # one entry, not all of them
    return found.with_origins(origins)


def _folded(call: Call) -> Known:
    arguments: list[Constant] = []
    for argument in call.arguments:
        if len(argument.constants) != 1:
            return UNKNOWN
        arguments.append(argument.constants[0])
    found: list[Constant] = []
    lists: list[Known] = []
    for value in call.base.constants:
        if isinstance(value, int):
            continue
        if isinstance(value, str) and has_hole(value):
            if call.method not in _SAFE_ON_HOLES:
                continue
            if call.method in {"decode", "encode"}:
                found.append(value)
                continue
        result = fold.call_method(value, call.method, arguments)
        if isinstance(result, list):
            lists.append(sequence(constant(part) for part in result))
        elif result is not None:
            found.append(result)
    return merge(lists) if lists else Known(constants=tuple(dict.fromkeys(found))[:ALTERNATIVES])


def _join(ev: Evaluator, call: Call) -> Known:
    parts = elements(call.argument(0))
    glue = next((value for value in call.base.constants if not isinstance(value, int)), None)
    if glue is None or parts is None:
        return UNKNOWN
    texts: list[Constant] = []
    for at, part in enumerate(parts):
        if part.constants:
            texts.append(part.constants[0])
        else:
            texts += ev.hole((call.node.id, at), part.only_origins()).constants
    folded = fold.join(glue, texts)
    return constant(folded) if folded is not None else UNKNOWN


def _format(call: Call) -> Known:
    values = [argument.constants[0] if argument.constants else "…" for argument in call.positional]
    given = call.keywords
    if call.method == "format_map":
        given = {key: value for key, value in call.argument(0).pairs or () if isinstance(key, str)}
    by_name = {name: value.constants[0] for name, value in given.items() if value.constants}
    folded = [fold.format_fields(text, values, by_name) for text in call.base.texts]
    return constant(*(text for text in folded if text is not None))


def _translate(call: Call) -> Known:
    table = call.argument(0)
    if table.items is None or len(table.items) != 2 or not all(part.constants for part in table.items):
        return UNKNOWN
    source, target = (part.constants[0] for part in table.items)
    folded = [fold.translate(value, source, target) for value in call.base.constants if not isinstance(value, int)]
    texts = [text for text in folded if text is not None]
    turned = any(len(as_text(text)) >= _HIDING and text not in call.base.constants for text in texts)
    hidden = {Origin(OriginKind.DECODED, call.line, "translate")} if turned else set()
    return constant(*texts).with_origins(hidden)


def _to_bytes(call: Call) -> Known:
    sizes, order = call.argument(0, "length").constants, call.argument(1, "byteorder").constants
    size = sizes[0] if sizes else 1
    number = call.base.constants[0] if call.base.constants else None
    if not isinstance(number, int) or not isinstance(size, int) or not 0 <= size <= 4_096 or number < 0:
        return UNKNOWN
    if number.bit_length() > size * 8:
        return UNKNOWN
    hidden = Origin(OriginKind.DECODED, call.line, "to_bytes")
    text = number.to_bytes(size, "little" if order and as_text(order[0]) == "little" else "big")
    return constant(text).with_origins({hidden} if size >= _HIDING else ())


def _of_dictionary(ev: Evaluator, call: Call) -> Known:
    pairs = call.base.pairs or ()
    match call.method:
        case "items":
            return sequence(sequence([_key(ev, name, call.node), value]) for name, value in pairs)
        case "values":
            return sequence(value for _, value in pairs)
        case "keys":
            return sequence(_key(ev, name, call.node) for name, _ in pairs)
        case "get" | "pop" | "setdefault" | "__getitem__":
            default = call.positional[1:2]
            return merge([entry(call.base, call.argument(0)), *default])
    return Known(pairs=pairs, level=call.base.level)


def _key(ev: Evaluator, name: Constant | None, node: Node) -> Known:
    return constant(name) if name is not None else ev.hole((node.id, "key"))


def entry(base: Known, key: Known) -> Known:
    """The entries of a dictionary under a key; all of them when the key is not known, or not told apart."""
    pairs = base.pairs or ()
    wanted = set(key.constants)
    exact = [value for name, value in pairs if name in wanted]
    if exact and all(name is not None for name, _ in pairs):
        return merge(exact)
    return merge([value for name, value in pairs[:ALTERNATIVES] if name is None or not wanted or name in wanted])


def subscript_of(ev: Evaluator, base: Known, node: Node, scope: Scope, frame: Frame) -> Known:
    """`base[…]` of constants, lists and dictionaries."""
    keys = node.children_by_field_name("subscript")
    if len(keys) != 1:
        return base.only_origins()
    if keys[0].type == "slice":
        return _slice(ev, base, keys[0], scope, frame)
    key = ev.value(keys[0], scope, frame)
    if base.pairs is not None:
        return merge([entry(base, key), *(base.items or ())[:ALTERNATIVES]])
    positions = [position for position in key.constants if isinstance(position, int)]
    if base.items is not None:
        if len(positions) == 1:
            return item(base, positions[0])
        return element(ev, base, node.id)
    found = [_at(value, position) for value in base.constants for position in positions]
    return constant(*(part for part in found if part is not None)).with_origins(base.origins)


def _at(value: Constant, position: int) -> Constant | None:
    if isinstance(value, int) or not -len(value) <= position < len(value):
        return None
    return value[position]


def _slice(ev: Evaluator, base: Known, node: Node, scope: Scope, frame: Frame) -> Known:
    parts: list[int | None] = [None, None, None]
    at = 0
    for child in node.children:
        if child.type == ":":
            at += 1
        elif child.is_named and at < 3:
            numbers = ev.value(child, scope, frame).constants
            if len(numbers) != 1 or not isinstance(numbers[0], int):
                return replace(base, constants=())
            parts[at] = numbers[0]
    if parts[2] == 0:
        return base.only_origins()
    cut = slice(*parts)
    if base.items is not None:
        return replace(base, items=base.items[cut])
    values = [value[cut] for value in base.constants if not isinstance(value, int)]
    whole = [value for value in values if isinstance(value, bytes) or not has_hole(value) or len(value) > 1]
    turned = parts[2] is not None and parts[2] < 0 and any(len(value) >= _HIDING for value in whole)
    hidden = {Origin(OriginKind.DECODED, ev.line(node), "[::-1]")} if turned and not base.names else set()
    return constant(*whole).with_origins(base.origins | hidden)
