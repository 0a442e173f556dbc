"""One walk over a JavaScript or TypeScript tree, by cursor: it fills the index."""

from __future__ import annotations

from functools import cache

from tree_sitter import Language, Tree

from worker.inspection.facts.javascript.index import Index, fields_of
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.walker import Handler, Walker
from worker.inspection.facts.javascript.watch import Position
from worker.inspection.facts.tree import Budget

_STRETCH = range(1024)  # nodes between two looks at the clock
_ERRORS = (0xFFFF, 0xFFFE)  # what the parser calls nodes that are no part of the grammar


def build(source: bytes, tree: Tree, budget: Budget) -> Index:
    """Walk a tree once, by cursor: neither deep nor wide sources can exhaust it."""
    index = Index(source, tree, Scope(), fields_of(tree.language), source.decode("latin-1"))
    position = Position([(-1, index.module)])
    walker = Walker(index, position)
    handlers = _by_number(tree.language, walker.handlers())
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
                if handler is None:
                    down()
                    depth += 1
                    continue
                while scopes[-1][0] >= depth:
                    scopes.pop()
                if handler(node, depth) and down():
                    depth += 1
                    continue
            while not along():
                if not up():
                    walker.finish()
                    return index
                depth -= 1


def _by_number(language: Language, handlers: dict[str, Handler]) -> dict[int, Handler | None]:
    """What to do with each kind of node, by its number in the grammar; None for those that are only passed."""
    numbers = _numbers(language)
    found: dict[int, Handler | None] = _kinds(language).copy()  # a copy is much cheaper than a new one
    for kind, handler in handlers.items():
        for number in numbers.get(kind, ()):
            found[number] = handler
    return found


@cache
def _kinds(language: Language) -> dict[int, Handler | None]:
    """The numbers of all kinds of nodes, without handlers."""
    return dict.fromkeys((*range(language.node_kind_count), *_ERRORS))


@cache
def _numbers(language: Language) -> dict[str, list[int]]:
    """The numbers of each kind of named nodes: some have several."""
    numbers: dict[str, list[int]] = {}
    for number in filter(language.node_kind_is_named, range(language.node_kind_count)):
        numbers.setdefault(language.node_kind_for_id(number) or "", []).append(number)
    return numbers
