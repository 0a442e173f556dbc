"""Logs: events with fields, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.log import JsonFormatter, bound, configure, redact

log = logging.getLogger("assay.test")

# Assembled here, so that no file holds anything that looks like a credential.
CANARY = "Canary" + "0123456789abcdefghijKLMNOPQRSTUV"
SECRETS = {
    "our own token": f"asy_u1_{CANARY[:16]}_{CANARY}{CANARY[:11]}",
    "our own token in a longer word": f"easy_u1_{CANARY[:16]}_{CANARY}{CANARY[:11]}x",
    "a classic token": f"ghp_{CANARY}",
    "an installation token": f"ghs_{CANARY}",
    "a new installation token": f"ghs_123456_eyJ{CANARY}.{CANARY}.{CANARY}-{CANARY}_{CANARY}",
    "a refresh token": f"ghr_{CANARY}",
    "a fine-grained token": f"github_pat_{CANARY}_{CANARY}",
    "a JWT": f"eyJ{CANARY}.eyJ{CANARY}.{CANARY}",
    "a key": f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    "a key that was cut": f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    "an Authorization header": f"Authorization: Basic {CANARY}",
    "an Authorization in a dictionary": repr({"Authorization": f"weird-{CANARY}"}),
    "an Authorization in JSON": json.dumps({"authorization": f"weird {CANARY}"}),
    "an Authorization in a list of pairs": repr([("Authorization", f"weird {CANARY}")]),
    "a bearer token": f"bearer {CANARY}",
    "a cookie": f'Cookie: session="{CANARY}"; other={CANARY}',
    "a cookie that is set": f"Set-Cookie: __Host-session={CANARY}; Secure",
    "a signature": f"X-Hub-Signature-256: sha256={CANARY}",
    "an old signature": f"X-Hub-Signature={CANARY}",
    "a setting": f"GITHUB_WEBHOOK_SECRET={CANARY}",
    "settings as Python writes them": f"WebSettings(webhook_secrets=('{CANARY}',), redis_password='{CANARY}')",
    "a setting of npm": f"//registry.example/:_authToken={CANARY}",
    "an older setting of npm": f"_auth = {CANARY}",
    "a token in a query": f"https://host.example/callback?access_token={CANARY}&state=1",
    "a key in a header": f"X-Api-Key: {CANARY}",
    "a token of the npm registry": f"npm_{CANARY}",
    "a token of PyPI": f"pypi-AgEIcHlwaS5vcmc{CANARY}",
    "headers as WSGI has them": repr({"HTTP_X_HUB_SIGNATURE_256": CANARY, "HTTP_COOKIE": f"a={CANARY}"}),
    "a password in an address in an address": f"next=https%3A%2F%2Fuser%3A{CANARY}%40host.example",
    "a password in an address": f"https://user:{CANARY}@host.example/path",
    "a token in an address": f"redis://:{CANARY}@redis:6379/0",
    "an at sign in a password": f"https://user:{CANARY}@{CANARY}@host.example/",
}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Logging is global; leave it as it was."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True


@pytest.fixture
def lines() -> io.StringIO:
    """Where JSON lines go."""
    stream = io.StringIO()
    configure(stream=stream, readable=False)
    return stream


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines as values."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(lines: io.StringIO) -> None:
    log.info("delivery accepted", extra={"lane": "99-42-7", "attempts": 1})
    (event,) = events(lines)
    assert event.pop("time").endswith("+00:00")
    assert event == {
        "level": "info",
        "logger": "assay.test",
        "event": "delivery accepted",
        "lane": "99-42-7",
        "attempts": 1,
    }


def test_bound_fields_are_on_every_line_of_their_block(lines: io.StringIO) -> None:
    with bound(delivery="guid-1"), bound(lane="99-42-7"):
        log.info("inside")
    log.info("outside")
    inside, outside = events(lines)
    assert (inside["delivery"], inside["lane"]) == ("guid-1", "99-42-7")
    assert "delivery" not in outside


@pytest.mark.parametrize("what", SECRETS)
def test_no_secret_is_written_wherever_it_stands(lines: io.StringIO, what: str) -> None:
    secret = SECRETS[what]
    log.info("in the message " + secret)  # noqa: G003  (somebody will)
    log.info("as an argument %s and %r", secret, {"nested": secret})
    log.info("as a field", extra={"header": secret, "nested": {"list": [secret]}})
    with bound(field=secret):
        log.info("bound")
    try:
        json.loads("{}").pop(secret)
    except KeyError:
        log.exception("in an error")
    assert len(events(lines)) == 5
    assert "Canary" not in lines.getvalue(), what


def test_a_field_that_is_called_a_secret_is_one(lines: io.StringIO) -> None:
    log.info("started", extra={"webhook_secret": CANARY, "tokens": 3, "lane": "99-42-7"})
    (event,) = events(lines)
    assert (event["webhook_secret"], event["tokens"], event["lane"]) == ("[redacted]", 3, "99-42-7")


def test_what_surrounds_a_secret_stays_readable() -> None:
    assert redact(f"cannot reach redis://:{CANARY}@redis:6379/0 twice") == (
        "cannot reach redis://[redacted]@redis:6379/0 twice"
    )
    assert redact(f"GET /x\nAuthorization: token {CANARY}\nAccept: */*") == (
        "GET /x\nAuthorization: [redacted]\nAccept: */*"
    )


@pytest.mark.parametrize(
    "text",
    [
        "npm/left-pad@1.3.0 from https://registry.example/left-pad/-/left-pad-1.3.0.tgz",
        "delivery 72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "head 6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "the ghost of a token",
        "sha256 of the archive",
        "GITHUB_PRIVATE_KEY_PATH cannot be read: PermissionError.",
        "credential-theft in npm/tokenizer@1.0.0",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert redact(text) == text


def test_strangers_text_cannot_forge_or_break_a_line() -> None:
    """Formatted by hand: pytest would keep the half character in its report, which cannot be sent between processes."""
    text = 'x\n{"event": "forged"}\x00\x1b[31m \ud800'
    line = JsonFormatter().format(
        logging.makeLogRecord({"msg": "package %s", "args": (text,), "levelno": logging.INFO})
    )
    assert "\n" not in line
    assert json.loads(line)["event"] == 'package x\n{"event": "forged"}\x00\x1b[31m \\ud800'


def test_a_very_long_field_is_cut(lines: io.StringIO) -> None:
    log.info("long", extra={"field": "x" * 1_000_000})
    assert len(lines.getvalue()) < 20_000


def test_a_broken_log_call_prints_nothing_raw(lines: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("%d", SECRETS["a JWT"])
    assert "Canary" not in capsys.readouterr().err + lines.getvalue()


def test_uncaught_errors_are_redacted_too(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(SECRETS["a JWT"])

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    first, second = events(lines)
    assert first["event"] == second["event"] == "uncaught error"
    assert "Canary" not in lines.getvalue()


def test_people_get_readable_lines() -> None:
    stream = io.StringIO()
    configure(stream=stream, readable=True)
    with bound(lane="99-42-7"):
        log.warning("given back", extra={"why": "GitHub is\nout of reach"})
    assert stream.getvalue()[8:] == " warning given back lane=99-42-7 why=GitHub is\\nout of reach\n"
