"""What the environment says about API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.access import Scope
from app.core.workflow import SCOPES
from app.environment import Environment
from app.token_settings import GITHUB_ISSUER, TokenSettings, WorkflowSettings, read_token_settings

PEPPER = "p" * 44
PUBLIC = "https://assay.example"


def read(**variables: str) -> tuple[TokenSettings, list[str]]:
    """The settings, and what is wrong with them."""
    environment = Environment(variables)
    return read_token_settings(environment, public_url=PUBLIC), environment.problems


def test_without_a_pepper_there_are_no_tokens() -> None:
    assert read() == (TokenSettings(), [])


def test_all_of_it() -> None:
    settings, problems = read(
        ASSAY_TOKEN_PEPPER=PEPPER,
        ASSAY_TOKEN_PEPPER_PREVIOUS="q" * 44,
        ASSAY_TOKEN_MAX_DAYS="14",
        ASSAY_TOKEN_RATE="60",
        ASSAY_TOKEN_SUSPEND="1",
        ASSAY_LEAK_KEYS_URL="https://keys.example/secret_scanning",
    )
    assert problems == []
    assert [pepper.key for pepper in settings.peppers] == [b"p" * 44, b"q" * 44]
    assert settings.lifetimes.longest == timedelta(days=14)
    assert (settings.rate, settings.suspend) == (60, True)
    assert settings.leak_keys_url == "https://keys.example/secret_scanning"
    assert "p" * 44 not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("ASSAY_TOKEN_RATE", "0", "ASSAY_TOKEN_RATE is not between 1 and 1e+06."),
        ("ASSAY_TOKEN_MAX_DAYS", "400", "ASSAY_TOKEN_MAX_DAYS is not between 1 and 366."),
        ("ASSAY_LEAK_KEYS_URL", "keys", "ASSAY_LEAK_KEYS_URL is not an address such as https://assay.example."),
        (
            "ASSAY_TOKEN_PEPPER",
            "short",
            "ASSAY_TOKEN_PEPPER is shorter than 32 characters. Try: openssl rand -base64 32",
        ),
    ],
)
def test_what_is_wrong_is_said(name: str, value: str, problem: str) -> None:
    assert read(**{name: value})[1] == [problem]


def test_workflows_get_tokens_only_where_it_is_said() -> None:
    assert read(ASSAY_TOKEN_PEPPER=PEPPER, ASSAY_OIDC_AUDIENCE="x")[0].workflows is None
    settings, problems = read(ASSAY_TOKEN_PEPPER=PEPPER, ASSAY_OIDC="1")
    assert problems == []
    assert settings.workflows == WorkflowSettings(GITHUB_ISSUER, PUBLIC, SCOPES)


def test_an_enterprise_server_has_its_own_issuer() -> None:
    there = {"ASSAY_TOKEN_PEPPER": PEPPER, "ASSAY_OIDC": "1", "GITHUB_API_URL": "https://ghe.example/api/v3"}
    (problem,) = read(**there)[1]
    assert "ids of its repositories mean others on github.com" in problem
    settings, problems = read(
        **there,
        ASSAY_OIDC_ISSUER="https://ghe.example/_services/token",
        ASSAY_OIDC_AUDIENCE="assay",
        ASSAY_OIDC_SCOPES="packages:read, reviews:read",
    )
    assert problems == []
    scopes = frozenset({Scope.PACKAGES_READ, Scope.REVIEWS_READ})
    assert settings.workflows == WorkflowSettings("https://ghe.example/_services/token", "assay", scopes)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("ASSAY_OIDC_ISSUER", "http://ghe.example", "ASSAY_OIDC_ISSUER does not begin with https://."),
        ("ASSAY_OIDC_SCOPES", "tokens:create", "ASSAY_OIDC_SCOPES holds more than a workflow may have: "),
        ("ASSAY_OIDC_SCOPES", ",", "ASSAY_OIDC_SCOPES holds more than a workflow may have: "),
        ("ASSAY_OIDC", "perhaps", "ASSAY_OIDC is neither 1 nor 0."),
        ("ASSAY_TOKEN_PEPPER", "", "ASSAY_OIDC is 1, but there are no API tokens to give: set ASSAY_TOKEN_PEPPER."),
    ],
)
def test_what_would_believe_or_give_too_much_is_refused(name: str, value: str, problem: str) -> None:
    (found,) = read(**{"ASSAY_TOKEN_PEPPER": PEPPER, "ASSAY_OIDC": "1"} | {name: value})[1]
    assert found.startswith(problem)
