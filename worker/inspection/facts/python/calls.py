"""A call with everything that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from worker.inspection.facts.python.known import UNKNOWN, Known


@dataclass(slots=True)
class Call:
    """One call with everything that is known of it. `base` is the object of a method call, `method` its name."""

    node: Node
    line: int
    function: Known
    base: Known = UNKNOWN
    method: str = ""
    positional: list[Known] = field(default_factory=list)
    keywords: dict[str, Known] = field(default_factory=dict)
    nodes: dict[int | str, Node] = field(default_factory=dict)  # the arguments as they are written

    def argument(self, position: int, *keywords: str) -> Known:
        """The argument at a position, or by one of its names."""
        if position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[name] for name in keywords if name in self.keywords), UNKNOWN)

    def has(self, position: int, *keywords: str) -> bool:
        """Whether that argument is given."""
        return position < len(self.positional) or any(name in self.keywords for name in keywords)

    @property
    def arguments(self) -> list[Known]:
        """All of them."""
        return [*self.positional, *self.keywords.values()]
