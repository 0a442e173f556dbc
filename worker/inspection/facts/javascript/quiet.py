"""Files in which nothing that can do something is passed around: there only calls that name it outright can do it.

Most files are like that. It is no gate: every call of every file is looked at, here by its first name alone.
"""

from __future__ import annotations

import re2
from tree_sitter import Node

from worker.inspection.facts.javascript import grabbing, names, taken
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.scope import Scope, Write
from worker.inspection.facts.vocabulary import CREDENTIAL_PATHS, STORE_WORDS

MOST_ESCAPES = 64  # escapes that are looked at
MOST = 512  # places that are looked at; a file with more is not quiet
LONGEST_CHAIN = 64

_LOADING = ("require", "import()", "createRequire", "getBuiltinModule", "_load", "importScripts")
_LOADS = frozenset({"require", "createRequire", "getBuiltinModule", "_load", "importScripts"})
# What may follow a name that is called, asked for a member, or compared: not a value that goes anywhere.
_HARMLESS = (b"(", b".", b"? ", b"?.", b"&&", b"===", b"!==", b"==", b"!=")
_ASKED = (b"typeof", b"instanceof", b"function", b"async", b"get", b"static")
_MAKERS = frozenset({b"eval", b"Function", b"XMLHttpRequest", b"WebSocket"})  # what they give does something, too
_COMPARED = (b"&&", b"===", b"!==", b"==", b"!=", b".prototype", b"? ")
_NEVER = frozenset({b"Deno", b"Bun", b"WScript", b"ActiveXObject"})  # their members do something
_NAMES = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
# A hidden member is a key: a variable of its name is none. What patterns pick is looked at by itself.
_KEYS = frozenset({"property_identifier"})
_ESCAPING = frozenset({"escape_sequence", "string_fragment", "string", "regex_pattern", "comment", "template_string"})

_TOO_COMMON = frozenset({"module", "exports", "$", "jQuery", "axios", "navigator"})
_HIDDEN = names.HIDDEN - {"constructor"}  # aliases of constructors are looked for one by one
_WORDS = sorted({name for name in names.GLOBALS if names.leads(name)} - names.GLOBAL_OBJECTS - _TOO_COMMON | _HIDDEN)
_LEADING = re2.compile(rf"\b(?:{'|'.join(map(re2.escape, _WORDS))})\b".encode())
_HIDDEN_BYTES = frozenset(name.encode() for name in _HIDDEN)
_ALIASED = frozenset({"constructor", "setTimeout", "setInterval", "setImmediate"})
_ALIASED_BYTES = tuple(name.encode() for name in _ALIASED)
_GLOBAL = re2.compile(rb"\(\s*[\"']return this[\"']")
_ESCAPED = re2.compile(rb"\\u(?:00[4-7][0-9a-fA-F]|\{0*[4-7][0-9a-fA-F]\})")  # names need no escapes, so why
_REFLECTED = re2.compile(rb"\bReflect\s*(?:\?\.|\.|\[)\s*(?:get\b|[\"'`a-z]+\])")
_CREDENTIALS = re2.compile(rf"(?i)(?:{'|'.join(map(re2.escape, (*CREDENTIAL_PATHS, *STORE_WORDS)))})".encode())


def is_quiet(evaluator: Evaluator) -> bool:
    """Whether no module and no global of consequence is used as a value in this file."""
    index = evaluator.index
    if any(names.leads(names.module_name(target)) for target, _ in index.loads):
        return False
    if _CREDENTIALS.search(index.source) or _REFLECTED.search(index.source) or _escapes_names(evaluator):
        return False
    for word in _LOADING:
        for node, scope in index.calls_by_name.get(word, ()):
            texts = evaluator.argument(evaluator.resolve(node, scope), 0).texts
            if not texts or any(names.leads(names.module_name(text)) for text in texts):
                return False
    if _is_passed(evaluator) or grabbing.grabs(evaluator) or taken.is_taken(evaluator):
        return False
    return not _loads_by_key(evaluator)


def outright(evaluator: Evaluator) -> list[tuple[Node, Scope, str | None]]:
    """The calls that start with a global name, so that they may do something even in a quiet file."""
    found = []
    for count, call in enumerate(evaluator.index.calls):
        if not count % 256:
            evaluator.budget.check()
        if _names_outright(evaluator, *call):
            found.append(call)
    return found


def _loads_by_key(evaluator: Evaluator) -> bool:
    """Whether modules are loaded under a computed name: `module["req" + "uire"](name)`."""
    computed = evaluator.index.computed_callees
    if len(computed) > MOST:
        return True
    return any(not _LOADS.isdisjoint(evaluator.keys(node, scope, None)) for node, scope in computed)


def _names_outright(evaluator: Evaluator, node: Node, scope: Scope, method: str | None) -> bool:
    if method == "constructor":
        return True
    fields = evaluator.index.fields
    callee = node.child_by_field_id(fields.function) or node.child_by_field_id(fields.constructor)
    for _ in range(LONGEST_CHAIN):
        if callee is None:
            return False
        kind = callee.type
        if kind == "identifier":
            binding = scope.find(evaluator.index.name(callee))
            if binding is None:
                return evaluator.index.name(callee) in names.GLOBALS
            return any(_is_alias(evaluator, write) for write in binding.writes)
        if kind == "call_expression":
            callee = callee.child_by_field_id(fields.function)
        elif kind == "member_expression":
            callee = callee.child_by_field_id(fields.object)
        else:
            return kind not in ("this", "super", "string", "array", "object", "regex")
    return True


def _is_alias(evaluator: Evaluator, write: Write) -> bool:
    """`const F = (async () => {}).constructor`, `const later = setTimeout`, `const f = globalThis[name]`."""
    node = write.node
    if not _ALIASED.isdisjoint(write.path):
        return True
    if node is None:
        return False
    if node.type == "subscript_expression":
        target = node.child_by_field_id(evaluator.index.fields.object)
        return target is not None and evaluator.index.text(target) in names.GLOBAL_OBJECTS
    return evaluator.index.source.endswith(_ALIASED_BYTES, node.start_byte, node.end_byte)


def _is_passed(evaluator: Evaluator) -> bool:
    """Whether a global of consequence stands where a value stands, or a hidden member is taken."""
    source, root = evaluator.index.source, evaluator.index.tree.root_node
    looks = 0
    for match in _LEADING.finditer(source):
        start, end = match.span()
        if _is_harmless(source, start, end) or evaluator.index.is_comment(start):
            continue
        looks += 1
        if looks > MOST:
            return True
        node = root.descendant_for_byte_range(start, end)
        kinds = _KEYS if match.group() in _HIDDEN_BYTES else _NAMES
        if node is not None and node.type in kinds and node.end_byte - node.start_byte == end - start:
            return True
    return False


def _escapes_names(evaluator: Evaluator) -> bool:
    """Whether a name is written with escapes. In texts they are resolved where the texts are read."""
    root = evaluator.index.tree.root_node
    for looks, match in enumerate(_ESCAPED.finditer(evaluator.index.source)):
        node = root.descendant_for_byte_range(*match.span())
        if looks >= MOST_ESCAPES or node is None or node.type not in _ESCAPING:
            return True
    return False


def _is_harmless(source: bytes, start: int, end: int) -> bool:
    """Whether a name is only called, asked for a member, or compared where it stands."""
    after = source[end : end + 24].lstrip()
    if source[start:end] in _NEVER:
        return False
    if source[start:end] == b"sendBeacon":  # of whatever the navigator goes by
        return source.endswith(b"navigator.", 0, start)
    if source[start:end] in _MAKERS:
        harmless = after.startswith(_COMPARED) or _GLOBAL.match(after) is not None
    else:
        harmless = after.startswith(_HARMLESS)
    return harmless or source[max(0, start - 16) : start].rstrip().endswith(_ASKED)
