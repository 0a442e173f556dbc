"""Children of a syntax node by position, where there may be none."""

from __future__ import annotations

from tree_sitter import Node


def nth(node: Node, position: int) -> Node | None:
    """The named child at a position; None past the last one, where tree-sitter itself raises."""
    return node.named_child(position) if position < node.named_child_count else None
