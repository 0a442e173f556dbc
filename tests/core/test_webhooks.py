"""Who is told, how often it is tried, and when a receiver is switched off."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import Scope
from app.core.webhooks import (
    DISABLED_AFTER,
    GIVEN_UP_AFTER,
    NEEDS,
    OVERLAP,
    TRIES,
    Attempt,
    DeliveryEnd,
    Health,
    HookDelivery,
    HookEvent,
    Settled,
    Webhook,
    delivery_of,
    settle,
    wait_after,
)
from tests.fakes.clock import START
from tests.store.test_webhooks import a_notice, a_webhook

WEBHOOK = a_webhook()


def answered(
    status: int | None, delivery: HookDelivery | None = None, webhook: Webhook = WEBHOOK, chance: float = 0.5
) -> Settled:
    """What comes of a delivery that is answered so, when it is due."""
    one = delivery or delivery_of(webhook, a_notice())
    attempt = Attempt(one.attempts + 1, one.due, status, 5, "" if status == 200 else "It did not answer in time.")
    return settle(webhook, one, attempt, chance)


def test_every_event_says_which_scope_it_needs() -> None:
    assert set(NEEDS) == set(HookEvent)
    assert [event for event, scopes in NEEDS.items() if not scopes] == [HookEvent.PING]
    assert NEEDS[HookEvent.TOKEN_LEAKED] == {Scope.TOKENS_READ, Scope.AUDIT_READ}, "it says what the audit says"


def test_the_body_says_its_version_what_happened_and_the_ids_that_are_signed_with_it() -> None:
    delivery = delivery_of(WEBHOOK, a_notice())
    assert json.loads(delivery.body) == {
        "version": 1,
        "event": "review.completed",
        "delivery": delivery.id,
        "webhook": WEBHOOK.id,
        "at": "2026-11-23T12:00:00+00:00",
        "data": {"review": {"id": "1"}},
    }
    assert delivery.body not in repr(delivery)


def test_strangers_words_stay_within_their_string() -> None:
    body = delivery_of(WEBHOOK, a_notice(data={"name": 'x"\u2028\ud800</script>\x00'})).body
    assert body.isascii()
    assert json.loads(body)["data"] == {"name": 'x"\u2028\ud800</script>\x00'}


def test_the_id_is_the_same_for_the_same_thing_and_another_for_each_webhook() -> None:
    assert delivery_of(WEBHOOK, a_notice()) == delivery_of(WEBHOOK, a_notice())
    assert delivery_of(WEBHOOK, a_notice()).id != delivery_of(WEBHOOK, a_notice("2")).id
    assert delivery_of(WEBHOOK, a_notice()).id != delivery_of(a_webhook(1), a_notice()).id


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (301, False), (400, False), (410, False), (500, False)]
)
def test_only_an_answer_of_the_two_hundreds_means_taken(status: int, taken: bool) -> None:
    assert (answered(status).delivery.state is DeliveryEnd.DELIVERED) is taken


def test_the_tries_take_about_a_day_and_then_it_is_given_up() -> None:
    delivery, dues = delivery_of(WEBHOOK, a_notice()), []
    while delivery.state is DeliveryEnd.WAITING:
        dues.append(delivery.due)
        delivery = answered(500, delivery).delivery
    assert (delivery.state, len(dues)) == (DeliveryEnd.GIVEN_UP, TRIES)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(dues)]
    assert waits == [30, 90, 270, 810, 2430, 7290, 21600, 21600, 21600]
    assert timedelta(hours=20) < dues[-1] - START < timedelta(hours=24)


def test_the_waits_differ_by_chance_so_that_not_everything_comes_at_once() -> None:
    assert [wait_after(1, chance).total_seconds() for chance in (0.0, 0.5, 1.0)] == [24, 30, 36]


def test_a_delivery_that_waited_for_its_receiver_is_not_tried_for_days() -> None:
    late = replace(delivery_of(WEBHOOK, a_notice()), due=START + GIVEN_UP_AFTER - timedelta(seconds=1))
    assert answered(500, late).delivery.state is DeliveryEnd.GIVEN_UP


def test_a_receiver_that_fails_rests_for_longer_each_time_ten_minutes_at_most() -> None:
    webhook, rests = WEBHOOK, []
    for _ in range(9):
        health = answered(None, webhook=webhook).health
        assert health.rest_until is not None
        rests.append((health.rest_until - START).total_seconds())
        webhook = replace(webhook, health=health)
    assert rests == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_an_answer_that_is_taken_forgets_the_failures() -> None:
    failing = replace(WEBHOOK, health=Health(START, 500, "x", 5, START, START))
    assert answered(200, webhook=failing).health == Health(START, 200)


@pytest.mark.parametrize(
    ("after", "disabled"), [(DISABLED_AFTER - timedelta(seconds=1), False), (DISABLED_AFTER, True)]
)
def test_a_receiver_that_fails_for_three_days_is_switched_off(after: timedelta, disabled: bool) -> None:
    failing = replace(WEBHOOK, health=Health(START, 500, "x", 9, START))
    why = answered(None, delivery_of(WEBHOOK, a_notice(at=START + after)), failing).disabled_why
    said = "It has failed since 2026-11-23 12:00 UTC, the last time so: It did not answer in time."
    assert why == (said if disabled else None)


def test_the_replaced_secret_signs_until_the_overlap_is_over() -> None:
    webhook = a_webhook()
    assert [one.id for one in webhook.signing(START)] == ["s2", "s1"]
    assert [one.id for one in webhook.signing(START + OVERLAP)] == ["s2"]
    assert "sealed" not in repr(webhook).replace("SealedSecret", "")


@given(tries=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_seven_hours_and_none_is_nothing(tries: int, chance: float) -> None:
    assert timedelta(seconds=20) < wait_after(tries, chance) < timedelta(hours=8)
