"""Functions of the language, of Node.js and of compilers' helpers whose result can be told from their arguments."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial

from tree_sitter import Node

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.javascript import decoding, folding, invocation, objects, variables
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import WIDEST, children
from worker.inspection.facts.javascript.literals import HERE, HOLE, clean_path
from worker.inspection.facts.javascript.names import GLOBALS, IMAGE, LONGEST, SCRIPT, module_name
from worker.inspection.facts.javascript.scope import Site
from worker.inspection.facts.javascript.tables import HOME
from worker.inspection.facts.javascript.values import (
    UNKNOWN,
    Value,
    concatenate,
    elements,
    merge,
    tainted,
    text_value,
    union,
)

Builtin = Callable[[Evaluator, Call], Value]

GLOBAL_CODE = frozenset({"return this", "return this;", "return globalThis", "this"})
"""Code that only asks for the global object: every second library has it."""

_PASSED = (
    *("util.promisify", "util.callbackify", "util.deprecate", "pify", "es6-promisify.promisify", "thenify"),
    *("bluebird.promisify", "bluebird.promisifyAll", "Promise.promisify", "Promise.promisifyAll", "Promise.resolve"),
    *("Object.freeze", "Object.create", "Object.seal", "Object.getPrototypeOf", "structuredClone", "Object"),
    *("tslib.__importStar", "tslib.__importDefault", "@babel/runtime", "webpack.require.n", "url.fileURLToPath"),
    *("url.pathToFileURL", "String", "Promise.all", "Promise.race", "Promise.any", "fs.realpathSync"),
    *("untildify", "Promise.allSettled", "path.normalize", "path.toNamespacedPath", "fs.realpath"),
)
_MORE = ("axios.create", "got.extend", "request.defaults", "needle.defaults", "ky.create", "ky.extend")
"""What makes another client of the same kind."""
_ELEMENTS = {"img": IMAGE, "script": SCRIPT}
_SPREADS = ("Object.assign", "Object.fromEntries", "Object.values", "Array.from", "Array.of", "Set", "Map")


def result(evaluator: Evaluator, call: Call, name: str) -> Value | None:
    """What a call of a built-in gives; None when it is not one of these."""
    if name in HOME:
        return text_value("~")
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(evaluator, call)
    if name in decoding.TEXT_FUNCTIONS:
        return _text_function(evaluator, call, name)
    if name.startswith("zlib.") and call.arguments:
        return _inflated(evaluator, call, name)
    return None


def _passed(evaluator: Evaluator, call: Call) -> Value:
    return evaluator.argument(call, 0)


def _same(name: str, _evaluator: Evaluator, _call: Call) -> Value:
    return Value(names=(name,))


def _required(evaluator: Evaluator, call: Call) -> Value:
    texts = evaluator.argument(call, 0).texts
    names = [module_name(text) for text in texts if HOLE not in text and not text.startswith((".", "/", HERE))]
    return Value(names=tuple(names[:8])) if names else UNKNOWN


def _joined(evaluator: Evaluator, call: Call) -> Value:
    value = concatenate(evaluator.arguments(call)[:64], "/")
    return Value(texts=tuple(dict.fromkeys(map(clean_path, value.texts))), origins=value.origins)


def _directory(evaluator: Evaluator, call: Call) -> Value:
    given = evaluator.argument(call, 0)
    texts = tuple(posixpath.dirname(text.removeprefix("file://")) for text in given.texts)
    return Value(texts=texts, origins=given.origins)


def _buffer(evaluator: Evaluator, call: Call) -> Value:
    """`Buffer.from(constant, encoding)`; numbers in a list are bytes."""
    given = evaluator.argument(call, 0)
    encoding = evaluator.argument(call, 1).constant or "utf8"
    origins = given.origins
    decodes = encoding.lower() in ("base64", "base64url", "hex")
    if decodes:
        origins |= {Origin(OriginKind.DECODED, call.line, f"Buffer.from({encoding.lower()})")}
    raw = decoding.decode(given.constant, encoding) if given.constant is not None else None
    if given.items and raw is None:
        codes = [folding.character(item) for item in given.items]
        text = "".join(code for code in codes if code is not None)
        raw = text.encode("latin-1", "replace") if None not in codes else None
        origins |= {Origin(OriginKind.DECODED, call.line, "Buffer.from(codes)")} if raw is not None else set()
    if raw is None:
        return given if not decodes and given.texts else Value(origins=origins)
    return Value(texts=(raw.decode("utf-8", "replace"),), raw=raw, origins=origins)


def _atob(evaluator: Evaluator, call: Call) -> Value:
    given = evaluator.argument(call, 0)
    origins = given.origins | {Origin(OriginKind.DECODED, call.line, "atob")}
    raw = decoding.from_base64(given.constant) if given.constant is not None else None
    return Value(origins=origins) if raw is None else Value(texts=(raw.decode("latin-1"),), raw=raw, origins=origins)


def _characters(evaluator: Evaluator, call: Call) -> Value:
    """`String.fromCharCode(…)`: data that was written as numbers."""
    given = evaluator.arguments(call)
    origins = union(given) | {Origin(OriginKind.DECODED, call.line, "String.fromCharCode")}
    codes = [folding.character(value) for value in given]
    text = "".join(code for code in codes if code is not None)
    return Value(texts=(text,), origins=origins) if codes and None not in codes else Value(origins=origins)


def _text_function(evaluator: Evaluator, call: Call, name: str) -> Value:
    """A function from a text to a text. A constant that is written with percent signs is decoded."""
    given = evaluator.argument(call, 0)
    function = decoding.TEXT_FUNCTIONS[name]
    texts = {text: function(text) for text in given.texts if HOLE not in text}
    origins = given.origins
    if name in decoding.DECODERS and any(text != decoded for text, decoded in texts.items()):
        origins |= {Origin(OriginKind.DECODED, call.line, name)}
    return Value(texts=tuple(texts.values()), origins=origins)


def _raw(evaluator: Evaluator, call: Call) -> Value:
    """``String.raw`text` ``: as it is written, escapes and all."""
    given = call.arguments[0] if call.arguments else None
    if not isinstance(given, Node) or given.type != "template_string":
        return evaluator.argument(call, 0)
    holes = [child for child in children(given) if child.type == "template_substitution"]
    at, parts = given.start_byte + 1, []
    for hole in holes:
        parts.append(text_value(evaluator.index.source[at : hole.start_byte].decode("utf-8", "replace")))
        parts.append(evaluator.evaluate(hole, call.scope, call.frame))
        at = hole.end_byte
    parts.append(text_value(evaluator.index.source[at : given.end_byte - 1].decode("utf-8", "replace")))
    return concatenate(parts)


def _inflated(evaluator: Evaluator, call: Call, name: str) -> Value | None:
    given = evaluator.argument(call, 0)
    raw = decoding.inflate(given.raw, name.removeprefix("zlib.")) if given.raw is not None else None
    if raw is None:
        return None
    origins = given.origins | {Origin(OriginKind.DECODED, call.line, name)}
    return Value(texts=(raw.decode("utf-8", "replace"),), raw=raw, origins=origins)


def _evaluated(evaluator: Evaluator, call: Call) -> Value:
    """`eval("require")` is how code hides a name from bundlers."""
    given = evaluator.argument(call, 0)
    name = (given.constant or "").strip().rstrip(";")
    if name in GLOBALS:
        return Value(names=(name,))
    module = name.removeprefix("require(").removesuffix(")")
    if module != name and len(module) < LONGEST and module[:1] in ("'", '"') and module[-1] == module[0]:
        return Value(names=(module_name(module[1:-1]),))
    return Value(names=("globalThis",)) if name == "this" else tainted(given)


def _bound(evaluator: Evaluator, call: Call) -> Value:
    """`process.binding("spawn_sync")` has functions of its own."""
    return Value(names=tuple(f"process.binding.{text}" for text in evaluator.argument(call, 0).texts[:4]))


def _made(evaluator: Evaluator, call: Call) -> Value:
    """`Function("return this")` is a function that gives the global object."""
    given = evaluator.argument(call, len(call.arguments) - 1) if call.arguments else UNKNOWN
    if (given.constant or "").strip() in GLOBAL_CODE:
        return Value(names=("Function.globalThis",))
    returned = (given.constant or "").strip().removeprefix("return ").rstrip(";")
    return Value(names=(f"Function.{returned}",)) if returned in ("require", "process") else tainted(given)


def _promise(evaluator: Evaluator, call: Call) -> Value:
    return merge([invocation.settled(evaluator, function) for function, _ in evaluator.argument(call, 0).functions])


def _spread(evaluator: Evaluator, call: Call) -> Value:
    values = evaluator.arguments(call)
    whole = [variables.element(value, call.line) for value in values]
    shapes = tuple(shape for value in values for shape in value.shapes if isinstance(shape.target, Site))
    first = values[0] if values else UNKNOWN
    text = first.constant if first.items is None else None
    items = folding.characters(text) if text is not None and len(text) <= WIDEST else first.items
    return Value(origins=union([*values, *whole]), shapes=shapes, items=items)


def _keys(evaluator: Evaluator, call: Call) -> Value:
    found = objects.keys(evaluator, evaluator.argument(call, 0), call.line)
    return Value(items=tuple(text_value(text) for text in found.texts) if found.texts else None, origins=found.origins)


def _entries(evaluator: Evaluator, call: Call) -> Value:
    """A list of pairs: every key with what it holds."""
    given = evaluator.argument(call, 0)
    names = objects.keys(evaluator, given, call.line)
    pairs = [
        Value(items=(text_value(text), objects.member(evaluator, given, text, call.line)))
        for text in names.texts[:WIDEST]
    ]
    return Value(items=tuple(pairs) or None, origins=given.origins | names.origins)


def _picked(evaluator: Evaluator, call: Call) -> Value:
    """`Reflect.get(o, "key")`."""
    keys = evaluator.argument(call, 1).texts
    return objects.members(evaluator, evaluator.argument(call, 0), keys, call.line)


def _serialised(evaluator: Evaluator, call: Call) -> Value:
    values = evaluator.arguments(call)
    if any(variables.REPORT in value.names for value in values):
        values.append(variables.whole_environment(call.line))
    return tainted(*values)


def _variable(evaluator: Evaluator, call: Call) -> Value:
    return variables.variable(evaluator.argument(call, 0).constant, call.line)


def _resolved(evaluator: Evaluator, call: Call) -> Value:
    """`require.resolve("./x")` is a path beside this file."""
    given = evaluator.argument(call, 0)
    return Value(texts=tuple(f"{HERE}/{text}" for text in given.texts if text.startswith(".")))


def _address(evaluator: Evaluator, call: Call) -> Value:
    """`new URL(path, base)`."""
    path, base = evaluator.argument(call, 0), evaluator.argument(call, 1)
    if len(call.arguments) < 2 or any("://" in text for text in path.texts):
        return Value(texts=path.texts, origins=path.origins)
    starts = [posixpath.dirname(text) if text.startswith(HERE) else text.rstrip("/") for text in base.texts]
    ends = [text.removeprefix("./").lstrip("/") for text in path.texts or (HOLE,)]
    texts = tuple(f"{start}/{end}" for start in starts for end in ends)
    return Value(texts=texts[:64], origins=path.origins | base.origins)


def _element(evaluator: Evaluator, call: Call) -> Value:
    """`document.createElement("img")`."""
    made = _ELEMENTS.get((evaluator.argument(call, 0).constant or "").lower())
    return UNKNOWN if made is None else Value(names=(made,))


_HANDLERS: dict[str, Builtin] = {
    **dict.fromkeys(_PASSED, _passed),
    **dict.fromkeys(_SPREADS, _spread),
    **{name: partial(_same, name.partition(".")[0]) for name in _MORE},
    "require": _required,
    "module.createRequire": lambda _evaluator, _call: Value(names=("require",)),
    "require.resolve": _resolved,
    "import.meta.resolve": _resolved,
    **dict.fromkeys(("path.join", "path.resolve", "upath.join", "pathe.join", "pathe.resolve"), _joined),
    "path.dirname": _directory,
    "os.userInfo": lambda _evaluator, _call: Value(names=("os.userInfo",)),
    "os.tmpdir": lambda _evaluator, _call: text_value("/tmp"),  # noqa: S108 - what the call stands for
    "process.cwd": lambda _evaluator, _call: text_value("."),
    "process.report.getReport": partial(_same, variables.REPORT),
    "process.getuid": lambda _evaluator, _call: UNKNOWN,
    **dict.fromkeys(("Buffer", "Buffer.from", "Uint8Array", "Uint8Array.from"), _buffer),
    "atob": _atob,
    "String.raw": _raw,
    **dict.fromkeys(("String.fromCharCode", "String.fromCodePoint"), _characters),
    "eval": _evaluated,
    **dict.fromkeys(("process.binding", "process._linkedBinding"), _bound),
    "Function": _made,
    "Function.globalThis": lambda _evaluator, _call: Value(names=("globalThis",)),
    "Function.require": lambda _evaluator, _call: Value(names=("require",)),
    "Function.process": lambda _evaluator, _call: Value(names=("process",)),
    "Promise": _promise,
    "Object.keys": _keys,
    "Reflect.ownKeys": _keys,
    "Object.getOwnPropertyNames": _keys,
    "Object.entries": _entries,
    "Reflect.get": _picked,
    "JSON.stringify": _serialised,
    "Deno.env.get": _variable,
    "Deno.env.toObject": lambda _evaluator, call: variables.whole_environment(call.line),
    "URL": _address,
    "Image": partial(_same, IMAGE),
    "document.createElement": _element,
    "Request": lambda evaluator, call: merge([evaluator.argument(call, 0), tainted(*evaluator.arguments(call))]),
    "Array": lambda evaluator, call: Value(items=tuple(evaluator.arguments(call)[:WIDEST])),
}

__all__ = ["GLOBAL_CODE", "elements", "result"]
