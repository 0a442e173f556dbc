"""What to do with each kind of node, by the kind's number in the grammar: its name would have to be made first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from tree_sitter import Language

_ERRORS = (0xFFFF, 0xFFFE)  # what the parser calls nodes that are no part of the grammar

Handler = TypeVar("Handler")


def by_number(
    language: Language, handlers: Mapping[str, Handler], *, only_named: bool = False
) -> dict[int, Handler | None]:
    """Handlers by the number of their kind; None for kinds that are only passed.

    With `only_named`, a handler is not asked for tokens that are called like its kind.
    """
    numbers = _numbers(language, only_named)
    found: dict[int, Handler | None] = _nothing(language).copy()  # a copy is much cheaper than a new one
    for kind, handler in handlers.items():
        for number in numbers.get(kind, ()):
            found[number] = handler
    return found


@cache
def _nothing(language: Language) -> dict[int, Any]:
    """The numbers of all kinds of nodes, without handlers."""
    return dict.fromkeys((*range(language.node_kind_count), *_ERRORS))


@cache
def _numbers(language: Language, only_named: bool) -> dict[str, list[int]]:
    """The numbers of each kind: some have several."""
    numbers: dict[str, list[int]] = {}
    for number in range(language.node_kind_count):
        if not only_named or language.node_kind_is_named(number):
            numbers.setdefault(language.node_kind_for_id(number) or "", []).append(number)
    return numbers
