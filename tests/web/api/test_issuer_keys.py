"""An issuer's keys: fetched within limits, kept for a while, believed from nobody else."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.test import TestResponse

from app.core.errors import InputError
from app.web.api.issuer_keys import IssuerSignatures
from app.web.api.key_ring import LARGEST, Keys, download
from tests.fakes.clock import START, FakeClock
from tests.fakes.oidc_issuer import DISCOVERY, ISSUER, KEYS, FakeIssuer, a_key, jwk
from tests.web.api.conftest import Service, problem
from tests.web.api.test_exchange import exchange


def test_keys_are_fetched_once_for_many_tokens(service: Service) -> None:
    for _ in range(3):
        assert exchange(service).status_code == 200
    assert service.actions.asked == [ISSUER + DISCOVERY, ISSUER + KEYS]
    service.clock.advance(1801)
    assert exchange(service).status_code == 200
    assert len(service.actions.asked) == 4


def test_a_new_key_of_the_issuer_is_found_and_nonsense_makes_us_ask_no_more_often(service: Service) -> None:
    exchange(service)
    for _ in range(5):
        problem(exchange(service, service.workflow_token(key="k9")), "bad_subject_token")
    assert len(service.actions.asked) == 2, "not within a minute of the last look"
    service.clock.advance(61)
    service.actions.keys["k2"] = a_key("k2")
    assert exchange(service, service.workflow_token(key="k2")).status_code == 200
    assert len(service.actions.asked) == 4


def down(service: Service) -> TestResponse:
    """Nobody can say whether a good token is good."""
    response = exchange(service)
    told = problem(response, "keys_unavailable")
    assert "cannot be had now" in told["detail"]
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    return response


def test_keys_out_of_reach_are_our_trouble_and_no_verdict(service: Service) -> None:
    service.actions.down = True
    down(service)
    service.actions.down = False
    down(service)  # an issuer that failed is left alone for a while
    assert len(service.actions.asked) == 1
    service.clock.advance(21)
    assert exchange(service).status_code == 200


BROKEN: list[tuple[str, bytes]] = [
    (DISCOVERY, b"<html>"),
    (DISCOVERY, b'{"issuer": "https://evil.example", "jwks_uri": "https://issuer.example/keys"}'),
    (DISCOVERY, b'{"issuer": "https://issuer.example", "jwks_uri": "https://evil.example/keys"}'),
    (DISCOVERY, b'{"issuer": "https://issuer.example", "jwks_uri": "http://issuer.example/keys"}'),
    (DISCOVERY, b"[" * 10_000),
    (KEYS, b"[]"),
    (KEYS, b'{"keys": [{"kty": "RSA", "kid": "k1", "n": "?", "e": "AQAB"}]}'),
]


@pytest.mark.parametrize(("path", "document"), BROKEN)
def test_documents_that_are_not_the_issuers_are_not_believed(service: Service, path: str, document: bytes) -> None:
    service.actions.documents[path] = document
    down(service)


def test_keys_for_other_purposes_sign_nothing(service: Service) -> None:
    weak, other = jwk(a_key("weak", 1024), "k1"), jwk(a_key("k1"), "k1", use="enc")
    symmetric = {"kty": "oct", "kid": "k1", "k": "AAAA"}
    for published in (weak, other, symmetric, jwk(a_key("k1"), "k1", alg="RS512")):
        service.actions.documents[KEYS] = json.dumps({"keys": [published]}).encode()
        problem(exchange(service), "bad_subject_token")
        service.clock.advance(61)


class Loopback(FakeIssuer):
    """An issuer that is really asked over HTTP."""

    def __init__(self, clock: FakeClock) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (Answers,), {"issuer": self}))
        super().__init__(clock, f"http://127.0.0.1:{self.server.server_port}")
        self.redirects = False
        self.drips = False


class Answers(BaseHTTPRequestHandler):
    """Serves the documents of its issuer, in the way that the issuer says."""

    issuer: Loopback

    def do_GET(self) -> None:
        self.issuer.asked.append(self.path)
        body = self.issuer.documents.get(self.path) or self.issuer.published()[self.path]
        self.send_response(302 if self.issuer.redirects else 200)
        if self.issuer.redirects:
            self.send_header("Location", KEYS)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for at in range(0, len(body), 1) if self.issuer.drips else ():
                self.wfile.write(body[at : at + 1])
                time.sleep(0.02)
            if not self.issuer.drips:
                self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its own name)
        """Nothing."""


@pytest.fixture
def loopback(clock: FakeClock) -> Iterator[Loopback]:
    """An issuer on this machine."""
    issuer = Loopback(clock)
    thread = threading.Thread(target=issuer.server.serve_forever)
    thread.start()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()
    thread.join()


def test_a_signature_is_checked_with_keys_that_were_fetched(loopback: Loopback) -> None:
    signatures = IssuerSignatures(loopback.issuer, download)
    assert json.loads(signatures.payload(loopback.token(run_id="5"), START))["run_id"] == "5"
    with pytest.raises(InputError, match="a key that its issuer does not have"):
        signatures.payload(loopback.token(key="k9"), START)
    assert loopback.asked == [DISCOVERY, KEYS]


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
def test_a_document_past_the_limit_is_not_read(loopback: Loopback, path: str) -> None:
    loopback.documents[path] = loopback.published()[path] + b" " * LARGEST
    with pytest.raises(OSError, match="too large"):
        IssuerSignatures(loopback.issuer, download).payload(loopback.token(), START)


def test_nobody_is_followed_elsewhere(loopback: Loopback) -> None:
    loopback.redirects = True
    with pytest.raises(OSError, match="cannot be read"):
        IssuerSignatures(loopback.issuer, download).payload(loopback.token(), START)
    assert loopback.asked == [DISCOVERY]


def test_an_answer_that_drips_in_ends_with_our_patience(loopback: Loopback) -> None:
    loopback.drips = True
    with pytest.raises(OSError, match="takes too long"):
        download(loopback.issuer + KEYS, patience=0.1)


def test_an_issuer_that_is_not_there_is_out_of_reach() -> None:
    with pytest.raises(OSError, match="not to be had: ConnectionError"):
        IssuerSignatures("http://127.0.0.1:1", download).payload(FakeIssuer(FakeClock()).token(), START)


def test_who_asks_while_another_looks_waits_a_moment_only() -> None:
    """A look that hangs must not hold all threads of the process."""
    began, go_on = threading.Event(), threading.Event()

    def look() -> dict[str, str]:
        began.set()
        go_on.wait(10)
        return {"k1": "a key"}

    keys = Keys(look)
    thread = threading.Thread(target=keys.get, args=("k1", START))
    thread.start()
    assert began.wait(10)
    with pytest.raises(OSError, match="are being fetched"):
        keys.get("k1", START)
    go_on.set()
    thread.join()
    assert keys.get("k1", START) == "a key"
