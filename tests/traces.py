"""Where a secret that was carried through might be found: the log as it is written, and all rows of a database."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import MetaData, create_engine, select

from app.database_url import read_database_url
from app.log import JsonFormatter

SECRET_AT = len("asy_u1_0000000000000000_")
PART = 10  # characters of a secret that would be too much


def secret_of(text: str) -> str:
    """What must not be seen anywhere of one of our own tokens."""
    return text[SECRET_AT : SECRET_AT + PART]


@contextmanager
def written_log() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as it would be written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def dump(url: str) -> str:
    """All rows of all tables."""
    engine = create_engine(read_database_url(url))
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = [str(tuple(row)) for table in metadata.tables.values() for row in connection.execute(select(table))]
    engine.dispose()
    return "\n".join(rows)
