"""What the walk sees that is worth a second look: members, keys, texts, lists, and objects taken as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import re2
from tree_sitter import Node

from worker.inspection.facts.javascript.index import Index, Whole, children, field_of
from worker.inspection.facts.javascript.scope import ANY, Scope, Write, WriteKind

LONG_STRING = 512  # bytes from which a string is looked at
LONG_ARRAY = 1024  # bytes

_ADDRESS = (b"http:", b"https:", b"ws:", b"wss:", b"ftp:", b"HTTP", b"data:")
_METADATA = re2.compile(rb"169\.254\.|100\.100\.100\.200|metadata\.|fd00:ec2::254")
_TELLING = (b"console.", b"new Error", b"new TypeError", b"Error(", b"warn", b"log", b"invariant", b"assert")
_DISPLAYED = frozenset({"jsx_attribute", "import_statement", "export_statement", "switch_case"})
_HOLDERS = {"pair": "key", "variable_declarator": "name", "assignment_expression": "left"}
_MEMBERS = frozenset({"member_expression", "subscript_expression"})
# Values of keys that may be somebody else's function under another name.
_ALIASES = frozenset(
    {
        *("identifier", "member_expression", "subscript_expression", "call_expression", "parenthesized_expression"),
        *("ternary_expression", "binary_expression", "await_expression", "as_expression", "assignment_expression"),
    }
)


@dataclass(slots=True)
class Position:
    """Where the cursor stands: its ancestors by depth, and the scopes that are open, each with its depth."""

    scopes: list[tuple[int, Scope]]
    parents: list[Node] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The innermost scope."""
        return self.scopes[-1][1]


class Watch:
    """Handlers of nodes; each tells whether to look inside."""

    def __init__(self, index: Index, position: Position) -> None:
        self._index = index
        self._position = position
        self._metadata = _METADATA.search(index.source) is not None
        self._escaped = b"\\u" in index.source

    def member(self, node: Node, depth: int) -> bool:
        """`x.y`, `x[y]`."""
        index, parents = self._index, self._position.parents
        parent, scope = parents[depth - 1], self._position.scopes[-1][1]
        index.members.append((node, scope, parent))
        is_environment = index.source.endswith(b"env", 0, node.end_byte)
        if not is_environment and not self._escaped and node.type == "member_expression":
            return True
        around = parent.type
        if around in _MEMBERS:
            target = parent.child_by_field_id(index.fields.object)
            if target is not None and target.id == node.id:
                index.asked.append((parent, scope, parents[depth - 2]))
        if is_environment:
            if around != "member_expression" and not _is_asked(node, parent):
                self._whole(node, parent)
        elif (
            node.type == "subscript_expression"
            and (
                around not in ("member_expression", "call_expression")
                or index.source.endswith(b".bind", 0, parent.end_byte)
            )
            and may_be_text(node.child_by_field_id(index.fields.index))
        ):
            self._whole(node, parent)
        return True

    def pair(self, node: Node, _depth: int) -> bool:
        """`{key: value}`."""
        value = node.child_by_field_id(self._index.fields.value)
        if value is not None and value.type in _ALIASES:
            key = node.child_by_field_id(self._index.fields.key)
            if key is not None:
                self.alias(self._index.key(key), Write(WriteKind.VALUE, self._position.scopes[-1][1], value))
        return True

    def shorthand(self, node: Node, _depth: int) -> bool:
        """`{name}`."""
        write = Write(WriteKind.VALUE, self._position.scope, node)
        self._index.aliases.setdefault(self._index.name(node), []).append(write)
        return False

    def alias(self, key: str | None, write: Write) -> None:
        """Note a key whose value may be somebody else's function."""
        if write.node is None or write.node.type not in _ALIASES:
            return
        if key is None or key == ANY:
            self._index.hidden_aliases.append(write)
            return
        aliases = self._index.aliases.get(key)
        if aliases is None:
            self._index.aliases[key] = [write]
        else:
            aliases.append(write)

    def spread(self, node: Node, depth: int) -> bool:
        """`...x`."""
        inner = children(node)[:1]
        if inner:
            for_child = self.prepares_child(depth - 1)
            self._index.wholes.append(Whole(inner[0], self._position.scope, for_child))
        return True

    def prepares_child(self, depth: int) -> bool:
        """Whether the node at this depth goes into something named `env`: a child's environment."""
        holder = self._position.parents[depth - 1]
        name = _HOLDERS.get(holder.type)
        return name is not None and self._is_environment(field_of(holder, name))

    def string(self, node: Node, depth: int) -> bool:
        """Texts between quotes."""
        start, end = node.start_byte + 1, node.end_byte
        if end - start >= LONG_STRING or (
            (self._metadata or self._index.source.startswith(_ADDRESS, start)) and self._is_address(start, end, depth)
        ):
            self._index.strings.append((node, self._position.scope))
        return False

    def template(self, node: Node, depth: int) -> bool:
        """Texts between backticks, with expressions inside."""
        if self._is_address(node.start_byte + 1, node.end_byte, depth):
            self._index.strings.append((node, self._position.scope))
        return True

    def array(self, node: Node, _depth: int) -> bool:
        """Lists."""
        if node.end_byte - node.start_byte >= LONG_ARRAY:
            self._index.arrays.append(node)
        return True

    def _whole(self, node: Node, parent: Node) -> None:
        """An expression that may be the environment as a whole, under whatever name it goes from here."""
        scope = self._position.scope
        self._index.computed.append((node, scope))
        if parent.type in ("pair", "template_substitution"):
            named = parent.type == "pair" and self._is_environment(field_of(parent, "key"))
            self._index.wholes.append(Whole(node, scope, for_child=named))

    def _is_environment(self, node: Node | None) -> bool:
        if node is None:
            return False
        end = self._index.source[max(node.start_byte, node.end_byte - 4) : node.end_byte]
        return end.strip(b"\"'").lower().endswith(b"env")

    def _is_address(self, start: int, end: int, depth: int) -> bool:
        """Whether a text starts like an address, and does more than tell people about it."""
        source, parents = self._index.source, self._position.parents
        if self._metadata and end - start < 256 and _METADATA.search(source[start:end]):
            return True
        if not source.startswith(_ADDRESS, start):
            return False
        parent = parents[depth - 1]
        if parent.type == "arguments":
            return not source.startswith(_TELLING, parents[depth - 2].start_byte)
        return parent.type not in _DISPLAYED


def may_be_text(key: Node | None) -> bool:
    """Whether a computed key may be a name: `list[i >> 2]` is a number, whatever i is."""
    if key is None or key.type == "number":
        return False
    operator = field_of(key, "operator") if key.type == "binary_expression" else None
    return operator is None or operator.type in ("+", "||", "??", "&&")


def _is_asked(node: Node, parent: Node) -> bool:
    """`process.env && …` only asks whether there is one."""
    if parent.type == "unary_expression":
        return True
    left = field_of(parent, "left") if parent.type == "binary_expression" else None
    operator = field_of(parent, "operator") if left is not None else None
    return left is not None and left.id == node.id and operator is not None and operator.type == "&&"
