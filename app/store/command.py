"""The `assay migrate` command: the database brought up to date before the processes start that need it."""

from __future__ import annotations

import os

import click

from app.environment import Environment
from app.store.migrate import upgrade


@click.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to this version; serve and work do the same when they start."""
    read = Environment(os.environ)
    url = read.database()
    read.finish()
    click.echo(f"The database is at revision {upgrade(url)}.")
