"""Which hosts are places where data is dropped."""

from __future__ import annotations

import pytest

from app.core.drops import Drop, drop_of, is_public_address


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("webhook.site", "a request bin"),
        ("abc.oast.fun", "a request bin"),
        ("eo1x.m.pipedream.net", "a request bin"),
        ("a1b2.ngrok-free.app", "a tunnel"),
        ("Pastebin.com.", "a paste site"),
        ("store1.gofile.io", "a file drop"),
        ("203.0.113.9", "a bare address"),
        ("3405803785", "a bare address"),
        ("2606:4700::1111", "a bare address"),
        ("hooks.slack.com", "a chat webhook"),
    ],
)
def test_places_where_data_is_dropped(host: str, kind: str) -> None:
    drop = drop_of(host)
    assert drop is not None
    assert drop.kind == kind


@pytest.mark.parametrize(
    "host",
    [
        "notwebhook.site.example",
        "mywebhook.site-x.example",
        "example",
        "",
        "localhost",
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "8.8.8.8",
        "github.com",
    ],
)
def test_other_hosts(host: str) -> None:
    assert drop_of(host) is None


def test_a_host_that_only_ends_like_one_is_another() -> None:
    assert drop_of("notpastebin.com") is None


def test_chat_services_have_other_uses_than_webhooks() -> None:
    assert drop_of("discord.com") == Drop("a chat webhook", "/api/webhooks/", "discord")
    assert drop_of("hooks.slack.com") == Drop("a chat webhook", None, "slack")


def test_a_place_is_called_by_its_service_and_not_by_who_has_a_name_there() -> None:
    drop = drop_of("lodash.ngrok-free.app")
    assert drop is not None
    assert drop.service == "ngrok"


def test_numbers_that_are_no_addresses() -> None:
    assert not is_public_address("99999999999999999999")
    assert not is_public_address("1.2.3")
