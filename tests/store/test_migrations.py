"""Migrations: forward from every revision there ever was, with rows, on both databases, while others serve."""

from __future__ import annotations

import multiprocessing
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from app.core.errors import SettingsError
from app.core.integrity import Digest
from app.core.ports import DeliveryState
from app.core.review_search import EVERYTHING, ReviewFilter
from app.store import open_store, upgrade
from app.store.database import Database
from app.store.encoding import encode
from app.store.migrate import MIGRATIONS
from app.store.schema import metadata
from app.store.times import UtcDateTime
from tests.builders import a_file, a_package, a_report, an_artifact
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import LEASE, accept, claim

FACTS = an_artifact(a_file())
DIGEST = Digest("sha256", "1" * 64)
_REQUEST = {"installation_id": 99, "repository_id": 42, "repository": "acme/shop", "number": 7, "private": False}
_LANE = {"lane": "99-42-7", "head_sha": "a" * 40}
_KEY = {"realm": "public", "ecosystem": "npm", "name": a_package().name, "engine": FACTS.engine}
_DELIVERY = _REQUEST | _LANE | {"event": "pull_request", "action": "opened", "received_at": START, "due": START}

# What the first version wrote. Rows of columns that came later are for the migration that brings them to fill.
FIRST_ROWS: dict[str, list[dict[str, Any]]] = {
    "deliveries": [
        _DELIVERY | {"id": "done", "state": "done", "finished_at": START},
        _DELIVERY | {"id": "running", "state": "running", "owner": "gone:1", "lease_until": START, "attempts": 1},
        _DELIVERY | {"id": "waiting", "state": "received", "lane": "99-42-8", "number": 8, "note": "again"},
    ],
    "reports": [
        _REQUEST | _LANE | {"id": "r" * 32, "conclusion": "success", "created_at": START, "body": encode(a_report())}
    ],
    "inspections": [_KEY | {"id": 1, "created_at": START, "body": zlib.compress(encode(FACTS).encode())}],
    "inspection_digests": [_KEY | {"algorithm": "sha256", "hex": DIGEST.hex, "inspection_id": 1}],
    "catalogue": [{"id": 1, "engine": "1", "published_at": START, "body": encode(a_catalogue())}],
    "workers": [{"name": "host:1", "layers": '["seccomp"]', "heard_at": START}],
    "leases": [{"name": "sweeper", "owner": "host:1", "until": START + LEASE}],
}


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def write_first_rows(url: str) -> None:
    """Fill the tables as they stand in the database, not as the code knows them."""
    database = Database(url)

    def work(connection: Connection) -> None:
        found = MetaData()
        found.reflect(connection)
        for name, rows in FIRST_ROWS.items():
            table = found.tables[name]
            for column in table.columns:
                if column.name.endswith(("_at", "until", "due")):
                    column.type = UtcDateTime()
            for row in rows:
                connection.execute(table.insert().values(**row))

    database.write(work)
    database.close()


def differences(url: str) -> list[Any]:
    """What Alembic finds between the database and the tables in the code."""
    database = Database(url)
    with database.reading() as connection:
        # On SQLite, Alembic takes a default of '' for a difference.
        options = {"compare_type": True, "compare_server_default": connection.dialect.name != "sqlite"}
        context = MigrationContext.configure(connection, opts=options)
        found: list[Any] = compare_metadata(context, metadata)
    database.close()
    return found


def test_the_migrations_lead_to_the_schema_in_the_code(database_url: str) -> None:
    assert differences(database_url) == []


@pytest.mark.parametrize("revision", revisions())
def test_a_database_of_each_earlier_revision_is_brought_to_today_with_its_rows(empty_url: str, revision: str) -> None:
    upgrade(empty_url, to=revisions()[0])
    write_first_rows(empty_url)
    upgrade(empty_url, to=revision)
    upgrade(empty_url)

    assert differences(empty_url) == []
    store = open_store(empty_url)
    states = {name: row.state for name in ("done", "running", "waiting") if (row := store.deliveries.get(name))}
    assert states == {"done": "done", "running": "running", "waiting": "received"}
    taken = claim(store, START + LEASE, "new:1")
    assert taken is not None
    assert (taken.id, taken.attempts, taken.received_at) == ("running", 2, START)
    store.deliveries.finish("running", "new:1", DeliveryState.DONE, "", START)
    assert store.deliveries.waiting(START, limit=10) == ["99-42-8"]
    assert store.reports.get("r" * 32) == a_report()
    assert [review.id for review in store.search.reviews(ReviewFilter(), EVERYTHING, 10)] == ["r" * 32]
    assert store.search.repositories("acme/shop", EVERYTHING) == {42}
    assert store.inspections.find("public", a_package(), FACTS.engine, (DIGEST,)) == FACTS
    assert store.catalogues.current() == a_catalogue()
    assert store.catalogues.workers(START) == {"host:1": ("seccomp",)}
    assert not store.leases.take("sweeper", "host:2", START, LEASE)
    accept(store, START + timedelta(hours=1), "new")
    store.close()


def test_upgrading_twice_keeps_what_is_there(database_url: str) -> None:
    store = open_store(database_url)
    accept(store, START, "guid-1")
    upgrade(database_url)
    assert store.deliveries.get("guid-1") is not None
    store.close()


def test_a_database_that_a_newer_version_migrated_is_refused(database_url: str) -> None:
    database = Database(database_url)
    database.write(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(SettingsError) as caught:
        upgrade(database_url)
    assert caught.value.problems == (
        "A newer version of Assay has brought the database to revision 9999.",
        f"This version knows revisions up to {revisions()[-1]}: start the newer one.",
    )


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes, as a deployment has them. They import this module by name."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_processes_that_start_together_migrate_once(empty_url: str, processes: ProcessPoolExecutor) -> None:
    list(processes.map(upgrade, [empty_url] * 6))
    assert differences(empty_url) == []


def test_others_go_on_serving_while_processes_start(database_url: str, processes: ProcessPoolExecutor) -> None:
    store = open_store(database_url)
    stop = threading.Event()
    served: list[str] = []
    faults: list[BaseException] = []

    def serve() -> None:
        try:
            while not stop.is_set():
                delivery = accept(store, START, number=len(served) + 1)
                assert claim(store, START, number=delivery.request.number) is not None
                served.append(delivery.id)
        except BaseException as error:  # noqa: BLE001  (told below)
            faults.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    list(processes.map(upgrade, [database_url] * 2))
    stop.set()
    thread.join()
    store.close()
    assert faults == []
    assert served
