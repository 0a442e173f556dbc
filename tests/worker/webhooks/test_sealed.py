"""Secrets under yesterday's key are brought under today's; what signs no more is let go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.sealing import CannotOpen
from app.core.webhooks import Webhook
from tests.fakes.clock import START, FakeClock
from tests.store.test_webhooks import an_id
from tests.worker.webhooks.test_sending import DAY, NEW, OLD, TODAY, YESTERDAY, House
from worker.webhooks.sealed import open_secrets, reseal_all, resealed


@pytest.fixture
def house(clock: FakeClock) -> House:
    return House(clock)


def entropy(number: int) -> bytes:
    return b"\7" * number


def kept(house: House) -> Webhook:
    found = house.store.webhooks.get(an_id(0))
    assert found is not None
    return found


def test_the_live_secrets_are_opened_the_current_one_first(house: House) -> None:
    one = house.subscribe((NEW, TODAY, None), (OLD, YESTERDAY, START + DAY))
    assert open_secrets(one, house.keys, START) == [NEW, OLD]
    assert open_secrets(one, house.keys, START + DAY) == [NEW]


def test_a_secret_that_was_rotated_because_its_key_was_lost_keeps_nothing_from_being_sent(house: House) -> None:
    one = house.subscribe((NEW, TODAY, None), (OLD, YESTERDAY, START + DAY))
    assert open_secrets(one, (TODAY,), START) == [NEW]
    reseal_all(house.store, (TODAY,), entropy, START)
    assert [secret.id for secret in kept(house).secrets] == ["s0"]
    with pytest.raises(CannotOpen):
        open_secrets(one, (YESTERDAY,), START)


def test_all_are_brought_under_todays_key_and_yesterdays_can_go(house: House) -> None:
    house.subscribe((NEW, YESTERDAY, None), (OLD, YESTERDAY, START + DAY))
    reseal_all(house.store, house.keys, entropy, START)
    assert open_secrets(kept(house), (TODAY,), START) == [NEW, OLD]
    assert kept(house).version == 2
    reseal_all(house.store, house.keys, entropy, START)
    assert kept(house).version == 2, "and then nothing is to be done"


def test_what_signs_no_more_is_not_kept(house: House) -> None:
    house.subscribe((NEW, TODAY, None), (OLD, TODAY, START + DAY))
    assert resealed(kept(house), house.keys, entropy, START) is None
    reseal_all(house.store, house.keys, entropy, START + DAY)
    assert [secret.id for secret in kept(house).secrets] == ["s0"]


def test_a_secret_that_nobody_can_open_stops_nobody_and_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    one = house.subscribe((NEW, YESTERDAY, None))
    reseal_all(house.store, (TODAY,), entropy, START + timedelta(hours=1))
    assert kept(house) == one
    assert "they have to be rotated" in caplog.text


def test_without_a_key_nothing_is_done(house: House) -> None:
    one = house.subscribe((NEW, YESTERDAY, None))
    reseal_all(house.store, (), entropy, START)
    assert kept(house) == one
