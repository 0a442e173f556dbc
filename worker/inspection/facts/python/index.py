"""What one walk over a Python file finds: what is bound where, and what is worth a second look."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from tree_sitter import Node, Tree

from worker.inspection.facts.python.scope import Definition, Scope

_NAME = 256  # characters of a name


@dataclass(frozen=True, slots=True)
class Handed:
    """What one parameter gets when something else makes the call: the expression, or an element of it."""

    node: Node
    is_element: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One call of a local function: the list (or tuple) of what it is handed, and the scope that evaluates it.

    `handed` says instead what each parameter gets where another function makes the call.
    """

    function: Node
    scope: Scope
    arguments: Node
    handed: tuple[Handed, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """`import module` or `from module import names`; `level` counts leading dots."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


@dataclass(slots=True)
class Index:
    """What one walk found. Nodes stay valid as long as `tree` lives."""

    source: bytes
    tree: Tree
    module: Scope
    letters: str  # the source with a character for each byte: slices of it are cheaper than decoding
    scopes: dict[int, Scope] = field(default_factory=dict)  # by the id of the node that opens them
    calls: list[tuple[Node, Scope]] = field(default_factory=list)
    decorators: list[tuple[Node, Scope]] = field(default_factory=list)
    executes: list[tuple[Node, Scope]] = field(default_factory=list)  # Python 2's `exec code`
    lookups: list[tuple[Node, Scope]] = field(default_factory=list)  # `x[k]`, `k in x`, `for k in x`
    constants: list[tuple[Node, Scope]] = field(default_factory=list)  # strings with a URL, and long ones
    sites: dict[str, list[Site]] = field(default_factory=dict)  # by the callee's last name
    lambda_sites: dict[int, list[Site]] = field(default_factory=dict)  # called on the spot: by the lambda's id
    names_of_lambdas: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, list[Definition]] = field(default_factory=dict)  # `x.y = …`, by its text
    attribute_names: set[str] = field(default_factory=set)  # every `y` of it
    imports: list[Import] = field(default_factory=list)
    stars: dict[str, None] = field(default_factory=dict)  # modules that were star-imported

    def raw(self, node: Node) -> str:
        """The source of a node, letter for letter."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def text(self, node: Node) -> str:
        """The source of a node; names as Python compares them, for it takes `ｅxec` for `exec`."""
        text = self.letters[node.start_byte : node.end_byte]
        if text.isascii():
            return text
        text = self.raw(node)
        return text if len(text) > _NAME else unicodedata.normalize("NFKC", text)
