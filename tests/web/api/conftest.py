"""The API under test: a service with peppers, a store in memory, and tokens made as an operator makes them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.access import Access, Scope, read_networks
from app.core.asked_review import AskedResult, AskedReview
from app.core.audit import Deed
from app.core.issuing import Denied, Wanted
from app.core.package_report import PUBLIC
from app.core.policy import Conclusion
from app.core.ports import Asker, Store, TaskKind, TaskState
from app.core.report import Report, Reviewed
from app.core.sealing import sealing_key
from app.core.webhooks import HookEvent
from app.dispatch import MemoryDispatch
from app.issuer import Actor, Issuer, Made
from app.rate_limit import Limiter
from app.settings import WebSettings
from app.store import MemoryStore
from app.store.encoding import encode
from app.token_settings import TokenSettings, WorkflowSettings, a_pepper
from app.web import create_app
from app.web.api.waiting import WaitingRoom
from app.webhook_keeper import Keeper
from app.webhook_settings import WebhookSettings
from tests.builders import a_change, a_judged, a_report
from tests.fakes.clock import FakeClock
from tests.fakes.oidc_issuer import AUDIENCE, ISSUER, FakeIssuer
from tests.store.test_deliveries import a_request
from tests.store.test_package_reports import COLOUR, a_package_report
from tests.store.test_tasks import a_task
from tests.web.conftest import SETTINGS

V1 = "/api/v1"
NAME = "assay.example"
PEPPER = a_pepper("a pepper for the tests, long enough for one")
EVERYTHING = frozenset(Scope)
SEALING_KEY = sealing_key("a key for the tests, long enough for one")
WEBHOOKS = WebhookSettings((SEALING_KEY,))
WORKFLOWS = WorkflowSettings(ISSUER, AUDIENCE)


class Nap:
    """A clock that goes on while somebody sleeps, and what happens meanwhile."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.meanwhile()

    def __call__(self) -> float:
        return self.slept


class Service:
    """The service, and who asks it. Requests come from loopback unless told otherwise."""

    def __init__(
        self,
        store: Store,
        clock: FakeClock,
        *,
        settings: WebSettings = SETTINGS,
        limiter: Limiter | None = None,
        webhooks: WebhookSettings = WEBHOOKS,
        **tokens: Any,
    ) -> None:
        self.store = store
        self.clock = clock
        values: dict[str, Any] = {"peppers": (PEPPER,), "workflows": WORKFLOWS} | tokens
        self.settings = replace(settings, tokens=TokenSettings(**values), webhooks=webhooks)
        self.dispatch = MemoryDispatch(clock)
        self.actions = FakeIssuer(clock)
        fetch = self.actions.fetch
        nap = Nap()
        waiting = WaitingRoom(2, nap.sleep, nap)
        self.app = create_app(self.settings, store, self.dispatch, clock, limiter=limiter, waiting=waiting, fetch=fetch)
        self.nap = nap
        self.client: FlaskClient = self.app.test_client(use_cookies=False)
        self.keeper = Keeper(
            store, self.dispatch, (SEALING_KEY,), frozenset(), clock=clock, entropy=secrets.token_bytes
        )
        self.issuer = Issuer(store, (PEPPER,), clock=clock, entropy=secrets.token_bytes)

    def token(
        self,
        *scopes: Scope,
        installations: tuple[int, ...] = (),
        repositories: tuple[int, ...] = (),
        networks: tuple[str, ...] = (),
        days: int | None = None,
        name: str = "for a test",
    ) -> Made:
        """A token that an operator makes; without scopes it holds all of them."""
        access = Access(
            frozenset(scopes) or EVERYTHING, frozenset(installations), frozenset(repositories), read_networks(networks)
        )
        made = self.issuer.create(Wanted(name, access, None if days is None else timedelta(days=days)), Actor())
        assert not isinstance(made, Denied), made
        return made

    def ask(
        self,
        method: str,
        path: str,
        token: Made | str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        scheme: str = "http",
        **options: Any,
    ) -> TestResponse:
        """One request, with this token in its header."""
        text = token.token.text if isinstance(token, Made) else token
        bearer = {} if text is None else {"Authorization": f"Bearer {text}"}
        return self.client.open(
            path if path.startswith("/api/") else V1 + path,
            method=method,
            base_url=f"{scheme}://{NAME}",
            headers={**bearer, **(headers or {})},
            environ_base={"REMOTE_ADDR": address},
            **options,
        )

    def review(self, installation: int = 99, repository: int = 42, label: str = "npm/fast-colour@2.4.1") -> str:
        """The id of a review that took this package in, and was blocked for it."""
        request = replace(a_request(), installation_id=installation, repository_id=repository, private=True)
        report = a_report(Reviewed((a_change(label),), findings=(a_judged(),)), conclusion=Conclusion.FAILURE)
        return self.store.reports.save(request, report, self.clock())

    def workflow_token(self, **claims: Any) -> str:
        """The own token of a workflow in a repository that GitHub has told of."""
        request = replace(a_request(), owner_id=7)
        self.store.deliveries.accept("of a known repository", "pull_request", request, self.clock())
        return self.actions.token(**claims)

    def told(self, installations: tuple[int, ...] = (), repositories: tuple[int, ...] = ()) -> dict[str, str]:
        """A webhook of an operator that was told something: its id and the delivery's, as the examples call them."""
        access = Access(frozenset(), frozenset(installations), frozenset(repositories))
        made = self.keeper.create("https://hooks.example/in", frozenset({HookEvent.PING}), access, Actor())
        delivery = self.keeper.test(made.webhook, "for a test")
        assert delivery is not None
        return {"WEBHOOK_ID": made.webhook.id, "DELIVERY_ID": delivery.id}

    def task(self, one: Made, **changes: Any) -> str:
        """The id of a task that this token asked for."""
        who = one.credential
        whose = Access(frozenset(), who.access.installations, who.access.repositories)
        task = a_task(self.clock(), id=secrets.token_urlsafe(24), asker=Asker(who.id, who.family, whose), **changes)
        assert self.store.tasks.add(task, 1000)
        return task.id

    def asked(self, one: Made, state: TaskState = TaskState.DONE, report: Report | None = None) -> str:
        """The id of a review that this token asked for, as far as this state."""
        task_id, now = self.task(one, kind=TaskKind.REVIEW, input=encode(AskedReview())), self.clock()
        if state is not TaskState.WAITING:
            assert self.store.tasks.claim(task_id, "worker-1", now, timedelta(seconds=60))
        if state is TaskState.DONE:
            done = encode(AskedResult(1, 1, report or a_report()))
            assert self.store.tasks.finish(task_id, "worker-1", state, now, result=done)
        if state is TaskState.FAILED:
            assert self.store.tasks.finish(task_id, "worker-1", state, now, note="GitHub did not answer.")
        return task_id

    def packages(self) -> None:
        """Let two versions of a package be known to everybody."""
        for version in ("2.4.0", "2.4.1"):
            self.store.package_reports.save(PUBLIC, a_package_report(replace(COLOUR, version=version)))

    def deeds(self, token: Made) -> list[Deed]:
        """What the audit says about a token."""
        return [link.event.deed for link in self.store.audit.read(200, token=token.credential.id)]

    def is_revoked(self, token: Made) -> bool:
        """Whether a token is revoked by now."""
        kept = self.store.tokens.get(token.credential.id)
        assert kept is not None
        return kept.revoked_at is not None


@pytest.fixture
def service(store: MemoryStore, clock: FakeClock) -> Service:
    """A service that has just been set up."""
    return Service(store, clock)


def problem(response: TestResponse, code: str) -> dict[str, Any]:
    """A problem document of the API with this code, checked for its shape; where OAuth has one, that is around it."""
    document: dict[str, Any] = json.loads(response.data)
    told = ["error", "error_description"] if response.mimetype == "application/json" else []
    assert told or response.mimetype == "application/problem+json", response.text
    assert list(document) == ["type", "title", "status", "code", "detail", "request_id", *told]
    assert response.status_code == 400 or not told
    assert document["code"] == code, document
    assert document["type"] == f"/api/docs#{code}"
    assert document["status"] == response.status_code
    assert document["request_id"] == response.headers["X-Request-Id"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization"
    return document
