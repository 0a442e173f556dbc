"""The names that the queue may run; three lines each. `app.dispatch` knows them by name only."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def review(lane: str) -> None:
    """Review the pull request of this lane as it is now."""
    from worker import bootstrap  # noqa: PLC0415  (chooses all adapters; loaded in the process that needs them)

    bootstrap.review_lane(lane)


JOBS: Mapping[str, Callable[[str], None]] = {"worker.jobs.review": review}
