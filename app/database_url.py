"""What `DATABASE_URL` may say. Problems are told without repeating any part of it: there may be a password inside."""

from __future__ import annotations

import re

from psycopg.pq import Conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

EXPECTED = "sqlite:///PATH nor postgresql://USER:PASSWORD@HOST/DATABASE"

_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}  # hosts hand out the first, SQLAlchemy knows the others
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?", re.ASCII)


def read_database_url(text: str) -> URL:
    """Read the URL of a database that processes can share, with the driver that serves it.

    Raise `ValueError` with one sentence that names the problem. Options after the `?` are those of PostgreSQL's client
    library, as in https://www.postgresql.org/docs/current/libpq-connect.html.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(f"DATABASE_URL is neither {EXPECTED}.") from None
    except ValueError:  # it quotes what it took for the port, which may be a piece of the password
        raise ValueError(_unclear()) from None
    if url.drivername == "sqlite":
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        return _postgresql(url)
    raise ValueError(f"DATABASE_URL is neither {EXPECTED}.")


def _sqlite(url: URL) -> URL:
    if url.host or url.query or not url.database or url.database.startswith(":"):
        raise ValueError("DATABASE_URL names no file: write sqlite:///PATH, with four slashes for an absolute path.")
    return url


def _postgresql(url: URL) -> URL:
    if url.host and not _HOST.fullmatch(url.host):
        raise ValueError(_unclear())
    if not url.database and "dbname" not in url.query:
        raise ValueError("DATABASE_URL names no database after the host.")
    if not set(url.query) <= _options():
        raise ValueError("DATABASE_URL has an option after the ? that PostgreSQL's client library does not know.")
    return url.set(drivername="postgresql+psycopg")


def _unclear() -> str:
    return (
        "DATABASE_URL has no host or port that can be read. In the password, write everything but letters and digits "
        "as %XX."
    )


def _options() -> set[str]:
    return {option.keyword.decode() for option in Conninfo.get_defaults()}
