"""Built-in functions, and the few of the standard library that fold like them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from dataclasses import replace

from worker.inspection.facts.python import fold
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.containers import element, elements
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.known import (
    ITEMS,
    UNKNOWN,
    Constant,
    Known,
    as_text,
    constant,
    mapping,
    merge,
    named,
    origins_of,
    sequence,
)
from worker.inspection.facts.python.spelled import numbers_of

_STEPS = 64  # of `reduce` that are followed

NAMES = frozenset(name for name in dir(builtins) if not name.startswith("_")) | {
    "__import__",
    "execfile",
    "unicode",
    "unichr",
    "xrange",
    "raw_input",
    "file",
    "reduce",
    "basestring",
}


def _ord(_ev: Evaluator, call: Call) -> Known:
    argument = call.argument(0)
    found: list[Constant] = [
        ord(value) for value in argument.constants if not isinstance(value, int) and len(value) == 1
    ]
    return constant(*found).with_origins(argument.origins)


def _int(_ev: Evaluator, call: Call) -> Known:
    value, base = call.argument(0), call.argument(1, "base")
    bases = numbers_of(base) or [10]
    found: list[Constant] = []
    for one in value.constants:
        try:
            text = as_text(one)
            found.append(one if isinstance(one, int) else int(text[:4_096], bases[0]))
        except (ValueError, OverflowError):
            continue
    return constant(*found)


def _str(_ev: Evaluator, call: Call) -> Known:
    value = call.argument(0)
    return replace(value, constants=tuple(as_text(one) for one in value.constants), items=None, pairs=None, names=())


def _list(ev: Evaluator, call: Call) -> Known:
    value = call.argument(0)
    if value.items is not None:
        return Known(items=value.items, origins=value.origins)
    parts = elements(value)
    if parts is not None:
        return replace(sequence(parts), origins=value.origins)
    return Known(items=(element(ev, value, call.node.id),), origins=value.origins) if call.positional else sequence(())


def _reversed(ev: Evaluator, call: Call) -> Known:
    listed = _list(ev, call)
    return replace(listed, items=tuple(reversed(listed.items or ())))


def _map(ev: Evaluator, call: Call) -> Known:
    """`map(function, values)`: each value handed to the function."""
    function, values = call.argument(0), call.argument(1)
    parts = elements(values) if len(call.positional) == 2 else None
    if parts is None:
        parts = (element(ev, values, call.node.id),)
    applied = [ev.applied(function, [part], call) for part in parts]
    return replace(sequence(applied), origins=origins_of([values, *applied]))


def _filter(ev: Evaluator, call: Call) -> Known:
    values = call.argument(1)
    return Known(items=(element(ev, values, call.node.id),), origins=values.origins)


def _range(_ev: Evaluator, call: Call) -> Known:
    bounds = [numbers[0] for argument in call.positional[:3] if len(numbers := numbers_of(argument)) == 1]
    if not bounds or len(bounds) != len(call.positional) or (len(bounds) == 3 and bounds[2] == 0):
        return UNKNOWN
    covered = range(*bounds)
    return sequence(constant(number) for number in covered) if len(covered) <= 4_096 else UNKNOWN


def _zip(_ev: Evaluator, call: Call) -> Known:
    columns = [elements(argument) for argument in call.positional]
    if not columns or any(column is None for column in columns):
        return Known(origins=origins_of(call.arguments))
    rows = zip(*(column for column in columns if column is not None), strict=False)
    return sequence(sequence(row) for row in list(rows)[:ITEMS])


def _enumerate(_ev: Evaluator, call: Call) -> Known:
    parts = elements(call.argument(0))
    if parts is None:
        return call.argument(0).only_origins()
    return sequence(sequence([constant(at), part]) for at, part in enumerate(parts))


def _dict(_ev: Evaluator, call: Call) -> Known:
    first = call.argument(0)
    pairs = list(first.pairs or ())
    for row in (first.items or ())[:ITEMS]:
        if row.items is not None and len(row.items) == 2:
            keys = row.items[0].constants
            pairs.append((keys[0] if keys else None, row.items[1]))
    pairs += [(name, value) for name, value in call.keywords.items() if name != "**"]
    if not pairs and not (first.items == () or not call.positional):
        copied = any(name.startswith(("os.environ", "posix.environ", "nt.environ")) for name in first.names)
        return Known(names=("os.environ.copy()",) if copied else (), origins=origins_of(call.arguments))
    return mapping(pairs, origins_of(call.arguments))


def _same(_ev: Evaluator, call: Call) -> Known:
    """Wrappers that give their argument's content back: `BytesIO`, `memoryview`, `compile`, `iter`."""
    value = call.argument(0, "source", "initial_bytes", "initial_value")
    return replace(value, names=(), scopes=())


def _same_function(_ev: Evaluator, call: Call) -> Known:
    return call.argument(0)


def _next(ev: Evaluator, call: Call) -> Known:
    return element(ev, call.argument(0), call.node.id)


def _join_numbers(joined: Callable[[int], str]) -> Callable[[Evaluator, Call], Known]:
    def apply(_ev: Evaluator, call: Call) -> Known:
        return constant(*(joined(number) for number in numbers_of(call.argument(0))))

    return apply


def _maketrans(_ev: Evaluator, call: Call) -> Known:
    return Known(items=tuple(call.positional[:2])) if len(call.positional) >= 2 else UNKNOWN


def _reduce(ev: Evaluator, call: Call) -> Known:
    """`functools.reduce(function, values, first)`, step by step; what any step decoded is remembered."""
    function, rest = call.argument(0), list(elements(call.argument(1)) or [element(ev, call.argument(1), call.node.id)])
    total = call.positional[2] if len(call.positional) > 2 else rest.pop(0) if rest else UNKNOWN
    origins = total.origins
    for value in rest[:_STEPS]:
        total = ev.applied(function, [total, value], call)
        origins |= total.origins
    return total.with_origins(origins)


def _len(_ev: Evaluator, call: Call) -> Known:
    value = call.argument(0)
    if value.items is not None:
        return constant(len(value.items))
    sizes = [len(one) for one in value.exact]
    return constant(*sizes) if sizes else named("builtins.len()")


def _partial(_ev: Evaluator, call: Call) -> Known:
    return replace(call.argument(0), constants=(), origins=origins_of(call.arguments))


def _getter(name: str) -> Callable[[Evaluator, Call], Known]:
    return lambda _ev, call: Known(names=(name,), items=tuple(call.positional))


def _join_of(_ev: Evaluator, call: Call) -> Known:
    """`str.join("", parts)`."""
    glue, parts = call.argument(0), call.argument(1)
    texts = [part.constants[0] for part in parts.items or () if part.constants]
    if not glue.exact or parts.items is None or len(texts) != len(parts.items):
        return parts.only_origins()
    folded = fold.join(glue.exact[0], texts)
    return constant(folded).with_origins(parts.origins) if folded is not None else parts.only_origins()


def _names(names: Iterable[str], function: Callable[[Evaluator, Call], Known]) -> dict[str, Callable[..., Known]]:
    return {f"builtins.{name}": function for name in names}


def _vars(_ev: Evaluator, call: Call) -> Known:
    return named("builtins.locals()") if not call.positional else UNKNOWN


def _either(_ev: Evaluator, call: Call) -> Known:
    return merge(call.arguments)


RESULTS: dict[str, Callable[[Evaluator, Call], Known]] = {
    **_names(("ord",), _ord),
    **_names(("int",), _int),
    **_names(("str", "unicode", "repr", "ascii"), _str),
    **_names(("list", "tuple", "set", "frozenset", "sorted"), _list),
    **_names(("reversed",), _reversed),
    **_names(("map",), _map),
    **_names(("filter",), _filter),
    **_names(("range", "xrange"), _range),
    **_names(("zip",), _zip),
    **_names(("enumerate",), _enumerate),
    **_names(("dict",), _dict),
    **_names(("memoryview", "iter", "compile"), _same),
    **_names(("next",), _next),
    **_names(("vars",), _vars),
    **_names(("hex",), _join_numbers(hex)),
    **_names(("bin",), _join_numbers(bin)),
    **_names(("oct",), _join_numbers(oct)),
    "builtins.str.maketrans": _maketrans,
    "builtins.bytes.maketrans": _maketrans,
    "string.maketrans": _maketrans,
    "builtins.str.join": _join_of,
    "ast.parse": _same,
    "io.BytesIO": _same,
    "io.StringIO": _same,
    "StringIO.StringIO": _same,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    **_names(("reduce",), _reduce),
    **_names(("len",), _len),
    **_names(("staticmethod", "classmethod"), _same_function),
    "operator.attrgetter": _getter("operator.attrgetter()"),
    "operator.methodcaller": _getter("operator.methodcaller()"),
    "types.MappingProxyType": _same,
    "collections.OrderedDict": _dict,
    "os.fsdecode": _same,
    "os.fsencode": _same,
    "textwrap.dedent": _same,
    "inspect.cleandoc": _same,
    "typing.cast": lambda _ev, call: call.argument(1),
    "asyncio.run": _either,
    "asyncio.gather": _either,
}
