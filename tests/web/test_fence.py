"""What every request and answer goes through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.dispatch import MemoryDispatch
from app.store import MemoryStore
from app.web import create_app
from app.web.webhook import PATH
from tests.fakes.clock import FakeClock
from tests.web.conftest import HOST, SETTINGS, problem


@pytest.mark.parametrize("path", ["/", "/rules", "/nowhere", "/healthz", "/readyz", PATH, "/static/assay.css"])
def test_every_answer_lets_nothing_else_run(client: FlaskClient, path: str) -> None:
    response = client.get(path, base_url=HOST)
    response.close()
    headers = response.headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Set-Cookie" not in headers
    assert "Strict-Transport-Security" not in headers, "only over https"


def test_over_https_it_stays_https(client: FlaskClient) -> None:
    response = client.get("/", base_url="https://assay.example")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "host", ["evil.example", "assay.example.evil.example", "127.0.0.1", "", "a b", "assay.example@evil"]
)
def test_pages_answer_under_their_own_name_only(client: FlaskClient, host: str) -> None:
    response = client.get("/", headers={"Host": host, "Accept": "application/json"})
    assert response.status_code == 400
    assert problem(response)["detail"] == "This service does not answer under that name."


@pytest.mark.parametrize("host", ["assay.example", "assay.example:443", "ASSAY.example"])
def test_the_name_may_carry_a_port(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_health_is_asked_by_address(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).json == {"status": "up"}


def test_forwarded_headers_count_only_behind_as_many_proxies_as_were_told(
    store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock
) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Host": "assay.example"}
    alone = create_app(SETTINGS, store, dispatch, clock).test_client()
    answer = alone.get("/", headers=forged)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
    behind = create_app(replace(SETTINGS, proxies=1), store, dispatch, clock).test_client()
    assert behind.get("/", headers=forged).status_code == 400
    told = forged | {"X-Forwarded-Host": "assay.example"}
    assert "Strict-Transport-Security" in behind.get("/", headers=told).headers


def test_a_fault_of_ours_is_an_answer_without_a_traceback(
    store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(SETTINGS, store, dispatch, clock)

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("canary")

    response = app.test_client().get("/broken", base_url=HOST, headers={"Accept": "application/json"})
    assert response.status_code == 500
    assert problem(response)["detail"] == "Something is wrong with Assay. Its log says what."
    assert "canary" not in response.text
    assert "fault in a request" in caplog.messages


def test_the_style_sheet_may_be_kept(client: FlaskClient) -> None:
    response = client.get("/static/assay.css", base_url=HOST)
    assert response.mimetype == "text/css"
    assert "max-age=3600" in response.headers["Cache-Control"]
    response.close()
