"""Methods of constant texts and lists: `split`, `reverse`, `join`, `replace`, `map` and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any

import re2
from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.extracted import NO_ORIGINS
from worker.inspection.facts.javascript import decoding, invocation
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import field_of
from worker.inspection.facts.javascript.literals import HOLE, MOST
from worker.inspection.facts.javascript.values import UNKNOWN, Value, concatenate, merge, text_value, union

MOST_ITEMS = 1 << 17  # elements of a list that is folded
MOST_TEXTS = 32  # alternatives of a text that are folded
SHORTEST_REVERSED = 8  # characters of a text that was written backwards to be hidden
MOST_REDUCED = 1 << 12  # elements of a list that is reduced to one value
MOST_MATCHES = 1 << 12  # parts of a text that a function of the file replaces
LONGEST_PATTERN = 200  # characters of a regular expression that is tried

_SIMPLE: dict[str, Callable[[str], str]] = {
    "toString": str,
    "valueOf": str,
    "normalize": str,
    "trim": str.strip,
    "trimStart": str.lstrip,
    "trimEnd": str.rstrip,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
}
_KEEPING = frozenset({"filter", "sort", "toSorted", "flat", "values", "fill"})  # lists: elements stay


def method(evaluator: Evaluator, call: Call) -> Value | None:
    """The result of a method of a constant; None when it cannot be folded."""
    receiver, name = call.receiver, call.method or ""
    if receiver.raw is not None and name in ("toString", "slice", "subarray"):
        return _of_bytes(evaluator, call, receiver.raw)
    if receiver.items is not None:
        return _of_list(evaluator, call, name, receiver.items)
    if len(receiver.texts) > MOST_TEXTS:
        return None
    found = [_of_text(evaluator, call, name, text) for text in receiver.texts]
    known = [value for value in found if value is not None]
    if not known or len(known) < len(found):
        return None
    return merge([*known, Value(origins=receiver.origins)] if receiver.origins else known)


def _of_bytes(evaluator: Evaluator, call: Call, raw: bytes) -> Value:
    if call.method != "toString":
        return call.receiver
    encoding = evaluator.argument(call, 0).constant or "utf8"
    return text_value(decoding.encode(raw, encoding), call.receiver.origins)


def _of_text(evaluator: Evaluator, call: Call, name: str, text: str) -> Value | None:
    if name in _SIMPLE:
        return text_value(_SIMPLE[name](text))
    if name == "concat":
        return concatenate([text_value(text), *evaluator.arguments(call)])
    if name in ("replace", "replaceAll"):
        return _replaced(evaluator, call, text)
    first = evaluator.argument(call, 0).constant
    if name == "split":
        return _split(text, first)
    if HOLE in text:
        return None
    if name in ("slice", "substring", "substr"):
        return _slice(evaluator, call, name, text)
    at = _number(first)
    if name in ("charAt", "at") and at is not None:
        return text_value(text[at : at + 1] if at != -1 else text[-1:])
    if name in ("charCodeAt", "codePointAt") and at is not None and 0 <= at < len(text):
        return text_value(str(ord(text[at])))
    if name == "repeat" and at is not None and 0 <= at * len(text) <= MOST:
        return text_value(text * at)
    return None


def _split(text: str, separator: str | None) -> Value | None:
    """`text.split(separator)`; None when it gives too many parts."""
    if separator is None or (len(text) if separator == "" else text.count(separator)) > MOST_ITEMS:
        return None
    return Value(items=characters(text) if separator == "" else _items(text.split(separator)))


def characters(text: str) -> tuple[Value, ...]:
    """The characters of a text, as `[...text]` gives them."""
    return _items(list(text))


def _items(parts: list[str]) -> tuple[Value, ...]:
    values = {part: text_value(part) for part in set(parts)}
    return tuple(values[part] for part in parts)


def _of_list(evaluator: Evaluator, call: Call, name: str, items: tuple[Value, ...]) -> Value | None:
    origins = call.receiver.origins
    if name == "join":
        separator = evaluator.argument(call, 0).constant if call.arguments else ","
        if separator is None or not items:
            return None
        joined = concatenate(items, separator)
        return Value(texts=joined.texts, origins=joined.origins | origins)
    if name in ("reverse", "toReversed"):
        if len(items) >= SHORTEST_REVERSED and all(len(item.constant or "") == 1 for item in items):
            origins |= {Origin(OriginKind.DECODED, call.line, "reversed text")}
        return Value(items=items[::-1], origins=origins)
    if name == "concat":
        more = [value.items if value.items is not None else (value,) for value in evaluator.arguments(call)]
        whole = items + tuple(value for group in more for value in group)
        return Value(items=whole, origins=union(whole)) if len(whole) <= MOST_ITEMS else None
    if name == "slice":
        start, end = (_number(evaluator.argument(call, position).constant) for position in (0, 1))
        return Value(items=items[slice(start, end)], origins=origins)
    if name in ("map", "flatMap"):
        return _mapped(evaluator, call, items)
    if name in ("reduce", "reduceRight"):
        return _reduced(evaluator, call, items if name == "reduce" else items[::-1])
    if name in ("pop", "shift", "find", "at", "findLast"):
        return merge(items)
    if name == "get" and all(item.items is not None and len(item.items) == 2 for item in items):
        return _kept(evaluator, call, items)
    if name in _KEEPING:
        return call.receiver
    return None


def _mapped(evaluator: Evaluator, call: Call, items: tuple[Value, ...]) -> Value | None:
    given = evaluator.argument(call, 0)
    if given.names == ("String.fromCharCode",):
        return Value(items=tuple(_character(item) for item in items), origins=call.receiver.origins)
    functions = given.functions
    if len(functions) != 1:
        return None
    made = []
    for position, item in enumerate(items):
        if not position % 64:
            evaluator.budget.check()
        pair = [item, text_value(str(position))]
        made.append(invocation.inline(evaluator, functions[0], partial(list, pair)))
    return Value(items=tuple(made), origins=union(made))


def _kept(evaluator: Evaluator, call: Call, pairs: tuple[Value, ...]) -> Value:
    """`new Map(pairs).get(key)`."""
    wanted = evaluator.argument(call, 0).constant
    found = []
    for pair in pairs:
        key, value = pair.items or (UNKNOWN, UNKNOWN)
        if wanted is None or key.constant in (None, wanted):
            found.append(value)
    return merge(found)


def _reduced(evaluator: Evaluator, call: Call, items: tuple[Value, ...]) -> Value | None:
    """`list.reduce(f, start)` of constants; one of single characters that are put together was hidden."""
    functions = evaluator.argument(call, 0).functions
    given = list(items[:MOST_REDUCED])
    if len(functions) != 1 or len(given) < len(items) or any(item.constant is None for item in given):
        return None
    so_far = evaluator.argument(call, 1) if len(call.arguments) > 1 else given.pop(0) if given else UNKNOWN
    hidden = len(given) >= SHORTEST_REVERSED and all(len(item.constant or "") == 1 for item in given)
    for position, item in enumerate(given):
        if not position % 64:
            evaluator.budget.check()
        three = [so_far, item, text_value(str(position))]
        so_far = invocation.inline(evaluator, functions[0], partial(list, three))
        if so_far.constant is None:
            return None
    origins = frozenset((Origin(OriginKind.DECODED, call.line, "reduced text"),)) if hidden else NO_ORIGINS
    return Value(so_far.texts, origins=so_far.origins | call.receiver.origins | origins)


def character(value: Value) -> str | None:
    """What `String.fromCharCode` gives for a constant number."""
    number = _number(value.constant)
    if number is None or not 0 <= number < 0xD800:
        return None
    return chr(number)


def _character(value: Value) -> Value:
    text = character(value)
    return UNKNOWN if text is None else text_value(text)


def _slice(evaluator: Evaluator, call: Call, name: str, text: str) -> Value | None:
    bounds = [_number(evaluator.argument(call, position).constant) for position in range(len(call.arguments[:2]))]
    if None in bounds:
        return None
    numbers = [bound for bound in bounds if bound is not None]
    start = numbers[0] if numbers else 0
    end = numbers[1] if len(numbers) > 1 else None
    if name == "substr" and end is not None:
        end = (start if start >= 0 else max(0, len(text) + start)) + end
    if name == "substring":
        start, end = max(0, start), None if end is None else max(0, end)
    return text_value(text[start:end])


def _replaced(evaluator: Evaluator, call: Call, text: str) -> Value | None:
    """`text.replace(pattern, by)`: a text or a simple regular expression, by a constant or a function of the file."""
    given = call.arguments[0] if call.arguments else None
    if given is None:
        return None
    by = evaluator.argument(call, 1)
    if isinstance(given, Node) and given.type == "regex":
        return _substituted(evaluator, given, by, text)
    wanted, replacement = evaluator.argument(call, 0).constant, by.constant
    if not wanted or replacement is None:
        return None
    times = text.count(wanted) if call.method == "replaceAll" else 1
    if len(text) + times * len(replacement) > MOST:
        return None
    return text_value(text.replace(wanted, replacement, times))


def _substituted(evaluator: Evaluator, regex: Node, by: Value, text: str) -> Value | None:
    pattern, flags = field_of(regex, "pattern"), field_of(regex, "flags")
    if pattern is None or pattern.end_byte - pattern.start_byte > LONGEST_PATTERN:
        return None
    letters = evaluator.index.text(flags) if flags is not None else ""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in letters
    try:
        matches = re2.compile(evaluator.index.text(pattern), options).finditer(text)
        return _pieced(evaluator, text, matches if "g" in letters else islice(matches, 1), by)
    except (re2.error, ValueError, UnicodeError):
        return None


def _pieced(evaluator: Evaluator, text: str, matches: Iterable[Any], by: Value) -> Value | None:
    """A text with what was found in it replaced; None when that is too long, or not known."""
    pieces: list[str] = []
    origins = NO_ORIGINS
    at = length = 0
    for count, match in enumerate(matches):
        if by.constant is not None:
            piece = by.constant if "$" not in by.constant else _expanded(by.constant, match)
        elif len(by.functions) == 1 and count < MOST_MATCHES:
            if not count % 64:
                evaluator.budget.check()
            groups = [text_value(group or "") for group in (match.group(), *match.groups())]
            value = invocation.inline(evaluator, by.functions[0], partial(list, groups))
            if value.constant is None:
                return None
            piece, origins = value.constant, origins | value.origins
        else:
            return None
        pieces += [text[at : match.start()], piece]
        at = match.end()
        length += len(piece)
        if len(text) + length > MOST:
            return None
    return text_value("".join([*pieces, text[at:]]), origins)


def _expanded(template: str, match: Any) -> str:
    """`$&` is what was found, `$1` its first group, `$$` a dollar."""
    first, *rest = template.replace("$$", HOLE).split("$")
    pieces = [first]
    for part in rest:
        if part[:1] == "&":
            pieces.append(match.group() + part[1:])
        elif part[:1].isdecimal() and 0 < int(part[0]) <= len(match.groups()):
            pieces.append((match.group(int(part[0])) or "") + part[1:])
        else:
            pieces.append(f"${part}")
    return "".join(pieces).replace(HOLE, "$")


def _number(text: str | None) -> int | None:
    if text is None or len(text) > 9 or not text.removeprefix("-").isdecimal():
        return None
    return int(text)
