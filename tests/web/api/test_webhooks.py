"""Outgoing webhooks through the API: made, changed, tested and removed, by whoever may, and within their tenant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.core.audit import Deed, Event
from app.core.errors import QueueUnavailable, StoreUnavailable
from app.core.sealing import unseal
from app.core.tokens import Kind, Token, read_token
from app.core.webhooks import MOST, NEEDS, Attempt, Health, HookEvent, Webhook, secret_place, settle
from app.issuer import Made
from app.web.api.route import Route
from app.web.api.table import ROUTES
from app.web.api.webhooks import SENDINGS
from app.webhook_settings import WebhookSettings
from tests.fakes.clock import START
from tests.store.test_webhooks import a_notice
from tests.web.api.conftest import SEALING_KEY, Service, problem
from tests.web.api.test_matrix import use

URL = "https://hooks.example/in?key=1"
OURS, THEIRS = 99, 98
ABOUT_ONE = [route for route in ROUTES if "webhook_id" in route.parameters]
ALL = [route for route in ROUTES if route.access is Scope.WEBHOOKS_MANAGE]
REVIEWS = {"url": URL, "events": ["review.completed"]}


def ids(route: Route) -> str:
    return route.name


def create(service: Service, token: Made, **body: Any) -> dict[str, Any]:
    """A webhook, as it is answered."""
    response = service.ask("POST", "/webhooks", token, json=REVIEWS | body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = json.loads(response.data)
    return made


def asked(service: Service, method: str, path: str, token: Made, **options: Any) -> dict[str, Any]:
    """An answer that is fine."""
    response = service.ask(method, path, token, **options)
    assert response.status_code in {200, 201, 202}, response.text
    answer: dict[str, Any] = json.loads(response.data)
    return answer


def kept(service: Service, webhook_id: str) -> Webhook:
    found = service.store.webhooks.get(webhook_id)
    assert found is not None
    return found


def secrets_of(service: Service, webhook_id: str) -> list[str]:
    """The secrets that sign now."""
    signing = kept(service, webhook_id).signing(service.clock())
    return [unseal(one.sealed, secret_place(webhook_id, one.id), one.key, (SEALING_KEY,)) for one in signing]


def deeds(service: Service, webhook_id: str) -> list[tuple[Deed, str]]:
    links = service.store.audit.read(50, token=webhook_id)
    return [(link.event.deed, link.event.detail) for link in links]


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(service: Service) -> None:
    token = service.token()
    made = create(service, token)
    webhook_id = made["record"]["id"]
    secret = read_token(made["secret"])
    assert isinstance(secret, Token)
    assert secret.kind is Kind.WEBHOOK
    assert secrets_of(service, webhook_id) == [made["secret"]]
    record = {
        "id": webhook_id,
        "url": URL,
        "events": ["review.completed"],
        "enabled": True,
        "disabled_why": "",
        "installations": [],
        "repositories": [],
        "creator": token.credential.id,
        "created_at": "2026-11-23T12:00:00Z",
        "secrets": [{"id": secret.id, "shown": f"asy_w1_{secret.id}_…", "signs_until": None}],
        "last": None,
    }
    assert made["record"] == record
    assert asked(service, "GET", f"/webhooks/{webhook_id}", token) == record
    assert asked(service, "GET", "/webhooks", token) == {"items": [record], "next": None}
    assert deeds(service, webhook_id) == [(Deed.WEBHOOK_CREATED, "hooks.example: review.completed")]


def test_under_an_idempotency_key_one_webhook_is_made_and_its_secret_shown_once(service: Service) -> None:
    token = service.token()
    first = service.ask("POST", "/webhooks", token, json=REVIEWS, headers={"Idempotency-Key": "one"})
    webhook_id = json.loads(first.data)["record"]["id"]
    again = service.ask("POST", "/webhooks", token, json=REVIEWS, headers={"Idempotency-Key": "one"})
    problem(again, "shown_once")
    assert again.headers["Location"] == f"/api/v1/webhooks/{webhook_id}"
    for _ in range(2):
        path, key = f"/webhooks/{webhook_id}/rotate", {"Idempotency-Key": "two"}
        rotated = service.ask("POST", path, token, headers=key)
    problem(rotated, "shown_once")
    assert rotated.headers["Location"] == f"/api/v1/webhooks/{webhook_id}"
    assert [deed for deed, _ in deeds(service, webhook_id)] == [Deed.WEBHOOK_CREATED, Deed.WEBHOOK_ROTATED]


def test_a_webhook_whose_maker_broke_off_is_found_by_its_event(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, keep = service.token(), service.store.webhooks.add

    def breaks_off(*given: Any) -> None:
        keep(*given)
        raise StoreUnavailable("the connection broke before the answer")

    with monkeypatch.context() as broken:
        broken.setattr(service.store.webhooks, "add", breaks_off)
        service.ask("POST", "/webhooks", token, json=REVIEWS, headers={"Idempotency-Key": "one"})
    again = service.ask("POST", "/webhooks", token, json=REVIEWS, headers={"Idempotency-Key": "one"})
    problem(again, "shown_once")
    (one,) = asked(service, "GET", "/webhooks", token)["items"]
    assert again.headers["Location"] == f"/api/v1/webhooks/{one['id']}"


def test_a_webhook_secret_opens_nothing(service: Service) -> None:
    made = create(service, service.token())
    problem(service.ask("GET", "/tokens/self", made["secret"]), "invalid_token")
    answer = service.ask("POST", "/tokens/introspect", service.token(), json={"token": made["secret"]})
    assert json.loads(answer.data) == {"active": False}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/in", "hooks.example without https on port 443"),
        ("https://hooks.example:8443/in", "hooks.example without https on port 443"),
        ("https://user:pass@hooks.example/in", "an address with a user name or a password"),
        ("https://127.0.0.1/in", "127.0.0.1 is a bare IP address"),
        ("https://[::1]/in", "[::1] is a bare IP address"),
        ("https://2130706433/", "2130706433 is a bare IP address"),
        ("https://localhost/in", "localhost is not a full host name"),
        ("https://hooks.example\\@drop.example/", "an address with a backslash, a space or a control character"),
        ("hooks.example", "an address that is not http or https"),
        ("file:///etc/passwd", "an address that is not http or https"),
        ("https://hooks.example/in#part", "an address with a fragment, which is never sent"),
    ],
)
def test_an_address_that_is_never_sent_to_is_refused_at_once(service: Service, url: str, reason: str) -> None:
    token = service.token()
    made = create(service, token)
    created = service.ask("POST", "/webhooks", token, json=REVIEWS | {"url": url})
    changed = service.ask("PATCH", f"/webhooks/{made['record']['id']}", token, json={"url": url})
    for response in (created, changed):
        assert problem(response, "bad_url")["detail"] == f"Assay does not send there: {reason}."


def test_an_operator_may_allow_a_receiver_inside(service: Service) -> None:
    inside = WebhookSettings((SEALING_KEY,), frozenset({("http", "127.0.0.1", 9000)}))
    other = Service(service.store, service.clock, webhooks=inside)
    token = other.token()
    assert create(other, token, url="http://127.0.0.1:9000/in")["record"]["url"] == "http://127.0.0.1:9000/in"
    problem(other.ask("POST", "/webhooks", token, json=REVIEWS | {"url": "http://127.0.0.1:9001/in"}), "bad_url")


@pytest.mark.parametrize("event", [event for event in HookEvent if NEEDS[event]])
def test_nobody_has_others_told_of_what_they_may_not_read(service: Service, event: HookEvent) -> None:
    scopes = sorted(NEEDS[event])
    lacking = service.token(Scope.WEBHOOKS_MANAGE, *scopes[1:])
    having = service.token(Scope.WEBHOOKS_MANAGE, *scopes)
    body = {"url": URL, "events": [event]}
    said = problem(service.ask("POST", "/webhooks", lacking, json=body), "more_than_creator")["detail"]
    assert said == f"To have somebody told of {event}, your token has to hold {scopes[0]}."
    one = f"/webhooks/{create(service, having, **body)['record']['id']}"
    for method, path, change in (
        ("PATCH", one, {"url": "https://drop.example/"}),
        ("PATCH", one, {"events": [event, "ping"]}),
        ("POST", f"{one}/rotate", {}),
    ):
        problem(service.ask(method, path, lacking, json=change), "more_than_creator")
    asked(service, "PATCH", one, lacking, json={"enabled": False})
    problem(service.ask("PATCH", one, lacking, json={"enabled": True}), "more_than_creator")
    asked(service, "PATCH", one, having, json={"enabled": True})
    asked(service, "PATCH", one, lacking, json={"url": URL, "events": ["ping"]})


def test_a_webhook_is_narrowed_as_its_maker_is_or_more(service: Service) -> None:
    mine = service.token(installations=(7, 8), repositories=(70,))
    assert create(service, mine)["record"]["installations"] == [7, 8]
    narrower = create(service, mine, installations=[7])["record"]
    assert (narrower["installations"], narrower["repositories"]) == ([7], [70])
    for wider in ({"installations": [7, 9]}, {"repositories": [71]}):
        problem(service.ask("POST", "/webhooks", mine, json=REVIEWS | wider), "more_than_creator")
    everywhere = service.token()
    assert create(service, everywhere, installations=[5])["record"]["installations"] == [5]


@pytest.mark.parametrize("theirs", [(THEIRS,), (OURS, THEIRS), ()], ids=["another", "both", "all"])
@pytest.mark.parametrize("route", ABOUT_ONE, ids=ids)
def test_another_tenants_webhook_is_not_there(service: Service, route: Route, theirs: tuple[int, ...]) -> None:
    mine = service.token(installations=(OURS,))
    about = service.told(theirs)
    before = kept(service, about["WEBHOOK_ID"])

    def answered(webhook_id: str) -> dict[str, Any]:
        path = route.path.replace("{webhook_id}", webhook_id).replace("{delivery_id}", about["DELIVERY_ID"])
        response = service.ask(route.method, path, mine, query_string=route.example.query, json=route.example.body)
        return problem(response, "not_found") | {"request_id": ""}

    assert answered(before.id) == answered("0" * 16), "in the words of an id that was never given out"
    assert kept(service, before.id) == before


@pytest.mark.parametrize("route", ABOUT_ONE, ids=ids)
def test_a_tenants_own_webhook_is_there(service: Service, route: Route) -> None:
    mine = service.token(installations=(OURS,))
    about = service.told((OURS,))
    path = route.path.replace("{webhook_id}", about["WEBHOOK_ID"]).replace("{delivery_id}", about["DELIVERY_ID"])
    response = service.ask(route.method, path, mine, query_string=route.example.query, json=route.example.body)
    assert response.status_code == route.status, response.text


def test_lists_hold_the_tenants_own_webhooks_only(service: Service) -> None:
    mine = service.token(installations=(OURS,))
    for installations in ((THEIRS,), (OURS, THEIRS), ()):
        service.told(installations)
    own = service.told((OURS,))["WEBHOOK_ID"]
    assert [one["id"] for one in asked(service, "GET", "/webhooks", mine)["items"]] == [own]
    events = asked(service, "GET", "/audit?action=webhook-created", mine)["items"]
    assert [event["token_id"] for event in events] == [own]


def test_who_is_narrowed_to_a_repository_sees_the_audit_of_its_webhooks(service: Service) -> None:
    mine = service.token(installations=(OURS,), repositories=(42,))
    own = service.told((OURS,), (42,))["WEBHOOK_ID"]
    service.told((OURS,), (43,))
    events = asked(service, "GET", "/audit?action=webhook-created", mine)["items"]
    assert [event["token_id"] for event in events] == [own]


def test_a_delivery_belongs_to_its_webhook(service: Service) -> None:
    one, other = service.told(), service.told()
    path = f"/webhooks/{one['WEBHOOK_ID']}/deliveries/{other['DELIVERY_ID']}"
    for method, end in (("GET", ""), ("POST", "/redeliver")):
        problem(service.ask(method, path + end, service.token()), "not_found")


@pytest.mark.parametrize("route", ALL, ids=ids)
def test_without_a_key_there_are_no_webhooks_and_it_is_said_why(service: Service, route: Route) -> None:
    without = Service(service.store, service.clock, webhooks=WebhookSettings())
    response = use(without, route, without.token(), without.token())
    said = problem(response, "webhooks_off")["detail"]
    assert said == "This installation sends no webhooks: its operator has not set ASSAY_SECRET_KEY."
    assert (response.status_code, response.headers["Retry-After"]) == (503, "3600")


def test_an_installation_has_so_many_webhooks_and_no_more(service: Service) -> None:
    mine, theirs = service.token(installations=(OURS,)), service.token(installations=(THEIRS,))
    for _ in range(MOST):
        create(service, mine)
    problem(service.ask("POST", "/webhooks", mine, json=REVIEWS), "too_many_webhooks")
    create(service, theirs)
    create(service, service.token())


def test_what_is_changed_is_changed_and_the_rest_stays(service: Service) -> None:
    token = service.token()
    one = create(service, token)["record"]
    path = f"/webhooks/{one['id']}"
    url = "https://other.example/secret-path?secret-query"
    assert asked(service, "PATCH", path, token, json={"url": url}) == one | {"url": url}
    events = ["token.leaked", "review.completed"]
    assert asked(service, "PATCH", path, token, json={"events": events})["events"] == sorted(events)
    off = asked(service, "PATCH", path, token, json={"enabled": False})
    assert (off["enabled"], off["disabled_why"]) == (False, f"It was switched off by {token.credential.id}.")
    on = asked(service, "PATCH", path, token, json={"enabled": True})
    assert (on["enabled"], on["disabled_why"]) == (True, "")
    assert asked(service, "PATCH", path, token, json={}) == on
    assert deeds(service, one["id"])[1:] == [
        (Deed.WEBHOOK_CHANGED, "sent to other.example, not hooks.example"),
        (Deed.WEBHOOK_CHANGED, "told review.completed, token.leaked"),
        (Deed.WEBHOOK_CHANGED, "switched off"),
        (Deed.WEBHOOK_CHANGED, "switched on"),
    ]


def test_switched_on_again_it_begins_without_failures(service: Service) -> None:
    token = service.token()
    one = kept(service, create(service, token)["record"]["id"])
    service.store.webhooks.tell_one(one.id, a_notice())
    claimed = service.store.webhooks.claim(one.id, "here:1", START, timedelta(seconds=60))
    assert claimed is not None
    webhook, delivery = claimed
    failing = replace(webhook, health=Health(failures=9, failing_since=START - timedelta(days=4)))
    attempt = Attempt(1, START, 503, 7, "hooks.example answered 503.")
    settled = settle(failing, delivery, attempt, 0.5)
    event = service.store.audit.read(1, token=one.id)[0].event
    assert service.store.webhooks.settle(webhook, settled, "here:1", attempt, event)
    off = asked(service, "GET", f"/webhooks/{one.id}", token)
    assert off["enabled"] is False
    assert off["disabled_why"].startswith("It has failed since 2026-11-19 12:00 UTC")
    assert off["last"] == {
        "at": "2026-11-23T12:00:00Z",
        "status": 503,
        "note": "hooks.example answered 503.",
        "failures": 10,
        "failing_since": "2026-11-19T12:00:00Z",
    }
    problem(service.ask("POST", f"/webhooks/{one.id}/test", token), "webhook_disabled")
    again = f"/webhooks/{one.id}/deliveries/{delivery.id}/redeliver"
    problem(service.ask("POST", again, token), "webhook_disabled")
    on = asked(service, "PATCH", f"/webhooks/{one.id}", token, json={"enabled": True})
    assert (on["enabled"], on["disabled_why"], on["last"]) == (True, "", None)


def test_the_secret_is_replaced_and_both_sign_for_a_while(service: Service) -> None:
    token = service.token()
    first = create(service, token)
    webhook_id = first["record"]["id"]
    second = asked(service, "POST", f"/webhooks/{webhook_id}/rotate", token, json={"overlap_hours": 2})
    assert secrets_of(service, webhook_id) == [second["secret"], first["secret"]]
    until = [secret["signs_until"] for secret in second["record"]["secrets"]]
    assert until == [None, "2026-11-23T14:00:00Z"]
    third = asked(service, "POST", f"/webhooks/{webhook_id}/rotate", token)
    assert secrets_of(service, webhook_id) == [third["secret"], second["secret"]], "at most two"
    service.clock.advance(24 * 3600)
    assert secrets_of(service, webhook_id) == [third["secret"]]
    at_once = asked(service, "POST", f"/webhooks/{webhook_id}/rotate", token, json={"overlap_hours": 0})
    assert secrets_of(service, webhook_id) == [at_once["secret"]]
    assert [deed for deed, _ in deeds(service, webhook_id)[1:]] == [Deed.WEBHOOK_ROTATED] * 3


def test_what_is_removed_is_gone(service: Service) -> None:
    token, about = service.token(), service.told()
    path = f"/webhooks/{about['WEBHOOK_ID']}"
    assert asked(service, "DELETE", path, token) == {"removed": about["WEBHOOK_ID"]}
    problem(service.ask("DELETE", path, token), "not_found")
    problem(service.ask("GET", f"{path}/deliveries", token), "not_found")
    assert deeds(service, about["WEBHOOK_ID"])[-1][0] is Deed.WEBHOOK_DELETED


def test_a_test_is_kept_and_asked_for_and_its_delivery_can_be_looked_at(service: Service) -> None:
    token = service.token()
    webhook_id = create(service, token)["record"]["id"]
    response = service.ask("POST", f"/webhooks/{webhook_id}/test", token)
    sent = json.loads(response.data)
    assert (response.status_code, sent["event"], sent["state"], sent["log"]) == (202, "ping", "waiting", [])
    assert json.loads(sent["body"])["data"] == {"request_id": response.headers["X-Request-Id"]}
    assert service.dispatch.webhooks == {webhook_id: None}
    assert asked(service, "GET", f"/webhooks/{webhook_id}/deliveries/{sent['id']}", token) == sent
    assert asked(service, "GET", f"/webhooks/{webhook_id}/deliveries", token) == {"items": [sent], "next": None}


def test_a_queue_out_of_reach_does_not_keep_anybody_from_asking(service: Service) -> None:
    token = service.token()
    webhook_id = create(service, token)["record"]["id"]
    service.dispatch.down = True
    with pytest.raises(QueueUnavailable):
        service.dispatch.webhook(webhook_id)
    asked(service, "POST", f"/webhooks/{webhook_id}/test", token)
    assert service.store.webhooks.waiting(service.clock(), 10) == [webhook_id], "the sweeper asks again"


def test_a_delivery_is_asked_for_again(service: Service) -> None:
    token, about = service.token(), service.told()
    claimed = service.store.webhooks.claim(about["WEBHOOK_ID"], "here:1", START, timedelta(seconds=60))
    assert claimed is not None
    attempt = Attempt(1, START, 200, 7)
    service.store.webhooks.settle(claimed[0], settle(*claimed, attempt, 0.5), "here:1", attempt, None)
    path = f"/webhooks/{about['WEBHOOK_ID']}/deliveries/{about['DELIVERY_ID']}"
    done = asked(service, "GET", path, token)
    assert (done["state"], done["due"]) == ("delivered", None)
    assert done["log"] == [{"number": 1, "at": "2026-11-23T12:00:00Z", "status": 200, "milliseconds": 7, "note": ""}]
    service.clock.advance(60)
    again = asked(service, "POST", f"{path}/redeliver", token)
    assert (again["state"], again["due"], again["body"]) == ("waiting", "2026-11-23T12:01:00Z", done["body"])


def test_what_is_told_is_shown_to_those_who_may_read_it(service: Service) -> None:
    """The log of deliveries is no way around the scopes."""
    token = service.token()
    webhook_id = create(service, token)["record"]["id"]
    service.store.webhooks.tell_one(webhook_id, a_notice())
    asked(service, "POST", f"/webhooks/{webhook_id}/test", token)
    managing = service.token(Scope.WEBHOOKS_MANAGE)
    items = asked(service, "GET", f"/webhooks/{webhook_id}/deliveries", managing)["items"]
    assert {item["event"]: item["body"] is None for item in items} == {"ping": False, "review.completed": True}
    for path in (f"/deliveries/{item['id']}" for item in items if item["body"] is None):
        assert asked(service, "GET", f"/webhooks/{webhook_id}{path}", managing)["body"] is None
        assert asked(service, "POST", f"/webhooks/{webhook_id}{path}/redeliver", managing)["body"] is None
        assert asked(service, "GET", f"/webhooks/{webhook_id}{path}", token)["body"] is not None


def test_lists_come_in_pages(service: Service) -> None:
    token = service.token()
    made = []
    for _ in range(5):
        service.clock.advance(1)
        made.append(create(service, token)["record"]["id"])
    found, path = [], "/webhooks?limit=2"
    while path:
        response = service.ask("GET", path, token)
        found += [one["id"] for one in json.loads(response.data)["items"]]
        path = following(response)
    assert found == made
    for number in range(5):
        service.store.webhooks.tell_one(made[0], a_notice(str(number), START + timedelta(minutes=number)))
    times, path = [], f"/webhooks/{made[0]}/deliveries?limit=2"
    while path:
        response = service.ask("GET", path, token)
        times += [one["asked_at"][14:16] for one in json.loads(response.data)["items"]]
        path = following(response)
    assert times == ["04", "03", "02", "01", "00"]


def following(response: TestResponse) -> str:
    """Where the page after this one is."""
    link = response.headers.get("Link", "")
    return link.partition("assay.example")[2].partition(">")[0]


def test_tests_and_repetitions_have_a_limit_of_their_own(service: Service) -> None:
    token = service.token()
    webhook_id = create(service, token)["record"]["id"]
    for _ in range(SENDINGS.most):
        asked(service, "POST", f"/webhooks/{webhook_id}/test", token)
    problem(service.ask("POST", f"/webhooks/{webhook_id}/test", token), "rate_limited")
    asked(service, "GET", f"/webhooks/{webhook_id}", token)


def test_somebody_who_is_always_faster_is_said_so(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    token = service.token()
    webhook_id = create(service, token)["record"]["id"]
    monkeypatch.setattr(service.store.webhooks, "change", lambda *_, **__: False)
    problem(service.ask("PATCH", f"/webhooks/{webhook_id}", token, json={"enabled": False}), "changed_meanwhile")
    problem(service.ask("POST", f"/webhooks/{webhook_id}/rotate", token), "changed_meanwhile")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"url": "https://elsewhere.example/"}),
        ("PATCH", "", {"enabled": True}),
        ("POST", "/rotate", {"overlap_hours": 0}),
    ],
)
def test_what_is_told_meanwhile_is_not_carried_away(
    service: Service, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: dict[str, Any]
) -> None:
    """Somebody else has an event added after it was looked at what the caller may read, and before the change."""
    webhook_id = create(service, service.token())["record"]["id"]
    narrow = service.token(Scope.WEBHOOKS_MANAGE, Scope.REVIEWS_READ)
    webhooks = service.store.webhooks
    get, looks = webhooks.get, iter([True])

    def get_then_change(wanted: str) -> Webhook | None:
        found = get(wanted)
        if next(looks, False) and found is not None:
            more = replace(found, events=found.events | {HookEvent.TOKEN_LEAKED})
            event = Event(service.clock(), Deed.WEBHOOK_CHANGED, found.id)
            assert webhooks.change(more, event)
        return found

    monkeypatch.setattr(webhooks, "get", get_then_change)
    problem(service.ask(method, f"/webhooks/{webhook_id}{path}", narrow, json=body), "changed_meanwhile")
    monkeypatch.undo()
    after = kept(service, webhook_id)
    assert (after.url, HookEvent.TOKEN_LEAKED in after.events, len(after.secrets)) == (URL, True, 1)
