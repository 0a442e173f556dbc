"""An installation that GitHub takes away: its tokens are refused from then on, and nothing waits for it any more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import removal
from app.core.access import Scope
from app.core.audit import Deed, Link
from app.core.errors import StoreUnavailable
from app.core.package_report import PUBLIC
from app.core.ports import DeliveryState
from app.core.signature import sign
from app.core.webhook_store import WebhookFilter
from app.issuer import Made
from app.removal import PAGE
from tests.builders import an_artifact
from tests.fakes.clock import FakeClock
from tests.store.test_deliveries import a_request
from tests.store.test_inspections import SHA256
from tests.store.test_package_reports import COLOUR, a_package_report
from tests.web.api.conftest import Service, problem
from tests.web.conftest import HOST, SECRET

OURS, THEIRS = 99, 98


def send(
    service: Service,
    payload: dict[str, Any],
    event: str = "installation",
    delivery: str = "guid-1",
    secret: str = SECRET,
) -> TestResponse:
    """A delivery, signed as GitHub does."""
    body = json.dumps(payload).encode()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": sign(body, secret),
        "Content-Type": "application/json",
    }
    return service.client.post("/webhooks/github", base_url=HOST, data=body, headers=headers)


def an_installation(action: str, *repositories: int) -> dict[str, Any]:
    """What GitHub sends, with fields that are read and some that are not."""
    named = [{"id": number, "name": "shop", "full_name": "acme/shop", "private": True} for number in repositories]
    return {
        "action": action,
        "installation": {"id": OURS, "account": {"login": "acme"}, "suspended_at": None},
        "repositories": named,
        "sender": {"login": "octo"},
    }


def removed(*repositories: int) -> dict[str, Any]:
    payload = an_installation("removed", *repositories)
    return payload | {"repositories_removed": payload.pop("repositories"), "repositories_added": []}


def waiting(service: Service, delivery: str, installation: int, repository: int, number: int = 7) -> None:
    request = replace(a_request(), installation_id=installation, repository_id=repository, number=number)
    service.store.deliveries.accept(delivery, "pull_request", request, service.clock())


def state(service: Service, delivery: str) -> tuple[DeliveryState, str]:
    kept = service.store.deliveries.get(delivery)
    assert kept is not None
    return kept.state, kept.note


def events(service: Service, token: Made) -> list[Link]:
    return list(service.store.audit.read(50, token=token.credential.id))


def test_tokens_of_a_removed_installation_are_refused_at_once(service: Service) -> None:
    token = service.token(installations=(OURS,))
    assert send(service, an_installation("deleted", 42)).json == {"state": "finished"}
    detail = problem(service.ask("GET", "/tokens/self", token), "revoked_token")["detail"]
    assert "revoked" in detail
    (event,) = [link.event for link in events(service, token) if link.event.deed is Deed.REVOKED]
    assert (event.actor, event.detail, event.request) == ("GitHub", "installation 99 was removed on GitHub", "guid-1")
    assert event.installations == (OURS,)


def test_tokens_of_others_lose_nothing(service: Service) -> None:
    others = [service.token(installations=(THEIRS,)), service.token()]
    send(service, an_installation("deleted"))
    for token in others:
        assert service.ask("GET", "/tokens/self", token).status_code == 200
        assert service.deeds(token)[:1] == [Deed.CREATED]
        assert Deed.INSTALLATION_CHANGED not in service.deeds(token)


def test_a_token_of_several_installations_lives_on_and_its_loss_is_in_the_audit(service: Service) -> None:
    both = service.token(installations=(OURS, THEIRS))
    send(service, an_installation("deleted"))
    assert service.ask("GET", "/tokens/self", both).status_code == 200
    (event,) = [link.event for link in events(service, both) if link.event.deed is Deed.INSTALLATION_CHANGED]
    assert event.actor == "GitHub"
    assert event.detail == "installation 99 was removed on GitHub; this token names more than that"


def test_a_delivery_that_comes_again_changes_nothing(service: Service) -> None:
    both = service.token(installations=(OURS, THEIRS))
    send(service, an_installation("deleted"))
    made_since = service.token(installations=(OURS,))
    before = service.deeds(both)
    assert send(service, an_installation("deleted")).json == {"state": "finished"}
    assert service.deeds(both) == before
    assert not service.is_revoked(made_since)


def test_a_forged_delivery_changes_nothing(service: Service) -> None:
    token = service.token(installations=(OURS,))
    waiting(service, "waits", OURS, 42)
    assert send(service, an_installation("deleted"), secret="somebody else's").status_code == 401
    assert not service.is_revoked(token)
    assert state(service, "waits")[0] is DeliveryState.RECEIVED


def test_what_waits_for_it_ends_and_says_why(service: Service) -> None:
    waiting(service, "ours", OURS, 42)
    waiting(service, "theirs", THEIRS, 42)
    send(service, an_installation("deleted"))
    assert state(service, "ours") == (DeliveryState.SUPERSEDED, "installation 99 was removed on GitHub")
    assert state(service, "theirs") == (DeliveryState.RECEIVED, "")
    assert service.store.deliveries.waiting(service.clock(), 10) == ["98-42-7"]


def test_removed_repositories_take_their_tokens_and_their_waiting_reviews(service: Service) -> None:
    of_it = service.token(installations=(OURS,), repositories=(42,))
    of_more = service.token(installations=(OURS,), repositories=(42, 43))
    of_all = service.token(installations=(OURS,))
    waiting(service, "of it", OURS, 42)
    waiting(service, "of another", OURS, 43)
    assert send(service, removed(42), "installation_repositories").json == {"state": "finished"}
    assert [service.is_revoked(token) for token in (of_it, of_more, of_all)] == [True, False, False]
    assert Deed.INSTALLATION_CHANGED in service.deeds(of_more)
    assert Deed.INSTALLATION_CHANGED not in service.deeds(of_all)
    assert state(service, "of it") == (
        DeliveryState.SUPERSEDED,
        "repositories of installation 99 were removed on GitHub",
    )
    assert state(service, "of another")[0] is DeliveryState.RECEIVED


def test_tokens_are_suspended_with_their_installation_and_live_again_with_it(service: Service) -> None:
    token = service.token(installations=(OURS,))
    waiting(service, "waits", OURS, 42)
    send(service, an_installation("suspend"), delivery="guid-1")
    detail = problem(service.ask("GET", "/tokens/self", token), "suspended_token")["detail"]
    assert "installation 99 is suspended on GitHub" in detail
    assert state(service, "waits") == (DeliveryState.SUPERSEDED, "installation 99 is suspended on GitHub")
    send(service, an_installation("unsuspend"), delivery="guid-2")
    assert service.ask("GET", "/tokens/self", token).status_code == 200
    assert [deed for deed in service.deeds(token) if deed in {Deed.SUSPENDED, Deed.RESUMED}] == ["suspended", "resumed"]
    assert {link.event.actor for link in events(service, token) if link.event.deed is Deed.SUSPENDED} == {"GitHub"}
    send(service, an_installation("suspend"), delivery="guid-1")  # GitHub's list of deliveries has a button for that
    assert service.ask("GET", "/tokens/self", token).status_code == 200


def test_who_was_suspended_for_another_reason_stays_so(service: Service, clock: FakeClock) -> None:
    token = service.token(installations=(OURS,))
    event = replace(events(service, token)[0].event, deed=Deed.SUSPENDED)
    service.store.tokens.suspend(token.credential.id, "its use looked wrong", clock(), event)
    send(service, an_installation("suspend"), delivery="guid-1")
    send(service, an_installation("unsuspend"), delivery="guid-2")
    assert "its use looked wrong" in problem(service.ask("GET", "/tokens/self", token), "suspended_token")["detail"]
    send(service, an_installation("deleted"), delivery="guid-3")
    assert service.is_revoked(token)


@pytest.mark.parametrize("action", ["created", "new_permissions_accepted", "an_action_of_tomorrow"])
def test_other_news_of_an_installation_are_ignored(service: Service, action: str) -> None:
    token = service.token(installations=(OURS,))
    answer = send(service, an_installation(action))
    assert answer.json == {"state": "ignored", "reason": f"an installation was {action}"}
    assert not service.is_revoked(token)


def test_repositories_that_are_added_are_ignored(service: Service) -> None:
    answer = send(service, removed(42) | {"action": "added"}, "installation_repositories")
    assert answer.json == {"state": "ignored", "reason": "repositories of an installation were added"}


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "deleted"},
        {"action": "deleted", "installation": {"id": 0}},
        {"action": "deleted", "installation": {"id": "99"}},
        {"action": "deleted", "installation": {"id": OURS}, "repositories": [{"id": -1}]},
    ],
)
def test_a_payload_that_is_not_as_documented_is_refused(service: Service, payload: dict[str, Any]) -> None:
    token = service.token(installations=(OURS,))
    assert send(service, payload).status_code == 400
    assert not service.is_revoked(token)


def test_a_database_that_is_away_makes_the_delivery_fail_and_its_repeat_work(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = service.token(installations=(OURS,))

    def away(*_: Any) -> None:
        raise StoreUnavailable("the database did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.tokens, "revoke", away)
        assert send(service, an_installation("deleted")).status_code == 503
    assert not service.is_revoked(token)
    assert send(service, an_installation("deleted")).status_code == 200
    assert service.is_revoked(token)


def test_hundreds_of_tokens_end_with_their_installation(service: Service) -> None:
    tokens = [service.token(installations=(OURS,)) for _ in range(PAGE + 5)]
    send(service, an_installation("deleted"))
    assert all(service.is_revoked(token) for token in tokens)


def test_webhooks_of_a_removed_installation_are_gone_with_what_was_to_be_sent(service: Service) -> None:
    ours, both, theirs, every = (
        service.told(whose)["WEBHOOK_ID"] for whose in ((OURS,), (OURS, THEIRS), (THEIRS,), ())
    )
    send(service, an_installation("suspend"), delivery="guid-0")
    assert service.store.webhooks.get(ours) is not None, "it may come back"
    send(service, an_installation("deleted"))
    left = [one for one in (ours, both, theirs, every) if service.store.webhooks.get(one) is not None]
    assert left == [both, theirs, every]
    event = service.store.audit.read(50, token=ours)[-1].event
    assert (event.deed, event.actor, event.detail) == (
        Deed.WEBHOOK_DELETED,
        "GitHub",
        "installation 99 was removed on GitHub",
    )


def test_however_many_webhooks_there_are_all_that_lose_everything_go(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "PAGE", 2)
    for _ in range(5):
        service.told((OURS,))
    send(service, an_installation("deleted"))
    assert service.store.webhooks.find(WebhookFilter(), 10) == []


def test_webhooks_of_removed_repositories_are_gone(service: Service) -> None:
    lost, narrowed, part = (
        service.told(whose, which)["WEBHOOK_ID"]
        for whose, which in (((OURS,), (42,)), ((), (42,)), ((OURS,), (42, 43)))
    )
    send(service, removed(42), "installation_repositories")
    assert [one for one in (lost, narrowed, part) if service.store.webhooks.get(one) is not None] == [part]


def test_what_only_a_removed_installation_could_read_is_erased(service: Service) -> None:
    ours, theirs = service.token(Scope.PACKAGES_INSPECT, installations=(OURS,)), service.token(installations=(THEIRS,))
    tasks = [service.task(one) for one in (ours, theirs)]
    for realm in (str(OURS), str(THEIRS), PUBLIC):
        service.store.package_reports.save(realm, a_package_report())
        service.store.inspections.save(realm, COLOUR, an_artifact(), (SHA256,), service.clock())
    send(service, an_installation("suspend"), delivery="guid-0")
    assert service.store.tasks.get(tasks[0]) is not None, "it may come back"
    assert service.store.package_reports.engine(str(OURS), COLOUR) == "1"
    send(service, an_installation("deleted"))
    assert [service.store.tasks.get(one) is not None for one in tasks] == [False, True]
    known = [service.store.package_reports.engine(realm, COLOUR) for realm in (str(OURS), str(THEIRS), PUBLIC)]
    assert known == [None, "1", "1"]
    facts = [service.store.inspections.find(realm, COLOUR, "test", (SHA256,)) for realm in (str(OURS), PUBLIC)]
    assert facts == [None, an_artifact()]


def test_what_was_asked_for_of_removed_repositories_is_erased(service: Service) -> None:
    of_it = service.task(service.token(installations=(OURS,), repositories=(42,)))
    of_more = service.task(service.token(installations=(OURS,), repositories=(42, 43)))
    service.store.package_reports.save(str(OURS), a_package_report())
    send(service, removed(42), "installation_repositories")
    assert [service.store.tasks.get(one) is not None for one in (of_it, of_more)] == [False, True]
    assert service.store.package_reports.engine(str(OURS), COLOUR) == "1", "others of the installation read it"
