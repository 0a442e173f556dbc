"""What the environment says about API tokens: the peppers that hash them, and how long they may live."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from app.core.issuing import Lifetimes
from app.core.tokens import Pepper
from app.environment import Environment

SHORTEST_PEPPER = 32  # characters; `openssl rand -base64 32` gives 44
NAMES = ("ASSAY_TOKEN_PEPPER", "ASSAY_TOKEN_PEPPER_PREVIOUS")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """`peppers` holds today's first, then the one that it replaces; none: this installation has no API tokens.

    `suspend` says that a burst from a new network suspends a token, not only tells of it. `rate` is how many requests a
    token may make in a minute. `leak_keys_url` is where the keys of GitHub's secret scanning are; None: its reports are
    not taken.
    """

    peppers: tuple[Pepper, ...] = field(default=(), repr=False)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    suspend: bool = False
    rate: int = 600
    leak_keys_url: str | None = None


def read_token_settings(read: Environment, *, required: bool = False) -> TokenSettings:
    """Read the variables; problems are remembered by `read`."""
    peppers = []
    for name in NAMES:
        text = read.text(name)
        if text is None:
            continue
        if len(text) < SHORTEST_PEPPER:
            read.problems.append(f"{name} is shorter than {SHORTEST_PEPPER} characters. Try: openssl rand -base64 32")
        peppers.append(a_pepper(text))
    if read.text(NAMES[0]) is None and (required or peppers):
        read.problems.append(f"{NAMES[0]} is not set. It hashes API tokens; make one with: openssl rand -base64 32")
    most = read.number("ASSAY_TOKEN_MAX_DAYS", 366, least=1, most=366)
    return TokenSettings(
        peppers=tuple(peppers),
        lifetimes=Lifetimes().shortened(timedelta(days=most)),
        suspend=read.flag("ASSAY_TOKEN_SUSPEND"),
        rate=read.number("ASSAY_TOKEN_RATE", 600, least=1, most=1_000_000),
        leak_keys_url=read.web_address("ASSAY_LEAK_KEYS_URL"),
    )


def a_pepper(text: str) -> Pepper:
    """A pepper with an id that is made from it, so that nobody has to number them. The id gives nothing away."""
    return Pepper(hashlib.sha256(b"assay pepper id\0" + text.encode()).hexdigest()[:12], text.encode())
