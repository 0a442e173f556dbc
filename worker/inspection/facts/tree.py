"""Parse source with tree-sitter under a budget, and walk any tree without recursion.

Measured: tree-sitter parses 1 MB of brackets in 0.3 s, but its *queries* took 28 s on 200 KB of them, and a recursive
walk overflows the stack. So: a deadline inside the parse, no queries, and a cursor.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
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
MOST_MEMORY = 300 << 10  # KiB by which one parse may let the process grow
_CHUNK = 1 << 16  # bytes handed to the parser at a time
_CALLS = 64  # the parser asks every few bytes; time and memory are looked at every so many calls


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
    is_over = _limit(budget)
    try:
        tree = parser.parse(
            lambda offset, _point: source[offset : offset + _CHUNK], progress_callback=lambda *_: is_over()
        )
    except ValueError:  # how the binding says that it was stopped
        parser.reset()
        raise OutOfBudget from None
    if budget.spent:  # just at the end: there is no time left to walk it
        parser.reset()
        raise OutOfBudget
    return tree


def _limit(budget: Budget) -> Callable[[], bool]:
    """Whether the time is over, or the tree has become too large: dense source takes 200 bytes of memory a byte."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + MOST_MEMORY
    count = 0

    def is_over() -> bool:
        nonlocal count
        count += 1
        if not count % _CALLS:
            return budget.spent or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > most
        return False

    return is_over


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
