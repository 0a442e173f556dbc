"""The API behind the real server: two processes, one truth about tokens and one count of requests."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.clock import utc_now
from app.core.access import Access, Scope
from app.core.issuing import Wanted
from app.issuer import Actor, Issuer, Made
from app.store import SqlStore, open_store
from app.token_settings import TokenSettings
from tests.web.api.conftest import PEPPER
from tests.web.conftest import SETTINGS
from tests.web.test_serve import Served, free_port

RATE = 40


class House:
    """A server, and an operator beside it."""

    def __init__(self, served: Served, store: SqlStore) -> None:
        self.served = served
        self.issuer = Issuer(store, (PEPPER,), clock=utc_now, entropy=secrets.token_bytes)

    def token(self) -> Made:
        made = self.issuer.create(Wanted("served", Access(frozenset(Scope))), Actor())
        assert isinstance(made, Made)
        return made

    def status(self, token: Made, *more: tuple[str, str]) -> int:
        """The answer to a request with this token, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=10)
        try:
            connection.putrequest("GET", "/api/v1/tokens/self", skip_host=True)
            for name, value in (("Host", "assay.example"), ("Authorization", f"Bearer {token.token.text}"), *more):
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()


@pytest.fixture
def house(tmp_path: Path, valkey_url: str) -> Iterator[House]:
    """A server in two processes, on a database and a Redis of its own."""
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    settings = replace(
        SETTINGS,
        database_url=url,
        redis_url=valkey_url,
        bind=f"127.0.0.1:{free_port()}",
        threads=2,
        tokens=TokenSettings(peppers=(PEPPER,), rate=RATE),
    )
    served = Served(settings, tmp_path / "log")
    store = open_store(url)
    yield House(served, store)
    store.close()
    served.process.terminate()
    served.process.join(40)


def test_a_revoked_token_is_refused_by_every_process_from_then_on(house: House) -> None:
    one = house.token()
    assert [house.status(one) for _ in range(8)] == [200] * 8
    house.issuer.revoke([one.credential.id], "a test", Actor())
    assert [house.status(one) for _ in range(8)] == [401] * 8


def test_requests_are_counted_for_all_processes_together(house: House) -> None:
    one = house.token()
    statuses = [house.status(one) for _ in range(RATE + 3)]
    assert statuses == [200] * RATE + [429] * 3


def test_two_tokens_in_two_headers_are_refused(house: House) -> None:
    one, other = house.token(), house.token()
    assert house.status(one, ("Authorization", f"Bearer {other.token.text}")) == 400


def test_a_proxy_that_nobody_told_of_is_noticed(house: House) -> None:
    """Otherwise everybody would seem to ask from this machine, in clear or not."""
    one = house.token()
    assert house.status(one, ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https")) == 400
