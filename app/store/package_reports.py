"""What is known of package versions in SQL: the newest report of each, in the realm of those who may know it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, select, update

from app.core.package import Package
from app.core.package_report import PackageReport
from app.store.database import Database
from app.store.encoding import decode, encode, is_clean
from app.store.schema import package_reports as table

LONGEST_KEY = 320
LONGEST_VERSION = 200


class SqlPackageReports:
    """`app.core.package_report.PackageReports` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, realm: str, report: PackageReport) -> None:
        """Insert the report, or replace the one of this version."""
        if not is_kept(report.package):
            return
        key = {"realm": realm, "package": report.package.key, "version": report.package.version}
        values: dict[str, Any] = {
            "engine": report.engine,
            "examined_at": report.examined_at,
            "body": zlib.compress(encode(report).encode(), 1),
        }
        same = and_(*(table.c[name] == value for name, value in key.items()))

        def work(connection: Connection) -> None:
            if not connection.execute(update(table).where(same).values(values)).rowcount:
                connection.execute(table.insert().values(key | values))

        self._database.write(work)

    def find(self, realms: Sequence[str], package: Package) -> tuple[str, PackageReport] | None:
        """The report in the first of these realms that has one."""
        if not is_kept(package):
            return None
        query = select(table.c.realm, table.c.body).where(table.c.realm.in_(realms), *_of(package))
        with self._database.reading() as connection:
            bodies = {row.realm: row.body for row in connection.execute(query)}
        for realm in realms:
            report = decode(zlib.decompress(bodies[realm]), PackageReport) if realm in bodies else None
            if report is not None:
                return realm, report
        return None

    def engine(self, realm: str, package: Package) -> str | None:
        """Which engine made the report that is kept."""
        if not is_kept(package):
            return None
        with self._database.reading() as connection:
            engine: str | None = connection.scalar(select(table.c.engine).where(table.c.realm == realm, *_of(package)))
        return engine

    def erase(self, realm: str) -> int:
        """Remove the rows of a realm."""
        theirs = delete(table).where(table.c.realm == realm)
        return self._database.write(lambda connection: int(connection.execute(theirs).rowcount))


def is_kept(package: Package) -> bool:
    """Whether a database could hold its name and version."""
    return is_clean(package.key, LONGEST_KEY) and is_clean(package.version, LONGEST_VERSION)


def _of(package: Package) -> Sequence[Any]:
    return table.c.package == package.key, table.c.version == package.version
