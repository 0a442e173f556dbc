"""Where names are bound: scopes, bindings and what is written to them, functions and classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from tree_sitter import Node

REST = "..."  # a step of a path: what a pattern left over
ANY = "[]"  # a step of a path: a key that is not known
Path = tuple[str, ...]


class WriteKind(Enum):
    """How a write gives a name its value."""

    VALUE = auto()  # the expression itself, or what `path` picks from it
    APPEND = auto()  # the expression is added to what is there: `x += node`
    ELEMENT = auto()  # one element of the expression: `for (x of node)`, `list.push(node)`
    KEY = auto()  # one key of the expression: `for (x in node)`
    PARAMETER = auto()  # what `function` is called with at position `index`
    LOCAL = auto()  # a function or class of this file: `target`
    MODULE = auto()  # an imported module: `name`
    TRIED = auto()  # what a block of code may throw: the answers that its calls got


@dataclass(slots=True, eq=False)
class Write:
    """One place that gives a name its value; `node` is evaluated in `scope`. Made too often to freeze."""

    kind: WriteKind
    scope: Scope
    node: Node | None = None
    path: Path = ()
    function: Function | None = None
    index: int = 0
    target: Function | Class | None = None
    name: str = ""


@dataclass(slots=True, eq=False)
class Binding:
    """One name in one scope, with all that is ever written to it and to its properties (by key).

    It is `open` when it may as well be the global of that name: nothing declares it, or `var` does so once more.
    """

    name: str
    scope: Scope
    open: bool = False
    writes: list[Write] = field(default_factory=list)
    properties: dict[str, list[Write]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Scope:
    """A file, function, class or block. `owner` is what `this` stands for: a class or an object literal."""

    parent: Scope | None = None
    function: Function | None = None
    owner: Class | Site | None = None
    depth: int = 0
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        """The binding that a name means here; None for a global."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def declare(self, name: str) -> Binding:
        """The binding of a name in this very scope."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Binding(name, self)
        return found


class Role(Enum):
    """How a function stands in the source, which says who calls it."""

    OTHER = auto()
    NAMED = auto()  # bound to `name`
    CALLEE = auto()  # called on the spot by `call`
    ARGUMENT = auto()  # handed to `call` at position `index`
    METHOD = auto()  # a member `name` of `owner`


@dataclass(slots=True, eq=False)
class Function:
    """A function of this file. `returns` are the expressions it may give, each with its scope."""

    node: Node
    scope: Scope  # its own
    outer: Scope
    role: Role = Role.OTHER
    call: Node | None = None
    index: int = 0
    name: str = ""
    owner: Class | Site | None = None
    parameters: list[str] = field(default_factory=list)  # their names; empty for patterns
    returns: list[tuple[Node, Scope]] = field(default_factory=list)

    @property
    def is_getter(self) -> bool:
        """Whether it is `get name() { … }`: its member is what it returns."""
        return self.node.type == "method_definition" and any(child.type == "get" for child in self.node.children[:2])


@dataclass(slots=True, eq=False)
class Class:
    """A class of this file: its members, and what is written to `this.<key>` inside it."""

    node: Node
    scope: Scope
    members: dict[str, list[Function | Write]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Site:
    """An object literal, or a call whose result is followed: the node with the scope it is evaluated in."""

    node: Node
    scope: Scope
    entries: Entries | None = None


@dataclass(slots=True, eq=False)
class Entries:
    """An object literal by key: functions for methods, nodes for the rest. `others` have keys that are not known."""

    known: dict[str, list[Function | Node]] = field(default_factory=dict)
    spreads: list[Node] = field(default_factory=list)
    others: list[Function | Node] = field(default_factory=list)
