"""All of a place that is nobody's own is deleted or overwritten → facts."""

from __future__ import annotations

from app.core.specimen import FactId
from app.core.vital_places import AROUND, PROJECT, is_disk, vital_place
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.known import Known
from worker.inspection.facts.python.path_calls import display

_MOST = 16  # alternatives of one path


def note_deletion(collector: Collector, target: Known, line: int, *, whole: bool) -> None:
    """`shutil.rmtree(path)` (`whole`), or `os.remove(path)` of any file in a folder."""
    for text in target.texts[:_MOST]:
        if whole and vital_place(display(text)) is not None:
            collector.add(FactId.WIPE, line, f"deletes {display(text)}")
        _note_any(collector, text, line, "deletes")


def note_overwriting(collector: Collector, target: Known, line: int) -> None:
    """A disk that is opened for writing, or any file in a folder."""
    for text in target.texts[:_MOST]:
        if is_disk(display(text)):
            collector.add(FactId.WIPE, line, f"overwrites {display(text)}")
        _note_any(collector, text, line, "overwrites")


def _note_any(collector: Collector, text: str, line: int, verb: str) -> None:
    """Any file of a folder that was listed: all of them. Projects are walked and changed by every second tool."""
    folder, slash, name = text.replace("\\", "/").rpartition("/")
    folder = folder or slash
    listed = name in collector.ev.listed and folder in collector.ev.listed[name]
    place = display(folder) or "…"  # no folder is one that nobody knows
    if (listed or name == "*") and vital_place(place) not in (None, PROJECT, AROUND):
        collector.add(FactId.WIPE, line, f"{verb} {place.rstrip('/')}/*")
