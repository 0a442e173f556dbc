"""Calls that read, write, copy and delete files → facts."""

from __future__ import annotations

from app.core.specimen import FactId, Origin
from worker.inspection.facts.javascript import paths, wiping
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.inspection import Inspection
from worker.inspection.facts.javascript.ledger import place_of
from worker.inspection.facts.javascript.names import opens
from worker.inspection.facts.javascript.scope import Site
from worker.inspection.facts.javascript.tables import Call as Known
from worker.inspection.facts.javascript.tables import Style
from worker.inspection.facts.javascript.values import tainted, union

_WRITING_FLAGS = ("w", "a", "r+")


def note_read(inspection: Inspection, call: Call, name: str, _known: Known) -> None:
    """A file is read; a path that holds credentials is a fact of its own."""
    evaluator, ledger, place = inspection.evaluator, inspection.ledger, place_of(call.node)
    if name.endswith((".open", ".openSync")):
        flags = evaluator.argument(call, 1).constant or "r"
        if flags.startswith(_WRITING_FLAGS):
            _note_paths(inspection, call, name, 0, frozenset())
            return
    texts = paths.paths(evaluator, call, 0)
    for text in texts:
        ledger.add(FactId.FILE_READ, place, paths.shown_path(text))
        listed = f"{text}/" if paths.is_listing(name) else text
        if paths.credentials(listed) is not None:
            ledger.add(FactId.CREDENTIAL_FILE, place, paths.shown_path(text))
    if not texts:
        ledger.add(FactId.FILE_READ, place, name)


def note_write(inspection: Inspection, call: Call, name: str, known: Known) -> None:
    """A file is written, with the data that reaches it; copies read as well."""
    evaluator = inspection.evaluator
    if known.style is Style.SENDS:
        _note_sent(inspection, call, name)
    elif known.style is Style.COPY:
        origins = paths.read_origins(evaluator, call, name)
        if "link" not in name:
            note_read(inspection, call, name, known)
        _note_paths(inspection, call, name, 1, frozenset(origins))
    elif known.style is Style.DELETE:
        wiping.note_deletion(inspection, call, name)
        texts = paths.paths(evaluator, call, 0)
        for text in texts:
            inspection.ledger.add(FactId.FILE_WRITE, place_of(call.node), f"{name} {paths.shown_path(text)}")
        if not texts:
            inspection.ledger.add(FactId.FILE_WRITE, place_of(call.node), name)
    else:
        wiping.note_overwriting(inspection, call)
        data = tainted(evaluator.argument(call, known.data)).origins if known.data >= 0 else frozenset()
        _note_paths(inspection, call, name, 0, data)


def note_looks(inspection: Inspection, call: Call) -> None:
    """A credential file handed to a function of another module that is named as if it opened files."""
    if not any(opens(name) for name in call.names):
        return
    for text in paths.paths(inspection.evaluator, call, 0):
        if "/" in text and paths.credentials(text) is not None:
            inspection.ledger.add(FactId.CREDENTIAL_FILE, place_of(call.node), paths.shown_path(text))


def _note_sent(inspection: Inspection, call: Call, name: str) -> None:
    """`stream.write(data)`: the path is that of the call which opened the stream."""
    evaluator = inspection.evaluator
    origins = union(evaluator.arguments(call))
    if not origins:
        return
    opened = [
        evaluator.resolve(shape.target.node, shape.target.scope, shape.frame)
        for shape in call.receiver.shapes
        if isinstance(shape.target, Site) and shape.target.node.type != "object"
    ]
    for other in opened:
        _note_paths(inspection, other, name, 0, origins, call)
    if not opened:
        inspection.ledger.add(FactId.FILE_WRITE, place_of(call.node), name, origins)


def _note_paths(
    inspection: Inspection,
    call: Call,
    name: str,
    position: int,
    origins: frozenset[Origin],
    at: Call | None = None,
) -> None:
    texts = paths.paths(inspection.evaluator, call, position)
    place = place_of((at or call).node)
    for text in texts:
        inspection.ledger.add(FactId.FILE_WRITE, place, paths.shown_path(text), origins)
    if not texts:
        inspection.ledger.add(FactId.FILE_WRITE, place, name, origins)
    inspection.dropped.wrote(call, position, origins)
