"""What is known of an expression, and how knowledge of several is joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from app.core.specimen import Origin
from worker.inspection.facts.extracted import NO_ORIGINS
from worker.inspection.facts.javascript.literals import HOLE, MOST
from worker.inspection.facts.javascript.scope import Binding, Class, Function, Site

ALTERNATIVES = 256  # texts that one expression may have
MOST_TOGETHER = 4 * MOST  # characters of all of them
COMBINATIONS = 64  # texts that a concatenation may have
SHAPES = 16
ITEMS = 4096  # elements of lists that are merged
NAMES = 8

Target = Binding | Class | Function | Site


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Something of this file that an expression may be.

    A function, a class (`instance`: one made of it), a name whose properties are written, or the node of an object
    literal or of a call whose result is remembered. `frame` is the inlined call in which it is evaluated.
    """

    target: Target
    frame: Frame | None = None
    instance: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Value:
    """What is known of an expression: alternatives, because names are followed without regard to order.

    Never changed, but made too often to freeze.

    `texts` are the constant texts it may have, with `HOLE` for parts that are not known; `names` the resolved dotted
    names ("child_process.exec"); `origins` where its data comes from; `items` the elements when it is a constant list;
    `raw` the bytes of a decoded constant.
    """

    texts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    origins: frozenset[Origin] = field(default=NO_ORIGINS)
    shapes: tuple[Shape, ...] = ()
    items: tuple[Value, ...] | None = None
    raw: bytes | None = None

    @property
    def constant(self) -> str | None:
        """Its text when there is exactly one and all of it is known."""
        return self.texts[0] if len(self.texts) == 1 and HOLE not in self.texts[0] else None

    @property
    def functions(self) -> list[tuple[Function, Frame | None]]:
        """The functions of this file that it may be."""
        return [(shape.target, shape.frame) for shape in self.shapes if isinstance(shape.target, Function)]


@dataclass(slots=True, eq=False)
class Frame:
    """One inlined call of `function`: values that hold inside it only. `outer` is the one in which it was made."""

    function: Function
    arguments: tuple[Value, ...]
    serial: int
    outer: Frame | None = None
    looked_at: bool = False  # whether any of the arguments was asked for
    nodes: dict[int, Value] = field(default_factory=dict)
    bindings: dict[int, Value] = field(default_factory=dict)


def serial(frame: Frame | None) -> int:
    """What tells frames apart, for as long as the file is looked at; 0 for none."""
    return 0 if frame is None else frame.serial


UNKNOWN = Value()


def text_value(text: str, origins: frozenset[Origin] = NO_ORIGINS) -> Value:
    """A constant."""
    return Value(texts=(text[:MOST],), origins=origins)


def tainted(*values: Value) -> Value:
    """Something made of these: only where the data comes from is known."""
    origins = union(values)
    return Value(origins=origins) if origins else UNKNOWN


def union(values: Iterable[Value]) -> frozenset[Origin]:
    """All their origins."""
    origins = NO_ORIGINS
    for value in values:
        if value.origins and value.origins is not origins:
            origins = origins | value.origins if origins else value.origins
    return origins


def merge(values: Iterable[Value]) -> Value:
    """One of these, nobody knows which."""
    known = [value for value in values if value is not UNKNOWN]
    if len(known) < 2:
        return known[0] if known else UNKNOWN
    texts: dict[str, None] = {}
    names: dict[str, None] = {}
    shapes: dict[tuple[int, bool], Shape] = {}
    lists: dict[int, tuple[Value, ...]] = {}
    for value in known:
        if value.texts:
            texts.update(dict.fromkeys(value.texts))
        if value.names:
            names.update(dict.fromkeys(value.names))
        for shape in value.shapes:
            shapes.setdefault((id(shape.target), shape.instance), shape)
        if value.items is not None:
            lists[id(value.items)] = value.items
    return Value(
        _bounded(texts),
        tuple(names)[:NAMES],
        union(known),
        tuple(shapes.values())[:SHAPES],
        _any_of(list(lists.values())),
        next((value.raw for value in known if value.raw is not None), None),
    )


def _any_of(lists: list[tuple[Value, ...]]) -> tuple[Value, ...] | None:
    """What stands in any of these lists, once: a list that grows in a loop is merged with itself again and again."""
    if len(lists) < 2:
        return lists[0] if lists else None
    return tuple({id(item): item for items in lists for item in items}.values())[:ITEMS]


def _bounded(texts: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    length = 0
    for text in texts:
        length += len(text)
        if len(kept) == ALTERNATIVES or length > MOST_TOGETHER:
            break
        kept.append(text)
    return tuple(kept)


def concatenate(values: Sequence[Value], separator: str = "") -> Value:
    """Their texts one after another. Nothing is known of the text when none of the parts is known."""
    origins = union(values)
    if not any(value.texts for value in values):
        return Value(origins=origins) if origins else UNKNOWN
    parts = [value.texts or (HOLE,) for value in values]
    count = 1
    for at, part in enumerate(parts):
        if count * len(part) > COMBINATIONS:
            parts[at] = part[: max(1, COMBINATIONS // count)]
        count *= len(parts[at])
    length = sum(max(map(len, part)) for part in parts) + len(separator) * len(parts)
    if length > MOST or length * count > MOST_TOGETHER:
        return Value(origins=origins) if origins else UNKNOWN
    texts = tuple(dict.fromkeys(separator.join(choice) for choice in product(*parts)))
    return Value(texts=texts, origins=origins)


def elements(value: Value) -> Value:
    """Any one element of a list."""
    inner = merge(value.items) if value.items else UNKNOWN
    if not value.origins:
        return inner
    return merge([inner, Value(origins=value.origins)])
