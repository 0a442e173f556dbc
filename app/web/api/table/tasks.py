"""Routes of tasks."""

from __future__ import annotations

from app.web.api.asked_reviews import AskedReport, get_asked_report
from app.web.api.reviews import FORMATS, FormatQuery
from app.web.api.route import Example, Mark, Route
from app.web.api.tasks import TaskShape, get_task

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/tasks/{task_id}",
        Mark.ANY_TOKEN,
        get_task,
        "How far a task is, and what it gave; for its asker, and for who may ask for the same.",
        TaskShape,
        example=Example(path={"task_id": "TASK_ID"}),
    ),
    Route(
        "GET",
        "/tasks/{task_id}/report",
        Mark.ANY_TOKEN,
        get_asked_report,
        "The report of a review that was asked for, once it is done; in the formats of `GET /reviews/{review_id}`.",
        AskedReport,
        query=FormatQuery,
        codes=("no_report",),
        example=Example(path={"task_id": "ASKED_ID"}),
        formats=FORMATS,
    ),
)
