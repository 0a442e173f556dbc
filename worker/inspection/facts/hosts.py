"""Hosts in constant texts: URLs as a client would read them, and bare addresses."""

from __future__ import annotations

from collections.abc import Iterator

from worker.inspection.facts.vocabulary import METADATA_HOSTS

_LONGEST = 255  # characters of a host with what stands before it
_URLS = 256  # of one text
_END = frozenset("/?#\\ \t\r\n\"'`<>|;,")
_ADDRESS = frozenset("0123456789abcdef:.%")
_AFTER = frozenset("(){}$&*^!=+")  # never in a host, though they may stand in what is before the `@`
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_SCHEMES = ("http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "git", "tcp", "udp", "smtp", "socks5", "ldap")


def hosts_in(text: str) -> tuple[str, ...]:
    """The hosts of all URLs in a text, in order, each once."""
    return tuple(dict.fromkeys(_hosts(text)))


def _hosts(text: str) -> Iterator[str]:
    position = count = 0
    while count < _URLS and (position := text.find("://", position)) >= 0:
        count += 1
        scheme = text[max(0, position - 8) : position].lower()
        position += 3
        if scheme.endswith(_SCHEMES):
            host = host_of(text[position : position + _LONGEST])
            if host is not None:
                yield host
    for address in METADATA_HOSTS:
        if address[0].isdigit() and address in text:
            yield address


def host_of(authority: str) -> str | None:
    """The host at the start of what follows `://` (user-info and port dropped), lower case; None when it is none.

    A host whose head is not known still has a tail: `<unknown>.drop.example` is `drop.example`. A backslash ends it, as
    it does for clients that connect.
    """
    end = next((at for at, character in enumerate(authority) if character in _END), len(authority))
    host = authority[:end].rpartition("@")[2].lower()
    host = host[: next((at for at, character in enumerate(host) if character in _AFTER), len(host))]
    if host.startswith("["):
        address = host[1:].partition("]")[0]
        return address if address.count(":") >= 2 and set(address) <= _ADDRESS and len(address) <= 45 else None
    host = host.partition(":")[0].rstrip(".")
    unknown = max((at for at, character in enumerate(host) if character >= "\U00100000"), default=-1)
    if unknown >= 0:
        if host[unknown + 1 : unknown + 2] != ".":
            return None
        host = host[unknown + 2 :]
    return _dotted(host) if is_host(host) else None


def _dotted(host: str) -> str:
    """An address that is written as one number (`2852039166`, `0xa9fea9fe`), as people and tables know it."""
    if not host.isdecimal() and not host.startswith("0x"):
        return host
    try:
        number = int(host, 0)
    except ValueError:
        return host
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)) if 1 << 24 <= number < 1 << 32 else host


def is_host(host: str) -> bool:
    """Whether a text can be a host that something connects to: a dotted name, an address, `localhost`."""
    if not host or len(host) > 253 or host.startswith((".", "-")):
        return False
    if not host.isascii():
        return "." in host and all(character.isalnum() or character in "-." for character in host)
    return set(host) <= _LETTERS and ("." in host or host == "localhost" or host.isdecimal() or _is_hexadecimal(host))


def _is_hexadecimal(host: str) -> bool:
    return host.startswith("0x") and len(host) <= 10 and set(host[2:]) <= _ADDRESS - {":", ".", "%"}
