"""Twenty stories of odd use, and thirty ordinary days: what is told, and what is not."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from app.core.watching import Habits, Oddness, Signal, odd_dead_uses, odd_denials, odd_use, prefix, suspends
from tests.fakes.clock import START

HOME, AWAY = "192.0.2.0/24", "198.51.100.0/24"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTLED = Habits(uses=500, last_used_at=START - HOUR, networks={HOME: START - HOUR}, hours=[20] * 60)


def signals(found: tuple[Oddness, ...]) -> set[Signal]:
    return {one.signal for one in found}


@pytest.mark.parametrize(
    ("habits", "network", "told"),
    [
        # odd
        (SETTLED, AWAY, {Signal.NEW_NETWORK}),
        (Habits(20, START - HOUR, {HOME: START - HOUR}), AWAY, {Signal.NEW_NETWORK}),
        (Habits(500, START - HOUR, {HOME: START - HOUR, AWAY: START - 31 * DAY}), AWAY, {Signal.NEW_NETWORK}),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [20] * 60, 200), HOME, {Signal.BURST}),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [1] * 60, 50), HOME, {Signal.BURST}),
        (Habits(5, START - HOUR, {HOME: START - HOUR}, [], 50), HOME, {Signal.BURST}),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [2] * 99 + [900], 60), HOME, {Signal.BURST}),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [20] * 60, 200), AWAY, {Signal.BURST, Signal.NEW_NETWORK}),
        (Habits(3, START - 30 * DAY, {HOME: START - 30 * DAY}), HOME, {Signal.DORMANT_WAKES}),
        (Habits(500, START - 80 * DAY, {HOME: START - 80 * DAY}), HOME, {Signal.DORMANT_WAKES, Signal.NEW_NETWORK}),
        (Habits(500, START - 40 * DAY, {HOME: START - 40 * DAY}), AWAY, {Signal.DORMANT_WAKES, Signal.NEW_NETWORK}),
        # ordinary
        (Habits(), HOME, set()),
        (Habits(19, START - HOUR, {HOME: START - HOUR}), AWAY, set()),
        (Habits(500, START - HOUR, {HOME: START - HOUR, AWAY: START - 29 * DAY}), AWAY, set()),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [20] * 60, 199), HOME, set()),
        (Habits(500, START - HOUR, {HOME: START - HOUR}, [], 49), HOME, set()),
        (Habits(500, START - 29 * DAY, {HOME: START - 29 * DAY}), HOME, set()),
        (Habits(500, START - HOUR, {HOME: START}, [20] * 60, 300, {Signal.BURST: START - HOUR}), HOME, set()),
    ],
)
def test_a_use_that_is_unlike_the_token_is_told(habits: Habits, network: str, told: set[Signal]) -> None:
    assert signals(odd_use(habits, network, START)) == told


def test_five_routes_that_are_refused_within_ten_minutes_are_probing() -> None:
    denied = [(START - timedelta(minutes=2 * n), f"/api/v1/route-{n}") for n in range(5)]
    assert signals(odd_denials(SETTLED, denied, START)) == {Signal.SCOPE_PROBING}
    assert odd_denials(SETTLED, denied[:4], START) == ()
    assert odd_denials(SETTLED, [(START, "/api/v1/audit")] * 50, START) == ()
    late = [(START - timedelta(minutes=3 * n), f"/api/v1/route-{n}") for n in range(5)]
    assert odd_denials(SETTLED, late, START) == ()


def test_a_dead_token_that_is_tried_again_and_again_is_told() -> None:
    uses = [START - timedelta(minutes=n) for n in range(3)]
    assert signals(odd_dead_uses(SETTLED, uses, START)) == {Signal.DEAD_USE}
    assert odd_dead_uses(SETTLED, uses[:2], START) == ()
    assert odd_dead_uses(SETTLED, [START - timedelta(minutes=20 * n) for n in range(3)], START) == ()


def test_an_explanation_says_what_was_seen() -> None:
    (one,) = odd_use(SETTLED, AWAY, START)
    assert one.explanation == "First use from 198.51.100.0/24 after 500 from elsewhere."


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("unix", "unknown"),
    ],
)
def test_networks_are_kept_coarse(address: str, network: str) -> None:
    assert prefix(address) == network


class Month:
    """Thirty days of one token's use, as the store would count them."""

    def __init__(self) -> None:
        self.uses = 0
        self.last: datetime | None = None
        self.networks: dict[str, datetime] = {}
        self.hours: dict[datetime, int] = defaultdict(int)
        self.past: list[int] = []
        self.told: dict[Signal, datetime] = {}
        self.events: list[Oddness] = []

    def use(self, network: str, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour not in self.hours:
            self.past = [count for when, count in self.hours.items() if hour - 7 * DAY <= when]
        habits = Habits(self.uses, self.last, self.networks, self.past, self.hours[hour], self.told)
        for one in odd_use(habits, network, now):
            self.told[one.signal] = now
            self.events.append(one)
        self.uses += 1
        self.last = self.networks[network] = now
        self.hours[hour] += 1


def ci_by_day(chance: random.Random, day: int) -> list[int]:
    return [chance.randint(5, 40) if 8 <= hour < 19 and day % 7 < 5 else chance.randint(0, 2) for hour in range(24)]


def nightly_batch(chance: random.Random, _day: int) -> list[int]:
    return [chance.randint(250, 400) if hour == 3 else 0 for hour in range(24)]


def a_few_now_and_then(chance: random.Random, _day: int) -> list[int]:
    return [1 if chance.random() < 0.1 else 0 for _ in range(24)]


def round_the_clock(chance: random.Random, _day: int) -> list[int]:
    return [chance.randint(60, 90) for _ in range(24)]


@pytest.mark.parametrize("pattern", [ci_by_day, nightly_batch, a_few_now_and_then, round_the_clock])
@pytest.mark.parametrize("seed", range(2))
def test_thirty_ordinary_days_tell_at_most_one_thing(pattern: object, seed: int) -> None:
    """The first busy hour of a new token may be told; a token with habits is left in peace."""
    assert callable(pattern)
    chance, month = random.Random(seed), Month()
    for day in range(30):
        for hour, uses in enumerate(pattern(chance, day)):
            for minute in sorted(chance.uniform(0, 59) for _ in range(uses)):
                month.use(HOME, START + day * DAY + hour * HOUR + timedelta(minutes=minute))
    assert len(month.events) <= 1, month.events


BURST, STRANGE = Oddness(Signal.BURST, ""), Oddness(Signal.NEW_NETWORK, "")


@pytest.mark.parametrize(
    ("told", "found", "verdict"),
    [
        ({}, (BURST, STRANGE), True),
        ({Signal.NEW_NETWORK: START - timedelta(minutes=59)}, (BURST,), True),
        ({Signal.BURST: START - timedelta(minutes=59)}, (STRANGE,), True),
        ({Signal.NEW_NETWORK: START - HOUR}, (BURST,), False),
        ({}, (BURST,), False),
        ({}, (STRANGE,), False),
        ({Signal.BURST: START, Signal.NEW_NETWORK: START}, (), False),
        ({Signal.BURST: START}, (Oddness(Signal.DORMANT_WAKES, ""),), False),
    ],
)
def test_only_a_burst_together_with_a_new_network_suspends(
    told: dict[Signal, datetime], found: tuple[Oddness, ...], verdict: bool
) -> None:
    assert suspends(Habits(told=told), found, START) is verdict
