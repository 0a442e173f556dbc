"""What the environment says about outgoing webhooks: the key that keeps their secrets, and receivers inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.addresses import Origin, Refused, origin, parse_address
from app.core.sealing import SealingKey, sealing_key
from app.environment import Environment

SHORTEST_KEY = 32  # characters; `openssl rand -base64 32` gives 44
NAMES = ("ASSAY_SECRET_KEY", "ASSAY_SECRET_KEY_PREVIOUS")
RECEIVERS = "ASSAY_WEBHOOK_RECEIVERS"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`keys` holds today's first, then the one that it replaces; none: this installation sends no webhooks.

    `receivers` are origins that may be sent to wherever they are. All others have to be public, on https and port 443.
    """

    keys: tuple[SealingKey, ...] = field(default=(), repr=False)
    receivers: frozenset[Origin] = frozenset()


def read_webhook_settings(read: Environment) -> WebhookSettings:
    """Read the variables; problems are remembered by `read`."""
    keys = []
    for name in NAMES:
        text = read.text(name)
        if text is None:
            continue
        if len(text) < SHORTEST_KEY:
            read.problems.append(f"{name} is shorter than {SHORTEST_KEY} characters. Try: openssl rand -base64 32")
        keys.append(sealing_key(text))
    if read.text(NAMES[0]) is None and keys:
        read.problems.append(f"{NAMES[0]} is not set. It encrypts the secrets of webhooks: openssl rand -base64 32")
    return WebhookSettings(tuple(keys), _receivers(read))


def _receivers(read: Environment) -> frozenset[Origin]:
    found = set()
    for number, text in enumerate(filter(None, re.split(r"[,\s]+", read.text(RECEIVERS) or "")), 1):
        try:
            url = parse_address(text)
        except Refused as refused:
            read.problems.append(f"{RECEIVERS}: entry {number} is {refused}.")
            continue
        if url.auth is not None or url.query or url.fragment or url.path not in (None, "", "/"):
            read.problems.append(
                f"{RECEIVERS}: entry {number} is more than an origin such as https://hooks.internal.example:8443."
            )
        elif url.scheme == "http" and url.host not in _LOOPBACK:
            read.problems.append(f"{RECEIVERS}: entry {number} is http; that is for loopback only.")
        found.add(origin(url))
    return frozenset(found)
