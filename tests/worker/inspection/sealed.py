"""A sealed inspector whose children misbehave on demand, and what the tests ask of the processes it runs."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactKind
from tests.builders import a_package
from worker.inspection.limits import MIB, Limits
from worker.inspection.sandbox import SealedInspector

MISBEHAVING = (sys.executable, "-I", str(Path(__file__).with_name("misbehaving.py")))
LIMITS = Limits(wall_seconds=30.0, cpu_seconds=1, memory=512 * MIB, answer=4 * MIB)
IMPATIENT = replace(LIMITS, wall_seconds=2.0)


def request(filename: str, archive: BinaryIO | None = None) -> InspectionRequest:
    archive = archive or io.BytesIO(b"the archive")
    return InspectionRequest(a_package(), filename, ArtifactKind.NPM_TARBALL, archive)


def told(inspection: Inspection) -> dict[str, str]:
    """What a child that answered said of itself."""
    assert inspection.facts is not None, inspection.not_examined
    return dict(inspection.facts.metadata)


def template_of(inspector: SealedInspector) -> int:
    return int(told(inspector.inspect(request("process.tgz")))["parent"])


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something becomes true within ten seconds."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"
