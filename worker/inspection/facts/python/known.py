"""What is known of a Python expression: its possible constants, its names, its parts, and where its data comes from.

A constant text may have **holes**: one private-use character for each part that is not known, the same character for
the same part. `os.path.join(home(), ".npmrc")` is then a text that still ends in `/.npmrc`, and two texts are equal
exactly when they name the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.extracted import NO_ORIGINS
from worker.inspection.facts.python.literals import MOST
from worker.inspection.facts.python.scope import Scope

HOLE = 0x100000  # the first hole; plane 16 is private and no font uses it
HERE = "\U0010fffd"  # the root of the package: the text of `__file__` starts with it
HOLES = ord(HERE) - HOLE  # how many there are
ALTERNATIVES = 64  # constants that one expression may have
ITEMS = 1 << 16  # elements of a list that are followed
ORIGINS = 24
_LEVELS = 6
_MERGED = 256  # elements of lists that are merged
_TUPLE = 16  # elements of a list that may be a row of a table

Constant = str | bytes | int
_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class Known:
    """What is known of one expression. Never changed, but made too often to freeze.

    `names` are dotted names of what it may be (`os.environ`, `requests.Session()` for an instance). `items` are the
    elements of a list, tuple or set in order, `pairs` those of a dictionary. `scopes` are the functions and classes of
    this file that it may be, `instances` the classes of this file that it may be an instance of. `path` is where a file
    object writes to. `hosts` are those a connection was opened to.
    """

    constants: tuple[Constant, ...] = ()
    names: tuple[str, ...] = ()
    items: tuple[Known, ...] | None = None
    pairs: tuple[tuple[Constant | None, Known], ...] | None = None
    origins: frozenset[Origin] = NO_ORIGINS
    scopes: tuple[Scope, ...] = ()
    instances: tuple[Scope, ...] = ()
    path: str | None = None
    hosts: tuple[str, ...] = ()
    level: int = 0  # containers inside containers

    @property
    def is_telling(self) -> bool:
        """Whether it says anything but "a value": something constant, named, held, or of known origin."""
        return bool(
            self.names
            or self.origins
            or self.scopes
            or self.instances
            or self.items is not None
            or self.pairs is not None
        ) or any(not isinstance(value, str) or not has_hole(value) for value in self.constants)

    @property
    def texts(self) -> tuple[str, ...]:
        """The constants as text, with holes."""
        return tuple(as_text(constant) for constant in self.constants if not isinstance(constant, int))

    @property
    def exact(self) -> tuple[str | bytes, ...]:
        """The constants without holes."""
        return tuple(
            constant
            for constant in self.constants
            if not isinstance(constant, int) and (isinstance(constant, bytes) or not has_hole(constant))
        )

    def only_origins(self) -> Known:
        """All that is left of it once it went through something we do not follow."""
        return Known(origins=self.origins) if self.origins else UNKNOWN

    def with_origins(self, origins: Iterable[Origin]) -> Known:
        """The same, with more origins."""
        more = self.origins.union(origins)
        return self if more == self.origins else replace(self, origins=_few(more))

    def with_constants(self, constants: tuple[Constant, ...]) -> Known:
        """The same, with these constants. Spelled out, because it is done for every name that is not known."""
        return Known(
            constants,
            self.names,
            self.items,
            self.pairs,
            self.origins,
            self.scopes,
            self.instances,
            self.path,
            self.hosts,
            self.level,
        )


UNKNOWN = Known()


def constant(*values: Constant) -> Known:
    """A value that is one of these constants."""
    return Known(constants=tuple(dict.fromkeys(values))[:ALTERNATIVES])


def named(*names: str) -> Known:
    """A value that goes by these dotted names."""
    return Known(names=names)


def sequence(items: Iterable[Known]) -> Known:
    """A list, tuple or set; its origins are those of its elements."""
    held = tuple(items)
    level = 1 + max((item.level for item in held), default=0)
    return Known(items=held if level <= _LEVELS else None, origins=origins_of(held), level=min(level, _LEVELS))


def mapping(pairs: Iterable[tuple[Constant | None, Known]], origins: frozenset[Origin] = NO_ORIGINS) -> Known:
    """A dictionary; its origins are those of its values, and more."""
    held = tuple(pairs)
    values = [value for _, value in held]
    level = 1 + max((value.level for value in values), default=0)
    kept = held if level <= _LEVELS else None
    return Known(pairs=kept, origins=_few(origins | origins_of(values)), level=min(level, _LEVELS))


def origins_of(values: Iterable[Known]) -> frozenset[Origin]:
    """Where the data of all of these comes from."""
    found = [value.origins for value in values if value.origins]
    if len(found) < 2:
        return _few(found[0]) if found else NO_ORIGINS
    return _few(found[0].union(*found[1:]))


def _few(origins: frozenset[Origin]) -> frozenset[Origin]:
    if len(origins) <= ORIGINS:
        return origins
    grave = {OriginKind.CREDENTIAL_FILE: 0, OriginKind.METADATA_SERVICE: 1, OriginKind.DOWNLOAD: 2}
    return frozenset(sorted(origins, key=lambda origin: (grave.get(origin.kind, 3), origin))[:ORIGINS])


def merge(values: list[Known]) -> Known:
    """What is known of a value that is one of these."""
    if not values:
        return UNKNOWN
    if len(values) == 1:
        return values[0]
    items = [value.items for value in values if value.items is not None]
    lengths = {len(held) for held in items}
    pairs = [value.pairs for value in values if value.pairs is not None]
    return Known(
        constants=_union((value.constants for value in values), ALTERNATIVES),
        names=_union((value.names for value in values), ALTERNATIVES),
        items=_side_by_side(items) if len(lengths) == 1 and max(lengths) <= _TUPLE else _union_of(items),
        pairs=_union_of(pairs),
        origins=origins_of(values),
        scopes=_union((value.scopes for value in values), ALTERNATIVES),
        instances=_union((value.instances for value in values), ALTERNATIVES),
        path=next((value.path for value in values if value.path is not None), None),
        hosts=_union((value.hosts for value in values), ALTERNATIVES),
        level=max(value.level for value in values),
    )


def _union(parts: Iterable[tuple[_T, ...]], most: int) -> tuple[_T, ...]:
    filled = [some for some in parts if some]
    if not filled:
        return ()
    return tuple(dict.fromkeys(chain.from_iterable(filled)))[:most]


def _union_of(parts: list[tuple[_T, ...]]) -> tuple[_T, ...] | None:
    return parts[0] if len(parts) == 1 else (_union(parts, _MERGED) if parts else None)


def _side_by_side(items: list[tuple[Known, ...]]) -> tuple[Known, ...]:
    """Tuples of one length, merged by position: rows of a table keep their columns."""
    return items[0] if len(items) == 1 else tuple(merge(list(column)) for column in zip(*items, strict=True))


def combine(left: Known, right: Known, join: Callable[[Constant, Constant], Constant | None]) -> tuple[Constant, ...]:
    """`join` over all pairs of constants; nothing when they are too many or too long."""
    if len(left.constants) * len(right.constants) > ALTERNATIVES:
        return ()
    found: dict[Constant, None] = {}
    for one in left.constants:
        for other in right.constants:
            joined = join(one, other)
            if joined is None:
                return ()
            found[joined] = None
    return tuple(found)


def plus(one: Constant, other: Constant) -> Constant | None:
    """`one + other` of two constants; None when they do not add up, or to too much."""
    if isinstance(one, int) or isinstance(other, int):
        return bounded(one + other) if isinstance(one, int) and isinstance(other, int) else None
    if len(one) + len(other) > MOST:
        return None
    if isinstance(one, bytes) and isinstance(other, bytes):
        return one + other
    return as_text(one) + as_text(other)


def bounded(number: int) -> int | None:
    """A number of at most 4,096 bits: constants are long, arithmetic is not."""
    return number if number.bit_length() <= 4_096 else None


def as_text(value: Constant) -> str:
    """A constant as text."""
    if isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def has_hole(text: str) -> bool:
    """Whether part of a text is not known."""
    return bool(text) and not text.isascii() and ord(max(text)) >= HOLE


def is_hole(character: str) -> bool:
    """Whether a character stands for something that is not known."""
    return HOLE <= ord(character) < ord(HERE)


def fill(text: str, filling: Callable[[str], str]) -> str:
    """A text with `filling(hole)` in place of each hole."""
    if not has_hole(text):
        return text
    return "".join(filling(character) if is_hole(character) else character for character in text)
