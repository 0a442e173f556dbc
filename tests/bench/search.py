"""Looking through a million intakes, on each database: what a page of 50 costs, whoever asks for what."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.core.policy import Action
from app.core.report import Report, Reviewed
from app.core.review_search import EVERYTHING, IntakeFilter, ReviewFilter, Sight
from app.store import SqlStore, open_store, upgrade
from app.store.database import Database
from app.store.encoding import encode
from app.store.schema import reports
from tests.builders import a_change, a_judged, a_report
from tests.fakes.clock import START
from tests.postgres import CannotRun, running_postgres
from tests.store.test_deliveries import a_request

REVIEWS = 50_000
INTAKES = 20  # of each review
RUNS = 100
PAGE = 50
TENANTS = 10  # the last has one review in a thousand, the others share the rest
LARGE, SMALL = Sight(frozenset({3})), Sight(frozenset({TENANTS}))
SEVERAL = Sight(frozenset({2, 3, TENANTS}))
POPULAR = "npm/popular"  # one intake in 40
NUMBER = f"(reports.number * {INTAKES} + k.k)"

_KEEP = f"""
INSERT INTO intakes (report_id, installation_id, repository_id, at, package, version, before, kind, scope, direct,
    file, line, action, through, findings)
WITH RECURSIVE k(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < {INTAKES - 1})
SELECT reports.id, installation_id, repository_id, created_at,
    CASE WHEN {NUMBER} % 40 = 7 THEN '{POPULAR}' ELSE 'npm/package-' || ({NUMBER} % 19997) END,
    '1.' || ({NUMBER} % 53) || '.0', '1.0.0', 'upgraded', 'runtime', true, 'package-lock.json', {NUMBER} % 9999,
    CASE WHEN {NUMBER} % 400 = 3 THEN 'block' WHEN {NUMBER} % 20 = 3 THEN 'warn' END, '["npm/parent@1.0.0"]',
    CASE WHEN {NUMBER} % 20 = 3 THEN :findings ELSE '[]' END
FROM reports CROSS JOIN k ORDER BY reports.number, k.k
"""
_ALERTS = """
INSERT INTO intake_alerts (intake_id, alert, installation_id, at)
SELECT id, CASE WHEN id % 100 = 4 THEN 'rare-' || (id % 7) ELSE 'common' END, installation_id, at
FROM intakes WHERE action IS NOT NULL
"""


def figures() -> Iterator[str]:
    """A row a question, for each database."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _rows("SQLite", f"sqlite:///{folder}/assay.db")
    try:
        with running_postgres() as server:
            yield from _rows("PostgreSQL", server.url(server.create()))
    except CannotRun as error:
        yield f"PostgreSQL: {error}"


def fill(url: str) -> None:
    """A million intakes of 50,000 reviews in 500 repositories."""
    upgrade(url)
    database = Database(url, unhurried=True)
    database.write(_fill)
    if database.engine.dialect.name == "postgresql":  # as its autovacuum does; nobody ever does so for SQLite
        database.write(lambda connection: connection.execute(text("ANALYZE")))
    database.close()


def questions(store: SqlStore) -> Mapping[str, Callable[[], object]]:
    """What is asked, by what it says in the table."""

    def ask(sight: Sight = EVERYTHING, pages: int = 0, **wanted: Any) -> Callable[[], object]:
        about = IntakeFilter(**wanted)
        after = None
        if pages:
            last = store.search.intakes(about, sight, pages * PAGE)[-1]
            after = last.review.at, last.id
        return lambda: store.search.intakes(about, sight, PAGE, after)

    middle = store.search.reviews(ReviewFilter(), EVERYTHING, REVIEWS // 2)[-1]
    return {
        "a package of 50 intakes": ask(package="npm/package-123"),
        "a package of 50 intakes, asked by one tenant of nine": ask(LARGE, package="npm/package-123"),
        "a package that nobody took in": ask(package="npm/nowhere"),
        "a package of 25,000 intakes": ask(package=POPULAR),
        "of 25,000, page 300": ask(package=POPULAR, pages=300),
        "of 25,000, by one tenant of nine": ask(LARGE, package=POPULAR),
        "of 25,000, by one tenant of nine, page 30": ask(LARGE, package=POPULAR, pages=30),
        "of 25,000, by a tenant of one review in a thousand": ask(SMALL, package=POPULAR),
        "of 25,000, by a token for three tenants": ask(SEVERAL, package=POPULAR),
        "of 25,000, one version": ask(package=POPULAR, version="1.7.0"),
        "of 25,000, one version, by a tenant of one review in a thousand": ask(SMALL, package=POPULAR, version="1.7.0"),
        "of 25,000, with an alert that it has never had": ask(package=POPULAR, alert="rare-1"),
        "an alert of 1,400 intakes": ask(alert="rare-1"),
        "an alert of 40,000 intakes": ask(alert="common"),
        "of 40,000, page 300": ask(alert="common", pages=300),
        "of 40,000, by a tenant of one review in a thousand": ask(SMALL, alert="common"),
        "what blocked, by one tenant of nine": ask(LARGE, action=Action.BLOCK),
        "what warned, by a tenant that was never warned": ask(SMALL, action=Action.WARN),
        "what warned in one day": ask(action=Action.WARN, since=START, until=START + timedelta(days=1)),
        "one repository": ask(repositories=frozenset({77})),
        "the newest reviews": lambda: store.search.reviews(ReviewFilter(), EVERYTHING, PAGE),
        "reviews, page 500": lambda: store.search.reviews(ReviewFilter(), EVERYTHING, PAGE, (middle.at, middle.id)),
        "reviews of one tenant of nine": lambda: store.search.reviews(ReviewFilter(), LARGE, PAGE),
        "reviews of one repository": lambda: store.search.reviews(ReviewFilter(frozenset({77})), EVERYTHING, PAGE),
        "keeping a review of 20 packages": _keeping(store, 20),
        "keeping a review of 500 packages": _keeping(store, 500),
    }


def _rows(database: str, url: str) -> Iterator[str]:
    began = time.perf_counter()
    fill(url)
    yield f"{database}: {REVIEWS * INTAKES:,} intakes, filled in {time.perf_counter() - began:.0f} s"
    store = open_store(url)
    try:
        for name, question in questions(store).items():
            times = []
            for _ in range(RUNS):
                asked = time.perf_counter()
                question()
                times.append((time.perf_counter() - asked) * 1000)
            slow = statistics.quantiles(times, n=100)[98]
            yield f"  {name:<70} median {statistics.median(times):7.1f} ms, p99 {slow:7.1f} ms"
    finally:
        store.close()


def _fill(connection: Connection) -> None:
    body = encode(a_report())
    rows = [
        {
            "id": f"review-{number}",
            "installation_id": TENANTS if number % 1000 == 0 else number % (TENANTS - 1) + 1,
            "repository_id": number % 500,
            "repository": f"acme/repository-{number % 500}",
            "number": number,
            "lane": str(number),
            "head_sha": "a" * 40,
            "private": True,
            "conclusion": "success",
            "created_at": START + timedelta(minutes=10 * number),
            "body": body,
        }
        for number in range(1, REVIEWS + 1)
    ]
    connection.execute(reports.insert(), rows)
    findings = encode([{"rule": "common", "action": "warn", "message": "starts processes; 1.0.0 did not"}])
    connection.execute(text(_KEEP), {"findings": findings})
    connection.execute(text(_ALERTS))


def _keeping(store: SqlStore, packages: int) -> Callable[[], object]:
    reviewed = [
        Reviewed((a_change(f"npm/new-{number}@1.0.0", None),), findings=(a_judged(),) * (number % 20 == 0))
        for number in range(packages)
    ]
    report: Report = replace(a_report(*reviewed), head_sha="")
    numbers = iter(range(REVIEWS + packages * RUNS, 10**9))
    return lambda: store.reports.save(a_request(next(numbers)), report, START)
