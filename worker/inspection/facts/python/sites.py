"""Calls → sites: what is handed to functions of this file, directly or by a function that calls what it is given."""

from __future__ import annotations

from tree_sitter import Node

from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python.binding import bind_by_name, contribute
from worker.inspection.facts.python.index import Handed, Index, Site
from worker.inspection.facts.python.scope import Binding, Definition, Scope

_ADDERS = frozenset(
    {"append", "add", "extend", "update", "insert", "write", "setdefault", "appendleft", "push", "put", "writelines"}
)
_SITES = 64  # calls of one local function that are looked at

# Functions that call the one they are given: where it stands, and what its parameters get.
_EACH = {"map": 0, "filter": 0, "imap": 0, "imap_unordered": 0, "starmap": 0}  # an element of each further argument
_REST = {"submit": 0, "to_thread": 0, "call_soon": 0, "call_soon_threadsafe": 0, "run_in_executor": 1, "call_later": 1,
         "register": 0, "partial": 0, "finalize": 1}  # fmt: skip
_TUPLE = {"Timer": 1, "apply": 0, "apply_async": 0, "start_new_thread": 0}
_TEXT = {"sub": 0, "subn": 0}  # of patterns: a match of the text


def note_site(index: Index, node: Node, scope: Scope) -> None:
    """Remember a call by its callee's name, and what `x.append(value)` does to `x`."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return
    if function.type == "attribute":
        method = function.child_by_field_name("attribute")
        name = index.text(method) if method is not None else ""
        if name in _ADDERS:
            for argument in arguments.named_children[:8]:
                value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
                added = Definition(Binding.CONTRIBUTION, scope, value, node.end_byte)
                contribute(index, function.child_by_field_name("object"), added, scope, None)
        _note_filled(index, node, name, arguments, scope)
    elif function.type == "identifier":
        name = index.text(function)
        if name == "setattr":
            bind_by_name(index, node, arguments, scope)
    else:
        while function.type == "parenthesized_expression" and (inner := nth(function, 0)) is not None:
            function = inner
        if function.type != "lambda":
            if not _chooses(index, function):
                _note(index, "", Site(function, scope, arguments))  # what a call gave, or what stood in a list
            return
        index.lambda_sites.setdefault(function.id, []).append(Site(function, scope, arguments))
        return
    _note(index, name, Site(function, scope, arguments))
    _note_handed(index, node, name, arguments, scope)
    if arguments.named_child_count <= 16 and arguments.end_byte - arguments.start_byte <= 1_024:
        _note_target(index, arguments, scope)


def _chooses(index: Index, function: Node) -> bool:
    """`getattr(self, "open_" + kind)`: whichever it is, the others are not called here."""
    called, given = function.child_by_field_name("function"), function.child_by_field_name("arguments")
    key = nth(given, 1) if given is not None else None
    return called is not None and index.text(called) == "getattr" and (key is None or key.type != "string")


def _note_filled(index: Index, node: Node, name: str, arguments: Node, scope: Scope) -> None:
    """`copyfileobj(source, buffer)`, `ftp.retrbinary(command, buffer.write)`: the buffer holds it from here on."""
    if name not in {"copyfileobj", "retrbinary", "retrlines", "readinto", "recv_into"}:
        return
    first, second = nth(arguments, 0), nth(arguments, 1)
    if name == "copyfileobj":
        source, target = first, second
    else:
        source, target = node, second.child_by_field_name("object") if second is not None else first
    contribute(index, target, Definition(Binding.CONTRIBUTION, scope, source, node.end_byte), scope, None)


def _note_handed(index: Index, node: Node, name: str, arguments: Node, scope: Scope) -> None:
    """`map(f, values)` calls `f(value)`, `reduce(f, values)` calls `f(total, value)`."""
    given = [child for child in arguments.named_children[:8] if child.type not in {"keyword_argument", "comment"}]
    if name in _EACH:
        function, handed = _EACH[name], [Handed(one, is_element=True) for one in given[1:]]
    elif name in _REST:
        function, handed = _REST[name], [Handed(one) for one in given[_REST[name] + 1 :]]
    elif name in _TUPLE and len(given) > _TUPLE[name] + 1 and given[_TUPLE[name] + 1].type in {"tuple", "list"}:
        function = _TUPLE[name]
        handed = [Handed(one) for one in given[function + 1].named_children]
    elif name in _TEXT and len(given) > 1:
        function, handed = len(given) - 2, [Handed(given[-1])]
    elif name == "reduce" and len(given) > 1:  # the total is what earlier steps gave
        function, handed = 0, [Handed(node), Handed(given[1], is_element=True)]
    else:
        return
    callee = given[function] if function < len(given) else None
    if callee is None or not handed:
        return
    site = Site(callee, scope, arguments, tuple(handed))
    if callee.type == "lambda":
        index.lambda_sites.setdefault(callee.id, []).append(site)
    elif callee.type in {"identifier", "attribute"}:
        _note(index, index.text(callee).rpartition(".")[2], site)


def _note(index: Index, name: str, site: Site) -> None:
    sites = index.sites.setdefault(name, [])
    if len(sites) < _SITES:
        sites.append(site)


def _note_target(index: Index, arguments: Node, scope: Scope) -> None:
    """`Thread(target=f, args=(x,))` calls `f(x)`."""
    if b"target" not in index.source[arguments.start_byte : arguments.end_byte]:
        return
    handed = keywords(index, arguments)
    target, values = handed.get("target"), handed.get("args")
    if target is not None and target.type in {"identifier", "attribute"} and values is not None:
        _note(index, index.text(target).rpartition(".")[2], Site(target, scope, values))


def keywords(index: Index, arguments: Node) -> dict[str, Node]:
    """The keyword arguments of an argument list: name → value."""
    found = {}
    for argument in arguments.named_children:
        if argument.type == "keyword_argument":
            name, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if name is not None and value is not None:
                found[index.text(name)] = value
    return found
