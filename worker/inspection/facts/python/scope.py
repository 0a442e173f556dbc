"""Where names are bound: scopes, and the definitions that give a name its value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from tree_sitter import Node


class ScopeKind(Enum):
    """What opens a scope. A lambda is a function."""

    MODULE = auto()
    FUNCTION = auto()
    CLASS = auto()
    COMPREHENSION = auto()


class Binding(Enum):
    """How a definition gives a name its value."""

    VALUE = auto()  # the expression itself: `x = node`, `with node as x`
    ENTERED = auto()  # what `with node as x` gives
    ELEMENT = auto()  # one element of the expression: `for x in node`
    ADDITION = auto()  # adds to the value that is there: `x += node`
    CONTRIBUTION = auto()  # is put into what is there: `x.append(node)`, `x[k] = node`
    IMPORT = auto()  # `name` is the dotted name
    PARAMETER = auto()  # `node` is the default, if any
    LOCAL = auto()  # a function or class of this file: `target`


@dataclass(slots=True, eq=False)
class Definition:
    """One place that gives a name its value.

    `node` is evaluated in `scope`; `steps` are the positions taken when it is unpacked. It holds after byte `start`,
    and within the byte range `block` it replaces whatever the name held before.
    """

    binding: Binding
    scope: Scope
    node: Node | None = None
    start: int = 0
    block: tuple[int, int] = (0, 0)
    steps: tuple[int, ...] = ()
    name: str = ""
    target: Scope | None = None
    key: Node | None = None  # `x[key] = node`

    def holds_at(self, position: int) -> bool:
        """Whether it certainly ran when a later position of its scope is reached."""
        return self.block[0] <= position < self.block[1]


_ADDS = frozenset({Binding.ADDITION, Binding.CONTRIBUTION})


@dataclass(slots=True, eq=False)
class Scope:
    """A module, function, class or comprehension, with what its names are bound to."""

    kind: ScopeKind
    node: Node
    parent: Scope | None = None
    name: str = ""
    bindings: dict[str, list[Definition]] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)  # names declared global or nonlocal
    loops: list[tuple[int, int]] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    # functions
    parameters: list[str] = field(default_factory=list)
    rest: str = ""  # the name of `*args`
    options: str = ""  # the name of `**kwargs`
    static: bool = False  # a static method
    computed: bool = False  # a property
    returns: list[Node] = field(default_factory=list)
    # classes
    attributes: dict[str, list[Definition]] = field(default_factory=dict)  # `self.x = …` in any method
    bases: list[Node] = field(default_factory=list)

    def bind(self, name: str, definition: Definition) -> None:
        """Add one definition of a name, here or where it was declared global."""
        self.elsewhere.get(name, self).bindings.setdefault(name, []).append(definition)

    @property
    def is_method(self) -> bool:
        """Whether it is a function right inside a class, whose first parameter is the instance."""
        return (
            self.kind is ScopeKind.FUNCTION
            and self.parent is not None
            and self.parent.kind is ScopeKind.CLASS
            and not self.static
        )

    def is_inside(self, other: Scope) -> bool:
        """Whether this scope is the other one, or stands in it (sixty-four levels are looked at)."""
        scope: Scope | None = self
        for _ in range(64):
            if scope is other or scope is None:
                break
            scope = scope.parent
        return scope is other

    def find(self, name: str) -> tuple[Scope, list[Definition]] | None:
        """The scope that binds a name as seen from here, and its definitions there."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind is not ScopeKind.CLASS or scope is self:
                found = scope.elsewhere.get(name, scope).bindings.get(name)
                if found is not None:
                    return scope.elsewhere.get(name, scope), found
            scope = scope.parent
        return None

    def surely_binds(self, name: str, definitions: list[Definition], position: int | None) -> bool:
        """Whether a name is certainly bound here, at a byte position of this scope, or (None) when another one runs."""
        if name in self.deleted:
            return False
        if position is None:
            whole = (self.node.start_byte, self.node.end_byte)
            return any(one.block[0] <= whole[0] and whole[1] <= one.block[1] for one in definitions)
        return any(one.start <= position and one.holds_at(position) for one in definitions)

    @property
    def runs_with(self) -> Scope:
        """The scope whose statements run in one go with this one: comprehensions belong to what surrounds them."""
        scope = self
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        return scope


def reaching(definitions: list[Definition], position: int, loops: list[tuple[int, int]]) -> list[Definition]:
    """The definitions that can give a name its value at a byte position of the same scope.

    Walking back from the position, everything counts up to the first definition that certainly ran and replaces the
    rest. Later definitions count when a loop leads back.
    """
    found: list[Definition] = []
    for definition in reversed(definitions):
        if definition.start > position:
            if any(start <= position < end and start <= definition.start <= end for start, end in loops):
                found.append(definition)
            continue
        found.append(definition)
        if definition.binding not in _ADDS and definition.holds_at(position):
            break
    return found[::-1]


def in_sequence(definitions: list[Definition], position: int, loops: list[tuple[int, int]]) -> list[Definition] | None:
    """One value and the additions to it in the order in which they certainly run; None when nobody can say."""
    ordered = sorted(definitions, key=lambda definition: definition.start)
    if ordered[0].binding is not Binding.VALUE or any(
        definition.binding is not Binding.ADDITION for definition in ordered[1:]
    ):
        return None
    for definition in ordered:
        looped = any(start <= definition.start <= end for start, end in loops)
        if looped or not definition.holds_at(position):
            return None
    return ordered
