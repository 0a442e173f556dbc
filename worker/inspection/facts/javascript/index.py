"""What one walk over a JavaScript or TypeScript file finds: what is bound where, and what is worth a second look."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, fields
from functools import cache

from tree_sitter import Language, Node, Tree

from worker.inspection.facts.javascript.literals import identifier_text, raw_text, string_text
from worker.inspection.facts.javascript.scope import Binding, Class, Function, Scope, Site, Write

DEEPEST_KEY = 32  # texts that a computed key is put together from
WIDEST = 4096  # children of one node that are looked at one by one

field_of = Node.child_by_field_name
"""`field_of(node, name)`: the child in a field of the grammar, or None."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The numbers of the fields that are asked for most, which differ between grammars: asking by name costs thrice."""

    arguments: int
    constructor: int
    function: int
    index: int
    key: int
    kind: int
    left: int
    name: int
    body: int
    object: int
    operator: int
    parameter: int
    parameters: int
    property: int
    right: int
    value: int


@cache
def fields_of(language: Language) -> Fields:
    """The numbers in one grammar."""
    return Fields(**{each.name: language.field_id_for_name(each.name) or 0 for each in fields(Fields)})


@dataclass(frozen=True, slots=True)
class Whole:
    """`...node`, `{key: node}` or `${node}`: an object that is taken as a whole, perhaps as a child's environment."""

    node: Node
    scope: Scope
    for_child: bool


@dataclass(slots=True)
class Index:
    """What one walk found. Nodes stay valid as long as `tree` lives."""

    source: bytes
    tree: Tree
    module: Scope
    fields: Fields
    letters: str  # the same with a character for each byte: slices of it are cheaper than decoding
    scopes: list[tuple[Node, Scope]] = field(default_factory=list)  # in source order, all but the module's
    calls: list[tuple[Node, Scope, str | None]] = field(default_factory=list)  # `new`, templates; methods by name
    subscripts: set[int] = field(default_factory=set)  # places in `calls` of those of `x[key](…)`
    members: list[tuple[Node, Scope, Node]] = field(default_factory=list)  # `x.y`, `x[y]`, with what stands around
    asked: list[tuple[Node, Scope, Node]] = field(default_factory=list)  # those of `x.env` and of `x[key]`
    wholes: list[Whole] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)  # keys that hold functions of this file
    aliases: dict[str, list[Write]] = field(default_factory=dict)  # keys that may hold a function of elsewhere
    hidden_aliases: list[Write] = field(default_factory=list)  # the same under keys that are computed
    computed: list[tuple[Node, Scope]] = field(default_factory=list)  # `x[key]`, `x.env` as values of their own
    keys_of_computed: list[tuple[str, ...]] | None = None  # of each of these, before anything is handed over
    grabs: bool | None = None  # whether it takes parts of the global object under other names; None: not asked yet
    takes_environment: bool = False  # whether it is picked out of its module or of a pattern: `{env} = process`
    environment: list[int] | None = None  # the bytes at which it stands as a whole, in order; None: not asked yet
    suspects: dict[tuple[int | str, int], bool] = field(default_factory=dict)  # by binding or key, and depth: may be it
    computed_callees: list[tuple[Node, Scope]] = field(default_factory=list)  # `x[key]` in `x[key](…)`
    patterns: list[Write] = field(default_factory=list)  # what destructuring picks, and from what
    computed_keys: dict[str, tuple[Node, Scope]] = field(default_factory=dict)  # of patterns, by their step of a path
    comments: list[tuple[int, int]] = field(default_factory=list)  # the bytes of each
    strings: list[tuple[Node, Scope]] = field(default_factory=list)  # whole addresses, and long texts
    arrays: list[Node] = field(default_factory=list)  # long ones
    imported: list[Binding] = field(default_factory=list)  # names of modules, and of what is picked out of them
    loads: list[tuple[str, Node]] = field(default_factory=list)  # what is imported by name
    functions: dict[int, Function] = field(default_factory=dict)  # by the id of their node, as the two below
    classes: dict[int, Class] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)
    child_environments: set[int] = field(default_factory=set)  # ids of `env = Object.assign(…)`
    calls_by_name: dict[str, list[tuple[Node, Scope]]] = field(default_factory=dict)  # by the callee's last name
    given: list[tuple[str, Node, Write]] = field(default_factory=list)  # `x.src = …` and its like: key, x, what
    globals: dict[str, list[Write]] = field(default_factory=dict)  # `globalThis.<key> = …`
    loose: dict[str, list[Write]] = field(default_factory=dict)  # `this.<key> = …` outside classes and literals

    def is_comment(self, offset: int) -> bool:
        """Whether a byte stands in a comment."""
        at = bisect_right(self.comments, (offset, len(self.source))) - 1
        return at >= 0 and offset < self.comments[at][1]

    def text(self, node: Node) -> str:
        """The source of a node."""
        return raw_text(self.source, node)

    def name(self, node: Node) -> str:
        """The text of an identifier."""
        text = self.letters[node.start_byte : node.end_byte]
        if text.isascii() and "\\" not in text:
            return text
        return identifier_text(self.source[node.start_byte : node.end_byte])

    def key(self, node: Node) -> str | None:
        """A key that is written out (`{key: …}`, `{"key": …}`, `x.key`); None when it is computed."""
        if node.type == "string":
            return string_text(self.source, node)
        if node.type == "computed_property_name":
            inner = children(node)
            return self._constant(inner[0], DEEPEST_KEY) if inner else None
        return self.name(node)

    def _constant(self, node: Node, depth: int) -> str | None:
        """A computed key that is made of nothing but texts: `["ev" + "al"]`."""
        if node.type in ("string", "number"):
            return self.key(node)
        operator = field_of(node, "operator") if node.type == "binary_expression" and depth else None
        if operator is None or operator.type != "+":
            return None
        sides = [field_of(node, "left"), field_of(node, "right")]
        texts = [self._constant(side, depth - 1) if side is not None else None for side in sides]
        return "".join(text for text in texts if text is not None) if None not in texts else None

    def site(self, node: Node, scope: Scope) -> Site:
        """The one value that stands for an object literal or a call."""
        found = self.sites.get(node.id)
        if found is None:
            found = self.sites[node.id] = Site(node, scope)
        return found


def children(node: Node) -> list[Node]:
    """The named children without comments, at most `WIDEST` of them."""
    if node.child_count <= WIDEST:
        return [child for child in node.named_children if child.type != "comment"]
    cursor = node.walk()
    found: list[Node] = []
    more = cursor.goto_first_child()
    while more and len(found) < WIDEST:
        child = cursor.node
        if child is not None and child.is_named and child.type != "comment":
            found.append(child)
        more = cursor.goto_next_sibling()
    return found


def anchor(node: Node) -> Node:
    """Where a reader looks for a node: at the last name of a chain of calls, not at the chain's start."""
    callee = node.child_by_field_name("function") if node.type == "call_expression" else None
    inner = callee or node
    last = inner.child_by_field_name("property") if inner.type == "member_expression" else None
    return last or inner


def line_of(node: Node) -> int:
    """The 1-based line of a node's anchor."""
    return anchor(node).start_point[0] + 1
