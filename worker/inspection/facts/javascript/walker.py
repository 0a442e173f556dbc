"""What each kind of node in a JavaScript or TypeScript tree adds to the index."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from worker.inspection.facts.javascript import modules
from worker.inspection.facts.javascript.functions import FUNCTIONS, Standing, place, stand
from worker.inspection.facts.javascript.index import Index, children, field_of
from worker.inspection.facts.javascript.names import GLOBAL_OBJECTS, WRAPPER
from worker.inspection.facts.javascript.patterns import bind
from worker.inspection.facts.javascript.scope import ANY, Class, Function, Scope, Write, WriteKind
from worker.inspection.facts.javascript.watch import Position, Watch, may_be_text

DEEPEST_SCOPE = 400  # deeper ones share the scope that they stand in
_DEEPEST_TARGET = 8  # dots in `a.b.c = x`

_WRITTEN_OUT = frozenset({"property_identifier", "private_property_identifier", "string", "number"})
_BLOCKS = ("statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body")
_CLASSES = ("class_declaration", "class", "abstract_class_declaration")
_SKIPPED = (
    *("string_fragment", "regex", "type_annotation", "type_arguments", "type_parameters"),
    *("interface_declaration", "type_alias_declaration", "ambient_declaration", "asserts_annotation"),
    *("implements_clause", "type_predicate_annotation", "function_signature", "method_signature"),
)
_OF_ELEMENTS = frozenset({"src", "text", "textContent", "innerHTML"})  # what images fetch and scripts run
_ANSWERS = ("response", "data", "body")  # of errors of clients
MUTATORS = frozenset({"push", "unshift", "append", "set", "add", "splice"})
"""Methods that add to what they are called on."""
_ADDING = MUTATORS | {"assign", "defineProperty"}

Handler = Callable[[Node, int], bool]


class Walker:
    """The scopes at the cursor, and what each kind of node adds to the index."""

    def __init__(self, index: Index, position: Position) -> None:
        self.index = index
        self.fields = index.fields
        self.position = position
        self.watch = Watch(index, position)
        self._assigned: list[tuple[str, str | None, Write]] = []  # name, key, what is written

    def handlers(self) -> dict[str, Handler]:
        """What to do with each kind of node."""
        watch = self.watch
        return {
            "variable_declarator": self._declarator,
            "assignment_expression": self._assignment,
            "augmented_assignment_expression": self._assignment,
            "call_expression": self._call,
            "new_expression": self._call,
            "member_expression": watch.member,
            "subscript_expression": watch.member,
            "return_statement": self._return,
            "yield_expression": self._return,
            "spread_element": watch.spread,
            "pair": watch.pair,
            "shorthand_property_identifier": watch.shorthand,
            "import_statement": self._import,
            "export_statement": self._export,
            "string": watch.string,
            "template_string": watch.template,
            "array": watch.array,
            "field_definition": self._field,
            "public_field_definition": self._field,
            "comment": self._comment,
            **dict.fromkeys(_SKIPPED, _skip),
            **dict.fromkeys(_BLOCKS, self._block),
            **dict.fromkeys(_CLASSES, self._class),
            **dict.fromkeys(FUNCTIONS, self._function),
        }

    def finish(self) -> None:
        """Bind what was assigned: only now is every declaration known."""
        for name, key, write in self._assigned:
            if key is None:
                found = write.scope.find(name)
                if found is None:
                    found = self.index.module.declare(name)
                    found.open = True
                found.writes.append(write)
            elif (found := write.scope.find(name)) is not None:
                found.properties.setdefault(key, []).append(write)
            elif name in GLOBAL_OBJECTS and key != ANY:
                self.index.globals.setdefault(key, []).append(write)

    @property
    def scope(self) -> Scope:
        """The innermost scope at the cursor."""
        return self.position.scopes[-1][1]

    def _open(self, node: Node, depth: int, function: Function | None = None) -> Scope:
        outer = self.scope
        if outer.depth >= DEEPEST_SCOPE:
            return outer
        scope = Scope(outer, function or outer.function, outer.owner, outer.depth + 1)
        self.position.scopes.append((depth, scope))
        self.index.scopes.append((node, scope))
        return scope

    def _function(self, node: Node, depth: int) -> bool:
        outer = self.scope
        scope = self._open(node, depth)
        function = place(self.index, node, scope, outer)
        if scope is not outer:
            stand(self.index, function, Standing(self.position.parents, depth))
        return True

    def _class(self, node: Node, depth: int) -> bool:
        outer, scope = self.scope, self._open(node, depth)
        found = self.index.classes[node.id] = Class(node, outer)
        name = node.child_by_field_id(self.fields.name)
        if name is not None:
            text = self.index.name(name)
            home = outer if node.type != "class" else scope
            home.declare(text).writes.append(Write(WriteKind.LOCAL, outer, target=found))
        if scope is not outer:
            scope.owner = found
        return True

    def _block(self, node: Node, depth: int) -> bool:
        if self.position.parents[depth - 1].type in FUNCTIONS:
            return True  # the function's own scope
        self._open(node, depth)
        if node.type == "for_in_statement":
            self._loop(node)
        elif node.type == "catch_clause":
            parameter = field_of(node, "parameter")
            if parameter is not None:
                self._caught(parameter, field_of(self.position.parents[depth - 1], "body"))
        return True

    def _caught(self, parameter: Node, tried: Node | None) -> None:
        """`catch (error)`: an error of a client holds the answer that it got."""
        given = Write(WriteKind.TRIED, self.scope, tried)
        if parameter.type != "identifier":
            bind(self.index, parameter, given, self._declare)
            return
        binding = self.scope.declare(self.index.name(parameter))
        binding.writes.append(Write(WriteKind.VALUE, self.scope))
        for key in _ANSWERS:
            binding.properties.setdefault(key, []).append(given)

    def _loop(self, node: Node) -> None:
        left, right = node.child_by_field_id(self.fields.left), node.child_by_field_id(self.fields.right)
        operator = node.child_by_field_id(self.fields.operator)
        if left is None or right is None:
            return
        kind = WriteKind.KEY if operator is not None and operator.type == "in" else WriteKind.ELEMENT
        give = self._declare if node.child_by_field_id(self.fields.kind) is not None else self._assign
        bind(self.index, left, Write(kind, self.scope, right), give)

    def _declarator(self, node: Node, depth: int) -> bool:
        name = node.child_by_field_id(self.fields.name)
        if name is not None:
            hoisted = self.position.parents[depth - 1].type == "variable_declaration"
            write = Write(WriteKind.VALUE, self.position.scopes[-1][1], node.child_by_field_id(self.fields.value))
            bind(self.index, name, write, self._hoist if hoisted else self._declare)
        return True

    def _assignment(self, node: Node, _depth: int) -> bool:
        left, right = node.child_by_field_id(self.fields.left), node.child_by_field_id(self.fields.right)
        if left is not None and right is not None:
            operator = node.child_by_field_id(self.fields.operator)  # none where it is `=`
            appends = operator is not None and operator.type == "+="
            kind = WriteKind.APPEND if appends else WriteKind.VALUE
            write = Write(kind, self.position.scopes[-1][1], right)
            if left.type == "member_expression":
                self._assign(left, write)
            else:
                bind(self.index, left, write, self._assign)
        return True

    def _call(self, node: Node, depth: int) -> bool:
        index, scope = self.index, self.position.scopes[-1][1]
        callee = node.child_by_field_id(self.fields.function) or node.child_by_field_id(self.fields.constructor)
        if callee is None:
            return True
        kind = callee.type
        if kind == "identifier":
            index.calls.append((node, scope, None))
            self._called(index.name(callee), node, scope)
        elif kind != "member_expression":
            index.calls.append((node, scope, None))
            if kind == "subscript_expression":
                index.subscripts.add(len(index.calls) - 1)
                if may_be_text(callee.child_by_field_id(self.fields.index)):
                    index.computed_callees.append((callee, scope))
            elif kind == "import":
                self._called("import()", node, scope)
        else:
            last = callee.child_by_field_id(self.fields.property)
            if last is not None:
                name = index.name(last)
                index.calls.append((node, scope, name))
                self._called(name, node, scope)
                if name in _ADDING:
                    self._adds(node, callee, name, depth)
        return True

    def _called(self, name: str, node: Node, scope: Scope) -> None:
        calls = self.index.calls_by_name.get(name)
        if calls is None:
            self.index.calls_by_name[name] = [(node, scope)]
        else:
            calls.append((node, scope))

    def _adds(self, node: Node, callee: Node, name: str, depth: int) -> None:
        arguments = node.child_by_field_id(self.fields.arguments)
        if arguments is None:
            return
        given = children(arguments)[:16]
        if name in MUTATORS:
            self._mutation(callee.child_by_field_id(self.fields.object), given)
            return
        if name == "defineProperty":
            self._defined(given[:3])
            return
        self._mutation(given[0] if given else None, given[1:])
        if self.watch.prepares_child(depth):
            self.index.child_environments.add(node.id)

    def _mutation(self, target: Node | None, given: list[Node]) -> None:
        """`list.push(x)`, `Object.assign(o, x)`: the list or object holds x from now on."""
        if target is not None and target.type == "identifier":
            for argument in given:
                self._assigned.append((self.index.name(target), ANY, Write(WriteKind.VALUE, self.scope, argument)))

    def _defined(self, given: list[Node]) -> None:
        """`Object.defineProperty(o, "key", {value: x})`: o holds x."""
        if len(given) < 3 or given[0].type != "identifier" or given[2].type != "object":
            return
        key = self.index.key(given[1]) if given[1].type == "string" else None
        for pair in children(given[2])[:_DEEPEST_TARGET]:
            name, value = field_of(pair, "key"), field_of(pair, "value")
            if pair.type == "pair" and name is not None and value is not None and self.index.key(name) == "value":
                write = Write(WriteKind.VALUE, self.scope, value)
                self.watch.alias(key, write)
                self._assigned.append((self.index.name(given[0]), key or ANY, write))

    def _return(self, node: Node, _depth: int) -> bool:
        scope = self.position.scopes[-1][1]
        inner = children(node)[:1] if scope.function is not None and node.named_child_count else None
        if scope.function is not None and inner:
            scope.function.returns.append((inner[0], scope))
            if scope.function.is_getter:
                self.watch.alias(scope.function.name, Write(WriteKind.VALUE, scope, inner[0]))
        return True

    def _import(self, node: Node, _depth: int) -> bool:
        modules.bind_import(self.index, node, self.scope)
        return False

    def _export(self, node: Node, _depth: int) -> bool:
        modules.note_export(self.index, node)
        return True

    def _field(self, node: Node, _depth: int) -> bool:
        owner = self.scope.owner
        name, value = field_of(node, "property") or field_of(node, "name"), field_of(node, "value")
        if isinstance(owner, Class) and name is not None and value is not None:
            key = self.index.key(name) or ANY
            owner.members.setdefault(key, []).append(Write(WriteKind.VALUE, self.scope, value))
            self.watch.alias(key, Write(WriteKind.VALUE, self.scope, value))
        return True

    def _comment(self, node: Node, _depth: int) -> bool:
        self.index.comments.append((node.start_byte, node.end_byte))
        return False

    def _declare(self, target: Node, write: Write) -> None:
        self.position.scopes[-1][1].declare(self.index.name(target)).writes.append(write)

    def _hoist(self, target: Node, write: Write) -> None:
        function = self.position.scopes[-1][1].function
        home = function.scope if function is not None else self.index.module
        binding = home.declare(self.index.name(target))
        binding.writes.append(write)
        if home is self.index.module and binding.name in WRAPPER:
            binding.open = True

    def _assign(self, target: Node, write: Write) -> None:
        """Write to a name, or to a property of one: bound when all declarations are known."""
        if target.type == "identifier":
            self._assigned.append((self.index.name(target), None, write))
            return
        inner = target.child_by_field_id(self.fields.object)
        last = target.child_by_field_id(self.fields.property) or target.child_by_field_id(self.fields.index)
        if inner is None or last is None:
            return
        key = self.index.key(last) if last.type in _WRITTEN_OUT else None
        if may_be_text(last):
            self.watch.alias(key, write)
        if key in _OF_ELEMENTS:
            self.index.given.append((key, inner, write))
        kind = inner.type
        if kind == "this":
            owner = write.scope.owner
            if isinstance(owner, Class):
                owner.members.setdefault(key or ANY, []).append(write)
            else:
                self.index.loose.setdefault(key or ANY, []).append(write)
        elif kind == "identifier":
            self._assigned.append((self.index.name(inner), key or ANY, write))
        else:
            for _ in range(_DEEPEST_TARGET):  # `a.b.c = x` adds x to what a holds
                inner = field_of(inner, "object")
                if inner is None:
                    return
                if inner.type == "identifier":
                    self._assigned.append((self.index.name(inner), ANY, write))
                    return


def _skip(_node: Node, _depth: int) -> bool:
    return False
