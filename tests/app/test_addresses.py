"""Which addresses a stranger may name: forty ways to be led astray, and the few that are fine."""

from __future__ import annotations

import pytest

from app.addresses import (
    Refused,
    check_loopback,
    check_named,
    check_receiver,
    check_resolved,
    forbidden,
    origin,
    parse_address,
)

REFUSED_URLS = [
    # parsers disagree about these
    (r"https://127.0.0.1\@files.example/x", "an address with a backslash, a space or a control character"),
    (r"https:\\files.example/x", "an address with a backslash, a space or a control character"),
    ("https://files.example /x", "an address with a backslash, a space or a control character"),
    ("https://files.example/x\r\nHost: drop.example", "an address with a backslash, a space or a control character"),
    ("https://files.example\t/x", "an address with a backslash, a space or a control character"),
    ("https://files.example/\x00", "an address with a backslash, a space or a control character"),
    ("https://files\u202e.example/", "an address with a backslash, a space or a control character"),
    ("https://fi%6ces.example/", "a host with a percent sign"),
    ("https://files.example%2f@drop.example%00/", "an address that cannot be read"),
    ("https://files.example:443:80/", "an address that cannot be read"),
    ("https://files.example:99999/", "an address that cannot be read"),
    ("https://files.example/" + "a" * 9000, "an address that is too long"),
    # not the web
    ("", "an address that is not http or https"),
    ("//files.example/x", "an address that is not http or https"),
    ("https:///x", "an address that is not http or https"),
    ("https:x", "an address that is not http or https"),
    ("file:///etc/passwd", "an address that is not http or https"),
    ("ftp://files.example/x", "an address that is not http or https"),
    ("gopher://files.example/x", "an address that is not http or https"),
    ("git+ssh://git@files.example/x", "an address that is not http or https"),
    ("data:text/plain,x", "an address that is not http or https"),
    # numbers that resolvers take for addresses
    ("https://127.0.0.1/", "127.0.0.1 is a bare IP address"),
    ("https://2130706433/", "2130706433 is a bare IP address"),
    ("https://0x7f000001/", "0x7f000001 is a bare IP address"),
    ("https://0177.0.0.1/", "0177.0.0.1 is a bare IP address"),
    ("https://127.1/", "127.1 is a bare IP address"),
    ("https://0/", "0 is a bare IP address"),
    ("https://0x7f.1/", "0x7f.1 is a bare IP address"),
    ("https://127.0.0.0x1/", "127.0.0.0x1 is a bare IP address"),
    ("https://①②⑦.0.0.1/", "an address that cannot be read"),
    ("https://[::1]/", "[::1] is a bare IP address"),
    ("https://[::ffff:169.254.169.254]/", "[::ffff:169.254.169.254] is a bare IP address"),
    ("https://203.0.113.7./", "203.0.113.7 is a bare IP address"),
    # names that are none
    ("https://localhost/", "localhost is not a full host name"),
    ("https://files..example/", "files..example is not a full host name"),
    ("https://-files.example/", "-files.example is not a full host name"),
    ("https://fi_les.example/", "fi_les.example is not a full host name"),
    ("https://" + "a" * 64 + ".example/", "a" * 64 + ".example is not a full host name"),
    # another way in
    ("http://files.example/x", "files.example without https on port 443"),
    ("https://files.example:8443/x", "files.example without https on port 443"),
    ("https://files.example:0/x", "files.example without https on port 443"),
    ("https://user:pass@files.example/x", "files.example with a user name in the address"),
    ("https://files.example@drop.example/x", "drop.example with a user name in the address"),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED_URLS)
def test_an_address_that_could_lead_astray_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        check_named(parse_address(url))

    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://files.example/x", "files.example"),
        ("https://FILES.example:443/x?y=z#w", "files.example"),
        ("https://files.example./x", "files.example"),
        ("https://bücher.example/x", "xn--bcher-kva.example"),
        ("https://a.b.c.files.example/%2e%2e/x", "a.b.c.files.example"),
        ("https://3.files.example/x", "3.files.example"),
    ],
)
def test_a_plain_https_address_is_fine(url: str, host: str) -> None:
    parsed = parse_address(url)

    check_named(parsed)
    assert parsed.host == host


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared by carriers, and clouds' own services"),
        ("100.100.100.200", "shared by carriers, and clouds' own services"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "a cloud's own service"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "reserved for protocols"),
        ("192.0.0.192", "reserved for protocols"),
        ("192.88.99.1", "reserved for tunnels"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "reserved for benchmarks"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "not a public address"),
        ("::1", "not a public address"),
        ("::127.0.0.1", "not a public address"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::ffff:0:10.0.0.1", "not a public address"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b:1::a9fe:a9fe", "not a public address"),
        ("100::1", "not a public address"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a Teredo tunnel"),
        ("2001:2::1", "reserved for protocols"),
        ("2001:10::1", "reserved for protocols"),
        ("2002:7f00:1::1", "a 6to4 tunnel"),
        ("2002:a9fe:a9fe::1", "a 6to4 tunnel"),
        ("fc00::1", "not a public address"),
        ("fd00:ec2::254", "not a public address"),
        ("fe80::1", "not a public address"),
        ("fe80::1%eth0", "not a public address"),
        ("fec0::1", "not a public address"),
        ("ff02::1", "not a public address"),
        ("2130706433", "not an IP address"),
        ("files.example", "not an IP address"),
    ],
)
def test_what_is_not_public_is_forbidden(address: str, reason: str) -> None:
    assert forbidden(address) == reason


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2a00:1450:4001::1",
        "64:ff9b::808:808",  # how a network with IPv6 alone reaches 8.8.8.8
        "192.0.2.1",  # nothing lives in the documentation ranges, and closed networks use them
        "198.51.100.1",
        "203.0.113.7",
        "2001:db8::1",
    ],
)
def test_public_and_documentation_addresses_are_allowed(address: str) -> None:
    assert forbidden(address) is None


def test_one_bad_record_spoils_the_name() -> None:
    with pytest.raises(Refused, match=r"^files.example is at 127.0.0.1, which is loopback$"):
        check_resolved("files.example", ["203.0.113.7", "127.0.0.1"])


def test_the_origin_is_scheme_host_and_port() -> None:
    assert origin(parse_address("https://files.example/x")) == origin(parse_address("https://FILES.example.:443/y"))
    assert origin(parse_address("https://files.example/x")) != origin(parse_address("http://files.example/x"))
    assert origin(parse_address("https://files.example/x")) != origin(parse_address("https://files.example:444/x"))


INSIDE = frozenset({("https", "hooks.internal.example", 8443), ("http", "127.0.0.1", 9000)})


@pytest.mark.parametrize(
    "url", ["https://hooks.example/in?key=1", "https://hooks.internal.example:8443/in", "http://127.0.0.1:9000/in"]
)
def test_a_receiver_is_public_or_one_that_the_operator_named(url: str) -> None:
    assert check_receiver(url, INSIDE).url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/", "hooks.example without https on port 443"),
        ("https://hooks.example:8443/", "hooks.example without https on port 443"),
        ("http://127.0.0.1:9001/in", "127.0.0.1 is a bare IP address"),
        ("https://127.0.0.1:9000/in", "127.0.0.1 is a bare IP address"),
        ("https://169.254.169.254/", "169.254.169.254 is a bare IP address"),
        ("https://localhost/", "localhost is not a full host name"),
        ("https://me:secret@hooks.example/", "an address with a user name or a password"),
        ("http://me@127.0.0.1:9000/in", "an address with a user name or a password"),
        ("https://hooks.example/in#x", "an address with a fragment, which is never sent"),
    ],
)
def test_any_other_receiver_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        check_receiver(url, INSIDE)
    assert str(caught.value) == reason


def test_without_https_every_address_has_to_be_this_machine() -> None:
    check_loopback("localhost", ["127.0.0.1", "::1"])
    for addresses in (["127.0.0.1", "10.0.0.1"], ["203.0.113.7"], ["nonsense"]):
        with pytest.raises(Refused, match="is not on this machine"):
            check_loopback("localhost", addresses)
