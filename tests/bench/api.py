"""The API on the real server: what a token costs, a known package, how soon a revoked token is refused everywhere.

And whether an unknown id and a wrong secret can be told apart by the time that they take.
"""

from __future__ import annotations

import http.client
import secrets
import statistics
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.clock import utc_now
from app.core.access import Access, Scope
from app.core.issuing import Denied, Wanted
from app.core.package_report import PUBLIC
from app.core.tokens import CHECKSUM_LENGTH, ENTROPY, Kind, mint
from app.dispatch import MemoryDispatch
from app.issuer import Actor, Issuer, Made
from app.store import open_store, upgrade
from app.token_settings import TokenSettings, a_pepper
from app.web import create_app
from tests.bench.serving import Ask, at, load, on_each_database, running_server, spread
from tests.store.test_package_reports import a_package_report
from tests.web.conftest import SETTINGS
from worker.inspection.facts.secrets.checksums import BASE62, to_base

RATE = 200  # requests a second
SECONDS = 5
TOKENS = 50  # that share the load
TRIALS = 100
BACKGROUND = 50  # requests a second beside the trials
PATIENCE = 10.0  # seconds; past it a revocation counts as lost
GUESSES = 10_000  # of each kind
PEPPER = a_pepper("a pepper for the figures, long enough for one")
PACKAGE = "/api/v1/packages/pkg:npm%2Ffast-colour@2.4.1"


def figures() -> Iterator[str]:
    """Rows of each database; the last row needs none but SQLite."""
    yield from on_each_database(_rows)
    yield _guesses()


def _rows(database: str, url: str) -> Iterator[str]:
    upgrade(url)
    store = open_store(url)
    issuer = Issuer(store, (PEPPER,), clock=utc_now, entropy=secrets.token_bytes)
    store.package_reports.save(PUBLIC, a_package_report())
    made = [_token(issuer, Scope.PACKAGES_READ) for _ in range(TOKENS)]
    with running_server(url, tokens=TokenSettings((PEPPER,), rate=1_000_000)) as port:
        without, _ = _loaded(port, [Ask("GET", "/healthz")])
        yield f"{database:<12} no token, {RATE} a second: {spread(without)}"
        asked, refused = _loaded(port, [_with(one, "/api/v1/tokens/self") for one in made])
        yield f"{database:<12} GET /tokens/self, {RATE} a second, {refused} refused: {spread(asked)}"
        over = at(asked, 0.99) - at(without, 0.99), at(asked, 0.5) - at(without, 0.5)
        yield f"{database:<12} so a token costs {over[1]:.1f} ms (median), {over[0]:.1f} ms (p99)"
        known, refused = _loaded(port, [_with(one, PACKAGE) for one in made])
        yield f"{database:<12} GET /packages/{{purl}}, known, {RATE} a second, {refused} refused: {spread(known)}"
        yield f"{database:<12} {_revocations(port, issuer, made)}"


def _loaded(port: int, asks: Sequence[Ask]) -> tuple[list[float], int]:
    load(port, RATE, 1, lambda number: asks[number % len(asks)], 200)
    return load(port, RATE, SECONDS, lambda number: asks[number % len(asks)], 200)


def _token(issuer: Issuer, *scopes: Scope) -> Made:
    made = issuer.create(Wanted("for a figure", Access(frozenset(scopes))), Actor())
    assert not isinstance(made, Denied), made
    return made


def _with(made: Made, path: str) -> Ask:
    return Ask("GET", path, headers={"Authorization": f"Bearer {made.token.text}"})


def _revocations(port: int, issuer: Issuer, made: Sequence[Made]) -> str:
    """From the answer to the revocation until two processes refuse the token, asked over several connections."""
    admin = _token(issuer, Scope.TOKENS_REVOKE, Scope.PACKAGES_READ)
    over = threading.Event()
    beside = threading.Thread(target=_keep_busy, args=(port, made, over))
    beside.start()
    times = []
    try:
        for _ in range(TRIALS):
            times.append(_revocation(port, admin, _token(issuer, Scope.PACKAGES_READ)))
    finally:
        over.set()
        beside.join()
    times.sort()
    return f"revoked under load, {TRIALS} trials, until refused everywhere: {spread(times)}"


def _revocation(port: int, admin: Made, victim: Made) -> float:
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(4)]
    ask = _with(victim, "/api/v1/tokens/self")
    assert {_status(connection, ask) for connection in connections} == {200}
    headers = {"Authorization": f"Bearer {admin.token.text}", "Content-Type": "application/json"}
    path = f"/api/v1/tokens/{victim.credential.id}/revoke"
    began = time.perf_counter()
    assert _status(connections[0], Ask("POST", path, b'{"why": "a trial"}', headers)) == 200
    while {_status(connection, ask) for connection in connections} != {401}:
        assert time.perf_counter() - began < PATIENCE, "a revoked token is still taken"
    return (time.perf_counter() - began) * 1000


def _keep_busy(port: int, made: Sequence[Made], over: threading.Event) -> None:
    while not over.is_set():
        load(port, BACKGROUND, 1, lambda number: _with(made[number % len(made)], "/api/v1/tokens/self"), 200)


def _status(connection: http.client.HTTPConnection, ask: Ask) -> int:
    connection.request(ask.method, ask.path, ask.body, dict(ask.headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _guesses() -> str:
    """In one process, so that nothing but our own code takes time; each guess from an address of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/assay.db"
        upgrade(url)
        store = open_store(url)
        issuer = Issuer(store, (PEPPER,), clock=utc_now, entropy=secrets.token_bytes)
        settings = replace(SETTINGS, tokens=TokenSettings((PEPPER,)), trusted_hosts=("127.0.0.1",))
        client = create_app(settings, store, MemoryDispatch(), utc_now).test_client(use_cookies=False)
        known = [_token(issuer, Scope.PACKAGES_READ).token for _ in range(100)]
        times: dict[bool, list[int]] = {True: [], False: []}
        for number in range(2 * GUESSES):
            text = mint(Kind.API, secrets.token_bytes(ENTROPY)).text
            is_known = number % 2 == 0
            if is_known:
                text = _wrong_secret(known[number // 2 % len(known)].id, text)
            headers = {"Authorization": f"Bearer {text}"}
            address = {"REMOTE_ADDR": f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            began = time.perf_counter_ns()
            answer = client.get(
                "/api/v1/tokens/self", base_url="http://127.0.0.1", headers=headers, environ_base=address
            )
            times[is_known].append(time.perf_counter_ns() - began)
            assert answer.status_code == 401
        store.close()
    wrong, unknown = (statistics.median(times[one]) / 1e6 for one in (True, False))
    apart = abs(wrong - unknown) / unknown * 100
    return f"wrong secret {wrong:.3f} ms, unknown id {unknown:.3f} ms (medians of {GUESSES:,}): {apart:.1f} % apart"


def _wrong_secret(token_id: str, text: str) -> str:
    """The secret of another token behind an id that exists, with a right checksum."""
    prefix, kind, _, rest = text.split("_")
    head = f"{prefix}_{kind}_{token_id}_{rest[:-CHECKSUM_LENGTH]}"
    return head + to_base(zlib.crc32(head.encode()), BASE62, CHECKSUM_LENGTH)
