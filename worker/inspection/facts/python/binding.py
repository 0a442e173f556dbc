"""Statements that bind names → definitions in the index."""

from __future__ import annotations

import re

from tree_sitter import Node

from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python.index import Import, Index
from worker.inspection.facts.python.scope import Binding, Definition, Scope, ScopeKind

_PATTERNS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "expression_list", "tuple", "list"})
_NEVER = (0, 0)

Block = tuple[int, int]


def open_scope(index: Index, node: Node, kind: str, parent: Scope, block: Block) -> Scope:
    """The scope that a function, class, lambda or comprehension opens; its name is bound in the scope around it."""
    if kind == "class_definition":
        scope = Scope(ScopeKind.CLASS, node, parent)
        bases = node.child_by_field_name("superclasses")
        scope.bases = [base for base in bases.named_children if base.type != "keyword_argument"] if bases else []
    elif kind in {"function_definition", "lambda"}:
        scope = Scope(ScopeKind.FUNCTION, node, parent)
        _bind_parameters(index, node, scope)
        body = node.child_by_field_name("body")
        if kind == "lambda" and body is not None:
            scope.returns.append(body)
            scope.name = index.names_of_lambdas.get(node.id, "")
    else:
        return Scope(ScopeKind.COMPREHENSION, node, parent)
    name = node.child_by_field_name("name")
    if name is not None:
        scope.name = index.text(name)
        local = Definition(Binding.LOCAL, parent, start=node.start_byte, block=block, target=scope)
        if node.parent is not None and node.parent.type == "decorated_definition":
            decorators = index.source[node.parent.start_byte : node.start_byte][:4_096]
            scope.static = b"@staticmethod" in decorators
            scope.computed = b"property" in decorators
            if scope.computed:
                index.attribute_names.add(scope.name)
        parent.bind(scope.name, local)
    return scope


def _bind_parameters(index: Index, node: Node, scope: Scope) -> None:
    parameters = node.child_by_field_name("parameters")
    for parameter in parameters.named_children if parameters is not None else ():
        name = parameter.child_by_field_name("name")
        default = parameter.child_by_field_name("value")
        if parameter.type == "identifier":
            name = parameter
        elif name is None and parameter.type in {"typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"}:
            name = nth(parameter, 0)
            is_rest = parameter.type == "list_splat_pattern"
            if name is not None and name.type == "list_splat_pattern":  # `*args: int`
                name, is_rest = nth(name, 0), True
            if is_rest and name is not None:
                scope.rest = index.text(name)
            elif parameter.type == "dictionary_splat_pattern" and name is not None:
                scope.options = index.text(name)
        if name is None or name.type != "identifier":
            continue
        text = index.text(name)
        if text != scope.rest and parameter.type != "dictionary_splat_pattern":
            scope.parameters.append(text)
        whole = (node.start_byte, node.end_byte)
        outer = scope.parent or scope
        scope.bind(text, Definition(Binding.PARAMETER, outer, default, node.start_byte, whole, target=scope))


def bind_import(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`import a.b`, `import a.b as c`."""
    for child in node.children_by_field_name("name"):
        if child.type == "aliased_import":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is None or alias is None:
                continue
            dotted = _dotted(index, name)
            _bind_import(scope, index.text(alias), dotted, node, block)
        else:
            dotted = _dotted(index, child)
            top = dotted.split(".")[0]
            _bind_import(scope, top, top, node, block)
        index.imports.append(Import(dotted))


def bind_import_from(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`from a import b as c`, `from . import d`, `from a import *`."""
    source = node.child_by_field_name("module_name")
    if source is None:
        return
    written = _dotted(index, source)
    module = written.lstrip(".")
    level = len(written) - len(module)
    names = []
    for child in node.children_by_field_name("name"):
        name, alias = child, child
        if child.type == "aliased_import":
            name, alias = child.child_by_field_name("name") or child, child.child_by_field_name("alias") or child
        text = _dotted(index, name)
        names.append(text)
        # A relative import is the package's own: its name starts with dots and meets no table.
        _bind_import(scope, index.text(alias), f"{written}.{text}", node, block)
    if any(child.type == "wildcard_import" for child in node.named_children) and not level:
        index.stars[module] = None
    index.imports.append(Import(module, tuple(names), level))


def _dotted(index: Index, node: Node) -> str:
    return "".join(index.text(node).replace("\\\n", "").split())


def _bind_import(scope: Scope, alias: str, dotted: str, node: Node, block: Block) -> None:
    scope.bind(alias, Definition(Binding.IMPORT, scope, start=node.end_byte, block=block, name=dotted))


def bind_assignment(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`a = b = value`, `a, b = value`, `a.x = value`, `a[k] = value`."""
    left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    for _ in range(64):  # a = b = c = value
        if value is None or value.type != "assignment":
            break
        value = value.child_by_field_name("right")
    if left is None or value is None:
        return
    if value.type == "lambda" and left.type == "identifier":
        # its scope is opened later; calls of the name are calls of the lambda
        index.names_of_lambdas[value.id] = index.text(left)
    bind_target(index, left, Definition(Binding.VALUE, scope, value, node.end_byte, block), scope)


def bind_augmented(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`a += value`; after any other operator the value is not followed."""
    left, operator, value = (node.child_by_field_name(name) for name in ("left", "operator", "right"))
    if left is not None and operator is not None and value is not None:
        binding = Binding.ADDITION if operator.type == "+=" else Binding.CONTRIBUTION
        bind_target(index, left, Definition(binding, scope, value, node.end_byte, block), scope)


def bind_named(index: Index, node: Node, scope: Scope) -> None:
    """`(a := value)`: binds in the function around a comprehension."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is not None and value is not None:
        # The first part of a comprehension runs after its conditions, though it is written before them.
        start = scope.node.start_byte if scope.kind is ScopeKind.COMPREHENSION else node.end_byte
        bind_target(index, name, Definition(Binding.VALUE, scope, value, start, _NEVER), scope.runs_with)


def bind_loop(index: Index, node: Node, scope: Scope) -> None:
    """`for a in values`, as a statement or in a comprehension."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    body = node.child_by_field_name("body")
    block = (body.start_byte, body.end_byte) if body is not None else _NEVER
    start = right.end_byte if body is not None else 0
    bind_target(index, left, Definition(Binding.ELEMENT, scope, right, start, block), scope)


def bind_as(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`with value as a`; the name of an exception holds nothing we follow."""
    value, alias = nth(node, 0), node.child_by_field_name("alias")
    target = nth(alias, 0) if alias is not None else None
    if value is None or target is None:
        return
    node_of = value if node.parent is not None and node.parent.type == "with_item" else None
    bind_target(index, target, Definition(Binding.ENTERED, scope, node_of, node.end_byte, block), scope)


def bind_case(index: Index, node: Node, scope: Scope, block: Block) -> None:
    """`match subject: case name: …`; names deep in a pattern hold some of the subject."""
    match = node.parent.parent if node.parent is not None else None
    subject = match.child_by_field_name("subject") if match is not None else None
    consequence = node.child_by_field_name("consequence")
    if subject is None or consequence is None:
        return
    for child in node.named_children:
        if child.type == "case_pattern" and child.end_byte - child.start_byte <= 256:
            for name in re.findall(r"(?<![.\w])[A-Za-z_]\w*(?![.(\w=])", index.text(child)):
                scope.bind(name, Definition(Binding.VALUE, scope, subject, child.end_byte, block))


def bind_target(index: Index, target: Node, definition: Definition, scope: Scope) -> None:
    """Bind whatever stands left of `=`; patterns are taken apart, eight levels deep."""
    todo = [(target, definition)]
    while todo:
        node, found = todo.pop()
        kind = node.type
        if kind == "identifier":
            scope.bind(index.text(node), found)
            if scope.kind is ScopeKind.CLASS:
                index.attribute_names.add(index.text(node))
        elif kind == "attribute":
            _bind_attribute(index, node, found, scope)
        elif kind == "subscript":
            holder, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
            if holder is not None and holder.type == "call" and index.text(holder) == "globals()":
                index.module.bind(_written(index, key), found)
            contribute(index, node.child_by_field_name("value"), found, scope, node.child_by_field_name("subscript"))
        elif kind in _PATTERNS and len(found.steps) < 8:
            for position, child in enumerate(node.named_children):
                steps = (*found.steps, position) if child.type != "list_splat_pattern" else found.steps
                todo.append((child, _with_steps(found, steps)))
        elif kind in {"list_splat_pattern", "parenthesized_expression"} and (inner := nth(node, 0)) is not None:
            todo.append((inner, found))


def _with_steps(definition: Definition, steps: tuple[int, ...]) -> Definition:
    return Definition(definition.binding, definition.scope, definition.node, definition.start, definition.block, steps)


def _bind_attribute(index: Index, node: Node, definition: Definition, scope: Scope) -> None:
    holder, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if holder is None or attribute is None:
        return
    name = index.text(attribute)
    index.attribute_names.add(name)
    owner = owner_of(index, holder, scope)
    if owner is not None:
        owner.attributes.setdefault(name, []).append(definition)
    elif node.end_byte - node.start_byte <= 128:
        index.attributes.setdefault(index.text(node), []).append(definition)


def owner_of(index: Index, holder: Node, scope: Scope) -> Scope | None:
    """The class whose instance (or class object) `holder` is: the first parameter of a method around it."""
    if holder.type != "identifier":
        return None
    method: Scope | None = scope
    for _ in range(8):  # functions inside methods see the instance as well
        if method is None or method.is_method:
            break
        method = method.parent
    if method is None or not method.is_method or not method.parameters or index.text(holder) != method.parameters[0]:
        return None
    return method.parent


def contribute(index: Index, target: Node | None, definition: Definition, scope: Scope, key: Node | None) -> None:
    """`target` (or what it belongs to) holds the value from here on, beside what it held."""
    added = Definition(Binding.CONTRIBUTION, definition.scope, definition.node, definition.start, key=key)
    for _ in range(16):
        if target is None:
            return
        if target.type == "identifier":
            scope.bind(index.text(target), added)
            return
        if target.type == "attribute":
            holder = target.child_by_field_name("object")
            if holder is None or owner_of(index, holder, scope) is not None:
                _bind_attribute(index, target, added, scope)
                return
            target = holder
        elif target.type == "subscript":
            target = target.child_by_field_name("value")
        else:
            return


def bind_by_name(index: Index, node: Node, arguments: Node, scope: Scope) -> None:
    """`setattr(x, "y", value)` is `x.y = value`."""
    holder, key, value = (nth(arguments, at) for at in range(3))
    name = _written(index, key)
    if holder is None or value is None or not name:
        return
    definition = Definition(Binding.VALUE, scope, value, node.end_byte)
    index.attribute_names.add(name)
    owner = owner_of(index, holder, scope)
    if owner is not None:
        owner.attributes.setdefault(name, []).append(definition)
    elif holder.end_byte - holder.start_byte <= 128:
        index.attributes.setdefault(f"{index.text(holder)}.{name}", []).append(definition)


def _written(index: Index, key: Node | None) -> str:
    """A name that stands in a plain string, else ""."""
    if key is None or key.type != "string" or key.end_byte - key.start_byte > 130:
        return ""
    text = index.text(key).strip("bur").strip("'\"")
    return text if text.isidentifier() else ""
