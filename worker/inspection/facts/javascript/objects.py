"""Members of what an expression may be: of objects and classes of this file, of lists, of named things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.extracted import NO_ORIGINS
from worker.inspection.facts.javascript import grabbing, names, variables
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import children, field_of
from worker.inspection.facts.javascript.literals import HERE
from worker.inspection.facts.javascript.scope import (
    ANY,
    REST,
    Binding,
    Class,
    Entries,
    Function,
    Role,
    Scope,
    Site,
    Write,
)
from worker.inspection.facts.javascript.tables import LOSSY
from worker.inspection.facts.javascript.values import (
    UNKNOWN,
    Frame,
    Shape,
    Value,
    elements,
    merge,
    serial,
    text_value,
    union,
)

MOST_KEYS = 16  # keys of a computed member that are tried
MOST_ENTRIES = 64  # entries that a member with an unknown key may be

PROTOTYPE = "__proto__"
_ANSWERS = frozenset({"responseText", "response", "responseXML"})
_CONSTANTS = {("path", "sep"): "/", ("os", "EOL"): "\n", ("os.userInfo", "homedir"): "~"}
_UNFOLDED = frozenset({"child_process", "vm"})  # any member of these counts, even when nobody knows which


def members(evaluator: Evaluator, base: Value, keys: tuple[str, ...], line: int) -> Value:
    """`base[key]` for any of the keys; for an unknown key when there are none."""
    if base is UNKNOWN:
        return Value(names=("constructor",)) if "constructor" in keys else UNKNOWN
    if not keys:
        return member(evaluator, base, None, line)
    return merge([member(evaluator, base, key, line) for key in keys[:MOST_KEYS]])


def step(evaluator: Evaluator, base: Value, key: str, line: int) -> Value:
    """What one step of a pattern picks."""
    if key == REST:
        return base
    return members(evaluator, base, grabbing.picked_keys(evaluator, key), line)


def member(evaluator: Evaluator, base: Value, key: str | None, line: int) -> Value:
    """`base.key`; `key` is None when it is computed and not known."""
    found: list[Value] = []
    origins = base.origins
    held = False
    for name in base.names:
        if name in names.GLOBAL_OBJECTS and key is not None:
            found.append(grabbing.set_globally(evaluator, key))
        if name == variables.REPORT:
            if key == "environmentVariables":
                found.append(variables.whole_environment(line))
        elif name in variables.ENVIRONMENTS:
            origins = frozenset(origin for origin in origins if origin.detail != "*")
            found.append(variables.variable(key, line))
        else:
            found.append(_named(evaluator, name, key, line))
    for shape in base.shapes:
        values = _of_shape(evaluator, shape, key)
        held = held or any(value is not UNKNOWN for value in values)
        found += values
    if base.items is not None and key is not None and key.isdigit():
        found.append(base.items[int(key)] if len(key) < 6 and int(key) < len(base.items) else UNKNOWN)
        held = True
    elif base.items is not None and key is None:
        found.append(elements(base))
    elif key == "constructor":
        found.append(_constructor(base))
    elif base.items is not None or base.texts:
        found.append(Value(names=("Object.method",)))  # so that its constructor is known
    if origins and not held and key not in LOSSY:
        for shape in base.shapes:
            origins -= _of_all(evaluator, shape)
        found.append(Value(origins=origins))
    return merge(found)


def keys(evaluator: Evaluator, value: Value, line: int) -> Value:
    """Any one key of an object: its text when the object is a literal of this file."""
    if variables.is_environment(value):
        return variables.whole_environment(line)
    texts: list[str] = []
    for shape in value.shapes:
        if isinstance(shape.target, Site):
            texts += entries(evaluator, shape.target).known
    if value.items is not None:
        texts += [str(position) for position in range(min(len(value.items), MOST_KEYS))]
    return Value(texts=tuple(texts), origins=value.origins)


def literal(evaluator: Evaluator, site: Site, frame: Frame | None) -> Value:
    """An object literal: its shape, and the origins of all that it holds."""
    if not evaluator.follows_data:
        return Value(shapes=(Shape(site, frame),))
    inside = entries(evaluator, site)
    held: list[Function | Node] = [entry for group in inside.known.values() for entry in group]
    held += [*inside.others, *inside.spreads]
    values = [evaluator.evaluate(entry, site.scope, frame) for entry in held if isinstance(entry, Node)]
    return Value(origins=union(values), shapes=(Shape(site, frame),))


def held(evaluator: Evaluator, value: Value, key: str) -> Value:
    """What objects of this file hold under a key; nothing of what else the value may be."""
    return merge([inner for shape in value.shapes for inner in _of_shape(evaluator, shape, key)])


def held_names(evaluator: Evaluator, value: Value) -> Iterator[str]:
    """The names of what stands in an object literal."""
    for shape in value.shapes:
        if isinstance(shape.target, Site):
            for inner in _of_shape(evaluator, shape, None):
                yield from inner.names


def entries(evaluator: Evaluator, site: Site) -> Entries:
    """What stands in an object literal, by key."""
    if site.entries is not None:
        return site.entries
    site.entries = found = Entries()
    index = evaluator.index
    for child in children(site.node):
        kind = child.type
        if kind == "spread_element":
            found.spreads.append(child)
        elif kind == "shorthand_property_identifier":
            found.known.setdefault(index.name(child), []).append(child)
        elif kind == "method_definition":
            name, function = field_of(child, "name"), index.functions.get(child.id)
            if name is not None and function is not None:
                _file(found, index.key(name), function)
        elif kind == "pair":
            key, value = field_of(child, "key"), field_of(child, "value")
            if key is not None and value is not None:
                _file(found, _key(evaluator, key, site.scope), value)
    return found


def literal_keys(evaluator: Evaluator, shape: Shape) -> list[str]:
    """The keys that stand in an object literal; none for anything else."""
    return list(entries(evaluator, shape.target).known) if isinstance(shape.target, Site) else []


def computed_keys(evaluator: Evaluator) -> list[tuple[str, ...]]:
    """The keys of each of `index.computed`. They are evaluated anew only if functions were handed something since."""
    index = evaluator.index
    if index.keys_of_computed is not None and not evaluator.handed:
        return index.keys_of_computed
    found = [evaluator.keys(node, scope, None) for node, scope in index.computed]
    if not evaluator.handed:
        index.keys_of_computed = found
    return found


def loose(evaluator: Evaluator, scope: Scope, wanted: tuple[str, ...], node: Node) -> Value:
    """`this.key` outside classes and object literals: what any function of the file writes to it."""
    written: list[Write] = []
    for key in wanted[:MOST_KEYS] or (ANY,):
        written += evaluator.index.loose.get(key, ())
    if written:
        return evaluator.guarded(
            ("loose", wanted), lambda: merge([evaluator.write(write, None) for write in written[:MOST_ENTRIES]])
        )
    function = scope.function
    if "responseText" in wanted:
        line = node.start_point[0] + 1
        return Value(origins=frozenset((Origin(OriginKind.DOWNLOAD, line, "XMLHttpRequest"),)))
    if function is None or function.role is Role.CALLEE:
        return members(evaluator, Value(names=("globalThis",)), wanted, node.start_point[0] + 1)
    return Value(names=("constructor",)) if "constructor" in wanted else UNKNOWN


def _file(found: Entries, key: str | None, entry: Function | Node) -> None:
    if key is None:
        found.others.append(entry)
    else:
        found.known.setdefault(key, []).append(entry)


def _key(evaluator: Evaluator, key: Node, scope: Scope) -> str | None:
    if key.type != "computed_property_name":
        return evaluator.index.key(key)
    inner = children(key)
    return evaluator.evaluate(inner[0], scope).constant if inner else None


def _named(evaluator: Evaluator, name: str, key: str | None, line: int) -> Value:
    if key is None:
        return Value(names=(f"{name}.*",)) if name in _UNFOLDED else UNKNOWN
    if name == "import.meta" and key in ("url", "filename", "dirname"):
        return text_value(HERE if key == "dirname" else evaluator.own_path)
    if (name, key) in _CONSTANTS:
        return text_value(_CONSTANTS[name, key])
    found = names.member(name, key)
    if found in ("process.execPath", "process.argv0"):
        return text_value("node")
    if found in variables.ENVIRONMENTS:
        return merge([Value(names=(found,)), variables.whole_environment(line)])
    if name == "XMLHttpRequest" and key in _ANSWERS:
        return Value(origins=frozenset((Origin(OriginKind.DOWNLOAD, line, name),)))
    return Value(names=(found,)) if found is not None else UNKNOWN


def _constructor(base: Value) -> Value:
    if base.functions or base.names:
        return Value(names=("Function",)) if base.functions else UNKNOWN
    return Value(names=("String" if base.texts else "Array" if base.items is not None else "constructor",))


def _of_shape(evaluator: Evaluator, shape: Shape, key: str | None) -> list[Value]:
    """What a shape holds under a key, or anywhere. While it depends on itself, nothing is known of it."""
    place = (id(shape.target), key, serial(shape.frame))
    known = evaluator.held.get(place)
    if known is None:
        evaluator.step()
        evaluator.held[place] = []
        known = evaluator.held[place] = list(_found(evaluator, shape, key))
    return known


def _found(evaluator: Evaluator, shape: Shape, key: str | None) -> Iterator[Value]:
    target = shape.target
    if isinstance(target, Site):
        yield from _of_literal(evaluator, target, key, shape.frame)
    elif isinstance(target, Binding | Class):
        kept: Mapping[str, Sequence[Function | Write]]
        kept = target.properties if isinstance(target, Binding) else target.members
        for entry in kept.get(key, [])[:MOST_ENTRIES] if key is not None else []:
            yield written(evaluator, entry, shape.frame)
        for entry in kept.get(PROTOTYPE, ()) if key is not None and key not in kept else ():
            yield member(evaluator, written(evaluator, entry, shape.frame), key, 0)
        others = [ANY] if key is not None else list(kept)
        for entry in [entry for each in others for entry in kept.get(each, ())][:MOST_ENTRIES]:
            yield _perhaps(written(evaluator, entry, shape.frame))


def written(evaluator: Evaluator, entry: Function | Write, frame: Frame | None) -> Value:
    """What a member is: a function itself, unless it is a getter, or what is written to it."""
    if not isinstance(entry, Function):
        return evaluator.guarded((id(entry), serial(frame)), partial(evaluator.write, entry, frame))
    return _gotten(evaluator, entry, frame) if entry.is_getter else Value(shapes=(Shape(entry, frame),))


def _gotten(evaluator: Evaluator, getter: Function, frame: Frame | None) -> Value:
    """What a getter gives."""
    returns = getter.returns[:MOST_KEYS]
    return evaluator.guarded(
        (id(getter), serial(frame)), lambda: merge([evaluator.evaluate(node, scope, frame) for node, scope in returns])
    )


def _perhaps(value: Value) -> Value:
    """What is written or read under a key that nobody knows: its data, and functions of modules; it may be anything."""
    found = tuple(name for name in value.names if "." in name and names.leads(name))
    return Value(names=found, origins=value.origins) if found or value.origins else UNKNOWN


def _of_all(evaluator: Evaluator, shape: Shape) -> frozenset[Origin]:
    """The origins of everything a shape holds: a key that it lacks has none of them."""
    target = shape.target
    if isinstance(target, Site) and target.node.type == "object":
        return evaluator.evaluate(target.node, target.scope, shape.frame).origins
    if isinstance(target, Binding):
        return union(_of_shape(evaluator, shape, None))
    return NO_ORIGINS


def _of_literal(evaluator: Evaluator, site: Site, key: str | None, frame: Frame | None) -> Iterator[Value]:
    if site.node.type != "object":
        return
    inside = entries(evaluator, site)
    found = inside.others + (
        inside.known.get(key, []) if key is not None else [entry for group in inside.known.values() for entry in group]
    )
    for entry in found[:MOST_ENTRIES]:
        if isinstance(entry, Function):
            yield written(evaluator, entry, frame)
        else:
            yield evaluator.evaluate(entry, site.scope, frame)
    for spread in inside.spreads[:MOST_ENTRIES]:
        whole = evaluator.evaluate(spread, site.scope, frame)
        inner = member(evaluator, whole, key, spread.start_point[0] + 1)
        if inner is not UNKNOWN:
            yield inner
