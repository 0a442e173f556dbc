"""One walk over a JavaScript or TypeScript tree, by cursor: it fills the index."""

from __future__ import annotations

from tree_sitter import Tree

from worker.inspection.facts.javascript.index import Index, fields_of
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.walker import Walker
from worker.inspection.facts.javascript.watch import Position
from worker.inspection.facts.kinds import by_number
from worker.inspection.facts.tree import Budget

_STRETCH = range(1024)  # nodes between two looks at the clock


def build(source: bytes, tree: Tree, budget: Budget) -> Index:
    """Walk a tree once, by cursor: neither deep nor wide sources can exhaust it."""
    index = Index(source, tree, Scope(), fields_of(tree.language), source.decode("latin-1"))
    position = Position([(-1, index.module)])
    walker = Walker(index, position)
    handlers = by_number(tree.language, walker.handlers(), only_named=True)
    parents, scopes = position.parents, position.scopes
    cursor = tree.walk()
    down, along, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    depth = deepest = 0
    while True:
        budget.check()
        for _ in _STRETCH:
            node = cursor.node
            assert node is not None
            handler = handlers[node.kind_id]
            if handler is not None or node.child_count:
                if depth < deepest:
                    parents[depth] = node
                else:
                    parents.append(node)
                    deepest += 1
                while scopes[-1][0] >= depth:  # before the node is passed, too: what is inside must not see them
                    scopes.pop()
                if handler is None:
                    down()
                    depth += 1
                    continue
                if handler(node, depth) and down():
                    depth += 1
                    continue
            while not along():
                if not up():
                    walker.finish()
                    return index
                depth -= 1
