"""What a room may ask of the evaluator, which stands above all of them and knows them all."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from tree_sitter import Node

from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.index import Index
from worker.inspection.facts.javascript.scope import Binding, Function, Scope, Write
from worker.inspection.facts.javascript.values import Frame, Value
from worker.inspection.facts.tree import Budget


class Evaluator(Protocol):
    """What the expressions of one file are. `path` is the file's.

    `follows_data` says whether it matters yet where data comes from. `handed` is what functions are handed by name, by
    their id and the position; `held` what objects hold, by key; `inlining` the functions that are being followed, and
    `inlined` what they returned.
    """

    index: Index
    path: str
    budget: Budget
    follows_data: bool
    handed: dict[tuple[int, int], list[Value]]
    held: dict[Hashable, list[Value]]
    inlining: list[Function]
    inlined: dict[Hashable, tuple[Value, bool]]

    @property
    def own_path(self) -> str:
        """The file's own path, as it sees it."""
        ...

    def evaluate(self, node: Node, scope: Scope, frame: Frame | None = None) -> Value:
        """The value of an expression; UNKNOWN for what nothing is known of."""
        ...

    def identifier(self, node: Node, scope: Scope, frame: Frame | None) -> Value:
        """What a name means where it stands."""
        ...

    def binding(self, binding: Binding, frame: Frame | None) -> Value:
        """Everything that a name may be."""
        ...

    def write(self, write: Write, frame: Frame | None) -> Value:
        """What one write gives."""
        ...

    def keys(self, node: Node, scope: Scope, frame: Frame | None) -> tuple[str, ...]:
        """The keys that a member expression may pick; none when they are not known."""
        ...

    def resolve(self, node: Node, scope: Scope, frame: Frame | None = None) -> Call:
        """What a call calls, and with what."""
        ...

    def argument(self, call: Call, position: int) -> Value:
        """The value of one argument of a call; UNKNOWN when there are fewer."""
        ...

    def arguments(self, call: Call) -> list[Value]:
        """The values of all arguments."""
        ...

    def is_known(self, node: Node, frame: Frame | None) -> bool:
        """Whether an expression has been evaluated before."""
        ...

    def guarded(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Compute, unless just this is being computed: then nothing is known of it yet."""
        ...

    def frame(self, function: Function, arguments: tuple[Value, ...], outer: Frame | None) -> Frame:
        """A new frame for one inlined call."""
        ...

    def step(self) -> None:
        """Count a step, and look at the clock from time to time."""
        ...
