"""Parse source with tree-sitter under a budget, and walk any tree without recursion.

Measured: tree-sitter parses 1 MB of brackets in 0.3 s, but its *queries* took 28 s on 200 KB of them, and a recursive
walk overflows the stack. So: a deadline inside the parse, no queries, and a cursor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

import tree_sitter_bash
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

_GRAMMARS = {
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "python": tree_sitter_python.language,
    "shell": tree_sitter_bash.language,
}
_CHUNK = 1 << 16  # bytes handed to the parser at a time


class OutOfBudget(Exception):
    """A file took more than its share of time; it is listed as partly examined."""


class Budget:
    """CPU seconds for one file. `check` is cheap enough for every few nodes."""

    def __init__(self, seconds: float = 2.0) -> None:
        self._end = time.process_time() + seconds

    @property
    def spent(self) -> bool:
        """Whether the time is over."""
        return time.process_time() > self._end

    def check(self) -> None:
        """Raise `OutOfBudget` when the time is over."""
        if self.spent:
            raise OutOfBudget


@cache
def _parser(language: str) -> Parser:
    return Parser(Language(_GRAMMARS[language]()))


def load_grammars() -> None:
    """Load every grammar now: inside the fence nothing can be loaded any more."""
    for language in _GRAMMARS:
        _parser(language).parse(b"")


def parse(language: str, source: bytes, budget: Budget) -> Tree:
    """Parse source of any quality; raise `OutOfBudget` when it takes too long."""
    parser = _parser(language)
    tree = parser.parse(
        lambda offset, _point: source[offset : offset + _CHUNK], progress_callback=lambda *_: budget.spent
    )
    if budget.spent:  # stopped half-way, or just at the end: either way there is no time left to walk it
        parser.reset()
        raise OutOfBudget
    return tree


def walk(root: Node, budget: Budget) -> Iterator[Node]:
    """All named nodes below (and with) `root`, in source order, without recursion."""
    cursor = root.walk()
    count = 0
    while True:
        count += 1
        if not count % 512:
            budget.check()
        node = cursor.node
        if node is not None and node.is_named:
            yield node
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while cursor.goto_parent():
            if cursor.goto_next_sibling():
                break
        else:
            return
