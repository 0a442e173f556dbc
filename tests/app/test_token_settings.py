"""What the environment says about API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.environment import Environment
from app.token_settings import TokenSettings, read_token_settings

PEPPER = "p" * 44


def read(**variables: str) -> tuple[TokenSettings, list[str]]:
    """The settings, and what is wrong with them."""
    environment = Environment(variables)
    return read_token_settings(environment), environment.problems


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
