"""Hosts: of addresses, of option objects, and of the calls that talk to them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from app.core.specimen import FactId
from worker.inspection.facts.javascript import objects
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.index import Index
from worker.inspection.facts.javascript.ledger import Ledger, place_of
from worker.inspection.facts.javascript.literals import HERE, HOLE, string_text
from worker.inspection.facts.javascript.names import canonical
from worker.inspection.facts.javascript.scope import Site
from worker.inspection.facts.javascript.tables import CALLS, Style
from worker.inspection.facts.javascript.tables import Call as Known
from worker.inspection.facts.javascript.values import Value
from worker.inspection.facts.vocabulary import METADATA_HOSTS

LONGEST = 2048  # characters of an address that are read
MOST = 16  # hosts of one call

_SCHEMES = frozenset({"http", "https", "ws", "wss", "ftp", "tcp", "udp", "mqtt"})
_HOST_KEYS = ("host", "hostname", "servername")
_URL_KEYS = ("url", "uri", "href", "baseURL", "baseUrl", "prefixUrl", "endpoint", "origin", "webhookUrl")
_NAMESPACES = frozenset({"www.w3.org", "json-schema.org", "schema.org", "ns.adobe.com", "purl.org"})  # only names
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._:[]")


def host_of(text: str) -> str | None:
    """The host of an address that starts with a scheme; None for anything else.

    Where a part of the host is not known, what follows it is taken: `https://${x}.drop.example/` is `drop.example`.
    """
    head = text[:LONGEST].strip()
    scheme, colon, rest = head.partition("://")
    if not colon and head.startswith("//"):
        scheme, rest = "https", head[2:]
    if scheme.lower() not in _SCHEMES:
        return None
    authority = rest.replace("\\", "/").split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    return bare_host(authority.rpartition("@")[2])


def bare_host(text: str) -> str | None:
    """A host as it is written in an option, with or without a port; None when it cannot be one."""
    head = text.strip().lower()
    if HERE in head or len(head) > 255 + 6:
        return None
    if HOLE in head:
        _, _, head = head.rpartition(HOLE)
        if not head.startswith(".") or head.count(".") < 2:
            return None
        head = head[1:]
    try:
        host = urlsplit(f"//{head}").hostname or ""
    except ValueError:
        return None
    host = host.rstrip(".")
    if not host or not _HOST_CHARACTERS.issuperset(host) or not any(character.isalnum() for character in host):
        return None
    return _address(host)


def hosts(evaluator: Evaluator, call: Call) -> tuple[str, ...]:
    """The constant hosts that a network call talks to; of a method of a connection, those it was opened with."""
    found: dict[str, None] = {}
    for name in call.names:
        known = CALLS.get(canonical(name))
        if known is None:
            continue
        if known.style is Style.SENDS:
            for shape in call.receiver.shapes:
                if isinstance(shape.target, Site) and shape.target.node.id != call.node.id:
                    opened = evaluator.resolve(shape.target.node, shape.target.scope, shape.frame)
                    found.update(dict.fromkeys(hosts(evaluator, opened)))
        for at in range(min(len(call.arguments), 4)):
            found.update(dict.fromkeys(_of_argument(evaluator, evaluator.argument(call, at), at, known)))
    return tuple(found)[:MOST]


def note_addresses(index: Index, ledger: Ledger) -> None:
    """Note the hosts of constant addresses, and those of clouds' metadata services wherever they stand."""
    for node, _scope in index.strings:
        if node.end_byte - node.start_byte > LONGEST:
            continue
        text = string_text(index.source, node)
        if node.type == "template_string":
            head, hole, _ = text.partition("${")
            text = head + HOLE if hole else head
        found = {host for host in METADATA_HOSTS if host in text}
        host = host_of(text)
        if host is not None and host not in _NAMESPACES:
            found.add(host)
        for each in sorted(found):
            ledger.add(FactId.HOST, place_of(node), each)


def _of_argument(evaluator: Evaluator, value: Value, at: int, known: Known) -> list[str]:
    found = [host_of(text) for text in value.texts]
    is_host = (known.style is Style.HOST and at == 0) or (known.style is Style.PORT and at == 1)
    if is_host or known.gives == "dgram.Socket":
        found += [bare_host(text) for text in value.texts]
    if value.shapes:
        for key in _HOST_KEYS:
            found += [host_of(text) or bare_host(text) for text in objects.held(evaluator, value, key).texts]
        for key in _URL_KEYS:
            found += [host_of(text) for text in objects.held(evaluator, value, key).texts]
    return [host for host in found if host is not None]


def _address(host: str) -> str:
    """An IPv4 address in its usual form, when the host is one written as one number (`2852039166`, `0xa9fea9fe`)."""
    if "." in host or ":" in host or not host[0].isdigit():
        return host
    try:
        return str(ipaddress.IPv4Address(int(host, 0)))
    except ValueError:
        return host
