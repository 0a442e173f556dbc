"""Which scope a byte of the source stands in."""

from __future__ import annotations

from bisect import bisect_right

from tree_sitter import Node

from worker.inspection.facts.javascript.index import Index
from worker.inspection.facts.javascript.scope import Scope


class ScopeMap:
    """The scopes of one file by their bytes. A place is one in `index.scopes`; -1 is the module's."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.starts = [node.start_byte for node, _ in index.scopes]
        self._ends = [node.end_byte for node, _ in index.scopes]
        self.outer = _outer(self.starts, self._ends)
        self._places = {id(scope): at for at, (_, scope) in enumerate(index.scopes)}

    def innermost(self, offset: int) -> int:
        """The place of the innermost scope around a byte."""
        at = bisect_right(self.starts, offset) - 1
        while at >= 0 and self._ends[at] <= offset:
            at = self.outer[at]
        return at

    def at(self, offset: int) -> Scope:
        """The innermost scope around a byte."""
        place = self.innermost(offset)
        return self._index.scopes[place][1] if place >= 0 else self._index.module

    def node(self, place: int) -> Node:
        """The node whose scope it is."""
        return self._index.scopes[place][0] if place >= 0 else self._index.tree.root_node

    def extent(self, scope: Scope) -> tuple[int, int]:
        """From which byte to which a scope goes."""
        at = self._places.get(id(scope), -1)
        return (self.starts[at], self._ends[at]) if at >= 0 else (0, len(self._index.source))


def _outer(starts: list[int], ends: list[int]) -> list[int]:
    """For each stretch the one it stands in, -1 for none. They are sorted, and nested or apart."""
    outer: list[int] = []
    open_: list[int] = []
    for at, start in enumerate(starts):
        while open_ and ends[open_[-1]] <= start:
            open_.pop()
        outer.append(open_[-1] if open_ else -1)
        open_.append(at)
    return outer
