"""Where a value goes from where it stands: to names, members, results and parameters, by the kinds of nodes around it.

It says too much rather than too little: what is written to a name taints all places of that name, what stands in a
result the function, what stands in a call the parameters of the functions that are handed over with it. Kinds of nodes
that `expressions.HANDLERS` does not know hand nothing on.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable

from tree_sitter import Node

from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import children, field_of
from worker.inspection.facts.javascript.scope import ANY, Binding, Class, Function, Role, Site, WriteKind
from worker.inspection.facts.javascript.scope_map import ScopeMap
from worker.inspection.facts.javascript.walker import MUTATORS
from worker.inspection.facts.javascript.words import found, is_member, plain, words

_SEARCHES = 16  # of the whole source, from which it is cheaper to sort its words
MEMBER = re.compile(rb"\s*(?:\?\.|\.)\s*([A-Za-z_$][A-Za-z0-9_$]*)")
"""`.name`, as it follows what it is asked of."""

_HANDS_ON = frozenset({"||", "??", "&&"})
# What has the value of a part of it, whichever part.
_THROUGH = frozenset(
    {
        *("parenthesized_expression", "await_expression", "as_expression", "satisfies_expression", "array", "object"),
        *("non_null_expression", "instantiation_expression", "type_assertion", "spread_element", "arguments"),
        *("sequence_expression", "class_body", "import", "meta_property", "this", "identifier"),
        *("shorthand_property_identifier", "shorthand_property_identifier_pattern"),
    }
)
_CALLS = frozenset({"call_expression", "new_expression"})
_MEMBERS = frozenset({"member_expression", "subscript_expression"})
_CLASSES = frozenset({"class", "class_declaration", "abstract_class_declaration"})
_RESULTS = frozenset({"return_statement", "yield_expression"})
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})
_SHORTHANDS = frozenset({"shorthand_property_identifier_pattern", "shorthand_property_identifier"})
_NAMES = _SHORTHANDS | {"identifier", "undefined"}
# The one field whose value it has, or that it hands on.
_ONLY = {
    "pair": "value",
    "field_definition": "value",
    "public_field_definition": "value",
    **dict.fromkeys(_CLASSES, "body"),
    **dict.fromkeys(_ASSIGNMENTS, "right"),
}
# The field from which it takes a value, and the one to which it writes it.
_WRITES = {
    "variable_declarator": ("value", "name"),
    "for_in_statement": ("right", "left"),
    "assignment_pattern": ("right", "left"),
    "object_assignment_pattern": ("right", "left"),
    **dict.fromkeys(_PARAMETERS, ("value", "pattern")),
}


class Forward:
    """Follows values forwards in one file."""

    def __init__(self, evaluator: Evaluator) -> None:
        index = self.index = evaluator.index
        self.evaluator = evaluator
        self.calls: set[int] = set()  # places in `index.calls` of calls in whose callee or arguments it stands
        self.news: list[int] = []  # those that were added last
        self.offsets: list[int] = []  # of all places, in order
        self.waiting: list[int] = []  # places that are not followed yet
        self.callbacks: dict[int, list[Function]] = defaultdict(list)  # by the id of the call they stand in
        self.this: dict[int, list[int]] = defaultdict(list)  # places of `this`, by the id of what it is
        self.scopes = ScopeMap(index)
        self.plain = plain(index.source)
        self._names: set[int] = set()  # ids of bindings that are followed
        self._from: set[int] = set()  # ids of functions, classes and object literals that are followed
        self._passed: set[int] = set()  # ids of nodes that have such a value
        self._keyed: dict[int, dict[str, list[int]]] = {}  # places of `this` by the key that is asked of it
        self._words: dict[bytes, list[int]] = {}
        self._searched = 0  # bytes
        self._places_of = {call[0].id: place for place, call in enumerate(index.calls)}
        self._cursor = index.tree.walk()

    def follow(self) -> None:
        """Follow every place outwards, until there is nothing new."""
        count = 0
        while self.waiting:
            count += 1
            if not count % 256:
                self.evaluator.budget.check()
            offset = self.waiting.pop()
            at = bisect_left(self.offsets, offset)
            if at < len(self.offsets) and self.offsets[at] == offset:
                continue
            insort(self.offsets, offset)
            self._climb(self._chain(offset, 0, self.scopes.innermost(offset)))

    def _chain(self, offset: int, until: int, at: int) -> list[Node]:
        """The nodes around a byte, from a scope's to the leaf or to the one whose id is `until`."""
        cursor = self._cursor
        cursor.reset(self.scopes.node(at))
        chain: list[Node] = []
        while True:
            node = cursor.node
            assert node is not None
            chain.append(node)
            if node.id == until or cursor.goto_first_child_for_byte(offset) is None:
                return chain

    def _outwards(self, node: Node) -> None:
        """Follow a function or class from where it stands."""
        if node.id in self._from:
            return
        self._from.add(node.id)
        start = node.start_byte
        at = self.scopes.innermost(start)
        while at >= 0 and self.scopes.starts[at] >= start:
            at = self.scopes.outer[at]
        chain = self._chain(start, node.id, at)
        while chain[-1].id != node.id and at >= 0:  # a scope that starts before it, and does not hold it
            at = self.scopes.outer[at]
            chain = self._chain(start, node.id, at)
        self._climb(chain)

    def _climb(self, chain: list[Node]) -> None:
        """Follow the last node of a chain through those that have its value."""
        for at in range(len(chain) - 1, 0, -1):
            parent = chain[at - 1]
            if parent.id in self._passed or not self._passes(chain[at], parent):
                return
            self._passed.add(parent.id)
        if chain[0].type in _CLASSES:
            self._class(chain[0])

    def _passes(self, child: Node, parent: Node) -> bool:
        """What a node does with the value of a part of it; whether its own value is of it."""
        kind = parent.type
        if kind in _THROUGH:
            if kind == "object":
                self._holder(self.index.sites.get(parent.id))
            return True
        if kind in _MEMBERS:
            return not _is_field(parent, "index", child)
        if kind in _CALLS:
            self._call(parent)
            return True
        if kind in _ONLY:
            return _is_field(parent, _ONLY[kind], child) and self._only(parent)
        if kind == "binary_expression":
            operator = field_of(parent, "operator")
            return operator is None or operator.type in _HANDS_ON
        if kind == "ternary_expression":
            return not _is_field(parent, "condition", child)
        if kind == "unary_expression":
            return self.index.source.startswith(b"+", parent.start_byte)
        self._ends_in(child, parent)
        return False

    def _only(self, node: Node) -> bool:
        if node.type in _ASSIGNMENTS:
            self._written(field_of(node, "left"))
        elif node.type in _CLASSES:
            self._class(node)
        return True

    def _ends_in(self, child: Node, parent: Node) -> None:
        """What statements, patterns and functions do with a value: it goes to names, or is the function's result."""
        kind = parent.type
        if kind in _WRITES and _is_field(parent, _WRITES[kind][0], child):
            self._written(field_of(parent, _WRITES[kind][1]))
        elif kind in _PARAMETERS:
            self._property(parent)
        elif kind in _RESULTS:
            function = self.scopes.at(parent.start_byte).function
            if function is not None:
                self._function(function)
        elif kind == "arrow_function":
            if _is_field(parent, "body", child) and parent.id in self.index.functions:
                self._function(self.index.functions[parent.id])
        elif kind == "pair_pattern":
            self._written(field_of(parent, "value"))  # `{constructor: F} = x`
        elif kind == "object_pattern" and child.type in _SHORTHANDS:
            self._written(child)

    def _property(self, parameter: Node) -> None:
        """`constructor(private env: Env)` writes `this.env`."""
        function = self.scopes.at(parameter.start_byte).function
        if function is not None and isinstance(function.owner, Class) and function.name == "constructor":
            self._members(function.owner, ANY)

    def _written(self, target: Node | None) -> None:
        """Something is written to a name, to the names of a pattern, or to a member."""
        waiting = [target] if target is not None else []
        while waiting:
            node = waiting.pop()
            if node.type in _NAMES:
                self._named(node)
            elif node.type in _MEMBERS:
                self._member_written(node)
            else:
                waiting += children(node)

    def _named(self, node: Node) -> None:
        binding = self.scopes.at(node.start_byte).find(self.index.name(node))
        if binding is not None:
            self.name(binding)

    def _member_written(self, node: Node) -> None:
        last = field_of(node, "property") or field_of(node, "index")
        inner = field_of(node, "object")
        if inner is not None and inner.type == "this":
            key = self.index.key(last) if last is not None and node.type == "member_expression" else None
            self._members(self.scopes.at(node.start_byte).owner, key or ANY)
            return
        while inner is not None and inner.type in _MEMBERS:
            inner = field_of(inner, "object")
        if inner is not None and inner.type == "identifier":
            self._named(inner)

    def _members(self, owner: Class | Site | None, key: str) -> None:
        """What is written to `this.key` is read as `this.key`: of the same class, or anywhere outside of classes."""
        if isinstance(owner, Class):
            self._class(owner.node)
        what = id(owner if isinstance(owner, Class) else None)
        if what not in self._keyed:
            self._keyed[what] = self._by_key(self.this[what])
        places = self._keyed[what]
        for each in places if key == ANY else (key, ANY):
            self.waiting += places.get(each, ())

    def _by_key(self, places: list[int]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for start in places:
            match = MEMBER.match(self.index.source, start + len("this"))
            found.setdefault(match.group(1).decode() if match is not None else ANY, []).append(start)
        return found

    def _call(self, node: Node) -> None:
        """A call: the functions that stand in it get something, and the one whose parameter it calls hands it on."""
        place = self._places_of.get(node.id)
        if place is None or place in self.calls:
            return
        self.calls.add(place)
        self.news.append(place)
        _, scope, method = self.index.calls[place]
        for function in self.callbacks.get(node.id, ()):
            self.parameters(function, None)
        self._mutation(node, method)
        callee = node.child_by_field_id(self.index.fields.function) if method is None else None
        name = self.index.name(callee) if callee is not None and callee.type == "identifier" else method
        for write in binding.writes if name is not None and (binding := scope.find(name)) is not None else ():
            if write.kind is WriteKind.PARAMETER and write.function is not None:
                self._function(write.function)

    def _mutation(self, node: Node, method: str | None) -> None:
        """`list.push(x)`, `Object.assign(o, x)`: the list or object holds x from now on."""
        target: Node | None = None
        if method in MUTATORS:
            callee = field_of(node, "function")
            target = field_of(callee, "object") if callee is not None else None
        elif method in ("assign", "defineProperty"):
            arguments = field_of(node, "arguments")
            target = next(iter(children(arguments)), None) if arguments is not None else None
        if target is not None and target.type == "identifier":
            self._named(target)

    def parameters(self, function: Function, position: int | None) -> None:
        """Follow the parameter at a position, or all of them."""
        for binding in function.scope.names.values():
            for write in binding.writes:
                if write.function is function and (
                    position is None or write.index == position or (write.index < position and write.path)
                ):
                    self.name(binding)

    def _function(self, function: Function) -> None:
        """A function gives it: so do all that is called like the function, and what the function is put into."""
        if function.node.id in self._from:
            return
        if function.role is Role.NAMED:
            for scope in (function.scope, function.outer):
                binding = scope.find(function.name)
                if binding is not None:
                    self.name(binding)
        self._outwards(function.node)

    def _class(self, node: Node) -> None:
        """A class has a member that gives it."""
        made = self.index.classes.get(node.id)
        if made is None:
            return
        self._holder(made)
        name = node.child_by_field_id(self.index.fields.name)
        for scope in (made.scope, self.scopes.at(node.start_byte)) if name is not None else ():
            binding = scope.find(self.index.name(name)) if name is not None else None
            if binding is not None:
                self.name(binding)
        self._outwards(node)

    def _holder(self, what: Class | Site | None) -> None:
        """A class or an object literal holds it: so does `this` inside."""
        if what is not None and id(what) not in self._from:
            self._from.add(id(what))
            self.waiting += self.this.get(id(what), ())

    def name(self, binding: Binding) -> None:
        """Follow a name to all its places."""
        if id(binding) in self._names:
            return
        self._names.add(id(binding))
        start, end = self.scopes.extent(binding.scope)
        name, scope_at = binding.name, self.scopes.at
        self.waiting += [at for at in self.places(name, start, end) if scope_at(at).find(name) is binding]

    def places(self, name: str, start: int, end: int) -> Iterable[int]:
        """Where a name stands as a word of its own, and not as a member."""
        word = name.encode()
        self._searched += end - start
        if self._searched > _SEARCHES * len(self.plain):
            if not self._words:
                self._words = words(self.plain)
            places = self._words.get(word, [])
            places = places[bisect_left(places, start) : bisect_left(places, end)]
        else:
            places = found(self.plain, word, start, end)
        source = self.index.source
        return [at for at in places if not is_member(source, at)]


def _is_field(parent: Node, field: str, child: Node) -> bool:
    found = field_of(parent, field)
    return found is not None and found.id == child.id
