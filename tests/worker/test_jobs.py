"""The names that the queue may run."""

from __future__ import annotations

from app import dispatch
from app.core.ports import Inspection, InspectionRequest
from app.settings import WorkerSettings
from worker import jobs


class NoInspector:
    """An inspector that nobody asks."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Fail."""
        raise AssertionError(request)


def test_the_queue_may_run_what_the_web_process_asks_for_and_nothing_else() -> None:
    """The two sides share a string, so a test has to compare it."""
    settings = WorkerSettings(database_url="", redis_url="", app_id=1, private_key="")
    assert set(jobs.allowed(settings, NoInspector())) == {dispatch.REVIEW, dispatch.TASK, dispatch.WEBHOOK}
