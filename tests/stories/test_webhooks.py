"""Somebody wants to be told: from the subscription over a review to the signed delivery, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from app.clock import utc_now
from app.core.access import Access, Scope
from app.core.audit import Deed
from app.core.issuing import Wanted
from app.core.webhook_signature import is_authentic
from app.core.webhooks import HookEvent
from app.demo.stage import raised_stage
from app.issuer import Actor, Issuer, Made
from app.store import open_store
from app.webhook_settings import WebhookSettings
from tests.stories.theatre import STEALER, Theatre, npm_files
from tests.web.api.conftest import PEPPER, SEALING_KEY, Service
from tests.worker.webhooks.receiver import Receiver, receiving
from worker.webhooks.herald import Herald
from worker.webhooks.posting import Poster
from worker.webhooks.sending import Sender


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


class Post:
    """The API that somebody subscribes at, and the worker that sends."""

    def __init__(self, house: Theatre, receiver: Receiver) -> None:
        self.house = house
        self.settings = WebhookSettings((SEALING_KEY,), frozenset({receiver.origin}))
        self.api = Service(house.store, house.clock, webhooks=self.settings)

    def subscribe(self, receiver: Receiver, *events: HookEvent) -> dict[str, Any]:
        installation = self.house.world.installation.id
        self.token = self.api.token(
            Scope.WEBHOOKS_MANAGE,
            Scope.REVIEWS_READ,
            Scope.FINDINGS_READ,
            Scope.TOKENS_READ,
            Scope.AUDIT_READ,
            installations=(installation,),
        )
        answer = self.api.ask("POST", "/webhooks", self.token, json={"url": receiver.url, "events": events})
        made: dict[str, Any] = json.loads(answer.data)
        return made

    def deliveries(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.api.ask("GET", f"/webhooks/{webhook['record']['id']}/deliveries", self.token)
        items: list[dict[str, Any]] = json.loads(answer.data)["items"]
        return items

    def carry(self, times: int = 20) -> None:
        """Send what is due, as a worker's job does."""
        house = self.house
        poster = Poster(self.settings.receivers)
        sender = Sender(house.store, house.dispatch, poster, self.settings.keys, house.clock, lambda: 0.5, "here:1")
        for _ in range(times):
            webhook_id = house.dispatch.take_webhook()
            if webhook_id is None:
                return
            sender.send(webhook_id)
        raise AssertionError("the story does not come to an end")


def test_a_blocked_package_is_told_signed_and_again_when_the_receiver_was_not_well(
    house: Theatre, receiver: Receiver
) -> None:
    post = Post(house, receiver)
    webhook = post.subscribe(receiver, HookEvent.REVIEW_COMPLETED)
    thief = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(npm_files({}))
    pull = house.github.open_pull(repository, "Add left", npm_files({"left": ("1.0.1", thief)}))
    house.settle()
    assert house.check(pull).conclusion == "failure"

    receiver.statuses = [500, 200]
    post.carry()
    assert len(receiver.got) == 1
    house.clock.advance(30)
    post.carry()

    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["assay-delivery"] == second.headers["assay-delivery"]
    now = house.clock().timestamp()
    assert is_authentic(second.body, second.headers["assay-signature"], webhook["secret"], now)
    assert first.headers["assay-signature"] != second.headers["assay-signature"], "each is signed with its own time"
    assert is_authentic(first.body, first.headers["assay-signature"], webhook["secret"], now - 30)

    told = json.loads(second.body)
    assert (told["event"], told["delivery"]) == ("review.completed", second.headers["assay-delivery"])
    review, (package,) = told["data"]["review"], told["data"]["packages"]
    assert (review["repository"], review["number"], review["conclusion"]) == (pull.repository.full_name, 1, "failure")
    assert (package["package"], package["action"]) == ("npm/left@1.0.1", "block")
    assert "credential-theft" in {alert["id"] for alert in package["alerts"]}
    read = post.api.ask("GET", f"/reviews/{review['id']}", post.token)
    assert json.loads(read.data)["review"]["conclusion"] == "failure", "its id leads to the whole report"

    (delivery,) = post.deliveries(webhook)
    assert delivery["state"] == "delivered"
    assert [(attempt["number"], attempt["status"], attempt["note"]) for attempt in delivery["log"]] == [
        (1, 500, "127.0.0.1 answered 500."),
        (2, 200, ""),
    ]


def test_a_review_that_runs_again_with_the_same_result_is_told_once(house: Theatre, receiver: Receiver) -> None:
    """A worker that dies between its last word and its end: the next one does all of it again."""
    post = Post(house, receiver)
    webhook = post.subscribe(receiver, HookEvent.REVIEW_COMPLETED, HookEvent.PACKAGE_BLOCKED)
    greeter = house.publish("left", "1.0.0")
    repository = house.repository(npm_files({}))
    house.github.open_pull(repository, "Add left", npm_files({"left": ("1.0.0", greeter)}))
    finish = house.store.deliveries.finish
    house.store.deliveries.finish = lambda *_: None  # type: ignore[method-assign]
    house.github.courier.settle()
    lane = house.dispatch.take()
    assert lane is not None
    house.serve(lane)
    house.store.deliveries.finish = finish  # type: ignore[method-assign]
    house.clock.advance(121)
    house.serve(lane)
    post.carry()
    assert [json.loads(got.body)["data"]["review"]["conclusion"] for got in receiver.got] == ["success"]
    assert len(post.deliveries(webhook)) == 1


def test_a_token_that_leaked_is_told_to_its_tenant_and_to_no_other(house: Theatre, receiver: Receiver) -> None:
    post = Post(house, receiver)
    post.subscribe(receiver, HookEvent.TOKEN_LEAKED)
    installation = house.world.installation.id
    ours = post.api.token(Scope.REVIEWS_READ, installations=(installation,), name="ci of harbour")
    theirs = post.api.token(Scope.REVIEWS_READ, installations=(installation + 1,))
    texts = [ours.token.text, theirs.token.text]
    post.api.ask("POST", "/leaks", json={"tokens": texts, "url": "https://paste.example/1"})
    assert post.api.deeds(ours) == [Deed.CREATED, Deed.LEAKED, Deed.REVOKED]
    Herald(house.store, house.dispatch, house.clock).look_around("worker-1", timedelta(seconds=45))
    post.carry()
    (got,) = receiver.got
    told = json.loads(got.body)["data"]
    assert (told["token"]["id"], told["token"]["name"]) == (ours.credential.id, "ci of harbour")
    assert told["detail"] == "https://paste.example/1"
    assert ours.token.text[-20:] not in got.body.decode()


def test_web_process_and_workers_send_what_was_asked_for_over_real_http_and_redis(receiver: Receiver) -> None:
    """Real processes, so that every wire between them is there: the queue's names, the keys, the allowed receiver."""
    settings = {
        "ASSAY_SECRET_KEY": "k" * 44,
        "ASSAY_TOKEN_PEPPER": PEPPER.key.decode(),
        "ASSAY_WEBHOOK_RECEIVERS": receiver.url.removesuffix("/in"),
    }
    with raised_stage(workers=1, more=settings) as stage:
        store = open_store(stage.environment["DATABASE_URL"])
        issuer = Issuer(store, (PEPPER,), clock=utc_now, entropy=os.urandom)
        made = issuer.create(Wanted("for a test", Access(frozenset({Scope.WEBHOOKS_MANAGE}))), Actor())
        store.close()
        assert isinstance(made, Made)

        def ask(path: str, **body: Any) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {made.token.text}"}
            answer = urllib3.request("POST", f"{stage.web}/api/v1{path}", json=body or None, headers=headers)
            found: dict[str, Any] = answer.json()
            return found

        webhook = ask("/webhooks", url=receiver.url, events=["ping"])
        sent = ask(f"/webhooks/{webhook['record']['id']}/test")
        stage.wait(lambda: bool(receiver.got), 30, "nothing was sent")
        log = (stage.logs / "worker.log").read_text()

    (got,) = receiver.got
    assert got.headers["assay-delivery"] == sent["id"]
    assert is_authentic(got.body, got.headers["assay-signature"], webhook["secret"], utc_now().timestamp())
    assert webhook["secret"] not in log
