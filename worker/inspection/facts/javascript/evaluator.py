"""What an expression is: evaluated on demand, backwards from the calls that matter, without regard to order.

Names hold everything that is ever written to them; a name that depends on itself is read as far as it is known. What is
asked is remembered, so that a file costs about as much as its calls, however large its expressions are.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from tree_sitter import Node

from worker.inspection.facts.javascript import expressions, grabbing, invocation, objects, variables
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.index import WIDEST, Index, line_of
from worker.inspection.facts.javascript.literals import HERE
from worker.inspection.facts.javascript.names import GLOBALS
from worker.inspection.facts.javascript.resolution import resolve
from worker.inspection.facts.javascript.scope import Binding, Function, Scope, Write, WriteKind
from worker.inspection.facts.javascript.slices import Slice
from worker.inspection.facts.javascript.values import (
    UNKNOWN,
    Frame,
    Shape,
    Value,
    concatenate,
    merge,
    serial,
    text_value,
    union,
)
from worker.inspection.facts.tree import Budget

DEEPEST = 100  # expressions within expressions that are followed
WRITES = 512  # writes to one name that are followed


class FileEvaluator:
    """Evaluates the expressions of one file. `path` is the file's, for what is relative to it.

    At first only names are followed, and parameters are what `handed` says; `follow_data` asks for everything.
    """

    def __init__(self, index: Index, path: str, budget: Budget) -> None:
        self.index = index
        self.path = path
        self.budget = budget
        self.too_deep = False  # whether names could not be followed to the end; data never is, in large programs
        self.cyclic = False
        self.follows_data = False
        self.slice: Slice | None = None  # where something that can do something may stand; None: anywhere
        self.handed: dict[tuple[int, int], list[Value]] = {}  # by the id of a function and the position
        self.extra_globals: dict[str, str] = {}  # what importing `shelljs/global` or `zx/globals` brings
        self.inlining: list[Function] = []  # local functions that are being followed
        self.inlined: dict[Hashable, tuple[Value, bool]] = {}  # what they returned, by their arguments
        self.held: dict[Hashable, list[Value]] = {}  # what objects hold, by key
        self._nodes: dict[int, Value] = {}
        self._bindings: dict[int, Value] = {}
        self._earlier: dict[int, Value] = {}  # of names that depend on themselves: what the round before knew
        self._calls: dict[int, Call] = {}
        self._active: set[Hashable] = set()
        self._depth = self._frames = 0
        self.steps = 0
        self._most = sys.maxsize

    def forget(self) -> None:
        """Forget what expressions are, not what functions were handed."""
        self._bindings, self._nodes, self._calls, self.inlined, self.held = {}, {}, {}, {}, {}
        self.cyclic = False

    def follow_data(self) -> None:
        """From now on it matters where data comes from, and parameters are everything that the callers give."""
        self.follows_data = True
        self.steps = 0
        self.forget()

    def start_again(self) -> None:
        """Forget all but the names, so that those that depend on themselves know of each other."""
        earlier = self._bindings
        self.forget()
        self._earlier = earlier

    def evaluate(self, node: Node, scope: Scope, frame: Frame | None = None) -> Value:
        """The value of an expression; UNKNOWN for what nothing is known of."""
        kind = node.type
        if kind == "identifier":
            return self.identifier(node, scope, frame)
        handler = expressions.HANDLERS.get(kind)
        if handler is None:
            return UNKNOWN
        memory = self._nodes if frame is None else frame.nodes
        known = memory.get(node.id)
        if known is not None:
            return known
        self.step()
        if self._depth >= DEEPEST or self.steps > self._most:
            self.too_deep = self.too_deep or not self.follows_data
            return UNKNOWN
        self._depth += 1
        try:
            value = handler(self, node, scope, frame)
        finally:
            self._depth -= 1
        memory[node.id] = value
        return value

    def frame(self, function: Function, arguments: tuple[Value, ...], outer: Frame | None) -> Frame:
        """A new frame for one inlined call."""
        self._frames += 1
        return Frame(function, arguments, self._frames, outer)

    def step(self) -> None:
        """Count a step, and look at the clock from time to time."""
        self.steps += 1
        if not self.steps % 64:
            self.budget.check()

    @contextmanager
    def limited(self, steps: int) -> Iterator[None]:
        """Within, expressions are unknown once so many steps are taken. What is then remembered is incomplete."""
        self._most = self.steps + steps
        try:
            yield
        finally:
            self._most = sys.maxsize

    def is_known(self, node: Node, frame: Frame | None) -> bool:
        """Whether an expression has been evaluated before."""
        return node.id in (self._nodes if frame is None else frame.nodes)

    def argument(self, call: Call, position: int) -> Value:
        """The value of one argument of a call; UNKNOWN when there are fewer."""
        if position >= len(call.arguments):
            return UNKNOWN
        given = call.arguments[position]
        return given if isinstance(given, Value) else self.evaluate(given, call.scope, call.frame)

    def arguments(self, call: Call) -> list[Value]:
        """The values of all arguments."""
        return [self.argument(call, position) for position in range(min(len(call.arguments), WIDEST))]

    def resolve(self, node: Node, scope: Scope, frame: Frame | None = None) -> Call:
        """What a call calls, and with what."""
        known = self._calls.get(node.id) if frame is None else None
        if known is None:
            known = resolve(self, node, scope, frame)
            if frame is None:
                self._calls[node.id] = known
        return known

    def guarded(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Compute, unless just this is being computed: then nothing is known of it yet."""
        if key in self._active:
            self.cyclic = True
            return UNKNOWN
        self._active.add(key)
        try:
            return compute()
        finally:
            self._active.discard(key)

    def binding(self, binding: Binding, frame: Frame | None) -> Value:
        """Everything that a name may be."""
        while frame is not None and frame.function is not binding.scope.function:
            frame = frame.outer
        memory = self._bindings if frame is None else frame.bindings
        key = id(binding)
        known = memory.get(key)
        if known is not None:
            return known
        guard = (key, serial(frame))
        if guard in self._active:
            self.cyclic = True
            return self._earlier.get(key, UNKNOWN)
        if self._depth >= DEEPEST:
            self.too_deep = self.too_deep or not self.follows_data
            return UNKNOWN
        self._depth += 1
        try:
            value = memory[key] = self.guarded(guard, lambda: self._written(binding, frame))
        finally:
            self._depth -= 1
        return value

    def write(self, write: Write, frame: Frame | None) -> Value:
        """What one write gives."""
        value = UNKNOWN
        if write.kind is WriteKind.MODULE:
            value = Value(names=(write.name,))
        elif write.kind is WriteKind.LOCAL and write.target is not None:
            value = Value(shapes=(Shape(write.target, frame),))
        elif write.kind is WriteKind.PARAMETER and write.function is not None:
            value = invocation.parameter(self, write.function, write.index, rest="..." in write.path, frame=frame)
        elif write.kind is WriteKind.TRIED:
            value = invocation.answers(self, write.node) if write.node is not None else UNKNOWN
        elif write.node is not None:
            value = self.evaluate(write.node, write.scope, frame)
            if write.kind is WriteKind.ELEMENT:
                value = variables.element(value, line_of(write.node))
            elif write.kind is WriteKind.KEY:
                value = objects.keys(self, value, line_of(write.node))
        line = write.node.start_point[0] + 1 if write.node is not None else 0
        for step in write.path:
            value = objects.step(self, value, step, line)
        return value

    def _written(self, binding: Binding, frame: Frame | None) -> Value:
        given: list[Value] = []
        added: list[Value] = []
        for write in binding.writes[:WRITES]:
            (added if write.kind is WriteKind.APPEND else given).append(self.write(write, frame))
        if binding.open:
            given.append(self._global(binding.name))
        value = merge(given)
        if added:
            whole = concatenate([value, *added])
            value = Value(whole.texts, value.names, whole.origins, value.shapes, value.items, value.raw)
        if binding.properties:
            held = [self.write(write, frame) for writes in binding.properties.values() for write in writes[:WRITES]]
            value = merge([value, Value(origins=union(held), shapes=(Shape(binding, frame),))])
        return value

    def identifier(self, node: Node, scope: Scope, frame: Frame | None) -> Value:
        """What a name means where it stands."""
        name = self.index.name(node)
        binding = scope.find(name)
        return self._global(name) if binding is None else self.binding(binding, frame)

    def _global(self, name: str) -> Value:
        if name in self.extra_globals:
            return Value(names=(self.extra_globals[name],))
        if name == "__dirname":
            return text_value(HERE)
        if name == "__filename":
            return text_value(self.own_path)
        if name in self.index.globals:
            return merge([grabbing.set_globally(self, name), Value(names=(name,)) if name in GLOBALS else UNKNOWN])
        return Value(names=(name,)) if name in GLOBALS else UNKNOWN

    @property
    def own_path(self) -> str:
        """The file's own path, as it sees it."""
        return f"{HERE}/{posixpath.basename(self.path)}"

    def keys(self, node: Node, scope: Scope, frame: Frame | None) -> tuple[str, ...]:
        """The keys that a member expression may pick; none when they are not known."""
        last = node.child_by_field_id(self.index.fields.property)
        if last is not None:
            return (self.index.name(last),)
        last = node.child_by_field_id(self.index.fields.index)
        return self.evaluate(last, scope, frame).texts if last is not None else ()
