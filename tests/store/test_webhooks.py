"""Outgoing webhooks: kept with their events, told of a thing once, sent to one at a time, and forgotten in the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.access import Access
from app.core.audit import Deed, Event
from app.core.ports import Store
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import (
    GIVEN_UP_AFTER,
    KEPT,
    TOO_LATE,
    Attempt,
    DeliveryEnd,
    Health,
    HookDelivery,
    HookEvent,
    Notice,
    SealedSecret,
    Webhook,
    settle,
)
from app.store.webhook_deliveries import ATTEMPTS
from tests.fakes.clock import START
from tests.store.test_tokens import a_credential
from tests.store.test_tokens import an_event as a_token_event

LEASE = timedelta(seconds=60)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ME, OTHER = "here:1", "there:2"


def an_id(seed: object) -> str:
    return hashlib.sha256(str(seed).encode()).hexdigest()[:16]


def an_access(installations: tuple[int, ...] = (7,), repositories: tuple[int, ...] = ()) -> Access:
    return Access(frozenset(), frozenset(installations), frozenset(repositories))


def a_webhook(seed: object = 0, access: Access | None = None, **changes: Any) -> Webhook:
    made = Webhook(
        id=an_id(seed),
        url="https://hooks.example/in",
        events=frozenset({HookEvent.REVIEW_COMPLETED, HookEvent.TOKEN_LEAKED}),
        access=an_access() if access is None else access,
        creator="operator",
        created_at=START,
        secrets=(SealedSecret("s2", "k1", b"\0sealed"), SealedSecret("s1", "k0", b"\1", START + DAY)),
    )
    return replace(made, **changes)


def a_hook_event(webhook: Webhook, deed: Deed = Deed.WEBHOOK_CREATED, at: datetime = START) -> Event:
    return Event(at, deed, webhook.id, installations=tuple(sorted(webhook.access.installations)), actor="operator")


def keep(store: Store, seed: object = 0, access: Access | None = None, **changes: Any) -> Webhook:
    one = a_webhook(seed, access, **changes)
    store.webhooks.add(one, a_hook_event(one))
    return one


def a_notice(key: str = "1", at: datetime = START, **changes: Any) -> Notice:
    made = Notice(HookEvent.REVIEW_COMPLETED, key, at, an_access((7,), (70,)), {"review": {"id": key}})
    return replace(made, **changes)


def attempted(store: Store, now: datetime, status: int | None, owner: str = ME, webhook: str = an_id(0)) -> bool:
    """Send what is due, with this answer."""
    claimed = store.webhooks.claim(webhook, owner, now, LEASE)
    assert claimed is not None
    one, delivery = claimed
    attempt = Attempt(delivery.attempts + 1, now, status, 12, "" if status == 200 else f"It answered {status}.")
    settled = settle(one, delivery, attempt, 0.5)
    event = a_hook_event(one, Deed.WEBHOOK_DISABLED, now) if settled.disabled_why else None
    return store.webhooks.settle(one, settled, owner, attempt, event)


def deeds(store: Store, one: Webhook) -> list[Deed]:
    return [link.event.deed for link in store.audit.read(50, token=one.id)]


def only(store: Store, webhook: str = an_id(0)) -> HookDelivery:
    ((delivery, _),) = store.webhooks.deliveries(webhook, None, 10)
    return delivery


def test_a_webhook_comes_back_as_it_was_made(store: Store) -> None:
    one = keep(store, access=an_access((7, 8), (70,)))
    assert store.webhooks.get(one.id) == one
    assert store.webhooks.get("nobody") is None
    assert store.webhooks.get("\0") is None
    assert deeds(store, one) == [Deed.WEBHOOK_CREATED]
    with pytest.raises(ValueError, match="is there already"):
        keep(store)


def test_webhooks_are_found_by_creator_state_and_installation_a_page_at_a_time(store: Store) -> None:
    first = keep(store, 1, created_at=START)
    second = keep(store, 2, access=an_access((8, 9)), created_at=START + HOUR, creator="token-1")
    third = keep(store, 3, access=an_access(()), created_at=START + 2 * HOUR, enabled=False)

    def ids(limit: int = 10, after: str | None = None, **wanted: Any) -> list[str]:
        return [one.id for one in store.webhooks.find(WebhookFilter(**wanted), limit, after)]

    assert ids() == [first.id, second.id, third.id]
    assert ids(2) == [first.id, second.id]
    assert ids(2, second.id) == [third.id]
    assert ids(2, "nobody") == []
    assert ids(creator="token-1") == ids(installation=9) == [second.id]
    assert ids(enabled=False) == ids(installation=0) == [third.id]


def test_a_change_is_made_on_what_is_there_or_not_at_all(store: Store) -> None:
    one = keep(store)
    after = replace(one, url="https://other.example/", enabled=False, disabled_why="holiday", secrets=one.secrets[:1])
    assert store.webhooks.change(after, a_hook_event(one, Deed.WEBHOOK_CHANGED))
    assert store.webhooks.get(one.id) == replace(after, version=2)
    assert not store.webhooks.change(after, a_hook_event(one, Deed.WEBHOOK_CHANGED)), "somebody was faster"
    assert not store.webhooks.change(a_webhook("nobody"), None)
    assert deeds(store, one) == [Deed.WEBHOOK_CREATED, Deed.WEBHOOK_CHANGED]


def test_what_is_removed_is_gone_with_all_that_was_to_be_sent(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    attempted(store, START, 500)
    gone = a_hook_event(one, Deed.WEBHOOK_DELETED)
    assert store.webhooks.remove(one.id, gone)
    assert not store.webhooks.remove(one.id, gone)
    assert store.webhooks.deliveries(one.id, None, 10) == []
    assert store.webhooks.next_due(one.id) is None
    assert deeds(store, one) == [Deed.WEBHOOK_CREATED, Deed.WEBHOOK_DELETED]


@pytest.mark.parametrize(
    ("access", "told"),
    [
        (an_access(()), True),
        (an_access((7,)), True),
        (an_access((7, 8)), True),
        (an_access((8,)), False),
        (an_access((), (70,)), True),
        (an_access((7,), (71,)), False),
        (an_access((8,), (70,)), False),
    ],
)
def test_a_webhook_is_told_of_what_it_reaches(store: Store, access: Access, told: bool) -> None:
    one = keep(store, access=access)
    assert store.webhooks.tell(a_notice()) == ([one.id] if told else [])


def test_what_belongs_to_all_is_told_to_who_sees_all(store: Store) -> None:
    every = keep(store, 1, access=an_access(()))
    keep(store, 2)
    assert store.webhooks.tell(a_notice(about=an_access(()))) == [every.id]


def test_nobody_is_told_what_they_did_not_ask_for_or_while_they_are_off(store: Store) -> None:
    keep(store, 1, events=frozenset({HookEvent.TOKEN_LEAKED}))
    keep(store, 2, enabled=False)
    assert store.webhooks.tell(a_notice()) == []


def test_a_thing_is_told_once_with_the_same_id_and_bytes(store: Store) -> None:
    one, other = keep(store, 1), keep(store, 2)
    assert store.webhooks.tell(a_notice()) == sorted([one.id, other.id])
    assert store.webhooks.tell(a_notice(at=START + HOUR)) == []
    assert store.webhooks.tell(a_notice("2")) == sorted([one.id, other.id])
    assert len(store.webhooks.deliveries(one.id, None, 10)) == 2


def test_many_who_tell_the_same_at_once_tell_it_once(store: Store) -> None:
    one = keep(store)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: store.webhooks.tell(a_notice()), range(8)))
    assert sorted(map(len, told)) == [0] * 7 + [1]
    assert len(store.webhooks.deliveries(one.id, None, 10)) == 1


def test_a_test_is_sent_to_whom_it_was_asked_for(store: Store) -> None:
    one = keep(store)
    keep(store, 2)
    ping = a_notice("ping", event=HookEvent.PING, about=one.access)
    made = store.webhooks.tell_one(one.id, ping)
    assert made == only(store)
    assert store.webhooks.tell_one(one.id, ping) == made, "asked twice in one request, it is one"
    assert store.webhooks.tell_one("nobody", ping) is None
    assert store.webhooks.waiting(START, 10) == [one.id]


def test_a_delivery_is_claimed_by_one_sender_at_a_time(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice("1"))
    store.webhooks.tell(a_notice("2", START + HOUR))
    claimed = store.webhooks.claim(one.id, ME, START + HOUR, LEASE)
    assert claimed is not None
    assert claimed[1].due == START
    assert store.webhooks.claim(one.id, OTHER, START + HOUR, LEASE) is None
    assert store.webhooks.waiting(START + HOUR, 10) == []
    assert store.webhooks.claim(one.id, OTHER, START + HOUR + LEASE, LEASE) == claimed, "its sender is dead"
    assert store.webhooks.waiting(START, 10) == []
    assert store.webhooks.claim("nobody", ME, START, LEASE) is None


def test_senders_that_come_at_once_get_one_delivery(store: Store) -> None:
    one = keep(store)
    for number in range(4):
        store.webhooks.tell(a_notice(str(number)))
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda who: store.webhooks.claim(one.id, f"w:{who}", START, LEASE), range(4)))
    assert sum(claim is not None for claim in claims) == 1


def test_what_was_taken_is_delivered_and_the_attempt_is_kept(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    assert attempted(store, START, 204)
    ((delivery, attempts),) = store.webhooks.deliveries(one.id, None, 10)
    assert (delivery.state, delivery.attempts) == (DeliveryEnd.DELIVERED, 1)
    assert attempts == [Attempt(1, START, 204, 12, "It answered 204.")]
    assert store.webhooks.delivery(one.id, delivery.id) == (delivery, attempts)
    assert store.webhooks.delivery(an_id(1), delivery.id) is None
    assert store.webhooks.delivery(one.id, "\0") is None
    kept = store.webhooks.get(one.id)
    assert kept is not None
    assert kept.health == Health(START, 204)
    assert store.webhooks.next_due(one.id) is None


def test_after_a_failure_the_receiver_rests_and_the_delivery_waits(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice("1"))
    store.webhooks.tell(a_notice("2"))
    attempted(store, START, 500)
    kept = store.webhooks.get(one.id)
    assert kept is not None
    assert (kept.health.failures, kept.health.failing_since, kept.health.status) == (1, START, 500)
    assert kept.health.note == "It answered 500."
    rests = START + timedelta(seconds=10)
    assert kept.health.rest_until == store.webhooks.next_due(one.id) == rests
    assert store.webhooks.claim(one.id, ME, START, LEASE) is None
    assert store.webhooks.waiting(START, 10) == []
    assert store.webhooks.waiting(rests, 10) == [one.id]
    states = sorted(delivery.tries for delivery, _ in store.webhooks.deliveries(one.id, DeliveryEnd.WAITING, 10))
    assert states == [0, 1]


def test_a_sender_that_lost_its_lease_keeps_nothing(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    claimed = store.webhooks.claim(one.id, ME, START, LEASE)
    assert claimed is not None
    attempted(store, START + LEASE, 200, OTHER)
    attempt = Attempt(1, START, 500, 1)
    assert not store.webhooks.settle(one, settle(*claimed, attempt, 0.5), ME, attempt, None)
    assert only(store).state is DeliveryEnd.DELIVERED


def test_who_fails_for_days_is_switched_off_with_an_event(store: Store) -> None:
    one = keep(store, health=Health(START, 500, "", 9, START, START))
    store.webhooks.tell(a_notice(at=START + 3 * DAY))
    attempted(store, START + 3 * DAY, None)
    kept = store.webhooks.get(one.id)
    assert kept is not None
    assert not kept.enabled
    assert kept.disabled_why.startswith("It has failed since 2026-11-23 12:00 UTC")
    assert kept.version == 2
    assert deeds(store, one) == [Deed.WEBHOOK_CREATED, Deed.WEBHOOK_DISABLED]
    assert store.webhooks.next_due(one.id) is None
    assert store.webhooks.waiting(START + 4 * DAY, 10) == []
    assert store.webhooks.claim(one.id, ME, START + 4 * DAY, LEASE) is None


def test_a_change_while_something_is_sent_is_not_undone_by_its_failure(store: Store) -> None:
    one = keep(store, health=Health(START, 500, "", 9, START - 5 * DAY))
    store.webhooks.tell(a_notice())
    claimed = store.webhooks.claim(one.id, ME, START, LEASE)
    assert claimed is not None
    mended = replace(one, url="https://mended.example/")
    assert store.webhooks.change(mended, None, healthy=True)
    attempt = Attempt(1, START, 500, 1)
    settled = settle(*claimed, attempt, 0.5)
    assert settled.disabled_why
    assert store.webhooks.settle(one, settled, ME, attempt, a_hook_event(one, Deed.WEBHOOK_DISABLED))
    assert store.webhooks.get(one.id) == replace(mended, version=2, health=Health())
    assert only(store).tries == 1
    assert deeds(store, one) == [Deed.WEBHOOK_CREATED]


def test_deliveries_come_in_pages_the_newest_first(store: Store) -> None:
    one = keep(store)
    for number in range(5):
        store.webhooks.tell(a_notice(str(number), START + number * HOUR))
    pages, after = [], None
    while page := store.webhooks.deliveries(one.id, None, 2, after):
        pages.append([delivery.asked_at for delivery, _ in page])
        after = page[-1][0].asked_at, page[-1][0].id
    assert pages == [[START + 4 * HOUR, START + 3 * HOUR], [START + 2 * HOUR, START + HOUR], [START]]


def test_a_delivery_is_sent_again_when_somebody_asks(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    attempted(store, START, 200)
    first = only(store)
    assert store.webhooks.redeliver(one.id, first.id, START + DAY)
    assert not store.webhooks.redeliver(an_id(1), first.id, START + DAY)
    again = only(store)
    assert again == replace(first, state=DeliveryEnd.WAITING, asked_at=START + DAY, due=START + DAY, tries=0)
    attempted(store, START + DAY, 200)
    ((_, attempts),) = store.webhooks.deliveries(one.id, None, 10)
    assert [attempt.number for attempt in attempts] == [1, 2]


def test_asked_for_again_while_it_is_sent_it_is_sent_again(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    claimed = store.webhooks.claim(one.id, ME, START, LEASE)
    assert claimed is not None
    store.webhooks.redeliver(one.id, claimed[1].id, START + timedelta(seconds=1))
    attempt = Attempt(1, START, 200, 1)
    store.webhooks.settle(one, settle(*claimed, attempt, 0.5), ME, attempt, None)
    assert (only(store).state, only(store).attempts) == (DeliveryEnd.WAITING, 1)


def test_of_many_attempts_the_last_are_kept(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    for number in range(ATTEMPTS + 3):
        attempted(store, START, 200)
        store.webhooks.redeliver(one.id, only(store).id, START)
        assert only(store).attempts == number + 1
    ((_, attempts),) = store.webhooks.deliveries(one.id, None, 10)
    assert [attempt.number for attempt in attempts] == list(range(4, ATTEMPTS + 4))


def test_what_waits_for_too_long_is_given_up_and_what_ended_long_ago_is_gone(store: Store) -> None:
    one = keep(store)
    store.webhooks.tell(a_notice())
    assert store.webhooks.forget(START + GIVEN_UP_AFTER - HOUR) == 0
    assert store.webhooks.forget(START + GIVEN_UP_AFTER) == 1
    assert (only(store).state, only(store).note) == (DeliveryEnd.GIVEN_UP, TOO_LATE)
    assert store.webhooks.forget(START + KEPT - HOUR) == 0
    assert len(store.webhooks.deliveries(one.id, None, 10)) == 1
    store.webhooks.forget(START + KEPT)
    assert store.webhooks.deliveries(one.id, None, 10) == []


def test_a_token_is_warned_of_once_at_each_threshold(store: Store) -> None:
    one = a_credential(1)  # 30 days
    for other in (
        one,
        a_credential(2, expires_at=START + 7 * DAY),  # made for a week: nobody is warned on the first day
        a_credential(3, expires_at=START + HOUR),
        a_credential(4, superseded_at=START + DAY, superseded_by="x" * 16),
    ):
        store.tokens.add(other, a_token_event(other.id))
        if other.superseded_at is not None:
            store.tokens.revoke([other.id], "gone", START, a_token_event(other.id))

    def unwarned(now: datetime) -> list[str]:
        return [found.id for found in store.webhooks.unwarned(now, 10)]

    assert unwarned(START + 22 * DAY) == []
    week, day = START + 23 * DAY, START + 29 * DAY
    assert unwarned(week) == [one.id]
    store.webhooks.warned(one.id, 7)
    store.webhooks.warned(one.id, 7)
    assert unwarned(week) == unwarned(day - HOUR) == []
    assert unwarned(day) == [one.id]
    store.webhooks.warned(one.id, 1)
    assert unwarned(day) == unwarned(START + 30 * DAY) == []
    store.webhooks.warned("nobody", 7)


def test_a_token_made_for_a_week_is_warned_of_on_its_last_day(store: Store) -> None:
    one = a_credential(2, expires_at=START + 7 * DAY)
    store.tokens.add(one, a_token_event(one.id))
    assert store.webhooks.unwarned(START, 10) == []
    assert [found.id for found in store.webhooks.unwarned(START + 6 * DAY, 10)] == [one.id]


def test_the_mark_moves_on_and_never_back(store: Store) -> None:
    assert store.webhooks.mark() == 0
    moves: list[tuple[Callable[[], None], int]] = [
        (lambda: store.webhooks.set_mark(5), 5),
        (lambda: store.webhooks.set_mark(3), 5),
        (lambda: store.webhooks.set_mark(9), 9),
    ]
    for move, mark in moves:
        move()
        assert store.webhooks.mark() == mark


def test_telling_and_removing_at_the_same_moment_fails_neither(store: Store) -> None:
    for number in range(20):
        one = keep(store, number)
        with ThreadPoolExecutor(2) as pool:
            telling = pool.submit(store.webhooks.tell, a_notice(str(number)))
            gone = pool.submit(store.webhooks.remove, one.id, a_hook_event(one, Deed.WEBHOOK_DELETED))
            assert telling.result() in ([], [one.id])
            assert gone.result()
        assert store.webhooks.deliveries(one.id, None, 10) == []
