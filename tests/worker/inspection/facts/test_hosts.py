"""Hosts in texts, as a client would read them."""

from __future__ import annotations

import pytest

from worker.inspection.facts.hosts import hosts_in

UNKNOWN = "\U00100000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://drop.example/x", ("drop.example",), id="a URL"),
        pytest.param("see https://A.example:8443/x and wss://b.example", ("a.example", "b.example"), id="two URLs"),
        pytest.param("https://user:secret@drop.example/", ("drop.example",), id="with a user"),
        pytest.param("https://127.0.0.1\\@good.example/x", ("127.0.0.1",), id="a backslash ends the host"),
        pytest.param("http://[fd00:ec2::254]/latest", ("fd00:ec2::254",), id="an address of version 6"),
        pytest.param("http://2130706433/", ("127.0.0.1",), id="this machine as one number"),
        pytest.param("http://localhost:3000", ("localhost",), id="this machine"),
        pytest.param(f"https://{UNKNOWN}.drop.example/", ("drop.example",), id="a head that is not known"),
        pytest.param("169.254.169.254", ("169.254.169.254",), id="the metadata service by itself"),
        pytest.param("(https://drop.example)", ("drop.example",), id="in brackets"),
        pytest.param(f"https://{UNKNOWN}/x", (), id="nothing known"),
        pytest.param("https://{host}/x", (), id="a template"),
        pytest.param("https://%s/x", (), id="another template"),
        pytest.param("https://${HOST}/x", (), id="a variable"),
        pytest.param("file:///etc/passwd", (), id="a file"),
        pytest.param("http://[:]/", (), id="no address"),
        pytest.param("a://b", (), id="no scheme that we know"),
        pytest.param("https://", (), id="nothing after the scheme"),
        pytest.param("http://2852039166/latest", ("169.254.169.254",), id="an address as one number"),
        pytest.param("http://0xA9FEA9FE/latest", ("169.254.169.254",), id="an address in hexadecimal"),
    ],
)
def test_hosts_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert hosts_in(text) == expected


def test_a_text_full_of_urls_is_bounded() -> None:
    assert len(hosts_in(" ".join(f"https://h{at}.example/" for at in range(10_000)))) == 256
