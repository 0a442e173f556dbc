"""A call as it will happen: what is called, on what, with what."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from worker.inspection.facts.javascript.index import children, line_of
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.values import UNKNOWN, Frame, Value

_WRAPPERS = frozenset({"parenthesized_expression", "as_expression", "non_null_expression", "satisfies_expression"})
MEMBERS = frozenset({"member_expression", "subscript_expression"})


@dataclass(slots=True)
class Call:
    """A call, `new`, or tagged template. `names` are the resolved names of what it calls.

    `method` is the last name as it is written and `receiver` what it is called on, for methods. `bound` says that the
    call only binds arguments.
    """

    node: Node
    scope: Scope
    frame: Frame | None
    callee: Value = UNKNOWN
    receiver: Value = UNKNOWN
    method: str | None = None
    arguments: list[Node | Value] = field(default_factory=list)
    is_new: bool = False
    bound: bool = False

    @property
    def line(self) -> int:
        """The 1-based line on which a reader looks for it."""
        return line_of(self.node)

    @property
    def names(self) -> tuple[str, ...]:
        """The resolved names of what is called."""
        return self.callee.names


def unwrap(node: Node | None) -> Node | None:
    """The expression inside parentheses and assertions; the last one of `(0, x)`."""
    while node is not None and (node.type in _WRAPPERS or node.type == "sequence_expression"):
        inner = children(node)
        node = (inner[-1] if node.type == "sequence_expression" else inner[0]) if inner else None
    return node
