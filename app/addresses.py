"""Which addresses may be connected to when a stranger names them: the rules against server-side request forgery.

A stranger is whoever writes a redirect, an address inside a registry's answer, or where a webhook is to be sent. What
the operator configures is trusted.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Set
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

Origin = tuple[str, str, int]  # scheme, host, port

_LONGEST_URL = 8192
_LETTERS_DIGITS_HYPHEN = frozenset(string.ascii_lowercase + string.digits + "-")
_PORTS = {"http": 80, "https": 443}

# Explicit, because `is_global` of Python 3.11 calls several of these global (multicast, NAT64, 6to4 …).
# The documentation ranges (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) are left out on purpose:
# nothing lives there to protect, and some closed networks route their registry through them.
_FORBIDDEN_4 = [
    (IPv4Network("0.0.0.0/8"), "unspecified"),
    (IPv4Network("10.0.0.0/8"), "private"),
    (IPv4Network("100.64.0.0/10"), "shared by carriers, and clouds' own services"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("168.63.129.16/32"), "a cloud's own service"),
    (IPv4Network("169.254.0.0/16"), "link-local"),
    (IPv4Network("172.16.0.0/12"), "private"),
    (IPv4Network("192.0.0.0/24"), "reserved for protocols"),
    (IPv4Network("192.88.99.0/24"), "reserved for tunnels"),
    (IPv4Network("192.168.0.0/16"), "private"),
    (IPv4Network("198.18.0.0/15"), "reserved for benchmarks"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
    (IPv4Network("240.0.0.0/4"), "reserved"),
]
_GLOBAL_6 = IPv6Network("2000::/3")  # all that is given out; loopback, private, link-local and the rest lie outside
_FORBIDDEN_6 = [
    (IPv6Network("2001::/32"), "a Teredo tunnel"),
    (IPv6Network("2001::/23"), "reserved for protocols"),
    (IPv6Network("2002::/16"), "a 6to4 tunnel"),
]
# An IPv4 address in IPv6 form: as good or bad as the address inside. Networks with IPv6 alone reach every IPv4 host
# by 64:ff9b::/96 (RFC 6052). The older forms (6to4, Teredo, ::/96, 64:ff9b:1::/48) are refused whatever they hold.
_WRAPPING_6 = [IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")]


class Refused(ValueError):
    """An address that is not connected to. The text is the reason, a phrase for people."""


def parse_address(text: str) -> Url:
    """Read an http(s) address by the parser that also fetches it; raise `Refused` for what parsers disagree about."""
    if len(text) > _LONGEST_URL:
        raise Refused("an address that is too long")
    if not text.isprintable() or any(character in text for character in "\\ "):
        raise Refused("an address with a backslash, a space or a control character")
    try:
        url = parse_url(text)
    except LocationParseError:
        raise Refused("an address that cannot be read") from None
    if url.scheme not in _PORTS or not url.host:
        raise Refused("an address that is not http or https")
    authority = text.partition("//")[2].split("/", 1)[0]
    if "%" in authority.rpartition("@")[2]:
        raise Refused("a host with a percent sign")
    return url._replace(host=url.host.removesuffix("."))


def origin(url: Url) -> Origin:
    """What two addresses of one server share."""
    scheme = url.scheme or ""
    return scheme, url.host or "", url.port if url.port is not None else _PORTS[scheme]


def check_named(url: Url) -> None:
    """Raise `Refused` unless a stranger may name this address; what its name resolves to is checked separately."""
    host = url.host or ""
    labels = host.split(".")
    if host.startswith("[") or _reads_as_number(labels[-1]):
        raise Refused(f"{host[:100]} is a bare IP address")
    if len(host) > 253 or len(labels) < 2 or not all(_is_label(label) for label in labels):
        raise Refused(f"{host[:100]} is not a full host name")
    if url.scheme != "https" or url.port not in (None, 443):
        raise Refused(f"{host} without https on port 443")
    if url.auth is not None:
        raise Refused(f"{host} with a user name in the address")


def check_receiver(text: str, receivers: Set[Origin]) -> Url:
    """Read where a webhook is to be sent, or raise `Refused`. `receivers` are the operator's, and may be anywhere."""
    url = parse_address(text)
    if url.auth is not None:
        raise Refused("an address with a user name or a password")
    if url.fragment is not None:
        raise Refused("an address with a fragment, which is never sent")
    if origin(url) not in receivers:
        check_named(url)
    return url


def check_loopback(host: str, addresses: Iterable[str]) -> None:
    """Raise `Refused` when any of the addresses is not this very machine's."""
    if not all(_is_loopback(text) for text in addresses):
        raise Refused(f"{host} is not on this machine, and without https")


def check_resolved(host: str, addresses: Iterable[str]) -> None:
    """Raise `Refused` when any of the addresses a name resolves to is forbidden: one bad record spoils the name."""
    for text in addresses:
        reason = forbidden(text)
        if reason is not None:
            raise Refused(f"{host} is at {text}, which is {reason}")


def forbidden(text: str) -> str | None:
    """Why a stranger may not lead us to this IP address; None when he may."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "not an IP address"
    if isinstance(address, IPv6Address):
        return _forbidden_6(address)
    return next((reason for network, reason in _FORBIDDEN_4 if address in network), None)


def _forbidden_6(address: IPv6Address) -> str | None:
    if any(address in network for network in _WRAPPING_6):
        return forbidden(str(IPv4Address(int(address) & 0xFFFFFFFF)))
    if address not in _GLOBAL_6:
        return "not a public address"
    return next((reason for network, reason in _FORBIDDEN_6 if address in network), None)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def _reads_as_number(label: str) -> bool:
    """Resolvers take `2130706433`, `127.1`, `0177.0.0.1` and `0x7f000001` for addresses: a number at the end."""
    return label.isdigit() or label.startswith("0x")


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and _LETTERS_DIGITS_HYPHEN.issuperset(label) and label[0] != "-" != label[-1]
