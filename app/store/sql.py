"""Everything that is kept, on one database."""

from __future__ import annotations

from app.store.audit import SqlAudit
from app.store.catalogues import SqlCatalogues
from app.store.database import Database
from app.store.deliveries import SqlDeliveries
from app.store.gathering import Gathering
from app.store.idempotency import SqlIdempotencyKeys
from app.store.inspections import SqlInspections
from app.store.leases import SqlLeases
from app.store.package_reports import SqlPackageReports
from app.store.reports import SqlReports
from app.store.search import SqlReviewSearch
from app.store.tasks import SqlTasks
from app.store.tokens import SqlTokens
from app.store.webhooks import SqlWebhooks


class SqlStore:
    """`app.core.ports.Store` on a database. Safe to share between threads; a forked process opens its own."""

    def __init__(self, database: Database, gathering: Gathering) -> None:
        self._database = database
        self.deliveries = SqlDeliveries(database, gathering)
        self.reports = SqlReports(database)
        self.search = SqlReviewSearch(database)
        self.inspections = SqlInspections(database)
        self.catalogues = SqlCatalogues(database)
        self.idempotency = SqlIdempotencyKeys(database)
        self.leases = SqlLeases(database)
        self.audit = SqlAudit(database)
        self.tokens = SqlTokens(database, self.audit)
        self.webhooks = SqlWebhooks(database, self.audit)
        self.tasks = SqlTasks(database)
        self.package_reports = SqlPackageReports(database)

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        self._database.ping()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def open_store(url: str, gathering: Gathering | None = None, patience: float = 5.0, *, threads: int = 5) -> SqlStore:
    """Open the store of a database whose schema is up to date (`app.store.upgrade`). Connects when first used.

    `patience` is how many seconds a call waits for another writer or for an answer, `threads` how many threads call.
    Raise `SettingsError` for a URL that cannot be one.
    """
    return SqlStore(Database(url, patience, threads=threads), gathering or Gathering())
