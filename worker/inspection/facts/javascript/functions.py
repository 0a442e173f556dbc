"""Functions as the walk meets them: their parameters and results, and how they stand in the source."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from worker.inspection.facts.javascript.index import Index, children, field_of
from worker.inspection.facts.javascript.patterns import bind, parameter_write, parameters, several_parameters
from worker.inspection.facts.javascript.scope import Class, Function, Role, Scope, Write, WriteKind

FUNCTIONS = (
    *("function_declaration", "generator_function_declaration", "function_expression", "generator_function"),
    *("function", "arrow_function", "method_definition"),
)
_WRAPPERS = frozenset(
    {
        *("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"),
        *("type_assertion", "await_expression", "sequence_expression"),
    }
)
_BODIES = frozenset({"statement_block", "program", "return_statement", "expression_statement"})  # they call nobody
_MODIFIERS = frozenset({"accessibility_modifier", "override_modifier", "readonly"})
_ARGUMENTS = 64  # a function further to the right is nobody's callback


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the cursor stands: the ancestors of the node at `depth`."""

    parents: list[Node]
    depth: int


def place(index: Index, node: Node, scope: Scope, outer: Scope) -> Function:
    """Make the function of a node and declare its name and its parameters."""
    function = index.functions[node.id] = Function(node, scope, outer)
    kind = node.type
    if scope is not outer:
        scope.function = function
        if kind != "arrow_function":
            scope.owner = None
    if kind != "method_definition":
        name = node.child_by_field_id(index.fields.name)
        if name is not None:
            function.role, function.name = Role.NAMED, index.name(name)
            home = outer if kind.endswith("_declaration") else scope
            home.declare(function.name).writes.append(Write(WriteKind.LOCAL, outer, target=function))
    for position, pattern in enumerate(_patterns(index, node)):
        if pattern.type == "identifier":
            simple = Write(WriteKind.PARAMETER, scope, pattern, (), function, position)
            given_name = index.name(pattern)
            function.parameters.append(given_name)
            scope.declare(given_name).writes.append(simple)
            continue
        function.parameters.append("")
        write = parameter_write(scope, function, position, pattern)
        bind(index, pattern, write, lambda target, given: scope.declare(index.name(target)).writes.append(given))
    body = node.child_by_field_id(index.fields.body)
    if body is not None and body.type != "statement_block":
        function.returns.append((body, scope))
    return function


def _patterns(index: Index, node: Node) -> list[Node]:
    """The patterns of the parameters, in order: by the fields' numbers, for functions are many."""
    single = node.child_by_field_id(index.fields.parameter)
    if single is not None:
        return [single]
    several = node.child_by_field_id(index.fields.parameters)
    return several_parameters(several) if several is not None and several.named_child_count else []


def stand(index: Index, function: Function, standing: Standing) -> None:
    """Find out who calls a function, from what stands around it."""
    parents, depth = standing.parents, standing.depth - 1
    child = function.node
    parent = parents[depth]
    around = parent.type
    while around in _WRAPPERS and depth > 0:
        child = parent
        depth -= 1
        parent = parents[depth]
        around = parent.type
    if function.node.type == "method_definition":
        _member(index, function, parent, function.node.child_by_field_id(index.fields.name))
    elif around in _BODIES:
        return
    elif around in ("call_expression", "new_expression"):
        function.role, function.call = Role.CALLEE, parent
    elif around == "arguments":
        places = [argument.id for argument in children(parent)[:_ARGUMENTS]]
        if child.id in places:
            function.role, function.call, function.index = Role.ARGUMENT, parents[depth - 1], places.index(child.id)
    elif around in ("variable_declarator", "assignment_expression"):
        fields = index.fields
        _assigned(index, function, parent.child_by_field_id(fields.name) or parent.child_by_field_id(fields.left))
    elif around in ("pair", "field_definition", "public_field_definition"):
        key = field_of(parent, "key") or field_of(parent, "property") or field_of(parent, "name")
        _member(index, function, parents[depth - 1], key)


def _assigned(index: Index, function: Function, target: Node | None) -> None:
    if target is None:
        return
    if target.type == "identifier":
        function.role, function.name = Role.NAMED, index.name(target)
    elif target.type == "member_expression":
        last = field_of(target, "property")
        if last is not None:
            function.role, function.name = Role.METHOD, index.name(last)
            index.methods.add(function.name)


def _member(index: Index, function: Function, holder: Node, key: Node | None) -> None:
    """A method of a class or of an object literal, or a function that is the value of a key."""
    name = index.key(key) if key is not None else None
    outer = function.outer
    if holder.type == "object":
        owner: Class | None = None
        function.owner = index.site(holder, outer)
    else:
        owner = outer.owner if isinstance(outer.owner, Class) else None
        function.owner = owner
    if function.node.type != "arrow_function":
        function.scope.owner = function.owner
    if name is None:
        return
    function.role, function.name = Role.METHOD, name
    index.methods.add(name)
    if owner is not None and function.node.type == "method_definition":
        owner.members.setdefault(name, []).append(function)
        if name == "constructor":
            _parameter_properties(index, function, owner)


def _parameter_properties(index: Index, function: Function, owner: Class) -> None:
    """`constructor(private env: Env)` writes `this.env`."""
    for parameter in parameters(function.node):
        pattern = field_of(parameter, "pattern")
        modified = any(child.type in _MODIFIERS for child in parameter.children[:4])
        if modified and pattern is not None and pattern.type == "identifier":
            write = Write(WriteKind.VALUE, function.scope, pattern)
            owner.members.setdefault(index.name(pattern), []).append(write)
