"""On the way: https or the same machine, whose address counts, limits, and what every answer bears."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from app.core.access import Scope
from app.core.tokens import ENTROPY, Kind, mint
from app.rate_limit import LocalLimiter
from app.store import MemoryStore
from app.web.api.door import FAILURES
from tests.fakes.clock import START, FakeClock
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service, problem
from tests.web.conftest import SETTINGS

ABROAD = "203.0.113.9"


def test_over_https_it_works_from_anywhere_and_stays_https(service: Service) -> None:
    response = service.ask("GET", "/tokens/self", service.token(), address=ABROAD, scheme="https")
    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_on_the_same_machine_plain_http_will_do(service: Service, address: str) -> None:
    assert service.ask("GET", "/tokens/self", service.token(), address=address).status_code == 200


def test_a_socket_without_addresses_is_not_the_same_machine(service: Service) -> None:
    problem(service.ask("GET", "/tokens/self", service.token(), address=""), "insecure_transport")


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": ABROAD}


def test_what_a_proxy_says_counts_only_where_one_was_told(clock: FakeClock) -> None:
    alone = Service(MemoryStore(), clock)
    assert alone.ask("GET", "/tokens/self", alone.token(), headers=FORWARDED, address=ABROAD).status_code == 400
    behind = Service(MemoryStore(), clock, settings=replace(SETTINGS, proxies=1))
    assert behind.ask("GET", "/tokens/self", behind.token(), headers=FORWARDED, address="10.0.0.1").status_code == 200
    plain = {**FORWARDED, "X-Forwarded-Proto": "http"}
    response = behind.ask("GET", "/tokens/self", behind.token(), headers=plain, address="127.0.0.1")
    problem(response, "insecure_transport")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_peer_on_this_machine_that_forwards_is_no_excuse_for_http(clock: FakeClock, proxies: int, name: str) -> None:
    service = Service(MemoryStore(), clock, settings=replace(SETTINGS, proxies=proxies))
    value = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "Forwarded": "for=127.0.0.1"}[name]
    problem(service.ask("GET", "/tokens/self", service.token(), headers={name: value}), "insecure_transport")


def test_the_address_is_the_one_that_the_trusted_proxy_saw(clock: FakeClock) -> None:
    """A client may write addresses of its own before it."""
    behind = Service(MemoryStore(), clock, settings=replace(SETTINGS, proxies=1))
    one = behind.token(Scope.PACKAGES_READ, networks=("192.0.2.0/24",))
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": f"192.0.2.7, {ABROAD}"}
    problem(behind.ask("GET", "/tokens/self", one, headers=forged, address="10.0.0.1"), "ip_not_allowed")
    true = {"X-Forwarded-Proto": "https", "X-Forwarded-For": f"{ABROAD}, 192.0.2.7"}
    assert behind.ask("GET", "/tokens/self", one, headers=true, address="10.0.0.1").status_code == 200


def test_a_token_has_so_many_requests_and_is_told_where_it_stands(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock, rate=3, limiter=LocalLimiter(clock=lambda: clock().timestamp()))
    one, other = service.token(), service.token()
    answers = [service.ask("GET", "/tokens/self", one) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"token";r=2;t=60', '"token";r=1;t=60', '"token";r=0;t=60', '"token";r=0;t=60',
    ]  # fmt: skip
    assert problem(answers[3], "rate_limited")["detail"] == "At most 3 requests in 60 seconds."
    assert answers[3].headers["Retry-After"] == "60"
    assert service.ask("GET", "/tokens/self", other).status_code == 200
    clock.advance(60)
    assert service.ask("GET", "/tokens/self", one).status_code == 200


def test_asking_for_the_quota_costs_nothing_of_it(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock, rate=5)
    one = service.token()
    service.ask("GET", "/tokens/self", one)
    for _ in range(3):
        quota = service.ask("GET", "/quota", one).json
        assert quota is not None
        assert (quota["most"], quota["left"]) == (5, 4)


def test_a_refusal_for_want_of_scope_counts_too(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock, rate=2)
    one = service.token(Scope.PACKAGES_READ)
    for _ in range(2):
        problem(service.ask("GET", "/tokens", one), "insufficient_scope")
    problem(service.ask("GET", "/tokens/self", one), "rate_limited")


def test_public_routes_are_limited_by_address(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock)
    service.store.catalogues.publish(a_catalogue(), START)
    statuses = [service.ask("GET", "/rules", address=ABROAD).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert service.ask("GET", "/rules", address="203.0.113.10").status_code == 200
    assert service.ask("GET", "/rules", address=f"::ffff:{ABROAD}").status_code == 429


def test_a_machine_of_ipv6_is_one_address_however_many_it_has(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock)
    service.store.catalogues.publish(a_catalogue(), START)
    for number in range(60):
        service.ask("GET", "/rules", address=f"2001:db8:0:1::{number:x}")
    assert service.ask("GET", "/rules", address="2001:db8:0:1:ffff::1").status_code == 429
    assert service.ask("GET", "/rules", address="2001:db8:0:2::1").status_code == 200


def test_whoever_tries_tokens_by_the_hundred_is_stopped_before_the_database(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock)
    one = service.token()
    for number in range(FAILURES.most + 1):
        entropy = number.to_bytes(ENTROPY)
        problem(service.ask("GET", "/tokens/self", mint(Kind.API, entropy).text), "invalid_token")
    problem(service.ask("GET", "/tokens/self", one), "rate_limited")
    assert service.ask("GET", "/tokens/self", one, address="127.0.0.2").status_code == 200


def test_reports_of_leaks_have_a_limit_of_their_own(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock)
    answers = [service.ask("POST", "/leaks", json={"tokens": ["x"]}) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [202] * 60 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"leaks";q=60;w=3600'


@pytest.mark.parametrize("path", ["/tokens/self", "/rules", "/nowhere", "/openapi.json", "/api/docs"])
def test_every_answer_can_be_checked_and_is_kept_by_nobody(service: Service, path: str) -> None:
    response = service.ask("GET", path, service.token())
    digest = base64.b64encode(hashlib.sha256(response.data).digest()).decode()
    assert response.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization"
    assert len(response.headers["X-Request-Id"]) == 24
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
    assert "Set-Cookie" not in response.headers


def test_what_has_not_changed_is_not_sent_again(service: Service) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    first = service.ask("GET", "/rules")
    again = service.ask("GET", "/rules", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_log_names_request_route_and_token(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    one = service.token()
    response = service.ask("GET", "/tokens/self", one, headers={"X-Request-Id": "forged"})
    assert response.headers["X-Request-Id"] != "forged"
    (record,) = [record for record in caplog.records if record.message == "request answered"]
    assert (vars(record)["status"], vars(record)["holder"]) == (200, one.credential.id)
