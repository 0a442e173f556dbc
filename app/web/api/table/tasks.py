"""Routes of tasks."""

from __future__ import annotations

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
)
