"""Files that are written and then run: what was downloaded or decoded follows its path into the command."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluator import FileEvaluator
from worker.inspection.facts.javascript.index import children
from worker.inspection.facts.javascript.literals import HOLE
from worker.inspection.facts.javascript.scope import Binding, Scope
from worker.inspection.facts.javascript.values import Value

MOST_NODES = 256  # nodes of an argument in which names are looked for
SHORTEST = 4  # characters from which a path is telling

_FOREIGN = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED})


@dataclass(slots=True)
class Dropped:
    """Paths, and names of paths, to which data from elsewhere was written."""

    evaluator: FileEvaluator
    _texts: dict[str, set[Origin]] = field(default_factory=dict)
    _names: dict[int, set[Origin]] = field(default_factory=dict)

    def wrote(self, call: Call, position: int, origins: frozenset[Origin]) -> None:
        """Remember where a call writes data that was downloaded or decoded."""
        foreign = {origin for origin in origins if origin.kind in _FOREIGN}
        if not foreign:
            return
        for text in self.evaluator.argument(call, position).texts:
            known = text.strip(HOLE)
            if len(known) >= SHORTEST:
                self._texts.setdefault(known, set()).update(foreign)
        for binding in self._mentioned(call, position):
            self._names.setdefault(id(binding), set()).update(foreign)

    def run(self, call: Call) -> frozenset[Origin]:
        """What was written to the files that a call names."""
        if not self._texts and not self._names:
            return frozenset()
        found: set[Origin] = set()
        for position in range(min(len(call.arguments), 3)):
            texts = _all_texts(self.evaluator.argument(call, position))
            for path, origins in self._texts.items():
                if any(path in text for text in texts):
                    found |= origins
            for binding in self._mentioned(call, position):
                found |= self._names.get(id(binding), set())
        return frozenset(found)

    def _mentioned(self, call: Call, position: int) -> list[Binding]:
        """The names that stand in an argument, and those that they are made of."""
        given = call.arguments[position] if position < len(call.arguments) else None
        if not isinstance(given, Node):
            return []
        return _bindings(self.evaluator, given, call.scope)


def _bindings(evaluator: FileEvaluator, node: Node, scope: Scope) -> list[Binding]:
    found: list[Binding] = []
    waiting = [node]
    for _ in range(MOST_NODES):
        if not waiting:
            break
        inner = waiting.pop()
        if inner.type == "identifier":
            binding = scope.find(evaluator.index.name(inner))
            if binding is not None and _is_path(evaluator, binding):
                found.append(binding)
        elif inner.type != "object":
            waiting += children(inner)
    return found


def _is_path(evaluator: FileEvaluator, binding: Binding) -> bool:
    """Whether a name may hold a path: modules and functions stand in every argument and say nothing."""
    value = evaluator.binding(binding, None)
    return not value.names and not value.functions


def _all_texts(value: Value) -> list[str]:
    texts = list(value.texts)
    for item in value.items or ():
        texts += item.texts
    return texts
