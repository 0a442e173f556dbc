"""The clerk: nothing that is accepted is lost, whatever happens to Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from rq import Queue
from rq.serializers import JSONSerializer

from app.clock import utc_now
from app.core.access import Access, Scope
from app.core.audit import Deed
from app.core.errors import StoreUnavailable
from app.core.idempotency import KEPT, attempt, fingerprint
from app.core.ports import DeliveryState, TaskState
from app.core.webhooks import HookEvent
from app.dispatch import QUEUE, MemoryDispatch, RedisDispatch, connect
from app.settings import Pace
from app.store import MemoryStore, SqlStore, open_store, upgrade
from app.valkey import running_valkey
from tests.fakes.clock import FakeClock
from tests.store.test_deliveries import a_request, accept, claim
from tests.store.test_tasks import ask
from tests.store.test_tasks import claim as claim_task
from tests.store.test_tokens import an_event, deeds, keep
from tests.store.test_webhooks import keep as keep_webhook
from tests.worker.webhooks.test_sending import NEW, TODAY, YESTERDAY, House
from worker.clerk import Clerk, Schedule
from worker.webhooks.sealed import open_secrets


def a_clerk(store: MemoryStore | SqlStore, dispatch: MemoryDispatch | RedisDispatch, clock: FakeClock) -> Clerk:
    """A clerk without a schedule."""
    return Clerk(
        "worker-1",
        ("landlock",),
        store=store,
        dispatch=dispatch,
        schedule=lambda: None,
        pace=Pace(),
        clock=clock,
    )


def test_the_sweep_asks_for_what_nobody_serves(clock: FakeClock) -> None:
    store, dispatch = MemoryStore(), MemoryDispatch(clock)
    for number in (1, 2, 3):
        accept(store, clock(), number=number)
    claim(store, clock(), number=1)
    clerk = a_clerk(store, dispatch, clock)
    clerk.sweep()
    assert list(dispatch.waiting) == [a_request(2).lane, a_request(3).lane]
    clock.advance(121)  # the first one's worker is dead
    clerk.sweep()
    assert set(dispatch.waiting) == {a_request(number).lane for number in (1, 2, 3)}


def test_the_sweep_asks_for_tasks_that_nobody_does(clock: FakeClock) -> None:
    store, dispatch = MemoryStore(), MemoryDispatch(clock)
    waits, runs, ended = (ask(store, clock()) for _ in range(3))
    for one in (runs, ended):
        claim_task(store, one, clock())
    store.tasks.finish(ended.id, "worker-1", TaskState.DONE, clock())
    clerk = a_clerk(store, dispatch, clock)
    clerk.sweep()
    assert list(dispatch.tasks) == [waits.id]
    clock.advance(121)  # its worker is dead
    clerk.sweep()
    assert set(dispatch.tasks) == {waits.id, runs.id}


def test_a_task_is_forgotten_a_week_after_its_end(clock: FakeClock) -> None:
    store = MemoryStore()
    one = ask(store, clock())
    claim_task(store, one, clock())
    store.tasks.finish(one.id, "worker-1", TaskState.DONE, clock())
    clerk = a_clerk(store, MemoryDispatch(clock), clock)
    clock.advance(7 * 86400)
    clerk.forget_tasks()
    assert store.tasks.get(one.id) is not None
    clock.advance(1)
    clerk.forget_tasks()
    assert store.tasks.get(one.id) is None


def test_one_clerk_of_the_cluster_sweeps_and_another_takes_over(clock: FakeClock) -> None:
    store, here, there = MemoryStore(), MemoryDispatch(clock), MemoryDispatch(clock)
    accept(store, clock())
    a_clerk(store, here, clock).sweep()
    other = Clerk("worker-2", (), store=store, dispatch=there, schedule=lambda: None, pace=Pace(), clock=clock)
    other.sweep()
    assert (len(here.waiting), len(there.waiting)) == (1, 0)
    clock.advance(46)
    other.sweep()
    assert len(there.waiting) == 1


def test_a_tick_survives_every_outage_and_tells_it_once(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    class Away(MemoryStore):
        def __init__(self) -> None:
            super().__init__()
            self.catalogues.announce = self.away  # type: ignore[method-assign,assignment]

        def away(self, *_arguments: object) -> None:
            raise StoreUnavailable("the database did not answer")

    def no_redis() -> None:
        raise RedisAway("Connection refused")

    dispatch = MemoryDispatch(clock)
    dispatch.down = True
    store = Away()
    accept(store, clock())
    clerk = Clerk(
        "worker-1",
        (),
        store=store,
        dispatch=dispatch,
        schedule=no_redis,
        pace=Pace(sweep=0.0, heartbeat=0.0),
        clock=clock,
    )
    for _ in range(3):
        clerk.tick()
    told = [record.__dict__["duty"] for record in caplog.records if record.message == "duty failed"]
    assert told == ["schedule", "announce", "sweep"]
    dispatch.down = False
    clerk.tick()
    assert len(dispatch.waiting) == 1


def test_a_heartbeat_names_the_worker_and_its_layers(clock: FakeClock) -> None:
    store = MemoryStore()
    a_clerk(store, MemoryDispatch(clock), clock).tick()
    assert store.catalogues.workers(clock()) == {"worker-1": ("landlock",)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store on disk."""
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    upgrade(url)
    opened = open_store(url)
    yield opened
    opened.close()


def queued(url: str) -> list[str]:
    """The lanes in the queue."""
    redis = Redis.from_url(url)
    ids = Queue(QUEUE, connection=redis, serializer=JSONSerializer).job_ids
    redis.close()
    return ids


def test_a_redis_that_is_killed_with_a_thousand_jobs_loses_none(store: SqlStore, clock: FakeClock) -> None:
    """It keeps nothing on disk here: the rows bring everything back."""
    lanes = [a_request(number).lane for number in range(1, 1001)]
    with running_valkey() as server:
        dispatch = RedisDispatch(server.url)
        for number in range(1, 1001):
            accept(store, clock(), number=number)
            dispatch.review(a_request(number).lane)
        assert queued(server.url) == lanes
        server.kill()
        server.start()
        assert queued(server.url) == []
        a_clerk(store, dispatch, clock).sweep()
        assert queued(server.url) == lanes
        dispatch.close()


def test_a_redis_that_is_wiped_loses_nothing(store: SqlStore, clock: FakeClock, valkey_url: str) -> None:
    dispatch = RedisDispatch(valkey_url)
    for number in range(1, 21):
        accept(store, clock(), number=number)
        dispatch.review(a_request(number).lane)
    redis = Redis.from_url(valkey_url)
    redis.flushall()
    redis.close()
    clerk = a_clerk(store, dispatch, clock)
    clerk.sweep()
    assert len(queued(valkey_url)) == 20
    clerk.sweep()
    assert len(queued(valkey_url)) == 20, "and none is asked for twice"
    dispatch.close()


def test_finished_work_is_not_asked_for_again(store: SqlStore, clock: FakeClock) -> None:
    accept(store, clock(), "guid-1")
    claim(store, clock())
    store.deliveries.finish("guid-1", "worker-1", DeliveryState.DONE, "", clock())
    dispatch = MemoryDispatch(clock)
    clock.advance(3600)
    a_clerk(store, dispatch, clock).sweep()
    assert dispatch.waiting == {}


def test_scheduled_jobs_move_into_the_queue_when_their_time_has_come(valkey_url: str) -> None:
    dispatch = RedisDispatch(valkey_url, lambda: datetime(2000, 1, 1, tzinfo=UTC))  # a clock that is far behind
    dispatch.review("99-42-7", utc_now() - timedelta(seconds=5))
    dispatch.review("99-42-8", utc_now() + timedelta(seconds=600))
    redis = connect(valkey_url)
    schedule = Schedule(redis)
    schedule()
    schedule()
    assert queued(valkey_url) == ["99-42-7"]
    other = Schedule(redis)
    other()
    redis.close()
    dispatch.close()


def test_the_end_of_an_api_token_is_noted_once(clock: FakeClock) -> None:
    store, dispatch = MemoryStore(), MemoryDispatch(clock)
    one = keep(store, expires_at=clock() + timedelta(hours=1))
    clerk = a_clerk(store, dispatch, clock)
    clerk.end_tokens()
    clock.advance(3600)
    clerk.end_tokens()
    clerk.end_tokens()
    assert deeds(store, one.id) == [Deed.CREATED, Deed.EXPIRED]


def test_secrets_of_webhooks_are_brought_under_todays_key(clock: FakeClock) -> None:
    house = House(clock)
    one = house.subscribe((NEW, YESTERDAY, None))
    clerk = Clerk(
        "worker-1",
        (),
        store=house.store,
        dispatch=house.dispatch,
        schedule=lambda: None,
        pace=Pace(),
        clock=clock,
        keys=house.keys,
    )
    clerk.tick()
    kept = house.store.webhooks.get(one.id)
    assert kept is not None
    assert open_secrets(kept, (TODAY,), clock()) == [NEW]


def test_webhooks_are_told_of_the_audit_and_of_tokens_that_end(clock: FakeClock) -> None:
    store, dispatch = MemoryStore(), MemoryDispatch(clock)
    webhook = keep_webhook(store, events=frozenset(HookEvent))
    one = keep(store, access=Access(frozenset({Scope.PACKAGES_READ}), frozenset({7})))
    store.audit.append(an_event(one.id, clock(), Deed.LEAKED))
    a_clerk(store, dispatch, clock).tick()
    assert dispatch.webhooks == {webhook.id: None}
    clock.advance(23 * 86400)
    a_clerk(store, dispatch, clock).tick()
    told = [delivery.event for delivery, _ in store.webhooks.deliveries(webhook.id, None, 10)]
    assert told == [HookEvent.TOKEN_EXPIRING, HookEvent.TOKEN_LEAKED]


def test_old_answers_are_forgotten(clock: FakeClock) -> None:
    store = MemoryStore()
    clerk = a_clerk(store, MemoryDispatch(clock), clock)
    store.idempotency.begin("holder", "key", attempt(fingerprint(), "r-1", clock()))
    clerk.forget_answers()
    assert store.idempotency.get("holder", "key", clock()) is not None
    clock.advance(KEPT.total_seconds())
    clerk.forget_answers()
    assert store.idempotency.forget(clock()) == 0
