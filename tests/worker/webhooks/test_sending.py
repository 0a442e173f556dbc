"""Sending: signed with the live secrets, one after the other, tried again, and given up with a word to whoever looks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.audit import Deed
from app.core.sealing import NONCE, SealingKey, seal, sealing_key
from app.core.tokens import ENTROPY, Kind, mint
from app.core.webhook_signature import is_authentic
from app.core.webhooks import DeliveryEnd, HookEvent, SealedSecret, Webhook, secret_place
from app.dispatch import MemoryDispatch
from app.store import MemoryStore
from tests.fakes.clock import START, FakeClock
from tests.store.test_webhooks import a_notice, a_webhook, deeds, keep, only
from worker.webhooks import sending
from worker.webhooks.posting import Answer
from worker.webhooks.sending import Sender

TODAY, YESTERDAY = sealing_key("t" * 44), sealing_key("y" * 44)
NEW = mint(Kind.WEBHOOK, bytes(range(ENTROPY))).text
OLD = mint(Kind.WEBHOOK, bytes(range(1, ENTROPY + 1))).text
README = Path(sending.__file__).parent / "README.md"
DAY = timedelta(days=1)


@dataclass
class Told:
    """What was posted, and what is answered: one after the other, the last one for ever."""

    statuses: list[int | None] = field(default_factory=lambda: [200])
    posted: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.posted.append((address, body, dict(headers)))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        taken = status is not None and status < 300
        return Answer(status, 7, "" if taken else "hooks.example did not answer in time.")


@dataclass
class House:
    """The parts of sending, in memory."""

    clock: FakeClock
    store: MemoryStore = field(default_factory=MemoryStore)
    told: Told = field(default_factory=Told)
    keys: tuple[SealingKey, ...] = (TODAY, YESTERDAY)

    def __post_init__(self) -> None:
        self.dispatch = MemoryDispatch(self.clock)

    def subscribe(self, *secrets: tuple[str, SealingKey, Any], **changes: Any) -> Webhook:
        webhook = a_webhook()
        kept = tuple(
            SealedSecret(f"s{n}", key.id, seal(text, secret_place(webhook.id, f"s{n}"), key, bytes(NONCE)), until)
            for n, (text, key, until) in enumerate(secrets or ((NEW, TODAY, None),))
        )
        return keep(self.store, secrets=kept, **changes)

    def kept(self, webhook: Webhook) -> Webhook:
        found = self.store.webhooks.get(webhook.id)
        assert found is not None
        return found

    def sender(self) -> Sender:
        return Sender(self.store, self.dispatch, self.told, self.keys, self.clock, lambda: 0.5, "here:1")

    def send(self, webhook: Webhook, **options: Any) -> None:
        self.sender().send(webhook.id, **options)


@pytest.fixture
def house(clock: FakeClock) -> House:
    return House(clock)


def test_what_waits_is_sent_signed_and_named_in_its_headers(house: House) -> None:
    one = house.subscribe()
    house.store.webhooks.tell(a_notice())
    house.send(one)
    ((address, body, headers),) = house.told.posted
    delivery = only(house.store)
    assert (address, body.decode()) == (one.url, delivery.body)
    signature = headers["Assay-Signature"]
    assert is_authentic(body, signature, NEW, START.timestamp())
    assert headers == {
        "Content-Type": "application/json",
        "Assay-Event": "review.completed",
        "Assay-Delivery": delivery.id,
        "Assay-Signature": signature,
    }
    assert delivery.state is DeliveryEnd.DELIVERED
    assert house.dispatch.webhooks == {}


def test_all_that_is_due_is_sent_in_one_go(house: House) -> None:
    one = house.subscribe()
    for number in range(5):
        house.store.webhooks.tell(a_notice(str(number)))
    house.store.webhooks.tell(a_notice("later", START + DAY))
    house.send(one)
    assert len(house.told.posted) == 5
    assert house.dispatch.webhooks == {one.id: START + DAY}


def test_what_fails_is_sent_again_with_the_same_id_and_bytes_and_a_new_time(house: House, clock: FakeClock) -> None:
    one = house.subscribe()
    house.told.statuses = [500, None, 200]
    house.store.webhooks.tell(a_notice())
    house.send(one)
    assert house.dispatch.webhooks == {one.id: START + timedelta(seconds=30)}
    for _ in range(2):
        due = house.store.webhooks.next_due(one.id)
        assert due is not None
        clock.now = due
        house.send(one)
    assert len({body for _, body, _ in house.told.posted}) == 1
    assert len({headers["Assay-Delivery"] for _, _, headers in house.told.posted}) == 1
    assert len({headers["Assay-Signature"] for _, _, headers in house.told.posted}) == 3
    ((delivery, attempts),) = house.store.webhooks.deliveries(one.id, None, 10)
    assert delivery.state is DeliveryEnd.DELIVERED
    assert [(each.number, each.status) for each in attempts] == [(1, 500), (2, None), (3, 200)]
    assert [each.note for each in attempts] == ["hooks.example did not answer in time."] * 2 + [""]


def test_after_one_failure_the_rest_waits_too(house: House, clock: FakeClock) -> None:
    """A receiver that hangs must not hold a worker for as long as there is something to tell it."""
    one = house.subscribe()
    house.told.statuses = [None]
    for number in range(50):
        house.store.webhooks.tell(a_notice(str(number)))
    house.send(one)
    house.send(one)
    assert len(house.told.posted) == 1
    assert house.dispatch.webhooks == {one.id: START + timedelta(seconds=10)}


def test_a_receiver_that_is_back_gets_what_waited(house: House, clock: FakeClock) -> None:
    one = house.subscribe()
    house.told.statuses = [None, 200]
    for number in range(3):
        house.store.webhooks.tell(a_notice(str(number)))
    house.send(one)
    for _ in range(2):
        due = house.store.webhooks.next_due(one.id)
        assert due is not None
        clock.now = due
        house.send(one)
    assert [each.state for each, _ in house.store.webhooks.deliveries(one.id, None, 10)] == [DeliveryEnd.DELIVERED] * 3


def test_a_receiver_that_is_gone_is_given_up_and_then_switched_off(house: House, clock: FakeClock) -> None:
    one = house.subscribe()
    house.told.statuses = [410]
    house.store.webhooks.tell(a_notice())
    while (due := house.store.webhooks.next_due(one.id)) is not None:
        clock.now = due
        house.send(one)
    assert (len(house.told.posted), only(house.store).state) == (10, DeliveryEnd.GIVEN_UP)
    clock.now = START + 4 * DAY
    house.store.webhooks.tell(a_notice("2", clock.now))
    house.send(one)
    kept = house.store.webhooks.get(one.id)
    assert kept is not None
    assert not kept.enabled
    assert kept.disabled_why.endswith("the last time so: hooks.example did not answer in time.")
    assert deeds(house.store, one) == [Deed.WEBHOOK_CREATED, Deed.WEBHOOK_DISABLED]
    assert house.store.webhooks.tell(a_notice("3", clock.now)) == []


def test_what_is_not_asked_for_any_more_is_given_up_unsent(house: House) -> None:
    """Whoever may take an event away, and then name another address, gets nothing that waits of it."""
    one = house.subscribe()
    house.told.statuses = [500, 200]
    house.store.webhooks.tell(a_notice())
    house.send(one)
    failing = house.kept(one)
    elsewhere = replace(failing, events=frozenset({HookEvent.TOKEN_EXPIRING}), url="https://drop.example/in")
    assert house.store.webhooks.change(elsewhere, None)
    house.clock.advance(3600)
    house.send(one)
    assert [address for address, *_ in house.told.posted] == [one.url]
    delivery = only(house.store)
    assert (delivery.state, delivery.note) == (
        DeliveryEnd.GIVEN_UP,
        "This webhook is not told of review.completed now.",
    )
    assert house.kept(one).health == failing.health, "the receiver has nothing to do with it"
    assert house.store.webhooks.redeliver(one.id, delivery.id, house.clock())
    house.store.webhooks.tell_one(one.id, a_notice("a test", event=HookEvent.PING))
    house.send(one)
    assert [address for address, *_ in house.told.posted] == [one.url, elsewhere.url]
    assert house.told.posted[-1][2]["Assay-Event"] == "ping"


def test_two_secrets_sign_until_the_overlap_is_over(house: House, clock: FakeClock) -> None:
    one = house.subscribe((NEW, TODAY, None), (OLD, TODAY, START + DAY))
    for hours in (0, 24):
        clock.now = START + timedelta(hours=hours)
        house.store.webhooks.tell(a_notice(str(hours), clock.now))
        house.send(one)
    (_, first, both), (_, second, alone) = house.told.posted
    assert is_authentic(first, both["Assay-Signature"], OLD, START.timestamp())
    assert is_authentic(first, both["Assay-Signature"], NEW, START.timestamp())
    assert not is_authentic(second, alone["Assay-Signature"], OLD, clock().timestamp())
    assert alone["Assay-Signature"].count("sha256=") == 1


def test_a_secret_that_cannot_be_read_is_said_in_the_log_of_deliveries(house: House) -> None:
    one = house.subscribe((NEW, YESTERDAY, None))
    house.keys = (TODAY,)
    house.store.webhooks.tell(a_notice())
    house.send(one)
    assert house.told.posted == []
    assert only(house.store).note == (
        "Its secret cannot be read. The key that it was encrypted with is not set any more. Rotate its secret."
    )


def test_without_a_key_nothing_is_sent_and_nothing_counts(house: House, caplog: pytest.LogCaptureFixture) -> None:
    one = house.subscribe()
    house.keys = ()
    house.store.webhooks.tell(a_notice())
    house.send(one)
    assert only(house.store).tries == 0
    assert "ASSAY_SECRET_KEY is not set here" in caplog.text


def test_a_worker_that_is_told_to_stop_leaves_the_rest_to_others(house: House) -> None:
    one = house.subscribe()
    for number in range(3):
        house.store.webhooks.tell(a_notice(str(number)))
    house.send(one, told_to_stop=lambda: len(house.told.posted) == 1)
    assert len(house.told.posted) == 1
    assert house.dispatch.webhooks == {one.id: None}


def test_who_finds_nothing_to_send_asks_for_nothing(house: House) -> None:
    one = house.subscribe()
    house.store.webhooks.tell(a_notice())
    assert house.store.webhooks.claim(one.id, "other:1", START, timedelta(seconds=60)) is not None
    house.send(one)
    house.send(replace(one, id="nobody"))
    assert (house.told.posted, house.dispatch.webhooks) == ([], {}), "whoever sends looks again"


def test_a_queue_out_of_reach_stops_nobody(house: House) -> None:
    one = house.subscribe()
    house.dispatch.down = True
    house.told.statuses = [500]
    house.store.webhooks.tell(a_notice())
    house.send(one)
    assert only(house.store).tries == 1


def test_neither_secret_nor_address_is_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = house.subscribe(url="https://hooks.example/path-key?query-key")
    house.told.statuses = [500, 200]
    house.store.webhooks.tell(a_notice())
    house.send(one)
    house.clock.advance(60)
    house.send(one)
    lines = "\n".join(str(vars(record)) for record in caplog.records)
    assert "webhook sent" in lines
    for secret in (NEW, "path-key", "query-key"):
        assert secret not in lines


def snippet() -> Callable[..., bool]:
    """The function in the README that receivers copy."""
    code = README.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    found: Callable[..., bool] = names["is_from_assay"]
    return found


def test_what_the_readme_tells_receivers_to_do_works(house: House) -> None:
    one = house.subscribe((NEW, TODAY, None), (OLD, TODAY, START + DAY))
    house.store.webhooks.tell(a_notice())
    house.send(one)
    ((_, body, headers),) = house.told.posted
    header, now = headers["Assay-Signature"], START.timestamp()
    is_from_assay = snippet()
    assert is_from_assay(header, body, NEW, now)
    assert is_from_assay(header, body, OLD, now)
    assert not is_from_assay(header, body, "asy_w1_other", now)
    assert not is_from_assay(header, body + b" ", NEW, now)
    assert not is_from_assay(header, body, NEW, now + 301)
    assert not is_from_assay(header.replace("t=1", "t=2"), body, NEW, now)
    for nonsense in ("", "t=1", "sha256=x", "t=x, sha256=é", f"t={int(now)}, sha256=é", "," * 50):
        assert not is_from_assay(nonsense, body, NEW, now)
