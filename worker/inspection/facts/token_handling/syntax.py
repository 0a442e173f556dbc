"""The syntax tree of one file, asked at places: what stands there, what is around it, and what that is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Tree

from worker.inspection.facts.tree import Budget

CALLS = frozenset({"call_expression", "new_expression", "call"})
STRINGS = frozenset({"string", "template_string", "concatenated_string"})
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
        "function_definition",
        "lambda",
    }
)
_STATEMENTS = re.compile(r"_statement$|_declaration$|^assignment$|^field_definition$|^program$|^module$")
_TARGETS = {
    "variable_declarator": "name",
    "assignment_expression": "left",
    "augmented_assignment_expression": "left",
    "assignment": "left",
    "augmented_assignment": "left",
    "pair": "key",
    "keyword_argument": "name",
    "public_field_definition": "name",
    "field_definition": "property",
}
_HIGHEST = 40  # steps up


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file. `language` is `javascript` (TypeScript as well) or `python`; every look takes from `budget`."""

    language: str
    content: bytes
    tree: Tree
    budget: Budget

    def text(self, node: Node | None) -> str:
        """The source of a node."""
        return "" if node is None else self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def at(self, start: int, end: int) -> Node | None:
        """The smallest node that covers a stretch of code; None in comments and in texts that document.

        Raises `OutOfBudget`: in very wide trees every step up takes long.
        """
        self.budget.check()
        node = self.tree.root_node.descendant_for_byte_range(start, end)
        for one in upwards(node):
            if one.type == "comment" or (one.type == "string" and _documents(one)):
                return None
        return node

    def call_around(self, node: Node | None, largest: int = 4_000) -> Node | None:
        """The innermost call that a node is part of."""
        found = next((one for one in upwards(node) if one.type in CALLS), None)
        return found if found is not None and found.end_byte - found.start_byte <= largest else None

    def statement_around(self, node: Node | None, largest: int = 4_000) -> str:
        """The source of the innermost statement; empty when it is long."""
        found = next((one for one in upwards(node) if _STATEMENTS.search(one.type)), None)
        return self.text(found) if found is not None and found.end_byte - found.start_byte <= largest else ""

    def function_of(self, call: Node) -> str:
        """What a call calls, as it is written."""
        named = call.child_by_field_name("function") or call.child_by_field_name("constructor")
        return self.text(named) if named is not None and named.end_byte - named.start_byte <= 200 else ""

    def arguments(self, call: Node) -> list[Node]:
        """The arguments of a call, comments left out."""
        inner = call.child_by_field_name("arguments")
        return [one for one in inner.named_children if one.type != "comment"] if inner is not None else []

    def targets(self, node: Node) -> Iterator[str]:
        """What the value at a node is kept in: the variable, the key, then the function around it."""
        assigned = False
        for one in upwards(node):
            if one.type in _TARGETS and not assigned:
                assigned = True
                yield self.text(one.child_by_field_name(_TARGETS[one.type]))
            elif one.type in FUNCTIONS:
                named = one.child_by_field_name("name")
                if named is not None:
                    yield self.text(named)
                    return
                assigned = False

    def is_literal(self, node: Node) -> bool:
        """Whether a node is a text that is written out, with something in it."""
        text = self.text(node)
        return node.type in STRINGS and len(text) > 2 and "${" not in text and not text.startswith(("f'", 'f"'))


def upwards(node: Node | None) -> Iterator[Node]:
    """A node and what is around it, from inside, not endlessly far."""
    for _ in range(_HIGHEST):
        if node is None:
            return
        yield node
        node = node.parent


def words_of(name: str) -> list[str]:
    """The words of a name, in small letters: `makeAPI_key` → make, api, key."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]


def _documents(text: Node) -> bool:
    parent = text.parent
    return parent is not None and parent.type == "expression_statement" and parent.named_child_count == 1
