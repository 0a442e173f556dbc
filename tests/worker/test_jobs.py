"""The names that the queue may run."""

from __future__ import annotations

from app import dispatch
from worker import jobs


def test_the_queue_knows_each_job_by_its_dotted_name() -> None:
    """The two sides share a string and nothing else."""
    assert dispatch.REVIEW in jobs.JOBS
    for name, function in jobs.JOBS.items():
        assert name == f"{function.__module__}.{function.__qualname__}"
