"""What the environment says about outgoing webhooks."""

from __future__ import annotations

import pytest

from app.environment import Environment
from app.webhook_settings import WebhookSettings, read_webhook_settings

KEY = "k" * 44


def read(**variables: str) -> tuple[WebhookSettings, list[str]]:
    """The settings, and what is wrong with them."""
    environment = Environment(variables)
    return read_webhook_settings(environment), environment.problems


def test_without_a_key_there_are_no_webhooks() -> None:
    assert read() == (WebhookSettings(), [])


def test_all_of_it() -> None:
    settings, problems = read(
        ASSAY_SECRET_KEY=KEY,
        ASSAY_SECRET_KEY_PREVIOUS="l" * 44,
        ASSAY_WEBHOOK_RECEIVERS="https://hooks.internal.example:8443, https://10.0.0.7\thttp://127.0.0.1:9000/",
    )
    assert problems == []
    assert len({key.id for key in settings.keys}) == len({key.key for key in settings.keys}) == 2
    assert settings.receivers == {
        ("https", "hooks.internal.example", 8443),
        ("https", "10.0.0.7", 443),
        ("http", "127.0.0.1", 9000),
    }
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"ASSAY_SECRET_KEY": "short"}, "ASSAY_SECRET_KEY is shorter than 32 characters. Try: openssl rand -base64 32"),
        (
            {"ASSAY_SECRET_KEY_PREVIOUS": KEY},
            "ASSAY_SECRET_KEY is not set. It encrypts the secrets of webhooks: openssl rand -base64 32",
        ),
        (
            {"ASSAY_WEBHOOK_RECEIVERS": "hooks.internal.example"},
            "ASSAY_WEBHOOK_RECEIVERS: entry 1 is an address that is not http or https.",
        ),
        (
            {"ASSAY_WEBHOOK_RECEIVERS": "https://ok.example, http://hooks.internal.example"},
            "ASSAY_WEBHOOK_RECEIVERS: entry 2 is http; that is for loopback only.",
        ),
        (
            {"ASSAY_WEBHOOK_RECEIVERS": "https://user:pass@hooks.internal.example"},
            "ASSAY_WEBHOOK_RECEIVERS: entry 1 is more than an origin such as https://hooks.internal.example:8443.",
        ),
        (
            {"ASSAY_WEBHOOK_RECEIVERS": "https://hooks.internal.example/in"},
            "ASSAY_WEBHOOK_RECEIVERS: entry 1 is more than an origin such as https://hooks.internal.example:8443.",
        ),
    ],
)
def test_what_is_wrong_is_said(variables: dict[str, str], problem: str) -> None:
    assert read(**variables)[1] == [problem]
