"""Noticing: nothing is told twice, nothing is lost, and what happened before there were webhooks is not told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.audit import Deed
from app.core.webhooks import GIVEN_UP_AFTER, DeliveryEnd, HookEvent, Webhook
from app.dispatch import MemoryDispatch
from app.store import MemoryStore
from tests.builders import a_report
from tests.fakes.clock import START, FakeClock
from tests.store.test_deliveries import a_request
from tests.store.test_tokens import DAY, a_credential, an_event
from tests.store.test_webhooks import a_notice, an_access, keep, only
from worker.webhooks.herald import AT_ONCE, Herald

LEASE = timedelta(seconds=45)
EVERYTHING = frozenset(HookEvent)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def dispatch(clock: FakeClock) -> MemoryDispatch:
    return MemoryDispatch(clock)


@pytest.fixture
def herald(store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock) -> Herald:
    return Herald(store, dispatch, clock, "https://assay.example")


@pytest.fixture
def webhook(store: MemoryStore) -> Webhook:
    """One that is told of everything of two installations."""
    return keep(store, events=EVERYTHING, access=an_access((7, 8)))


def told(store: MemoryStore, webhook: Webhook) -> list[HookEvent]:
    """What it was told, the oldest first."""
    return [one.event for one, _ in reversed(store.webhooks.deliveries(webhook.id, None, 100))]


def test_a_review_is_told_and_workers_are_asked_to_send(
    store: MemoryStore, dispatch: MemoryDispatch, herald: Herald, webhook: Webhook
) -> None:
    request = replace(a_request(), installation_id=7)
    for _ in range(2):  # a worker that died before its delivery was done does it again
        herald.tell_review(request, a_report(), "r" * 32, "guid-1")
    assert told(store, webhook) == [HookEvent.REVIEW_COMPLETED]
    assert dispatch.webhooks == {webhook.id: None}
    herald.tell_review(replace(request, installation_id=6), a_report(), "q" * 32, "guid-2")
    assert told(store, webhook) == [HookEvent.REVIEW_COMPLETED], "another tenant's"


def test_what_the_audit_says_of_tokens_is_told_once_whoever_looks(
    store: MemoryStore, clock: FakeClock, herald: Herald, webhook: Webhook, dispatch: MemoryDispatch
) -> None:
    one = a_credential()
    store.tokens.add(one, an_event(one.id))
    for deed in (Deed.LEAKED, Deed.ANOMALY, Deed.REVOKED, Deed.SUSPENDED):
        clock.advance(1)
        store.audit.append(an_event(one.id, clock(), deed))
    for name in ("worker-1", "worker-2", "worker-1"):
        herald.look_around(name, LEASE)
        clock.advance(60)
    assert told(store, webhook) == [HookEvent.TOKEN_LEAKED, HookEvent.TOKEN_ANOMALY, HookEvent.TOKEN_SUSPENDED]
    assert store.webhooks.mark() == len(store.audit.read(100))


def test_a_worker_that_died_before_it_moved_the_mark_tells_nothing_twice(
    store: MemoryStore, clock: FakeClock, herald: Herald, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_credential()
    store.tokens.add(one, an_event(one.id))
    store.audit.append(an_event(one.id, START, Deed.LEAKED))
    with monkeypatch.context() as dying:
        dying.setattr(store.webhooks, "set_mark", lambda _sequence: None)
        herald.look_around("worker-1", LEASE)
    herald.look_around("worker-1", LEASE)
    assert told(store, webhook) == [HookEvent.TOKEN_LEAKED]


def test_a_long_audit_is_looked_through_a_part_at_a_time(
    store: MemoryStore, clock: FakeClock, herald: Herald, webhook: Webhook
) -> None:
    one = a_credential()
    store.tokens.add(one, an_event(one.id))
    for _ in range(AT_ONCE + 10):
        store.audit.append(an_event(one.id, START, Deed.SCOPE_DENIED))
    store.audit.append(an_event(one.id, START, Deed.LEAKED))
    herald.look_around("worker-1", LEASE)
    assert (store.webhooks.mark(), told(store, webhook)) == (AT_ONCE, [])
    herald.look_around("worker-1", LEASE)
    assert told(store, webhook) == [HookEvent.TOKEN_LEAKED]


def test_one_worker_of_the_cluster_looks_around(store: MemoryStore, herald: Herald, clock: FakeClock) -> None:
    herald.look_around("worker-1", LEASE)
    one = a_credential()
    store.tokens.add(one, an_event(one.id))
    mark = store.webhooks.mark()
    herald.look_around("worker-2", LEASE)
    assert store.webhooks.mark() == mark
    clock.advance(46)
    herald.look_around("worker-2", LEASE)
    assert store.webhooks.mark() > mark


def test_what_a_lost_queue_forgot_is_asked_for_again(
    store: MemoryStore, dispatch: MemoryDispatch, herald: Herald, webhook: Webhook
) -> None:
    dispatch.down = True
    herald.tell(a_notice())
    dispatch.down = False
    assert dispatch.webhooks == {}
    herald.look_around("worker-1", LEASE)
    assert dispatch.webhooks == {webhook.id: None}


def test_a_token_that_ends_is_warned_of_at_seven_days_and_at_one_however_many_look(
    store: MemoryStore, dispatch: MemoryDispatch, clock: FakeClock, webhook: Webhook
) -> None:
    one = a_credential()
    store.tokens.add(one, an_event(one.id))
    heralds = [Herald(store, dispatch, clock) for _ in range(3)]
    for hours in range(0, 31 * 24, 6):
        clock.now = START + timedelta(hours=hours)
        for each in heralds:
            each.look_after()
    deliveries = reversed(store.webhooks.deliveries(webhook.id, None, 100))
    assert [(each.event, each.asked_at) for each, _ in deliveries] == [
        (HookEvent.TOKEN_EXPIRING, START + 23 * DAY),
        (HookEvent.TOKEN_EXPIRING, START + 29 * DAY),
    ]


def test_what_waited_for_too_long_is_given_up(
    store: MemoryStore, clock: FakeClock, herald: Herald, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    herald.tell(a_notice())
    clock.now = START + GIVEN_UP_AFTER
    herald.look_after()
    assert only(store).state is DeliveryEnd.GIVEN_UP
    assert "webhooks given up" in caplog.text
