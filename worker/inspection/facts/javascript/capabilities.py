"""Calls → facts: what each resolved call can do, with the data that reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.javascript import commands, files, network, objects, streams
from worker.inspection.facts.javascript.builtins import GLOBAL_CODE
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.decoding import from_base64
from worker.inspection.facts.javascript.evaluator import FileEvaluator
from worker.inspection.facts.javascript.inspection import Inspection
from worker.inspection.facts.javascript.ledger import place_of
from worker.inspection.facts.javascript.literals import HERE, HOLE
from worker.inspection.facts.javascript.modules import reference, started
from worker.inspection.facts.javascript.names import canonical
from worker.inspection.facts.javascript.scope import Scope
from worker.inspection.facts.javascript.search import HANDS_OVER, Telling, called_back
from worker.inspection.facts.javascript.tables import CALLS, Style
from worker.inspection.facts.javascript.tables import Call as Known
from worker.inspection.facts.javascript.timers import is_text
from worker.inspection.facts.javascript.values import Value, elements, union

SECOND_LOOK = 20_000  # steps up to which the calls are looked at a second time
MODULE_STEPS = 2_000  # steps to find out which module is loaded
LONG_BLOB = 200  # characters of a constant from which a function of the file may be its decoder
PACKER = b"function(p,a,c,k,e,"
MOST_CODE = 4  # constant texts of one call that are read as code

_BESIDE = "__dirname/"  # as paths beside the file are shown
_FOREIGN = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED, OriginKind.PROCESS})


def note_calls(inspection: Inspection, telling: Telling) -> None:
    """Note what calls can do.

    Where names depend on themselves, the calls are looked at a second time, knowing what the first time has shown.
    """
    evaluator = inspection.evaluator
    loading: Telling = []
    others: Telling = []
    for node, scope in telling:
        (loading if _only_loads(evaluator, node, scope) else others).append((node, scope))
    for node, scope in others:
        _note_call(inspection, node, scope)
    if evaluator.cyclic and evaluator.steps < SECOND_LOOK:
        evaluator.start_again()
        for node, scope in others:
            _note_call(inspection, node, scope)
    for node, scope in loading:
        with evaluator.limited(MODULE_STEPS):
            _note_call(inspection, node, scope)
    for later in inspection.waiting:
        later()


def _only_loads(evaluator: FileEvaluator, node: Node, scope: Scope) -> bool:
    """Whether a call only loads a module: which one, when it is computed, may depend on the whole program."""
    names = evaluator.resolve(node, scope).names
    return bool(names) and all(canonical(name) in ("require", "require.resolve") for name in names)


def note_modules(inspection: Inspection) -> None:
    """Note what `import` and `export … from` load."""
    evaluator = inspection.evaluator
    for target, node in evaluator.index.loads:
        note_module(inspection, target, "import", node)
        evaluator.extra_globals.update(_EXTRA_GLOBALS.get(target, {}))
    for node, scope in evaluator.index.calls_by_name.get("require", ()):
        for target in evaluator.argument(evaluator.resolve(node, scope), 0).texts:
            evaluator.extra_globals.update(_EXTRA_GLOBALS.get(target, {}))


def _note_call(inspection: Inspection, node: Node, scope: Scope) -> None:
    evaluator = inspection.evaluator
    call = evaluator.resolve(node, scope)
    _note(inspection, call)
    for written in streams.writes(evaluator, call):
        _note(inspection, written)
    if not any(canonical(name) in CALLS for name in call.names):
        _note_handed(inspection, call)
        files.note_looks(inspection, call)


def _note(inspection: Inspection, call: Call) -> None:
    if call.bound and not call.arguments:
        return
    for name in call.names:
        plain = canonical(name)
        known = CALLS.get(plain)
        if known is not None:
            _HANDLERS[known.fact](inspection, call, name.removesuffix(".*"), known)
        if plain in _LOADERS:
            _LOADERS[plain](inspection, call, name)


def _note_handed(inspection: Inspection, call: Call) -> None:
    """Functions handed over to be called: `.then(eval)`."""
    evaluator = inspection.evaluator
    names = called_back(evaluator, call) if call.method in HANDS_OVER else ()
    if names:
        source = evaluator.argument(call, 0) if call.method == "from" else call.receiver
        data = source if call.method == "then" else elements(source)
        _note(inspection, replace(call, callee=Value(names=names), arguments=[data], method=None, is_new=False))


def _network(inspection: Inspection, call: Call, name: str, known: Known) -> None:
    evaluator, ledger, place = inspection.evaluator, inspection.ledger, place_of(call.node)
    origins = union(evaluator.arguments(call)) if known.style is not Style.LISTEN else frozenset()
    if known.style is Style.SENDS and not origins:
        return
    hosts = network.hosts(evaluator, call)
    ledger.add(FactId.NETWORK, place, name, origins, hosts)
    for host in hosts:
        ledger.add(FactId.HOST, place, host)


def _process(inspection: Inspection, call: Call, name: str, known: Known) -> None:
    evaluator, ledger, place = inspection.evaluator, inspection.ledger, place_of(call.node)
    if known.style is Style.SENDS:
        origins = union(evaluator.arguments(call))
        if origins:
            ledger.add(FactId.PROCESS, place, name, origins)
        return
    found = [inspection.readers.command(line) for line in commands.lines(evaluator, call, known.style)]
    hosts = [host for extracted in found for fact in extracted.facts for host in fact.hosts]
    programs = [program for extracted in found for program in extracted.programs]
    ledger.add(FactId.PROCESS, place, name, commands.data(evaluator, call, known.style), hosts, programs)
    for extracted in found:
        ledger.include(extracted, place)
    if known.style is Style.SCRIPT:
        for text in evaluator.argument(call, 0).texts:
            ledger.run(reference(evaluator.path, text) if text.startswith(HERE) else started(text))
    inspection.waiting.append(lambda: ledger.add(FactId.PROCESS, place, name, inspection.dropped.run(call)))


def _code(inspection: Inspection, call: Call, name: str, known: Known) -> None:
    evaluator, place = inspection.evaluator, place_of(call.node)
    if not call.arguments:
        return
    position = len(call.arguments) - 1 if known.style is Style.LAST else 0
    given = evaluator.argument(call, position)
    texts = [text for text in given.texts if HOLE not in text and text.strip()]
    if known.style is Style.TEXT_ONLY and (
        given.shapes or not (texts or any(origin.kind in _FOREIGN for origin in given.origins))
    ):
        return
    if texts and all(text.strip() in GLOBAL_CODE for text in texts):
        return
    if not texts and _is_literal(call.arguments[position]):
        return
    origins = given.origins if texts else given.origins | _own_decoding(evaluator, call)
    first = call.arguments[0]
    if known.style is Style.TEXT_ONLY and isinstance(first, Node) and is_text(evaluator, first, call.scope):
        name = f"{name}(text)"
    inspection.ledger.add(FactId.DYNAMIC_CODE, place, name, origins)
    for origin in origins:
        if origin.kind is OriginKind.FILE and origin.detail.startswith(_BESIDE):
            inspection.ledger.load(reference(evaluator.path, f"./{origin.detail.removeprefix(_BESIDE)}"))
    for text in texts[:MOST_CODE]:
        inspection.ledger.include(inspection.readers.code(text), place, given.origins)


def _is_literal(given: Node | Value) -> bool:
    """Whether an argument is written out: an empty text is then no code. A name may be filled later."""
    return isinstance(given, Node) and given.type in ("string", "number")


def _own_decoding(evaluator: FileEvaluator, call: Call) -> frozenset[Origin]:
    """A decoder of the file's own, called on the spot with a long constant: `eval(decode("…"))`, a packer."""
    last = call.arguments[-1]
    if not isinstance(last, Node) or last.type != "call_expression":
        return frozenset()
    inner = evaluator.resolve(last, call.scope, call.frame)
    if not inner.callee.functions:
        return frozenset()
    longest = max((len(text) for value in evaluator.arguments(inner) for text in value.texts), default=0)
    is_packer = evaluator.index.source.startswith(PACKER, last.start_byte)
    if longest < LONG_BLOB and not is_packer:
        return frozenset()
    return frozenset((Origin(OriginKind.DECODED, inner.line, "packed code" if is_packer else "its own decoder"),))


def _decoded(inspection: Inspection, call: Call, name: str, _known: Known) -> None:
    _note_decoding(inspection, call, name)


def _native(inspection: Inspection, call: Call, name: str, _known: Known) -> None:
    inspection.ledger.add(FactId.NATIVE_CODE, place_of(call.node), name)


def _clipboard(inspection: Inspection, call: Call, name: str, known: Known) -> None:
    does = "reads" if known.data < 0 else "writes"
    inspection.ledger.add(FactId.CLIPBOARD, place_of(call.node), f"{does}: {name}")


def _buffer(inspection: Inspection, call: Call, _name: str) -> None:
    encoding = (inspection.evaluator.argument(call, 1).constant or "").lower()
    if encoding in ("base64", "base64url", "hex"):
        _note_decoding(inspection, call, f"Buffer.from({encoding})")


def _variable(inspection: Inspection, call: Call, _name: str) -> None:
    for origin in inspection.evaluator.evaluate(call.node, call.scope).origins:
        if origin.kind is OriginKind.ENVIRONMENT:
            inspection.ledger.add(FactId.ENVIRONMENT, place_of(call.node), origin.detail)


def _note_decoding(inspection: Inspection, call: Call, detail: str) -> None:
    """Data is decoded; an address that comes out of it is worth a fact of its own."""
    place = place_of(call.node)
    inspection.ledger.add(FactId.DECODE, place, detail)
    for text in inspection.evaluator.evaluate(call.node, call.scope).texts:
        host = network.host_of(text)
        if host is not None:
            inspection.ledger.add(FactId.HOST, place, host)


def _load(inspection: Inspection, call: Call, name: str) -> None:
    """`require(…)`, `import(…)`: files of the package, native modules, and code that came from elsewhere."""
    evaluator, ledger, place = inspection.evaluator, inspection.ledger, place_of(call.node)
    given = evaluator.argument(call, 0)
    for text in given.texts:
        note_module(inspection, text, name, call.node)
    foreign = frozenset(origin for origin in given.origins if origin.kind is OriginKind.DOWNLOAD)
    if foreign:
        ledger.add(FactId.DYNAMIC_CODE, place, name, foreign)

    def later() -> None:
        origins = inspection.dropped.run(call)
        if origins:
            ledger.add(FactId.DYNAMIC_CODE, place, name, origins)

    inspection.waiting.append(later)


def note_module(inspection: Inspection, target: str, name: str, node: Node) -> None:
    """What loading one module means, by how it is named."""
    ledger, place = inspection.ledger, place_of(node)
    ledger.load(reference(inspection.evaluator.path, target))
    if target.endswith(".node") and not _NATIVE_FOLDERS.isdisjoint(target.lower().split("/")):
        ledger.add(FactId.NATIVE_CODE, place, target.rpartition("/")[2])
    elif target.startswith(("http://", "https://")):
        host = network.host_of(target)
        hosts = (host,) if host is not None else ()
        ledger.add(FactId.NETWORK, place, name, (), hosts)
        ledger.add(FactId.DYNAMIC_CODE, place, name, (Origin(OriginKind.DOWNLOAD, place.line, name),))
        for each in hosts:
            ledger.add(FactId.HOST, place, each)
    elif target.startswith("data:"):
        header, _, body = target.partition(",")
        raw = from_base64(body) if header.endswith("base64") else None
        code = raw.decode("utf-8", "replace") if raw is not None else body
        ledger.add(FactId.DYNAMIC_CODE, place, name, (Origin(OriginKind.DECODED, place.line, "data:"),))
        ledger.include(inspection.readers.code(code), place)


def _worker(inspection: Inspection, call: Call, name: str) -> None:
    """A thread runs a file, or, with `eval: true`, a text."""
    evaluator, place = inspection.evaluator, place_of(call.node)
    given, options = evaluator.argument(call, 0), evaluator.argument(call, 1)
    if any("eval" in objects.literal_keys(evaluator, shape) for shape in options.shapes):
        inspection.ledger.add(FactId.DYNAMIC_CODE, place, name, given.origins)
        for text in given.texts[:MOST_CODE]:
            inspection.ledger.include(inspection.readers.code(text), place, given.origins)
        return
    for text in given.texts:
        inspection.ledger.run(reference(evaluator.path, text) if text.startswith(HERE) else started(text))


# Where native modules stand; elsewhere `./server.node` is as well `./server.node.js`, and the bytes of a file tell.
_NATIVE_FOLDERS = frozenset({"build", "release", "debug", "prebuilds", "prebuild", "native", "binding", "bin"})
_EXTRA_GLOBALS = {  # what importing a module for its effect brings
    "shelljs/global": {"exec": "shelljs/global.exec"},
    "zx/globals": {"$": "zx.$"},
}
_HANDLERS: dict[FactId, Callable[[Inspection, Call, str, Known], None]] = {
    FactId.NETWORK: _network,
    FactId.PROCESS: _process,
    FactId.FILE_READ: files.note_read,
    FactId.FILE_WRITE: files.note_write,
    FactId.DYNAMIC_CODE: _code,
    FactId.DECODE: _decoded,
    FactId.NATIVE_CODE: _native,
    FactId.CLIPBOARD: _clipboard,
}
_LOADERS: dict[str, Callable[[Inspection, Call, str], None]] = {
    **dict.fromkeys(("require", "require.resolve"), _load),
    **dict.fromkeys(("Buffer", "Buffer.from"), _buffer),
    **dict.fromkeys(("Deno.env.get", "Deno.env.toObject"), _variable),
    **dict.fromkeys(("Worker", "worker_threads.Worker"), _worker),
}
