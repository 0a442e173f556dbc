"""What no workflow of ours says: other claims, other signatures, other requests. Each has its exact answer."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import jwt
import pytest

from app.web.api.exchange import JWT
from tests.fakes.oidc_issuer import AUDIENCE, ISSUER, a_key, pem
from tests.minted import url64
from tests.web.api.conftest import Service, problem
from tests.web.api.test_exchange import exchange

DAY = 86_400


def refused(service: Service, subject: str, detail: str) -> None:
    """Nothing is given for this token, in these words, and nothing is kept."""
    told = problem(exchange(service, subject), "bad_subject_token")
    assert told["detail"] == f"The subject token is not taken. {detail}"
    assert told["error"] == "invalid_request"
    assert list(service.store.audit.read(9)) == []


CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("issuer", {"iss": "https://evil.example"}, f"It was issued by https://evil.example, not by {ISSUER}."),
    ("audience", {"aud": "https://x.example"}, f"It is meant for the audience https://x.example, not for {AUDIENCE}."),
    ("expired", {"exp": 1_795_435_169}, "It ended at 2026-11-23 11:59:29 UTC."),
    ("not yet", {"nbf": 1_795_435_231}, "It is not valid before 2026-11-23 12:00:31 UTC."),
    (
        "issued later",
        {"iat": 1_795_435_231},
        "It says that it was issued at 2026-11-23 12:00:31 UTC, which is to come.",
    ),
    ("for ever", {"exp": 1 << 40}, "It lives for more than an hour; the token of a workflow's step does not."),
    ("a day", {"exp": 1_795_435_200 + DAY}, "It lives for more than an hour; the token of a workflow's step does not."),
    (
        "audiences",
        {"aud": [AUDIENCE]},
        "Its claims are not those of a workflow: Expected `str`, got `array` - at `$.aud`.",
    ),
    ("no id", {"jti": None}, "Its claims are not those of a workflow: Object missing required field `jti`."),
    ("no end", {"exp": None}, "Its claims are not those of a workflow: Object missing required field `exp`."),
    (
        "no repository",
        {"repository_id": None},
        "Its claims are not those of a workflow: Object missing required field `repository_id`.",
    ),
]


@pytest.mark.parametrize(("claims", "detail"), [case[1:] for case in CLAIMS], ids=[case[0] for case in CLAIMS])
def test_a_token_with_other_claims_is_refused(service: Service, claims: dict[str, Any], detail: str) -> None:
    refused(service, service.workflow_token(**claims), detail)


@pytest.mark.parametrize("claims", [{"exp": 1_795_435_171}, {"nbf": 1_795_435_230}, {"iat": 1_795_435_230}])
def test_clocks_may_differ_by_half_a_minute(service: Service, claims: dict[str, Any]) -> None:
    assert exchange(service, service.workflow_token(**claims)).status_code == 200


def test_a_token_that_nobody_signed_is_refused(service: Service) -> None:
    service.workflow_token()
    claims = service.actions.claims()
    nobody = jwt.encode(claims, "", "none", headers={"kid": "k1"})
    refused(service, nobody, "It is not signed with RS256.")
    head = {"alg": "HS256", "kid": "k1", "typ": "JWT"}
    refused(service, forged(head, claims, pem(a_key("k1"))), "It is not signed with RS256.")
    refused(service, forged(head | {"alg": "RS256"}, claims, pem(a_key("k1"))), "Its signature is wrong.")


def forged(head: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """What a forger makes of a public key, where a verifier takes the algorithm from the token."""
    signed = f"{url64(head)}.{url64(claims)}"
    return f"{signed}.{url64(hmac.digest(key, signed.encode(), hashlib.sha256))}"


HEADERS = [
    ({"kid": "k9"}, "It is signed with a key that its issuer does not have."),
    ({}, "It does not name the key that signed it."),
    ({"kid": "k" * 201}, "It does not name the key that signed it."),
    ({"kid": "k1", "crit": ["x"], "x": 1}, "It is no JSON Web Token."),
]


@pytest.mark.parametrize(("headers", "detail"), HEADERS, ids=["unknown", "none", "long", "critical"])
def test_a_header_that_is_not_the_issuers_is_refused(service: Service, headers: dict[str, Any], detail: str) -> None:
    service.workflow_token()
    refused(service, service.actions.token(headers=headers), detail)


def test_a_key_of_another_under_a_known_name_signs_nothing(service: Service) -> None:
    service.workflow_token()
    forged = jwt.encode(service.actions.claims(), a_key("another"), "RS256", headers={"kid": "k1"})
    refused(service, forged, "Its signature is wrong.")


@pytest.mark.parametrize("where", [0, 1, 2], ids=["header", "claims", "signature"])
def test_a_token_that_was_changed_is_refused(service: Service, where: int) -> None:
    parts = service.workflow_token().split(".")
    middle = len(parts[where]) // 2
    parts[where] = parts[where][:middle] + ("A" if parts[where][middle] != "A" else "B") + parts[where][middle + 1 :]
    problem(exchange(service, ".".join(parts)), "bad_subject_token")


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c", "....", "eyJhbGciOiJSUzI1NiJ9..", "é.é.é", "\0"])
def test_what_is_no_token_is_refused(service: Service, text: str) -> None:
    problem(exchange(service, text), "bad_subject_token")


FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"scope": "tokens:create"}, "invalid_scope", "invalid_scope"),
    ({"scope": "packages:read audit:read"}, "invalid_scope", "invalid_scope"),
    ({"scope": "webhooks:manage"}, "invalid_scope", "invalid_scope"),
    ({"scope": "everything"}, "invalid_scope", "invalid_scope"),
    ({"scope": ""}, "invalid_scope", "invalid_scope"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type", "unsupported_grant_type"),
    ({"audience": "https://elsewhere.example"}, "invalid_target", "invalid_target"),
    ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "bad_subject_token", "invalid_request"),
    ({"requested_token_type": JWT}, "bad_subject_token", "invalid_request"),
    ({"grant_type": None}, "invalid_input", "invalid_request"),
    ({"subject_token": "x" * 16_385}, "invalid_input", "invalid_request"),
    ({"actor_token": "x"}, "invalid_input", "invalid_request"),
]


@pytest.mark.parametrize(("fields", "code", "error"), FIELDS)
@pytest.mark.parametrize("form", [True, False], ids=["form", "JSON"])
def test_a_request_for_something_else_is_refused(
    service: Service, fields: dict[str, Any], code: str, error: str, *, form: bool
) -> None:
    told = problem(exchange(service, form=form, **fields), code)
    assert told["error"] == error
    assert told["error_description"].isascii()
