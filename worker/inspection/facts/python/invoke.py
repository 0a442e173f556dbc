"""Calls: what is handed over, what a local function gives back, and what its parameters may be."""

from __future__ import annotations

from tree_sitter import Node

from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import library
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.containers import element
from worker.inspection.facts.python.evaluation import Evaluator, Frame
from worker.inspection.facts.python.index import Site
from worker.inspection.facts.python.known import UNKNOWN, Known, has_hole, mapping, merge, origins_of, sequence
from worker.inspection.facts.python.scope import Definition, Scope, ScopeKind
from worker.inspection.facts.python.sites import keywords as keywords_of

_FRAMES = 4  # calls inside calls whose arguments are told apart
_ARGUMENTS = 64
_RETURNS = 16
_CONTEXTS = 12  # calls of one function that are told apart
_CALLED = "()"  # marks the frame of a call; no parameter is called that
_SITES = 24  # calls of one function whose arguments are looked at


def call_value(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """What a call gives."""
    call = describe(ev, node, scope, frame)
    return ev.leaf(merge(_results(ev, call, frame)), _key(call))


def applied(ev: Evaluator, function: Known, values: list[Known], call: Call) -> Known:
    """What a function gives for values, when something else calls it: `map`."""
    return merge(_results(ev, Call(call.node, call.line, function, positional=values), ev.root))


def _results(ev: Evaluator, call: Call, frame: Frame) -> list[Known]:
    results = [_local(ev, target, call, frame, bound=False) for target in call.function.scopes]
    results += [library.result(ev, name, call, frame) for name in call.function.names]
    results += [_instance(ev, target, call, frame) for target in call.function.instances]
    return results or [library.method_result(ev, call)]


def describe(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Call:
    """Evaluate a call's function and arguments."""
    function = node.child_by_field_name("function")
    call = Call(node, ev.line(node), UNKNOWN)
    if function is None:
        return call
    if function.type == "attribute":
        holder, name = function.child_by_field_name("object"), function.child_by_field_name("attribute")
        if holder is not None and name is not None:
            call.base, call.method = ev.value(holder, scope, frame), ev.index.text(name)
    call.function = ev.value(function, scope, frame)
    arguments = node.child_by_field_name("arguments")
    if arguments is not None:
        call.positional, call.keywords, call.nodes = _arguments(ev, arguments, scope, frame)
    return call


def _arguments(
    ev: Evaluator, arguments: Node, scope: Scope, frame: Frame
) -> tuple[list[Known], dict[str, Known], dict[int | str, Node]]:
    if arguments.type == "generator_expression":
        return [ev.value(arguments, scope, frame)], {}, {0: arguments}
    positional: list[Known] = []
    keywords: dict[str, Known] = {}
    nodes: dict[int | str, Node] = {}
    for child in arguments.named_children[:_ARGUMENTS]:
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is not None and value is not None:
                text = ev.index.text(name)
                keywords[text], nodes[text] = ev.value(value, scope, frame), value
        elif child.type == "list_splat":
            known = ev.value(child, scope, frame)
            positional += known.items[:_ARGUMENTS] if known.items is not None else [element(ev, known, child.id)]
        elif child.type == "dictionary_splat":
            known = ev.value(inner, scope, frame) if (inner := nth(child, 0)) is not None else UNKNOWN
            pairs = known.pairs if known.pairs is not None else (("**", known),)
            keywords |= {name: value for name, value in pairs if isinstance(name, str)}
        elif child.type != "comment":
            nodes[len(positional)] = child
            positional.append(ev.value(child, scope, frame))
    return positional, keywords, nodes


def _key(call: Call) -> object:
    """Two calls without arguments of the same function give the same text: `gettempdir()`."""
    if call.function.names and not call.positional and not call.keywords:
        return ("call", call.function.names[0])
    return call.node.id


def _local(ev: Evaluator, target: Scope, call: Call, frame: Frame, *, bound: bool) -> Known:
    """What calling a function or class of this file gives."""
    if target.kind is ScopeKind.CLASS:
        # A class that stores its fields by itself (a data class) holds whatever it is given.
        origins = frozenset() if "__init__" in target.bindings else origins_of(call.arguments)
        return Known(instances=(target,), origins=origins)
    bound = bound or (target.is_method and bool(call.base.instances or call.base.scopes))
    if not any(argument.is_telling for argument in call.arguments):
        return _plainly(ev, target)
    if frame.depth >= _FRAMES or frame.find(target, _CALLED) is not None or not ev.may_follow():
        return returned(ev, target, ev.root).with_origins(origins_of(call.arguments))
    values = _bound_arguments(ev, target, call, bound=bound)
    values[_CALLED] = UNKNOWN  # a function that calls itself is followed once
    return returned(ev, target, ev.frame(target, values, frame, deeper=True))


def _plainly(ev: Evaluator, target: Scope) -> Known:
    """What a function gives for arguments that say nothing: worked out once."""
    known = ev.plain.get(id(target))
    if known is None:
        ev.plain[id(target)] = UNKNOWN
        values = {name: _default(ev, target, name) for name in target.parameters}
        if target.is_method and target.parameters and target.parent is not None:
            values[target.parameters[0]] = Known(instances=(target.parent,))
        known = returned(ev, target, ev.frame(target, values, ev.root, deeper=True))
        if any(has_hole(text) for text in known.texts):
            known = known.with_constants(())  # the next caller means another unknown
        ev.plain[id(target)] = known
    return known


def _bound_arguments(ev: Evaluator, target: Scope, call: Call, *, bound: bool) -> dict[str, Known]:
    parameters = target.parameters[1:] if bound else target.parameters
    values = dict(zip(parameters, call.positional, strict=False))
    if bound and target.parameters:
        values[target.parameters[0]] = Known(instances=call.base.instances or call.base.scopes)
    if target.rest:
        values[target.rest] = sequence(call.positional[len(parameters) :])
    values |= {name: value for name, value in call.keywords.items() if name in parameters}
    if target.options:
        values[target.options] = mapping((key, one) for key, one in call.keywords.items() if key not in parameters)
    return values | {name: _default(ev, target, name) for name in parameters if name not in values}


def _default(ev: Evaluator, target: Scope, name: str) -> Known:
    definitions = target.bindings.get(name, ())
    node = next((one.node for one in definitions if one.node is not None), None)
    if node is None or target.parent is None:
        return ev.hole((id(target), name))
    return ev.leaf(ev.value(node, target.parent), (id(target), name))


def returned(ev: Evaluator, target: Scope, frame: Frame) -> Known:
    """What a function returns or yields."""
    return merge([ev.value(node, target, frame) for node in target.returns[:_RETURNS]])


def parameter(ev: Evaluator, definition: Definition, name: str, frame: Frame) -> Known:
    """What a parameter may be: its default, and what the calls in this file hand over."""
    target = definition.target
    if target is None:
        return UNKNOWN
    if target.is_method and target.parameters[:1] == [name]:
        return Known(instances=(target.parent,)) if target.parent is not None else UNKNOWN
    found = [ev.value(definition.node, definition.scope, frame)] if definition.node is not None else []
    for site in _sites(ev, target)[:_SITES]:
        value = _handed(ev, target, site, name)
        if value is not None:
            found.append(value)
    return ev.leaf(merge(found), (id(target), name))


def contexts(ev: Evaluator, scope: Scope) -> list[Frame]:
    """What the parameters of the function around a scope are, one call of it at a time; or all of them together.

    A function that fetches whatever it is asked for sends one caller's token to that caller's host, not to another's.
    """
    function = scope.runs_with
    if function.kind is not ScopeKind.FUNCTION or not function.parameters:
        return [ev.root]
    sites = _sites(ev, function)
    if not 2 <= len(sites) <= _CONTEXTS:
        return [ev.root]
    frames = []
    for site in sites:
        values = {
            name: _handed(ev, function, site, name) or _default(ev, function, name) for name in function.parameters
        }
        if function.is_method and function.parent is not None:
            values[function.parameters[0]] = Known(instances=(function.parent,))
        frames.append(ev.frame(function, values, ev.root, deeper=True))
    return frames


def _sites(ev: Evaluator, target: Scope) -> list[Site]:
    """The calls that reach a function: by its name, by its class's name for a constructor, or on the spot."""
    if target.node.type == "lambda" and target.node.id in ev.index.lambda_sites:
        return ev.index.lambda_sites[target.node.id]
    is_constructor = target.name == "__init__" and target.parent is not None and target.is_method
    name = target.parent.name if is_constructor and target.parent is not None else target.name
    if id(target) not in ev.sites:
        ev.sites[id(target)] = []  # while we look, the function has no callers
        called = [site for site in ev.index.sites.get(name, ()) if _reaches(ev, site, target)]
        unnamed = [site for site in ev.index.sites.get("", ()) if _is_meant(ev, site, target)]
        ev.sites[id(target)] = [*called, *unnamed]
    return ev.sites[id(target)]


def _is_meant(ev: Evaluator, site: Site, target: Scope) -> bool:
    """Whether a call of what another call gave (`make(f)(x)`) is one of this function, and certainly of no other."""
    return ev.value(site.function, site.scope).scopes == (target,)


def _reaches(ev: Evaluator, site: Site, target: Scope) -> bool:
    known = ev.value(site.function, site.scope)
    return target in known.scopes or (target.parent is not None and target.parent in known.scopes)


def _handed(ev: Evaluator, target: Scope, site: Site, name: str) -> Known | None:
    """The value that one call gives a parameter; None when it gives none."""
    children = site.arguments.named_children[:_ARGUMENTS]
    shift = 1 if target.is_method else 0
    if site.handed:
        return _handed_on(ev, target, site, name, shift)
    collects = name in {target.rest, target.options}
    if collects or any(child.type.endswith("_splat") for child in children):
        positional, keywords, _ = _arguments(ev, site.arguments, site.scope, ev.root)
        if name == target.rest:
            return sequence(positional[len(target.parameters) - shift :])
        if name == target.options:
            return mapping((key, one) for key, one in keywords.items() if key not in target.parameters)
        values: list[Known | None] = [*positional]
        named = keywords.get(name)
    else:  # only what is asked for is evaluated
        nodes = [child for child in children if child.type not in {"keyword_argument", "comment"}]
        position = target.parameters.index(name) - shift if name in target.parameters else -1
        values = [ev.value(node, site.scope) if at == position else None for at, node in enumerate(nodes)]
        given = keywords_of(ev.index, site.arguments).get(name)
        named = ev.value(given, site.scope) if given is not None else None
    if named is not None:
        return named
    position = target.parameters.index(name) - shift if name in target.parameters else -1
    return values[position] if 0 <= position < len(values) else None


def _handed_on(ev: Evaluator, target: Scope, site: Site, name: str, shift: int) -> Known | None:
    """The value that a parameter gets from a function that calls what it is given."""
    if name == target.rest:
        return sequence(ev.value(one.node, site.scope) for one in site.handed)
    position = target.parameters.index(name) - shift if name in target.parameters else -1
    if not 0 <= position < len(site.handed):
        return None
    one = site.handed[position]
    known = ev.value(one.node, site.scope)
    return element(ev, known, (one.node.id, "handed")) if one.is_element else known


def _instance(ev: Evaluator, target: Scope, call: Call, frame: Frame) -> Known:
    """Calling an instance of a class of this file, or a name that holds one."""
    method = ev.member(target, "__call__", frame, bound=True)
    scopes = [scope for scope in method.scopes if scope.kind is ScopeKind.FUNCTION]
    return merge([returned(ev, scope, frame) for scope in scopes]).with_origins(origins_of(call.arguments))
