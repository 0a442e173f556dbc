"""Reports of leaks: real tokens are revoked with their families, and nobody is told which were real."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import TestResponse

from app.core.audit import Deed
from app.core.tokens import ALPHABET
from app.dispatch import MemoryDispatch
from app.store import MemoryStore
from app.web import create_app
from app.web.api.key_ring import LARGEST, download
from app.web.api.partner import is_signed, published_keys
from tests.fakes.clock import START, FakeClock
from tests.web.api.conftest import Service, problem

KEYS_URL = "https://keys.example/secret_scanning"


def test_a_reported_token_is_revoked_with_its_family(service: Service) -> None:
    old = service.token()
    new = service.ask("POST", "/tokens/self/rotate", old).json
    assert new is not None
    answer = service.ask("POST", "/leaks", json={"tokens": [old.token.text], "url": "https://paste.example/1"})
    assert answer.status_code == 202
    assert service.is_revoked(old)
    problem(service.ask("GET", "/tokens/self", new["token"]), "revoked_token")
    (event,) = [link.event for link in service.store.audit.read(99, deed=Deed.LEAKED)]
    assert (event.detail, event.actor, event.token) == ("https://paste.example/1", "leak report", old.credential.id)


def test_real_and_invented_are_answered_alike(service: Service) -> None:
    one = service.token()
    real = service.ask("POST", "/leaks", json={"tokens": [one.token.text]})
    invented = service.ask("POST", "/leaks", json={"tokens": ["nonsense"]})
    assert (real.status_code, real.data) == (invented.status_code, invented.data) == (202, b'{"state":"taken"}')


def test_an_id_with_a_right_checksum_revokes_nothing(service: Service) -> None:
    """Ids are public, and a checksum is no secret."""
    one = service.token()
    head = f"asy_u1_{one.credential.id}_{'0' * 43}"
    number, letters = zlib.crc32(head.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        letters = ALPHABET[digit] + letters
    assert service.ask("POST", "/leaks", json={"tokens": [head + letters]}).status_code == 202
    assert not service.is_revoked(one)


def test_an_address_that_holds_a_token_is_kept_without_it(service: Service) -> None:
    one = service.token()
    url = f"https://paste.example/{one.token.text}"
    service.ask("POST", "/leaks", json={"tokens": [one.token.text], "url": url})
    (event,) = [link.event for link in service.store.audit.read(99, deed=Deed.LEAKED)]
    assert event.detail == "https://paste.example/[redacted]"


@pytest.mark.parametrize("count", [0, 101])
def test_a_report_has_one_to_a_hundred_texts(service: Service, count: int) -> None:
    problem(service.ask("POST", "/leaks", json={"tokens": ["x"] * count}), "invalid_input")


class GitHub:
    """A signer with its key, and the document that publishes it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.asked = 0
        self.down = False

    @property
    def pem(self) -> str:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def fetch(self, url: str) -> bytes:
        assert url == KEYS_URL
        self.asked += 1
        if self.down:
            raise OSError("out of reach")
        return json.dumps({"public_keys": [{"key_identifier": "k1", "key": self.pem, "is_current": True}]}).encode()

    def sign(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body, ec.ECDSA(SHA256()))).decode()


class Partner(Service):
    """A service that takes GitHub's reports."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(MemoryStore(), clock)
        self.github = GitHub()
        self.settings = replace(self.settings, tokens=replace(self.settings.tokens, leak_keys_url=KEYS_URL))
        self.app = create_app(self.settings, self.store, MemoryDispatch(clock), clock, fetch=self.github.fetch)
        self.client = self.app.test_client()

    def report(self, body: bytes, signature: str | None = None, key: str = "k1") -> TestResponse:
        headers = {
            "Github-Public-Key-Identifier": key,
            "Github-Public-Key-Signature": self.github.sign(body) if signature is None else signature,
        }
        return self.ask("POST", "/leaks/github", data=body, headers=headers, content_type="application/json")


@pytest.fixture
def partner(clock: FakeClock) -> Partner:
    """A public instance."""
    return Partner(clock)


def a_report(*texts: str) -> bytes:
    fields = {"type": "assay", "url": "https://code.example/a#L1", "source": "content"}
    return json.dumps([{"token": text, **fields} for text in texts]).encode()


def test_what_github_signed_is_acted_on(partner: Partner) -> None:
    one = partner.token()
    answer = partner.report(a_report("nonsense", one.token.text))
    assert (answer.status_code, answer.data) == (202, b'{"state":"taken"}')
    assert partner.is_revoked(one)
    (event,) = [link.event for link in partner.store.audit.read(99, deed=Deed.LEAKED)]
    assert event.detail == "GitHub secret scanning: content https://code.example/a#L1"


def test_an_empty_address_is_allowed(partner: Partner) -> None:
    one = partner.token()
    body = json.dumps([{"token": one.token.text, "type": "assay", "url": "", "source": "commit"}]).encode()
    assert partner.report(body).status_code == 202
    assert partner.is_revoked(one)


@pytest.mark.parametrize(
    "signature", ["", "bm9uc2Vuc2U=", "no base64", None], ids=["none", "wrong", "no base64", "of another body"]
)
def test_what_github_did_not_sign_is_not_even_read(partner: Partner, signature: str | None) -> None:
    one = partner.token()
    if signature is None:
        signature = partner.github.sign(a_report("another"))
    problem(partner.report(a_report(one.token.text), signature), "bad_signature")
    assert not partner.is_revoked(one)


def test_the_signature_is_of_the_bytes_not_of_their_meaning(partner: Partner) -> None:
    body = a_report("x")
    problem(partner.report(body + b" ", partner.github.sign(body)), "bad_signature")


def test_keys_are_asked_for_once_in_half_an_hour(partner: Partner) -> None:
    for _ in range(3):
        partner.report(a_report("x"))
    assert partner.github.asked == 1
    partner.clock.advance(1801)
    partner.report(a_report("x"))
    assert partner.github.asked == 2


def test_an_unknown_key_makes_us_look_again_and_not_too_often(partner: Partner) -> None:
    problem(partner.report(a_report("x"), key="k2"), "bad_signature")
    problem(partner.report(a_report("x"), key="k2"), "bad_signature")
    assert partner.github.asked == 1
    partner.clock.advance(61)
    problem(partner.report(a_report("x"), key="k2"), "bad_signature")
    assert partner.github.asked == 2


def test_keys_out_of_reach_are_no_reason_to_believe_anybody(partner: Partner) -> None:
    partner.github.down = True
    response = partner.report(a_report(partner.token().token.text))
    problem(response, "unavailable")
    assert response.headers["Retry-After"] == "60"


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]", b'[{"token":1}]', b"[" * 10_000])
def test_a_report_of_another_shape_is_refused(partner: Partner, body: bytes) -> None:
    problem(partner.report(body), "invalid_input")


def test_a_key_of_another_kind_signs_nothing() -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert not is_signed(b"x", "eA==", pem)
    assert not is_signed(b"x", "eA==", "no key")


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"public_keys":[{}]}', b'{"public_keys":3}'])
def test_a_document_without_keys_is_no_document(document: bytes) -> None:
    with pytest.raises(OSError, match="cannot be read"):
        published_keys(KEYS_URL, lambda _: document).get("k1", START)


class Answers(BaseHTTPRequestHandler):
    """Answers each path in its own way."""

    def do_GET(self) -> None:
        status, body = {
            "/keys": (200, b'{"public_keys":[]}'),
            "/large": (200, b"x" * (LARGEST + 1)),
            "/gone": (404, b""),
            "/elsewhere": (302, b""),
        }[self.path]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/keys")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its own name)
        """Nothing."""


@pytest.fixture
def keys_server() -> Iterator[str]:
    """Where keys are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_keys_are_fetched_within_limits_and_from_nowhere_else(keys_server: str) -> None:
    assert download(f"{keys_server}/keys") == b'{"public_keys":[]}'
    with pytest.raises(OSError, match="too large"):
        download(f"{keys_server}/large")
    with pytest.raises(OSError, match="not to be had: HTTPError"):
        download(f"{keys_server}/gone")
    with pytest.raises(OSError, match="cannot be read"):
        published_keys(f"{keys_server}/elsewhere").get("k1", START)


def test_keys_that_nobody_serves_are_out_of_reach() -> None:
    with pytest.raises(OSError, match="not to be had: ConnectionError"):
        download("http://127.0.0.1:1/keys")
