"""What a room may ask of the evaluator, which stands above all of them, and the frames in which it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from tree_sitter import Node

from app.core.specimen import Origin
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.index import Index, Site
from worker.inspection.facts.python.known import UNKNOWN, Known
from worker.inspection.facts.python.scope import Definition, Scope
from worker.inspection.facts.tree import Budget


@dataclass(slots=True, eq=False)
class Frame:
    """What is known of the names of one scope for a while: the parameters of one call, one round of a comprehension.

    Expressions of scopes that cannot see it are evaluated in `parent`; the outermost frame knows nothing in advance.
    """

    scope: Scope | None = None
    values: dict[str, Known] = field(default_factory=dict)
    parent: Frame | None = None
    depth: int = 0  # calls inside calls
    memo: dict[int, Known] = field(default_factory=dict)

    def seen_from(self, scope: Scope) -> Frame:
        """The innermost frame whose names a scope can see."""
        frame = self
        while frame.parent is not None and (frame.scope is None or not scope.is_inside(frame.scope)):
            frame = frame.parent
        return frame

    def find(self, scope: Scope, name: str) -> Known | None:
        """What is known of a name of a scope."""
        frame: Frame | None = self
        while frame is not None:
            if frame.scope is scope:
                return frame.values.get(name)
            frame = frame.parent
        return None


class Evaluator(Protocol):
    """What the expressions of one file are. `path` is the file's path inside the package.

    `written` is what data was written to which path, `carried` where the data of a hole comes from, `listed` of which
    folders a hole is any file, `commands` what the
    shell's reader said of a command line, `sites` the calls of a function of this file, by its id, and `plain` what it
    gives for arguments that say nothing. `root` is the outermost frame.
    """

    index: Index
    path: str
    budget: Budget
    written: dict[str, frozenset[Origin]]
    carried: dict[str, frozenset[Origin]]
    listed: dict[str, tuple[str, ...]]
    commands: dict[str, Extracted]
    sites: dict[int, list[Site]]
    plain: dict[int, Known]
    root: Frame

    def value(self, node: Node, scope: Scope, frame: Frame | None = None) -> Known:
        """What is known of an expression that stands in a scope."""
        ...

    def name(self, text: str, scope: Scope, position: int, frame: Frame) -> Known:
        """What a name is at a byte position of a scope."""
        ...

    def attribute(self, base: Known, name: str, frame: Frame, text: str = "") -> Known:
        """`base.name`; `text` is how the source writes it."""
        ...

    def member(self, holder: Scope, name: str, frame: Frame, *, bound: bool, level: int = 0) -> Known:
        """What a class of this file, or its instance, has under a name: its own, else its bases'."""
        ...

    def definition(self, definition: Definition, name: str, frame: Frame) -> Known:
        """The value that one definition gives."""
        ...

    def applied(self, function: Known, values: list[Known], call: Call) -> Known:
        """What a function gives for values."""
        ...

    def frame(self, scope: Scope, values: dict[str, Known], parent: Frame, *, deeper: bool) -> Frame:
        """A frame in which the names of one more scope are known."""
        ...

    def may_follow(self) -> bool:
        """Whether one more call may be followed with its own arguments; past a bound, calls are taken together."""
        ...

    def line(self, node: Node) -> int:
        """The 1-based line of a node; of the call that runs it, for code found in a constant."""
        ...

    def hole(self, key: object, known: Known = UNKNOWN) -> Known:
        """A value of which no text is known: its text is the one hole that stands for `key`."""
        ...

    def leaf(self, known: Known, key: object) -> Known:
        """The value itself, or with a hole for its text when it is nothing else that we follow."""
        ...
