"""Is this use of a token unlike it? Signals with an explanation; they are told, and only two together may suspend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

SEEN = timedelta(days=30)  # how long a network is remembered
DORMANT = timedelta(days=30)
WEEK = timedelta(days=7)
SHORTLY = timedelta(minutes=10)
QUIET = timedelta(hours=24)  # the same signal of the same token is told once in this time
FAMILIAR = 20  # uses after which a token has habits
BUSY = 50  # uses an hour that are never a burst
TIMES = 10  # a burst is so many times the usual busy hour
PROBES = 5
DEAD_USES = 3


class Signal(StrEnum):
    """What is unusual."""

    NEW_NETWORK = "new-network"
    BURST = "burst"
    DORMANT_WAKES = "dormant-wakes"
    SCOPE_PROBING = "scope-probing"
    DEAD_USE = "dead-token-use"


SUSPENDS = frozenset({Signal.NEW_NETWORK, Signal.BURST})
"""Both together may suspend a token, and only where the operator switched that on."""


@dataclass(frozen=True, slots=True)
class Oddness:
    """A signal and what was seen, for whoever owns the token."""

    signal: Signal
    explanation: str


@dataclass(frozen=True, slots=True)
class Habits:
    """How a token was used until now.

    `uses` are all accepted uses, `networks` when each network prefix was last seen, `hours` the counts of the active
    hours of the last seven days without the current one, `this_hour` the current hour's. `told` is when each signal was
    last told. `denied` are the routes that were refused for a missing scope, with the time of each.
    """

    uses: int = 0
    last_used_at: datetime | None = None
    networks: Mapping[str, datetime] = field(default_factory=dict)
    hours: Sequence[int] = ()
    this_hour: int = 0
    told: Mapping[Signal, datetime] = field(default_factory=dict)


def prefix(address: str) -> str:
    """The network of an address, as it is kept: /24, or /48 for IPv6; "unknown" for what is no address."""
    try:
        host = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(host, IPv6Address) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    return str(ip_network((host, 48 if host.version == 6 else 24), strict=False))


def odd_use(habits: Habits, network: str, now: datetime) -> tuple[Oddness, ...]:
    """What is unusual about an accepted use from this network, now. `habits` are those before it."""
    found = []
    seen = habits.networks.get(network)
    if habits.uses >= FAMILIAR and (seen is None or now - seen > SEEN):
        found.append(Oddness(Signal.NEW_NETWORK, f"First use from {network} after {habits.uses} from elsewhere."))
    limit = max(BUSY, TIMES * _usual(habits.hours))
    if habits.this_hour + 1 > limit:
        found.append(Oddness(Signal.BURST, f"More than {limit} uses in this hour; that is unlike the last seven days."))
    if habits.last_used_at is not None and now - habits.last_used_at >= DORMANT:
        days = (now - habits.last_used_at).days
        found.append(Oddness(Signal.DORMANT_WAKES, f"First use after {days} days without any."))
    return tuple(one for one in found if not _was_told(habits, one.signal, now))


def suspends(habits: Habits, found: Sequence[Oddness], now: datetime) -> bool:
    """Whether a burst and a new network come together: one of them now, the other now or within the last hour."""
    lately = {signal for signal, told in habits.told.items() if now - told < timedelta(hours=1)}
    signals = {one.signal for one in found}
    return bool(signals & SUSPENDS) and signals | lately >= SUSPENDS


def odd_denials(habits: Habits, denied: Sequence[tuple[datetime, str]], now: datetime) -> tuple[Oddness, ...]:
    """What is unusual about routes that were refused for a missing scope: `(when, route)`, the newest included."""
    routes = {route for when, route in denied if now - when <= SHORTLY}
    if len(routes) < PROBES or _was_told(habits, Signal.SCOPE_PROBING, now):
        return ()
    return (Oddness(Signal.SCOPE_PROBING, f"{len(routes)} routes that it may not use were tried within ten minutes."),)


def odd_dead_uses(habits: Habits, uses: Sequence[datetime], now: datetime) -> tuple[Oddness, ...]:
    """What is unusual about uses of a token that is revoked or expired, the newest included."""
    recent = sum(now - when <= SHORTLY for when in uses)
    if recent < DEAD_USES or _was_told(habits, Signal.DEAD_USE, now):
        return ()
    return (Oddness(Signal.DEAD_USE, f"It is dead, and was tried {recent} times within ten minutes."),)


def _usual(hours: Sequence[int]) -> int:
    """The busy hour that is nothing new: the 95th percentile of the active hours."""
    if not hours:
        return 0
    ordered = sorted(hours)
    return ordered[math.ceil(len(ordered) * 0.95) - 1]


def _was_told(habits: Habits, signal: Signal, now: datetime) -> bool:
    told = habits.told.get(signal)
    return told is not None and now - told < QUIET
