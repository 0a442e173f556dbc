"""All of a place that is nobody's own is deleted or overwritten → facts."""

from __future__ import annotations

import posixpath

from app.core.specimen import FactId, OriginKind
from app.core.vital_places import AROUND, PROJECT, is_disk, vital_place
from worker.inspection.facts.javascript import paths
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.inspection import Inspection
from worker.inspection.facts.javascript.ledger import place_of
from worker.inspection.facts.javascript.literals import HERE, clean_path
from worker.inspection.facts.javascript.values import Value

_OPTIONS_FIRST = "shelljs"  # `rm("-rf", path)`
_UNKNOWN = "/…"
_AROUND = "__dirname/../.."


def note_deletion(inspection: Inspection, call: Call, name: str) -> None:
    """`fs.rmSync(path)`, `rimraf([paths])`; of `fs.unlink`, any file in a folder."""
    given = inspection.evaluator.argument(call, 1 if name.startswith(_OPTIONS_FIRST) else 0)
    for text in _texts(given):
        path = _listed(text, given) or (None if "unlink" in name else _whole(inspection, text))
        if path is not None:
            inspection.ledger.add(FactId.WIPE, place_of(call.node), f"deletes {path}")


def note_overwriting(inspection: Inspection, call: Call) -> None:
    """A disk that is written to, or any file in a folder."""
    given = inspection.evaluator.argument(call, 0)
    for text in _texts(given):
        path = text if is_disk(text) else _listed(text, given)
        if path is not None:
            inspection.ledger.add(FactId.WIPE, place_of(call.node), f"overwrites {path}")


def _texts(given: Value) -> list[str]:
    items = [text for item in given.items or () for text in item.texts]
    return [*given.texts, *items][: paths.MOST]


def _whole(inspection: Inspection, text: str) -> str | None:
    """The path when it means all of a place; what is above this file counts where that is outside of the package."""
    if text.startswith(HERE):
        above = clean_path(f"/{'x/' * 64}{posixpath.dirname(inspection.evaluator.path)}{text.removeprefix(HERE)}")
        return _AROUND if set(above.split("/")) == {"", "x"} and above.count("x") < 64 else None
    path = paths.shown_path(text)
    return path if vital_place(path) is not None else None


def _listed(text: str, given: Value) -> str | None:
    """`~/*`, for any file of a folder that was listed. Projects are walked and changed by every second tool."""
    path = folder = paths.shown_path(text)
    while folder.endswith(_UNKNOWN):
        folder = folder.removesuffix(_UNKNOWN)
    read = {origin.detail for origin in given.origins if origin.kind is OriginKind.FILE}
    if folder == path or (folder or "/") not in read:
        return None
    return f"{folder}/*" if vital_place(folder or "/") not in (None, PROJECT, AROUND) else None
