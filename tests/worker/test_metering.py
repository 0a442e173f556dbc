"""The worker counts what it does, and counting changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.core.errors import Reason
from app.core.package import Package
from app.core.policy import Action, Conclusion
from app.core.ports import Inspection, InspectionRequest
from app.core.report import JudgedGap
from app.core.specimen import ArtifactKind, NotExamined
from app.metrics import BUDGET, CALLS, CHILDREN, INSPECTIONS, PACKAGES, REVIEWS, Series
from tests.builders import a_report
from worker.metering import MeteredInspector, note_call, note_review

REQUEST = InspectionRequest(Package.parse("npm/left@1.0.0"), "left-1.0.0.tgz", ArtifactKind.NPM_TARBALL)


@dataclass
class Notes:
    """A meter that remembers."""

    noted: list[tuple[Series, float, dict[str, str]]] = field(default_factory=list)

    def note(self, series: Series, value: float = 1.0, **labels: str) -> None:
        self.noted.append((series, value, labels))

    def of(self, series: Series) -> list[dict[str, str]]:
        return [labels for noted, _, labels in self.noted if noted is series]


@dataclass
class Answering:
    """Gives one answer."""

    answer: Inspection

    def inspect(self, request: InspectionRequest) -> Inspection:
        return self.answer


@pytest.mark.parametrize(
    ("reason", "counted"),
    [(Reason.TIMEOUT, True), (Reason.MEMORY, True), (Reason.CRASHED, True), (Reason.BOMB, False)],
)
def test_a_child_that_ended_without_an_answer_is_counted_by_its_reason(reason: Reason, *, counted: bool) -> None:
    notes = Notes()
    answer = Inspection(None, not_examined=(NotExamined("left-1.0.0.tgz", reason, "It did not end well."),))
    assert MeteredInspector(Answering(answer), notes).inspect(REQUEST) is answer
    assert notes.of(CHILDREN) == ([{"reason": reason}] if counted else [])
    assert notes.of(INSPECTIONS) == [{"work": "open"}]


def test_a_published_report_counts_its_packages_by_what_became_of_them() -> None:
    (examined,) = a_report().reviewed
    gap = JudgedGap(NotExamined("x", Reason.TOO_LARGE, "It is too large."), Action.BLOCK, "the preset does")
    report = replace(
        a_report(), conclusion=Conclusion.ACTION_REQUIRED, seconds=4.5,
        reviewed=(examined, examined, replace(examined, gaps=(gap,))),
    )  # fmt: skip
    notes = Notes()
    note_review(notes, report)
    assert notes.noted == [
        (REVIEWS, 4.5, {"conclusion": "action_required"}),
        (PACKAGES, 2, {"outcome": "examined"}),
        (PACKAGES, 1, {"outcome": "too-large"}),
    ]


@pytest.mark.parametrize(
    ("headers", "left"),
    [({"x-ratelimit-remaining": "4990"}, [4990.0]), ({}, []), ({"x-ratelimit-remaining": "-1"}, [])],
)
def test_a_call_counts_and_tells_what_is_left(headers: dict[str, Any], left: list[float]) -> None:
    notes = Notes()
    note_call(notes, 99, "ok", headers)
    assert notes.of(CALLS) == [{"outcome": "ok"}]
    assert [value for series, value, _ in notes.noted if series is BUDGET] == left
    assert notes.of(BUDGET) == [{"installation": "99"}] * len(left)
