"""A token carried through every input and failure is found nowhere: no log, answer, audit, Redis, or database."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from app.core.errors import StoreUnavailable
from app.core.sealing import sealing_key
from app.issuer import Made
from app.rate_limit import RedisLimiter
from app.store import open_store, upgrade
from app.web.api.exchange import GRANT, JWT
from app.web.api.table import ROUTES
from tests.fakes.clock import START, FakeClock
from tests.store.test_catalogues import a_catalogue
from tests.traces import PART, dump, secret_of, written_log
from tests.web.api.conftest import SEALING_KEY, Service
from tests.worker.webhooks.receiver import receiving
from worker.webhooks.posting import Answer, Poster
from worker.webhooks.sending import Sender


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    address = f"sqlite:///{tmp_path / 'assay.db'}"
    upgrade(address)
    return address


@pytest.fixture
def live(url: str, valkey_url: str, clock: FakeClock) -> Iterator[Service]:
    """A service with a real database and a real Redis."""
    store, limiter = open_store(url), RedisLimiter(valkey_url)
    store.catalogues.publish(a_catalogue(), START)
    yield Service(store, clock, limiter=limiter)
    store.close()
    limiter.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs, as it would be written."""
    with written_log() as written:
        yield written


def carry(service: Service, one: Made) -> list[str]:
    """Every place where a client could put a token; the answers."""
    text = one.token.text
    tell: list[dict[str, Any]] = [
        {"token": one},
        {"token": text[:-1]},
        {"token": text + "x"},
        {"token": one, "query_string": {"access_token": text}},
        {"token": one, "query_string": {"q": text}},
        {"token": one, "query_string": {text: "1"}},
        {"token": one, "headers": {"Cookie": f"token={text}"}},
        {"token": one, "headers": {"User-Agent": text, "X-Request-Id": text, "Referer": text, "X-Forwarded-For": text}},
        {"token": one, "headers": {"If-None-Match": f'"{text}"', "Origin": text, "Accept": text}},
        {"headers": {"Authorization": f"Basic {text}"}},
        {"headers": {"Authorization": text}},
        {"token": one, "address": "203.0.113.9"},
        {"token": one, "data": {"access_token": text}},
        {"token": one, "data": text.encode(), "content_type": "application/json"},
        {"token": one, "data": text.encode(), "content_type": text},
        {"token": one, "json": {text: text}},
        {"token": one, "json": {"name": text, "why": text, "text": text, "networks": [text], "scopes": [text]}},
        {"token": one, "json": {"name": "x", "networks": [text]}},
        {"token": one, "json": [text]},
        {"token": one, "data": escaped(f'{{"name": "{text}"}}'), "content_type": "application/json"},
        {"token": one, "data": escaped(f'{{"{text}": 1}}'), "content_type": "application/json"},
        {"token": one, "data": escaped(f'{{"name":"x","networks":["{text}"]}}'), "content_type": "application/json"},
        {"token": one, "data": escaped(f'{{"why": "{text}"}}'), "content_type": "application/json"},
        {"token": one, "data": escaped(f'{{"text": "version: 1\\n{text}: 1"}}'), "content_type": "application/json"},
    ]
    answers = []
    for route in ROUTES:
        if route.key in {"rotate_token", "revoke_held", "report_leaks", "rotate_self", "create_token"}:
            continue  # these come at the end, or show the text of another token
        for parameter in ("x" * 16, text, *([] if route.key == "revoke_token" else [one.credential.id])):
            path = route.path
            for name in route.parameters:
                path = path.replace(f"{{{name}}}", parameter)
            for given in tell:
                options = {key: value for key, value in given.items() if key != "token"}
                answers.append(service.ask(route.method, path, given.get("token"), **options))
            if not route.parameters:
                break
    for given in tell[4:]:
        options = {key: value for key, value in given.items() if key != "token"}
        answers.append(service.ask("POST", "/tokens", given.get("token"), **options))
    assert answers[-1].status_code == 400, "it is alive still"
    return [answer.text + str(answer.headers) for answer in answers]


def escaped(text: str) -> bytes:
    """The same JSON, with letters written so that no search finds the token in the raw body."""
    return text.replace("asy_", "\\u0061sy_").encode()


def kept_in_redis(url: str) -> str:
    """All keys and values."""
    connection = Redis.from_url(url)
    found = [(key, connection.get(key)) for key in connection.scan_iter()]
    connection.close()
    assert found, "the limits were counted there"
    return str(found)


def test_a_token_is_found_nowhere(live: Service, url: str, valkey_url: str, log: io.StringIO) -> None:
    canary, other = live.token(), live.token()
    answers = carry(live, canary)
    everywhere = {"location": canary.token.text, "url": f"https://paste.example/{canary.token.text}"}
    answers.append(live.ask("POST", "/leaks", json={"tokens": ["x"], "url": everywhere["url"]}).text)
    for path in ("/audit?limit=200", "/tokens?limit=200", f"/tokens/{canary.credential.id}", "/tokens/self/usage"):
        answers.append(live.ask("GET", path, other).text)
    answers.append(live.ask("POST", "/tokens/introspect", other, json={"token": canary.token.text}).text)
    broken(live, canary, answers)
    answers.append(live.ask("POST", "/leaks", json={"tokens": [canary.token.text], "url": everywhere["url"]}).text)
    answers.append(live.ask("POST", "/tokens/revoke", json={"token": canary.token.text}).text)
    assert live.is_revoked(canary)
    answers.append(live.ask("GET", "/tokens/self", canary).text)
    secret = secret_of(canary.token.text)
    assert canary.credential.id in log.getvalue(), "the log speaks of it, by its id"
    places = {
        "answers": "\n".join(answers),
        "log": log.getvalue(),
        "database": dump(url),
        "Redis": kept_in_redis(valkey_url),
    }
    assert [name for name, text in places.items() if secret in text] == []


def test_what_workflows_exchange_is_found_nowhere(live: Service, url: str, valkey_url: str, log: io.StringIO) -> None:
    theirs = live.workflow_token()
    form = {"grant_type": GRANT, "subject_token": theirs, "subject_token_type": JWT}
    ours = json.loads(live.ask("POST", "/tokens/exchange", data=form).data)["access_token"]
    answers = [live.ask("GET", "/tokens/self", ours).text]
    tries = [form, form | {"audience": theirs}, form | {"scope": theirs[:400]}, form | {theirs: "1"}]
    tries += [form | {"subject_token": theirs[:-9]}, form | {"subject_token": theirs + "."}, form | {"scope": ours}]
    for body in tries:
        answers.append(live.ask("POST", "/tokens/exchange", data=body).text)
        answers.append(live.ask("POST", "/tokens/exchange", json=body).text)
    live.actions.down = True
    live.clock.advance(1801)
    answers.append(live.ask("POST", "/tokens/exchange", json=form).text)
    assert "1001" in log.getvalue(), "the log speaks of the run"
    found = "\n".join([*answers, log.getvalue(), dump(url), kept_in_redis(valkey_url)])
    _, claims, signature = theirs.split(".")
    for secret in (secret_of(ours), signature[:PART], claims[:PART]):
        assert secret not in found


def test_a_webhooks_secret_is_found_nowhere_but_where_it_is_given_out(
    live: Service, url: str, valkey_url: str, log: io.StringIO
) -> None:
    """It is sealed in the database, and used to sign: carried through every route, a sending, and failures of both."""
    token = live.token()
    with receiving() as receiver:
        made = live.ask("POST", "/webhooks", token, json={"url": "https://hooks.example/in", "events": ["ping"]})
        first = json.loads(made.data)
        webhook_id = first["record"]["id"]
        rotated = live.ask("POST", f"/webhooks/{webhook_id}/rotate", token, json={"overlap_hours": 24})
        second = json.loads(rotated.data)["secret"]
        assert (made.status_code, rotated.status_code) == (201, 201)
        answers = [json.dumps(json.loads(rotated.data)["record"])]
        for secret in (first["secret"], second):
            answers += [answer.text for answer in misused(live, token, secret, webhook_id)]
        inside = Poster(frozenset({receiver.origin}))
        for poster in (Elsewhere(inside, receiver.url), Elsewhere(inside, "http://127.0.0.1:1/"), Broken()):
            answers.append(live.ask("POST", f"/webhooks/{webhook_id}/test", token).text)
            keys = (sealing_key("another key, which seals it again"), SEALING_KEY)
            sender = Sender(live.store, live.dispatch, poster, keys, live.clock, lambda: 0.5, "here:1")
            try:
                sender.send(webhook_id)
            except ZeroDivisionError:
                logging.getLogger("worker").exception("fault")
            live.clock.advance(700)
        for path in ("", f"/{webhook_id}", f"/{webhook_id}/deliveries"):
            answers.append(live.ask("GET", f"/webhooks{path}", token).text)
        answers.append(live.ask("GET", "/audit?limit=200", token).text)
    assert len(receiver.got[0].headers["assay-signature"].split("sha256=")) == 3, "both have signed"
    assert webhook_id in log.getvalue(), "the log speaks of it, by its id"
    found = "\n".join([*answers, log.getvalue(), dump(url), kept_in_redis(valkey_url), str(receiver.got)])
    assert [text for text in (first["secret"], second) if secret_of(text) in found] == []


def misused(service: Service, token: Made, secret: str, webhook_id: str) -> list[TestResponse]:
    """A webhook's secret where it does not belong."""
    one = f"/webhooks/{webhook_id}"
    return [
        service.ask("GET", one, secret),
        service.ask("GET", f"/webhooks/{secret}", token),
        service.ask("GET", f"{one}/deliveries/{secret}", token),
        service.ask("POST", f"{one}/deliveries/{secret}/redeliver", token),
        service.ask("GET", one, token, query_string={"secret": secret}),
        service.ask("PATCH", one, token, json={"url": f"https://hooks.example/{secret}"}),
        service.ask("PATCH", one, token, json={secret: 1}),
        service.ask("POST", "/webhooks", token, json={"url": f"https://{secret}.example/", "events": ["ping"]}),
        service.ask("POST", "/webhooks", token, json={"url": "https://hooks.example/", "events": [secret]}),
        service.ask("POST", "/leaks", json={"tokens": [secret], "url": f"https://paste.example/{secret}"}),
        service.ask("POST", "/tokens/revoke", json={"token": secret}),
        service.ask("POST", "/tokens/introspect", token, json={"token": secret}),
    ]


class Elsewhere:
    """Posts to this address, whatever it is told: the receiver of a test is not public."""

    def __init__(self, poster: Poster, address: str) -> None:
        self._poster = poster
        self._address = address

    def post(self, _address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return self._poster.post(self._address, body, headers)


class Broken:
    """Fails with all that it was given."""

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        raise ZeroDivisionError(f"{address} {body!r} {headers}")


def broken(service: Service, one: Made, answers: list[str]) -> None:
    """A fault, and a database that does not answer, both with the token in their message."""
    for error in (ZeroDivisionError(one.token.text), StoreUnavailable(one.token.text)):
        current = service.store.catalogues.current

        def fail(error: Exception = error) -> None:
            raise error

        service.store.catalogues.current = fail  # type: ignore[method-assign]
        answers.append(service.ask("GET", "/rules", one, address="127.0.0.2").text)
        service.store.catalogues.current = current  # type: ignore[method-assign]
