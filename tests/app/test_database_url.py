"""DATABASE_URL: two kinds of database, every mistake named, and nothing of it repeated."""

from __future__ import annotations

import pytest

from app.core.errors import SettingsError
from app.database_url import read_database_url
from app.environment import OWN_DISKS, Environment

UNKNOWN = "DATABASE_URL is neither sqlite:///PATH nor postgresql://USER:PASSWORD@HOST/DATABASE."
NO_FILE = "DATABASE_URL names no file: write sqlite:///PATH, with four slashes for an absolute path."
NO_HOST = "DATABASE_URL has no host or port that can be read. In the password, write everything but letters and digits as %XX."
NO_NAME = "DATABASE_URL names no database after the host."
NO_OPTION = "DATABASE_URL has an option after the ? that PostgreSQL's client library does not know."


def database(environ: dict[str, str]) -> str:
    """The URL as the settings have it."""
    read = Environment(environ)
    url = read.database()
    read.finish()
    return url


@pytest.mark.parametrize(
    "url",
    [
        "postgres://assay:canary@db.example:5433/assay",
        "postgresql://assay:canary@db.example:5433/assay",
        "postgresql+psycopg://assay:canary@db.example:5433/assay",
    ],
)
def test_postgresql_is_known_by_each_of_its_names(url: str) -> None:
    read = read_database_url(url)
    assert (read.drivername, read.host, read.port, read.database) == ("postgresql+psycopg", "db.example", 5433, "assay")
    assert read.password == "canary"
    assert database({"DATABASE_URL": url}) == url


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///var/assay.db",
        "sqlite:////var/lib/assay/assay.db",
        "postgresql://assay@[::1]/assay",
        "postgresql:///assay",
        "postgresql:///assay?host=/run/postgresql",
        "postgresql://assay:p%40ss%2Fword@10.0.0.7/assay?sslmode=verify-full&sslrootcert=system",
        "postgresql:///?service=assay&dbname=assay",
    ],
)
def test_what_processes_can_share_is_taken(url: str) -> None:
    assert database({"DATABASE_URL": url}) == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("canary", UNKNOWN),
        ("mysql://assay:canary@db/assay", UNKNOWN),
        ("postgresql+asyncpg://assay:canary@db/assay", UNKNOWN),
        ("POSTGRES+canary://db/assay", UNKNOWN),
        ("sqlite://", NO_FILE),
        ("sqlite:///", NO_FILE),
        ("sqlite:///:memory:", NO_FILE),
        ("sqlite://canary/assay.db", NO_FILE),
        ("sqlite:///assay.db?mode=canary", NO_FILE),
        ("postgresql://assay:pass@canary@db/assay", NO_HOST),
        ("postgresql://assay:canary#@db:port/assay", NO_HOST),
        ("postgresql://db:canary/assay", NO_HOST),
        ("postgresql://a canary/assay", NO_HOST),
        ("postgresql://assay:canary@db", NO_NAME),
        ("postgresql://assay:canary@db/", NO_NAME),
        ("postgresql://assay@db/assay?canary=1", NO_OPTION),
    ],
)
def test_what_is_not_understood_is_named_and_never_repeated(url: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        database({"DATABASE_URL": url})
    assert caught.value.problems == (problem,)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("variable", OWN_DISKS)
def test_sqlite_is_refused_where_each_process_has_a_disk_of_its_own(variable: str) -> None:
    platform = {variable: "anything"}
    with pytest.raises(SettingsError) as caught:
        database(platform)
    (problem,) = caught.value.problems
    assert problem == (
        f"SQLite does not serve on {OWN_DISKS[variable]} (known by {variable}), where web process and workers have a "
        "disk each. Set DATABASE_URL to a PostgreSQL database, or ASSAY_SHARED_DISK=1 if they do share the file."
    )
    assert database(platform | {"DATABASE_URL": "postgres://db.example/assay"})
    assert database(platform | {"ASSAY_SHARED_DISK": "1"})
    assert database(platform | {"ASSAY_ENV": "development"})
