"""Where something that can do something may stand in a file: a forward slice, so that the rest is not evaluated.

It starts at the words that lead somewhere: global names, imported modules, constructors, loaders. An expression without
a place of it inside has no name. Parameters of functions that are called by name are added as the calls are found
(`hand`).
"""

from __future__ import annotations

from bisect import bisect_left

import re2

from worker.inspection.facts.javascript import objects
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.forward import MEMBER, Forward
from worker.inspection.facts.javascript.names import GLOBAL_OBJECTS, GLOBALS, WRAPPER, member
from worker.inspection.facts.javascript.scope import Binding, Function, Role, Site, WriteKind
from worker.inspection.facts.javascript.variables import ENVIRONMENTS
from worker.inspection.facts.javascript.words import TEXTS, escapes_names, found, is_member, is_whole

LOADER = 2  # the parameter by which the modules of a bundle load each other
_DEEPEST_MEMBER = 8
_CALLED = (b"(", b".")
# Globals that lead nowhere, whatever is asked of them: only their constructor does, and that has a name of its own.
_HARMLESS = frozenset(
    {
        *("Array", "Error", "JSON", "Math", "Number", "Object", "Promise", "String", "Symbol", "TextDecoder", "URL"),
        *("TextEncoder", "URLSearchParams", "Uint8Array", "btoa", "console", "decodeURI", "decodeURIComponent"),
        *(
            "Map",
            "Set",
            "encodeURI",
            "encodeURIComponent",
            "escape",
            "unescape",
            "exports",
            "parseInt",
            "__webpack_require__",
        ),
    }
)
_WORDS = "|".join(sorted(map(re2.escape, (GLOBALS - _HARMLESS - {"$"}) | {"constructor", "import"})))
_SOURCES = re2.compile(rf"\b(?:{_WORDS})\b|\$(?:[^A-Za-z0-9_$]|\z)".encode())


def sliced(evaluator: Evaluator) -> Slice | None:
    """The slice of a file; None where names are written with escapes, so that they are not found by their letters."""
    return None if escapes_names(evaluator.index) else Slice(evaluator)


class Slice(Forward):
    """The slice of one file."""

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self._start()

    def reaches(self, start: int, end: int) -> bool:
        """Whether a place stands between two bytes."""
        at = bisect_left(self.offsets, start)
        return at < len(self.offsets) and self.offsets[at] < end

    def hand(self, function: Function, position: int) -> list[int]:
        """Follow a parameter that is handed something; the places of the calls that this adds."""
        self.news = []
        self.parameters(function, position)
        self.follow()
        return self.news

    def _start(self) -> None:
        """Begin with global names, imported modules, and what a module is given by its loader."""
        index, source = self.index, self.index.source
        extra = getattr(self.evaluator, "extra_globals", {})
        for count, match in enumerate(_SOURCES.finditer(source)):
            if not count % 256:
                self.evaluator.budget.check()
            start = match.start()
            word = "$" if source.startswith(b"$", start) else match.group().decode()
            self._source(word, start, start + len(word))
        for start in found(self.plain, b"this", 0, len(source)):
            self._this_at(start)
        for name in (*extra, *index.globals):
            self.waiting += self.places(name, 0, len(source))
        for binding in index.imported:
            self.name(binding)
        for binding in index.module.names.values():
            if binding.open and (binding.name in GLOBALS or binding.name in extra):
                self.name(binding)
        for function in index.functions.values():
            if function.call is not None:
                self.callbacks[function.call.id].append(function)
            elif function.role is Role.METHOD and isinstance(function.owner, Site):
                self.parameters(function, LOADER)
        for (node, _), keys in zip(index.computed, objects.computed_keys(self.evaluator), strict=True):
            if "constructor" in keys:
                self.waiting.append(node.end_byte - 1)
        self.follow()

    def _source(self, word: str, start: int, end: int) -> None:
        """Follow a word that may lead somewhere from where it stands."""
        source = self.index.source
        is_key = is_member(source, start)
        if word == "constructor":
            if (is_key or source[end : end + 1] != b"(") and self._is_name(start, end):
                self.waiting.append(start)
        elif word == "import":
            if source[end : end + 16].lstrip()[:1] in _CALLED:
                self.waiting.append(start)
        elif not is_key and (word != "$" or is_whole(source, start, end)) and self._leads(word, end):
            binding = self.scopes.at(start).find(word)
            if binding is not None and word in WRAPPER:
                self._wrapped(binding)  # AMD and browserify hand over what CommonJS has anyway
            if (binding is None or binding.open) and self._is_name(start, end):
                self.waiting.append(start)

    def _wrapped(self, binding: Binding) -> None:
        if any(write.kind is WriteKind.PARAMETER for write in binding.writes):
            self.name(binding)

    def _leads(self, word: str, end: int) -> bool:
        """Whether a global may lead anywhere with the members that are asked of it right there."""
        name: str | None = word
        for _ in range(_DEEPEST_MEMBER):
            match = MEMBER.match(self.index.source, end)
            if match is None or name is None:
                break
            if name in ENVIRONMENTS:
                return False  # a variable of it is data
            key = match.group(1).decode()
            if name in GLOBAL_OBJECTS and key in self.index.globals:
                return True
            name = member(name, key)
            end = match.end()
        return name is not None and name != "module.exports"

    def _is_name(self, start: int, end: int) -> bool:
        """Whether a word is no part of a text or comment. Keys that are texts are evaluated by themselves."""
        node = self.index.tree.root_node.descendant_for_byte_range(start, end)
        return node is None or node.type not in TEXTS

    def _this_at(self, start: int) -> None:
        scope = self.scopes.at(start)
        self.this[id(scope.owner)].append(start)
        function = scope.function
        if scope.owner is None and (function is None or function.role is Role.CALLEE or _gives(function, start)):
            end = start + len("this")
            if self._leads("globalThis", end) and self._is_name(start, end):
                self.waiting.append(start)


def _gives(function: Function, start: int) -> bool:
    """Whether what a function returns stands at this byte: `function F() { return this }`."""
    return any(node.start_byte == start for node, _ in function.returns)
