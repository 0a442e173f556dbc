"""What the worker counts, beside what it does: packages, sealed children, reviews, calls to GitHub."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.diff import ChangeKind
from app.core.errors import Reason
from app.core.ports import Inspection, InspectionRequest, Inspector
from app.core.report import Report, Reviewed
from app.metrics import BUDGET, CALLS, CHILDREN, INSPECTIONS, PACKAGES, REVIEWS, Meter

_ENDED = frozenset({Reason.TIMEOUT, Reason.MEMORY, Reason.CRASHED})


@dataclass(frozen=True, slots=True)
class MeteredInspector:
    """An inspector whose work is measured (`app.core.ports.Inspector`)."""

    inspector: Inspector
    meter: Meter

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Inspect, and note how long it took and whether the child came to its end."""
        began = time.monotonic()
        inspection = self.inspector.inspect(request)
        self.meter.note(INSPECTIONS, time.monotonic() - began, work="open" if request.known is None else "judge")
        if inspection.facts is None:
            for gap in inspection.not_examined:
                if gap.reason in _ENDED:
                    self.meter.note(CHILDREN, reason=gap.reason)
        return inspection


def note_review(meter: Meter, report: Report) -> None:
    """Note a report that was published: its conclusion, its time, and its packages."""
    meter.note(REVIEWS, report.seconds, conclusion=report.conclusion)
    packages = [item for item in report.reviewed if item.change.kind is not ChangeKind.REMOVED]
    for outcome, number in Counter(_outcome(item) for item in packages).items():
        meter.note(PACKAGES, number, outcome=outcome)


def note_call(meter: Meter, installation_id: int, outcome: str, headers: Mapping[str, str]) -> None:
    """Note one call to GitHub and what its answer says is left."""
    meter.note(CALLS, outcome=outcome)
    left = str(headers.get("x-ratelimit-remaining", ""))
    if left.isascii() and left.isdigit() and len(left) < 10:
        meter.note(BUDGET, float(left), installation=str(installation_id))


def _outcome(item: Reviewed) -> str:
    return item.gaps[0].gap.reason if item.gaps else "examined"
