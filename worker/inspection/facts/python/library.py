"""What is known by name: built-in functions, the standard library, well-known packages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import builtin_calls, fold, methods, names, path_calls, sources, spelled
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Evaluator, Frame
from worker.inspection.facts.python.known import HERE, UNKNOWN, Known, constant, merge, named, origins_of
from worker.inspection.facts.python.scope import Scope, ScopeKind

_GLOBALS = frozenset({"builtins.globals()", "builtins.locals()"})
_GETTERS = (".__getattribute__", ".__getattr__")
_ENTRIES = (".get", ".__getitem__", ".pop", ".setdefault")

BUILTINS = builtin_calls.NAMES

_RESULTS: dict[str, Callable[[Evaluator, Call], Known]] = {
    **builtin_calls.RESULTS,
    **spelled.RESULTS,
    **path_calls.RESULTS,
}


def is_known(name: str) -> bool:
    """Whether a dotted name means anything to us."""
    return (
        name in _RESULTS
        or name in sources.TABLE
        or name in sources.VARIABLE_CALLS
        or name in sources.ENVIRONMENTS
        or name in names.SOURCE_CALLS
        or name in names.NATIVE
        or name in names.LOADERS
        or f"{name}()" in _CLASSES
        or name in _MODULES
    )


_EVERY = (
    names.NETWORK | names.RECEIVES | names.PROCESS | names.NATIVE | frozenset(sources.TABLE) | frozenset(names.LOADERS)
)
_CLASSES = frozenset(part for name in _EVERY for part in [name[: name.find("()") + 2]] if part)
_MODULES = frozenset(
    ".".join(parts[:end])
    for name in _EVERY
    for parts in [name.split("(")[0].split(".")]
    for end in range(1, len(parts))
)


def special_name(ev: Evaluator, text: str) -> Known | None:
    """Names that every module has."""
    if text == "__file__":
        return constant(f"{HERE}/{ev.path}")
    if text in {"__builtins__", "__builtin__"}:
        return named("builtins")
    if text in {"__loader__", "__spec__"}:
        return named(text)
    if text == "__doc__":
        return docstring(ev, ev.index.module)
    if text == "__name__":
        return constant("__main__")
    if text == "__package__":
        return constant(ev.path.rpartition("/")[0].replace("/", "."))
    return None


def docstring(ev: Evaluator, scope: Scope) -> Known:
    """The text that stands first in a module, class or function."""
    body = scope.node if scope.kind is ScopeKind.MODULE else scope.node.child_by_field_name("body")
    statement = nth(body, 0) if body is not None else None
    text = nth(statement, 0) if statement is not None and statement.type == "expression_statement" else None
    is_text = text is not None and text.type in {"string", "concatenated_string"}
    return ev.value(text, scope) if is_text and text is not None else UNKNOWN


def constant_attribute(name: str) -> Known:
    """Attributes of the standard library that are constant texts."""
    value = fold.ATTRIBUTES.get(name)
    return constant(value) if value is not None else UNKNOWN


def path_attribute(base: Known, name: str) -> Known:
    """Attributes of paths."""
    return path_calls.path_attribute(base, name)


def is_built_in(name: str) -> bool:
    """Whether a name is that of a function of `builtins` itself: `print.__self__` is the module."""
    return name.startswith("builtins.") and name.count(".") == 1 and name.removeprefix("builtins.") in BUILTINS


def is_globals(name: str) -> bool:
    """Whether an attribute holds the names of some module: `function.__globals__`."""
    return name in {"__globals__", "func_globals"}


def with_environment(known: Known, line: int) -> Known:
    """The whole environment is data with an origin, from the line that names it."""
    if known.origins or not sources.ENVIRONMENTS.intersection(known.names):
        return known
    return replace(known, origins=frozenset({Origin(OriginKind.ENVIRONMENT, line, WHOLE)}))


def result(ev: Evaluator, name: str, call: Call, frame: Frame) -> Known:
    """What calling something of this name gives."""
    special = _special(ev, name, call, frame)
    if special is not None:
        return special
    handler = _RESULTS.get(name)
    if handler is not None:
        return handler(ev, call)
    source = sources.TABLE.get(name)
    if source is not None:
        return source(ev, call, name)
    if name in names.FORGETS:
        return named(f"{name}()")
    if name.endswith((".communicate", ".stdout.read", ".stdout.readlines")):
        return Known(names=(f"{name}()",), origins=call.base.origins)
    known = method_result(ev, call) if call.method else UNKNOWN
    origins = known.origins | origins_of(call.arguments)
    if name not in names.SERIALISERS:
        origins -= sources.settings(call)
    return replace(known, origins=origins, names=(f"{name}()", *known.names), hosts=known.hosts or call.base.hosts)


def _special(ev: Evaluator, name: str, call: Call, frame: Frame) -> Known | None:
    """Functions that give names: imports, `getattr`, `vars`, entries of a module's dictionary, the environment."""
    first = call.argument(0, "name", "key")
    if name in sources.VARIABLE_CALLS:
        return sources.variable(ev, first, call.line, call.positional[1:2])
    if name in names.MODULE_CALLS and name != "runpy.run_module":
        return _imported(call, name, first)
    if name in {"builtins.getattr", "inspect.getattr_static"} and len(call.positional) > 1:
        found = [ev.attribute(call.positional[0], text, frame) for text in call.positional[1].texts if len(text) <= 128]
        return with_environment(merge([*found, *call.positional[2:3]]), call.line)
    if name in {"operator.attrgetter()", "operator.methodcaller()"}:
        return fetched(ev, call, frame)
    if name.endswith(_GETTERS):
        return merge([ev.attribute(call.base, text, frame) for text in first.texts]) if first.texts else None
    if name == "builtins.vars" and call.positional:
        return named(*(f"{one}.__dict__" for one in call.positional[0].names)).with_origins(call.positional[0].origins)
    holder = next((name[: -len(entry)] for entry in _ENTRIES if name.endswith(entry)), "")
    if holder in _GLOBALS or holder.endswith(".__dict__") or holder == "sys.modules":
        return _entry(ev, holder, first, call.node, ev.index.module, frame)
    return None


def _imported(call: Call, name: str, first: Known) -> Known:
    """A module that is imported by its name."""
    modules = [text.replace(":", ".") for text in first.texts if len(text) <= 128]
    if name == "builtins.__import__" and not call.has(3, "fromlist"):
        modules = [text.partition(".")[0] for text in modules]
    return named(*modules).with_origins(first.origins) if modules else first.only_origins()


def fetched(ev: Evaluator, call: Call, frame: Frame) -> Known:
    """`attrgetter("system")(os)`, and what `methodcaller("system", "ls")(os)` calls."""
    wanted = [text for part in (call.function.items or ())[:1] for text in part.texts]
    return merge([ev.attribute(call.argument(0), text, frame) for text in wanted])


def subscript(ev: Evaluator, node: Node, scope: Scope, frame: Frame) -> Known:
    """`value[key]`."""
    value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
    if value is None or key is None:
        return UNKNOWN
    base = ev.value(value, scope, frame)
    found = []
    for name in base.names:
        if name in sources.ENVIRONMENTS:
            wanted = ev.value(key, scope, frame)
            set_before = [entry for entry in [methods.entry(base, wanted)] if base.pairs and entry.origins]
            return merge([sources.variable(ev, wanted, ev.line(node)), *set_before])
        if name in _GLOBALS or name.endswith(".__dict__") or name in {"sys.modules", "builtins"}:
            found.append(_entry(ev, name, ev.value(key, scope, frame), node, scope, frame))
    if not found and _is_environment_copy(base):
        known = ev.value(key, scope, frame)
        return sources.variable(ev, known, ev.line(node)) if known.exact else base.only_origins()
    if not found:
        found = [methods.subscript_of(ev, base, node, scope, frame)]
    return ev.leaf(merge(found), node.id)


def _is_environment_copy(base: Known) -> bool:
    return (
        base.pairs is None
        and base.items is None
        and {(origin.kind, origin.detail) for origin in base.origins} == {(OriginKind.ENVIRONMENT, WHOLE)}
    )


def _entry(ev: Evaluator, holder: str, key: Known, node: Node, scope: Scope, frame: Frame) -> Known:
    """`globals()["x"]`, `os.__dict__["system"]`, `sys.modules["os"]`."""
    found = []
    for text in key.texts:
        if len(text) > 128:
            continue
        if holder == "sys.modules":
            found.append(named(text))
        elif holder in _GLOBALS:
            found.append(ev.name(text, scope if "locals" in holder else ev.index.module, node.end_byte, frame))
            found += [named(name) for name in (f"os.{text}", f"sys.{text}") if "globals" in holder and is_known(name)]
        else:
            found.append(
                ev.attribute(named(holder.removesuffix(".__dict__")), text, frame)
            )  # `__builtins__` is one, too
    return merge(found)


def method_result(ev: Evaluator, call: Call) -> Known:
    """A method of something that has no name."""
    if call.method in {"get", "pop", "copy"} and _is_environment_copy(call.base):
        if call.method == "copy":
            return call.base.only_origins()
        return sources.variable(ev, call.argument(0), call.line, call.positional[1:2])
    return methods.method_result(ev, call)
