"""Every way in which a request is refused: status, challenge, code and sentence, exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.core.audit import Deed, Event
from app.core.credentials import IDLE
from app.core.errors import StoreUnavailable
from app.core.tokens import ENTROPY, Kind, mint
from app.issuer import Actor, Made
from app.store import MemoryStore
from tests.fakes.clock import START, FakeClock
from tests.web.api.conftest import Service, problem

Bend = Callable[[Service, Made], TestResponse]
REALM = 'Bearer realm="api"'
REQUEST = f'{REALM}, error="invalid_request"'
TOKEN = f'{REALM}, error="invalid_token"'
HEADER = "The Authorization header must be `Bearer`, one space, and one token."
URL = "Addresses are logged. Send the token as `Authorization: Bearer …`, and replace one that stood here."
COOKIE = "Cookies are not taken. Send the token as `Authorization: Bearer …`."
FORM = "A token in a form is not taken. Send it as `Authorization: Bearer …`."
NEEDED = "This route wants an API token: `Authorization: Bearer …`."
CLEAR = (
    "A token was sent in clear and may have been read on its way: replace it, and use https. "
    "A proxy that ends TLS must send X-Forwarded-Proto, and be counted in ASSAY_PROXIES."
)
SHAPE = "This is no token: it does not look like a token of Assay."
TYPO = "This is no token: its checksum is wrong: it looks truncated or mistyped."
UNKNOWN = "This token is not known here."
ABROAD = "203.0.113.9"


def header(value: str) -> Bend:
    """The header itself; `TOKEN` stands for the token."""
    return lambda service, made: service.ask(
        "GET", "/tokens/self", headers={"Authorization": value.replace("TOKEN", made.token.text)}
    )


def text(change: Callable[[str], str]) -> Bend:
    """The token's text, changed."""
    return lambda service, made: service.ask("GET", "/tokens/self", change(made.token.text))


def get(path: str, **options: Any) -> Bend:
    """A GET with the token where it belongs; `TOKEN` stands for it in the path as well."""
    return lambda service, made: service.ask("GET", path.replace("TOKEN", made.token.text), made, **options)


def post(path: str, body: object = None, **options: Any) -> Bend:
    """A POST with the token where it belongs."""
    values = {"json": body} if body is not None else options
    return lambda service, made: service.ask("POST", path, made, **values)


def after(change: Callable[[Service, Made], object], then: Bend | None = None) -> Bend:
    """Something happens to the token first."""

    def bend(service: Service, made: Made) -> TestResponse:
        change(service, made)
        return (then or get("/tokens/self"))(service, made)

    return bend


def revoke(service: Service, made: Made) -> None:
    service.issuer.revoke([made.credential.id], "a test", Actor())


def wait(**time: float) -> Callable[[Service, Made], object]:
    return lambda service, _: service.clock.advance(timedelta(**time).total_seconds())


def supersede(service: Service, made: Made) -> None:
    service.issuer.rotate(made.credential.id, Actor(), overlap=timedelta(hours=1))
    service.clock.advance(3600)


def suspend(service: Service, made: Made) -> None:
    one = made.credential
    service.store.tokens.suspend(one.id, "a burst", START, Event(START, Deed.SUSPENDED, one.id))


def stranger(kind: Kind) -> Bend:
    """A well-formed token that nobody made."""
    return lambda service, _: service.ask("GET", "/tokens/self", mint(kind, bytes(range(ENTROPY))).text)


def wrong_secret(service: Service, made: Made) -> TestResponse:
    other = mint(Kind.API, bytes(range(1, ENTROPY + 1)))
    service.store.tokens.add(
        type(made.credential)(**{**_fields(made.credential), "id": other.id}),
        Event(START, Deed.CREATED, other.id),
    )
    return service.ask("GET", "/tokens/self", other.text)


def _fields(one: object) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Case:
    """One way to be refused."""

    says: str
    bend: Bend
    status: int
    code: str
    detail: str
    challenge: str | None = None
    made: Mapping[str, Any] = field(default_factory=dict)


ONLY_READS = {"scopes": (Scope.PACKAGES_READ,)}
DEAD = {
    "revoked": "This token was revoked on 2026-11-23 12:00 UTC. Ask whoever manages tokens for a new one.",
    "expired": "This token expired on 2026-11-30 12:00 UTC. Rotate tokens before they end.",
    "suspended": "This token is suspended: a burst. An operator can lift it.",
    "idle": "This token was not used for 90 days and is dead. Create a new one.",
}
CASES = [
    # no credentials
    Case("no header", lambda s, m: s.ask("GET", "/tokens/self"), 401, "authentication_required", NEEDED, REALM),
    Case("a cookie that is no token", lambda s, m: s.ask("GET", "/tokens/self", headers={"Cookie": "session=1"}), 401, "authentication_required", NEEDED, REALM),
    Case("another header", lambda s, m: s.ask("GET", "/tokens/self", headers={"X-API-Key": m.token.text}), 401, "authentication_required", NEEDED, REALM),
    Case("a body in place of a header", lambda s, m: s.ask("POST", "/tokens", json={"access_token": m.token.text}), 401, "authentication_required", NEEDED, REALM),
    # a bad header
    Case("an empty header", header(" "), 400, "invalid_request", HEADER, REQUEST),
    Case("Basic", header("Basic dXNlcjpwYXNz"), 400, "invalid_request", HEADER, REQUEST),
    Case("Basic with the token", header("Basic TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("GitHub's word", header("token TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("no scheme", header("TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("no token", header("Bearer"), 400, "invalid_request", HEADER, REQUEST),
    Case("two spaces", header("Bearer  TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("two tokens", header("Bearer TOKEN TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("two headers, as a server joins them", header("Bearer TOKEN,Bearer TOKEN"), 400, "invalid_request", HEADER, REQUEST),
    Case("quotes", header('Bearer "TOKEN"'), 400, "invalid_request", HEADER, REQUEST),
    Case("what is no ASCII", header("Bearer asÿ"), 400, "invalid_request", HEADER, REQUEST),
    # two methods, or one that is not taken
    Case("the token in the query as well", get("/tokens/self?access_token=TOKEN"), 400, "token_in_url", URL, REQUEST),
    Case("the token in the query only", lambda s, m: s.ask("GET", f"/tokens/self?access_token={m.token.text}"), 400, "token_in_url", URL, REQUEST),
    Case("under another name", lambda s, m: s.ask("GET", f"/tokens/self?q={m.token.text}"), 400, "token_in_url", URL, REQUEST),
    Case("as a name", lambda s, m: s.ask("GET", f"/tokens/self?{m.token.text}"), 400, "token_in_url", URL, REQUEST),
    Case("written with escapes", lambda s, m: s.ask("GET", f"/tokens/self?q=asy%5Fu1{m.token.text[6:]}"), 400, "token_in_url", URL, REQUEST),
    Case("a query that asks to be read as one", get("/tokens/self?api_key=x"), 400, "token_in_url", URL, REQUEST),
    Case("in the path", get("/tokens/TOKEN"), 400, "token_in_url", URL, REQUEST),
    Case("in the address of a public route", get("/rules?token=TOKEN"), 400, "token_in_url", URL, REQUEST),
    Case("in a cookie", lambda s, m: s.ask("GET", "/tokens/self", headers={"Cookie": f"a={m.token.text}"}), 400, "invalid_request", COOKIE, REQUEST),
    Case("in a cookie as well", get("/tokens/self", headers={"Cookie": "a=asy_u1_" + "0" * 16 + "_" + "0" * 49}), 400, "invalid_request", COOKIE, REQUEST),
    Case("in a form", lambda s, m: s.ask("POST", "/tokens", data={"access_token": m.token.text}), 400, "invalid_request", FORM, REQUEST),
    Case("in a form as well", post("/tokens", data={"access_token": "x"}), 400, "invalid_request", FORM, REQUEST),
    # in clear
    Case("over http from elsewhere", get("/tokens/self", address=ABROAD), 400, "insecure_transport", CLEAR),
    Case("over http, and no token at all", lambda s, m: s.ask("GET", "/tokens/self", "nonsense", address=ABROAD), 400, "insecure_transport", CLEAR),
    # what is no token
    Case("nonsense", text(lambda _: "nonsense"), 401, "malformed_token", SHAPE, TOKEN),
    Case("GitHub's token", text(lambda _: "ghp_" + "0" * 36), 401, "malformed_token", SHAPE, TOKEN),
    Case("cut off", text(lambda one: one[:-1]), 401, "malformed_token", SHAPE, TOKEN),
    Case("one letter too many", text(lambda one: one + "0"), 401, "malformed_token", SHAPE, TOKEN),
    Case("another letter", text(lambda one: one[:-1] + ("0" if one[-1] != "0" else "1")), 401, "malformed_token", TYPO, TOKEN),
    Case("an unknown kind", text(lambda one: one.replace("asy_u1", "asy_x1")), 401, "malformed_token", SHAPE, TOKEN),
    Case("a later version", text(lambda one: one.replace("asy_u1", "asy_u2")), 401, "malformed_token", SHAPE, TOKEN),
    Case("another kind", text(lambda one: one.replace("asy_u1", "asy_b1")), 401, "malformed_token", TYPO, TOKEN),
    Case("upper case", text(str.upper), 401, "malformed_token", SHAPE, TOKEN),
    Case("far too long", text(lambda one: one * 2), 401, "malformed_token", "This is no token: it is longer than any token.", TOKEN),
    Case("a sign that belongs to no token", text(lambda one: one[:-1] + "-"), 401, "malformed_token", SHAPE, TOKEN),
    # unknown, or wrong
    Case("nobody's id", stranger(Kind.API), 401, "invalid_token", UNKNOWN, TOKEN),
    Case("nobody's bootstrap token", stranger(Kind.BOOTSTRAP), 401, "invalid_token", UNKNOWN, TOKEN),
    Case("a secret that signs webhooks", stranger(Kind.WEBHOOK), 401, "invalid_token", UNKNOWN, TOKEN),
    Case("a wrong secret", wrong_secret, 401, "invalid_token", UNKNOWN, TOKEN),
    # dead, and the secret is right
    Case("revoked", after(revoke), 401, "revoked_token", DEAD["revoked"], f'{TOKEN}, error_description="{DEAD["revoked"]}"'),
    Case("expired", after(wait(days=7)), 401, "expired_token", DEAD["expired"], f'{TOKEN}, error_description="{DEAD["expired"]}"'),
    Case("suspended", after(suspend), 401, "suspended_token", DEAD["suspended"], f'{TOKEN}, error_description="{DEAD["suspended"]}"'),
    Case("unused for too long", after(wait(days=IDLE.days)), 401, "expired_token", DEAD["idle"], f'{TOKEN}, error_description="{DEAD["idle"]}"', {**ONLY_READS, "days": 200}),
    # alive, and not allowed
    Case("from elsewhere", get("/tokens/self"), 403, "ip_not_allowed", "This token may not be used from this address.", None, {"networks": ("192.0.2.0/24",)}),
    Case("elsewhere before anything else", get("/tokens"), 403, "ip_not_allowed", "This token may not be used from this address.", None, {"networks": ("192.0.2.0/24",), **ONLY_READS}),
    Case("without the scope", get("/tokens"), 403, "insufficient_scope", "This route asks for the scope tokens:read, which this token does not hold.", f'{REALM}, error="insufficient_scope", scope="tokens:read"', ONLY_READS),
    Case("more than the maker has", post("/tokens", {"name": "x", "scopes": ["audit:read"]}), 403, "more_than_creator", "A token cannot allow more than the token that creates it.", None, {"scopes": (Scope.TOKENS_CREATE,)}),
    # not there
    Case("no such address", get("/nowhere"), 404, "not_found", "There is nothing at this address."),
    Case("a slash too many", get("/tokens/"), 404, "not_found", "There is nothing at this address."),
    Case("no such token", get("/tokens/0000000000000000"), 404, "not_found", "There is no token of this id."),
    Case("no token of such a name", get("/tokens/%00%ff"), 404, "not_found", "There is no token of this id."),
    Case("GitHub's reports, switched off", post("/leaks/github", data=b"[]"), 404, "not_found", "This installation takes no reports of GitHub's secret scanning."),
    Case("another method", lambda s, m: s.ask("PATCH", "/tokens/self", m), 405, "method_not_allowed", "This address does not take that method."),
    Case("a question about methods", lambda s, m: s.ask("OPTIONS", "/tokens"), 405, "method_not_allowed", "This address does not take that method."),
    # input
    Case("an unknown query parameter", get("/tokens?color=red"), 400, "invalid_input", "`color` is not a query parameter of this route. Known: family, creator, installation, live, limit, cursor."),
    Case("a query where none is", get("/tokens/self?color=red"), 400, "invalid_input", "`color` is not a query parameter of this route; it has none."),
    Case("a parameter twice", get("/tokens?limit=1&limit=2"), 400, "invalid_input", "A query parameter stands there twice."),
    Case("a number out of bounds", get("/tokens?limit=0"), 400, "invalid_input", "`limit`: Input should be greater than or equal to 1."),
    Case("an unknown key", post("/tokens", {"name": "x", "colour": 1}), 400, "invalid_input", "`colour` is not a key of this route. Known: name, scopes, installations, repositories, networks, days."),
    Case("a key that is no word", post("/tokens", {"name": "x", "\x00<b>": 1}), 400, "invalid_input", "A name that is none is not a key of this route. Known: name, scopes, installations, repositories, networks, days."),
    Case("no body", post("/tokens"), 400, "invalid_input", "`name`: Field required."),
    Case("what is no JSON", post("/tokens", data=b"{", content_type="application/json"), 400, "invalid_input", "Invalid JSON: EOF while parsing an object at line 1 column 1."),
    Case("a number as text", post("/tokens", {"name": "x", "days": "3"}), 400, "invalid_input", "`days`: Input should be a valid integer."),
    Case("no such network", post("/tokens", {"name": "x", "networks": ["home"]}), 400, "invalid_input", "'home' is not a network such as 192.0.2.0/24 or 2001:db8::/32."),
    Case("a body where none is", get("/tokens/self", data=b"x"), 400, "invalid_input", "This route takes no body."),
    Case("two groups at once", post("/tokens/revoke-group", {"family": "a", "creator": "b"}), 400, "invalid_input", "Name exactly one of family, creator and installation."),
    Case("too long a life", post("/tokens", {"name": "x", "scopes": ["tokens:read"], "days": 31}), 400, "lifetime_too_long", "Such a token lives at most 30 days, and longer than nothing."),
    Case("a name of nothing", post("/tokens", {"name": " "}), 400, "bad_name", "A token needs a name of 1 to 100 printable characters."),
    Case("a token for a name", lambda s, m: s.ask("POST", "/tokens", m, json={"name": m.token.text}), 400, "invalid_input", "The body holds a token, which does not belong there. Replace that token."),
    Case("another kind of body", post("/tokens", data=b"name: x", content_type="application/yaml"), 415, "unsupported_media_type", "The body must be application/json."),
    Case("too large a body", post("/tokens", data=b" " * ((1 << 20) + 1), content_type="application/json"), 413, "too_large", "The body is too large for this route."),
    Case("rotating what is dead", after(lambda s, m: s.issuer.revoke([m.credential.id], "", Actor()), lambda s, m: s.ask("POST", f"/tokens/{m.credential.id}/rotate", s.token())), 409, "not_live", "Only live API tokens can be rotated; this one is revoked."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_refusal_says_exactly_this(service: Service, case: Case) -> None:
    values = dict(case.made)
    response = case.bend(service, service.token(*values.pop("scopes", ()), **values))
    document = problem(response, case.code)
    assert (response.status_code, document["detail"]) == (case.status, case.detail)
    assert response.headers.get("WWW-Authenticate") == case.challenge


def test_the_table_of_refusals_is_long_enough() -> None:
    assert len(CASES) >= 60
    assert len({case.says for case in CASES}) == len(CASES)


def test_a_replaced_token_is_told_its_successor(service: Service) -> None:
    made = service.token()
    supersede(service, made)
    document = problem(service.ask("GET", "/tokens/self", made), "superseded_token")
    successor = service.store.tokens.get(made.credential.id)
    assert successor is not None
    assert document["detail"] == (
        f"This token was replaced by {successor.superseded_by}, and the overlap is over. Use that one."
    )


def test_unknown_and_wrong_are_answered_in_the_same_words(service: Service) -> None:
    made = service.token()
    unknown, wrong = (
        json.loads(bend(service, made).data) | {"request_id": ""} for bend in (stranger(Kind.API), wrong_secret)
    )
    assert unknown == wrong


class Broken(MemoryStore):
    """A store whose tokens cannot be read while `down`."""

    down = False

    def __getattribute__(self, name: str) -> Any:
        if name == "tokens" and object.__getattribute__(self, "down"):
            raise StoreUnavailable("the database did not answer")
        return object.__getattribute__(self, name)


def test_a_database_that_does_not_answer_never_costs_a_token(clock: FakeClock) -> None:
    """Clients throw a token away when they read 401."""
    store = Broken()
    service = Service(store, clock)
    made = service.token()
    store.down = True
    response = service.ask("GET", "/tokens/self", made)
    document = problem(response, "auth_unavailable")
    assert response.headers["Retry-After"] == "10"
    assert "WWW-Authenticate" not in response.headers
    assert document["detail"] == (
        "The database does not answer, so nobody can say whether this token is good. Keep it; try again."
    )
    response = service.ask("POST", "/tokens/revoke", json={"token": made.token.text})
    problem(response, "unavailable")


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (lambda s, m: s.ask("GET", "/tokens/self"), "authentication_required"),
        (header("Basic TOKEN"), "invalid_request"),
        (get("/tokens/self?access_token=TOKEN"), "token_in_url"),
        (get("/tokens/self", address=ABROAD), "insecure_transport"),
        (text(lambda one: one[:-1]), "malformed_token"),
        (text(lambda one: one[:-1] + ("0" if one[-1] != "0" else "1")), "malformed_token"),
        (text(lambda one: one * 2), "malformed_token"),
    ],
)
def test_before_the_checksum_is_right_nothing_is_looked_up(clock: FakeClock, bend: Bend, code: str) -> None:
    store = Broken()
    service = Service(store, clock)
    made = service.token()
    store.down = True
    problem(bend(service, made), code)


@pytest.mark.parametrize("path", ["/tokens/self", "/tokens"])
def test_without_a_pepper_there_are_no_tokens_and_that_is_said(clock: FakeClock, path: str) -> None:
    service = Service(MemoryStore(), clock, peppers=())
    response = service.ask("GET", path, service.token())
    assert problem(response, "auth_unavailable")["detail"] == (
        "This installation has no API tokens: its operator has not set ASSAY_TOKEN_PEPPER."
    )
    problem(service.ask("POST", "/leaks", json={"tokens": ["x"]}), "auth_unavailable")


def test_a_fault_of_ours_says_nothing_but_its_id(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.store.catalogues = None  # type: ignore[misc, assignment]
    response = service.ask("GET", "/rules")
    document = problem(response, "internal_error")
    assert document["detail"] == "Its log says what, under this request's id."
    assert "NoneType" not in response.text
    assert "fault in a request" in caplog.messages


def test_a_name_that_is_not_ours_is_refused_as_a_problem(service: Service) -> None:
    response = service.client.get("/api/v1/rules", headers={"Host": "evil.example"})
    assert problem(response, "invalid_input")["detail"] == "This service does not answer under that name."


def test_methods_that_are_taken_are_named(service: Service) -> None:
    assert set(service.ask("DELETE", "/tokens").headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
