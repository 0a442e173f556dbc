"""What an expression of a Python file is: evaluated on demand, from the definitions that reach it, within bounds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache

from tree_sitter import Node

from app.core.specimen import Origin
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python import containers, expressions, invoke, library
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Frame
from worker.inspection.facts.python.index import Index, Site
from worker.inspection.facts.python.known import HOLE, HOLES, UNKNOWN, Constant, Known, mapping, merge, named, sequence
from worker.inspection.facts.python.names import CARRIED, VENDORED
from worker.inspection.facts.python.scope import Binding, Definition, Scope, ScopeKind, in_sequence, reaching
from worker.inspection.facts.tree import Budget

_DEPTH = 48  # levels of expressions and definitions; beyond that nothing is known
_STARS = 32  # star imports in which a name is looked up
_CALLS = 4_000  # calls in one file that are followed with their own arguments
_STEPS = 150_000  # evaluations in one file


class FileEvaluator:
    """Evaluates the expressions of one file. `path` is the file's path inside the package.

    `written` is what data was written to which path; sinks fill it before they ask what is read from there.
    """

    def __init__(self, index: Index, path: str, budget: Budget, line: int | None = None) -> None:
        self.index = index
        self.path = path
        self.budget = budget
        self.written: dict[str, frozenset[Origin]] = {}
        self.carried: dict[str, frozenset[Origin]] = {}  # hole → where its data comes from
        self.listed: dict[str, tuple[str, ...]] = {}  # hole → the folders of which it is any file
        self.commands: dict[str, Extracted] = {}  # what the shell's reader said of a command line
        self.sites: dict[int, list[Site]] = {}  # the calls of a function of this file, by its id
        self.plain: dict[int, Known] = {}  # what a function of this file gives for arguments that say nothing
        self.root = Frame()
        self.exhausted = False
        self._line = line
        self._holes: dict[object, Known] = {}
        self._busy: set[tuple[int, int]] = set()
        self._depth = self._steps = self._followed = 0

    def value(self, node: Node, scope: Scope, frame: Frame | None = None) -> Known:
        """What is known of an expression that stands in a scope."""
        frame = self.root if frame is None or frame is self.root else frame.seen_from(scope)
        found = frame.memo.get(node.id)
        if found is not None:
            return found
        handler = _HANDLERS.get(node.type)
        if handler is None:
            return UNKNOWN
        key = (node.id, id(frame))
        if key in self._busy or self._depth >= _DEPTH or self._spent():
            return UNKNOWN
        self._busy.add(key)
        self._depth += 1
        try:
            found = handler(self, node, scope, frame)
        finally:
            self._busy.discard(key)
            self._depth -= 1
        if found.names and not found.origins:
            found = library.with_environment(found, self.line(node))
        frame.memo[node.id] = found
        return found

    def applied(self, function: Known, values: list[Known], call: Call) -> Known:
        """What a function gives for values."""
        return invoke.applied(self, function, values, call)

    def _spent(self) -> bool:
        self._steps += 1
        if not self._steps % 256:
            self.budget.check()
        self.exhausted = self._steps > _STEPS
        return self.exhausted

    def frame(self, scope: Scope, values: dict[str, Known], parent: Frame, *, deeper: bool) -> Frame:
        """A frame in which the names of one more scope are known."""
        return Frame(scope, values, parent, parent.depth + deeper)

    def may_follow(self) -> bool:
        """Whether one more call may be followed with its own arguments; past a bound, calls are taken together."""
        self._followed += 1
        return self._followed <= _CALLS

    def line(self, node: Node) -> int:
        """The 1-based line of a node; of the call that runs it, for code found in a constant."""
        return self._line if self._line is not None else node.start_point.row + 1

    def hole(self, key: object, known: Known = UNKNOWN) -> Known:
        """A value of which no text is known: its text is the one hole that stands for `key`."""
        found = self._holes.get(key)
        if found is None:
            found = self._holes[key] = Known(constants=(chr(HOLE + min(len(self._holes), HOLES - 1)),))
        if known is UNKNOWN:
            return found
        if known.origins:
            hole = found.texts[0]
            self.carried[hole] = self.carried.get(hole, frozenset()) | known.origins
        return known.with_constants(found.constants)

    def leaf(self, known: Known, key: object) -> Known:
        """The value itself, or with a hole for its text when it is nothing else that we follow."""
        if known.constants or known.items is not None or known.pairs is not None or known.scopes or known.instances:
            return known
        return self.hole(key, known)

    # --- names --------------------------------------------------------------------------------------------------------

    def name(self, text: str, scope: Scope, position: int, frame: Frame) -> Known:
        """What a name is at a byte position of a scope."""
        found = scope.find(text)
        if found is None:
            return self._unbound(text)
        holder, definitions = found
        known = frame.find(holder, text)
        if known is not None:
            return known
        runs_here = holder.runs_with is scope.runs_with
        if runs_here:
            definitions = reaching(definitions, position, holder.runs_with.loops)
            if not definitions:  # bound later: until then the name is that of the scope around, or a built-in one
                return self.name(text, holder.parent, position, frame) if holder.parent else self._unbound(text)
        known = self._bound(text, holder, definitions, position if holder is scope else holder.node.end_byte, frame)
        if text not in library.BUILTINS or holder.kind is not ScopeKind.MODULE:
            return known
        certain = holder.surely_binds(text, definitions, position if runs_here else None)
        return known if certain else merge([self._unbound(text), known])

    def _bound(self, text: str, holder: Scope, definitions: list[Definition], position: int, frame: Frame) -> Known:
        """What the definitions of a name give together."""
        if len(definitions) > 1:
            ordered = in_sequence(definitions, position, holder.runs_with.loops)
            if ordered is not None:
                return self._added(ordered, frame)
        values = [self.definition(definition, text, frame) for definition in definitions[-64:]]
        if any(definition.binding is Binding.ADDITION for definition in definitions):
            values = [value.with_constants(()) if value.items is None else value for value in values]
        return self.leaf(merge(values), (id(holder), text))

    def _added(self, definitions: list[Definition], frame: Frame) -> Known:
        total = self.definition(definitions[0], "", frame)
        for definition in definitions[1:]:
            total = expressions.add(total, self.definition(definition, "", frame))
        return total

    def _unbound(self, text: str) -> Known:
        special = library.special_name(self, text)
        if special is not None:
            return special
        stars = [
            f"{module}.{text}"
            for module in [*self.index.stars][:_STARS]
            if library.is_known(canonical(f"{module}.{text}"))
        ]
        names = [canonical(name) for name in stars] or ([f"builtins.{text}"] if text in library.BUILTINS else [])
        return named(*names) if names else self.hole(("name", text))

    def definition(self, definition: Definition, name: str, frame: Frame) -> Known:
        """The value that one definition gives."""
        binding, node = definition.binding, definition.node
        if binding is Binding.IMPORT:
            return named(canonical(definition.name))
        if binding is Binding.LOCAL:
            return Known(scopes=(definition.target,)) if definition.target is not None else UNKNOWN
        if binding is Binding.PARAMETER:
            return invoke.parameter(self, definition, name, frame)
        if node is None:
            return UNKNOWN
        known = self.value(node, definition.scope, frame)
        if binding is Binding.ENTERED:
            known = self._own_protocol(known, "__enter__", frame)
        if binding is Binding.ELEMENT:
            known = self._own_protocol(known, "__iter__", frame)
            known = containers.element(self, known, (id(definition), name))
        for step in definition.steps:
            known = containers.item(known, step)
        if binding is Binding.CONTRIBUTION:
            return self._contributed(definition, known, frame)
        return known

    def _own_protocol(self, known: Known, method: str, frame: Frame) -> Known:
        """What `with` and `for` get from an instance of a class of this file; anything else is its own."""
        entered = [
            invoke.returned(self, scope, frame)
            for holder in known.instances
            for scope in self.member(holder, method, frame, bound=True).scopes
            if scope.kind is ScopeKind.FUNCTION
        ]
        return merge(entered).with_origins(known.origins) if entered else known

    def _contributed(self, definition: Definition, known: Known, frame: Frame) -> Known:
        if definition.key is None:
            return sequence([known])
        keys: tuple[Constant | None, ...] = self.value(definition.key, definition.scope, frame).constants or (None,)
        return mapping((key, known) for key in keys)

    # --- attributes ---------------------------------------------------------------------------------------------------

    def attribute(self, base: Known, name: str, frame: Frame, text: str = "") -> Known:
        """`base.name`; `text` is how the source writes it."""
        names = [canonical(f"{holder}.{name}") for holder in base.names if len(holder) + len(name) < 256]
        if library.is_globals(name):
            names.append("builtins.globals()")
        if name == "__builtins__" or (name == "__self__" and any(map(library.is_built_in, base.names))):
            names.append("builtins")
        found = [Known(names=tuple(names), origins=base.origins, hosts=base.hosts)] if names else []
        found += [library.constant_attribute(full) for full in names]
        found += [library.path_attribute(base, name)]
        for holder, bound in [(scope, False) for scope in base.scopes] + [(scope, True) for scope in base.instances]:
            if holder.kind is ScopeKind.CLASS:
                found.append(self.member(holder, name, frame, bound=bound))
        if name == "__doc__":
            found += [library.docstring(self, holder) for holder in (*base.scopes, *base.instances)]
        definitions = self.index.attributes.get(text)
        if definitions:
            found += [self.definition(definition, name, frame) for definition in definitions[-16:]]
        known = merge([value for value in found if value is not UNKNOWN])
        return self.leaf(known.with_origins(base.origins), ("attribute", text or name))

    def member(self, holder: Scope, name: str, frame: Frame, *, bound: bool, level: int = 0) -> Known:
        """What a class of this file, or its instance, has under a name: its own, else its bases'."""
        definitions = [*holder.attributes.get(name, ()), *holder.bindings.get(name, ())][-32:]
        if not definitions and bound and not level:  # `instance.name = …`, outside of the class
            definitions = [
                one for text, held in self.index.attributes.items() if text.endswith(f".{name}") for one in held
            ][:8]
        if definitions:
            known = merge([self.definition(definition, name, frame) for definition in definitions])
            functions = [scope for scope in known.scopes if scope.computed]
            return merge([invoke.returned(self, scope, frame) for scope in functions]) if functions else known
        found = []
        for node in holder.bases if level < 4 else ():
            base = self.value(node, holder.parent or holder, frame)
            suffix = "()" if bound else ""
            found += [named(*(canonical(f"{one}{suffix}.{name}") for one in base.names))] if base.names else []
            found += [self.member(scope, name, frame, bound=bound, level=level + 1) for scope in base.scopes]
        return merge(found)


@lru_cache(maxsize=4_096)
def canonical(name: str) -> str:
    """A dotted name without the prefixes under which packages, and modules that import them, carry others."""
    name = name.removesuffix(".__call__")
    parts = name.split(".")
    for at in range(len(parts) - 2, 0, -1):  # `shutil.os.system`, `tempfile._os.popen`
        if parts[at].lstrip("_") in CARRIED and parts[0] in sys.stdlib_module_names:
            return ".".join([parts[at].lstrip("_"), *parts[at + 1 :]])
    for prefix, instead in VENDORED:
        if name.startswith(prefix):
            return instead + name[len(prefix) :]
        if name == prefix[:-1] and instead:
            return instead[:-1]
    return name


_HANDLERS: dict[str, Callable[[FileEvaluator, Node, Scope, Frame], Known]] = {
    **expressions.HANDLERS,
    "call": invoke.call_value,
    "subscript": library.subscript,
}
