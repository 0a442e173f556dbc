"""`assay work`: serve the queue."""

from __future__ import annotations

import click

from worker import jobs


@click.command()
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Worker processes.")
def command(workers: int) -> int:
    """Serve the queue: review pull requests until stopped. Scheduler and sweeper are included."""
    return jobs.serve_queue(workers)
