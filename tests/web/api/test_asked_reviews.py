"""Asking for a review: what is refused before any work, what a worker is handed, and who may see what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.core.asked_review import MOST_FILES, MOST_PACKAGES, AskedCommits, AskedFile, AskedPackages, AskedReview
from app.core.policy import Conclusion
from app.core.ports import TaskKind, TaskState
from app.exports import EXPORTS
from app.issuer import Made
from app.store.encoding import decode
from app.web.api.asked_reviews import PER_SENDER
from app.web.api.repeats import HEADER, REPLAYED
from tests.builders import a_report
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import a_request
from tests.web.api.conftest import Service, problem

LEFT, RIGHT = "pkg:npm/left-pad@1.2.0", "pkg:npm/left-pad@1.3.0"
BASE, HEAD = "a" * 40, "b" * 40
SETS = {"before": [LEFT], "after": [RIGHT]}


def ask(service: Service, token: Made | None = None, **body: Any) -> TestResponse:
    return service.ask("POST", "/reviews", token or service.token(Scope.REVIEWS_WRITE), json=body)


def handed(service: Service) -> AskedReview:
    """What the one task that waits asks for."""
    (task_id,) = service.dispatch.tasks
    task = service.store.tasks.get(task_id)
    assert task is not None
    assert task.kind is TaskKind.REVIEW
    asked = decode(task.input, AskedReview)
    assert asked is not None
    return asked


def test_what_is_asked_for_is_handed_to_a_worker_as_it_was_sent(service: Service) -> None:
    answer = ask(service, packages=SETS)
    assert answer.status_code == 202
    task = json.loads(answer.data)
    assert answer.headers["Location"] == f"/api/v1/tasks/{task['id']}"
    assert (task["kind"], task["state"]) == ("review", "waiting")
    assert task["review"] == {"examined": 0, "packages": 0, "report": None}
    assert handed(service) == AskedReview(packages=AskedPackages((LEFT,), (RIGHT,)))


def test_files_are_handed_over_with_their_texts(service: Service) -> None:
    ask(service, files=[{"path": "a/uv.lock", "after": "version = 1\n"}, {"path": "poetry.lock", "before": "x"}])
    assert handed(service).files == (
        AskedFile("a/uv.lock", None, "version = 1\n"),
        AskedFile("poetry.lock", "x", None),
    )


def test_a_repository_is_handed_over_by_its_number_and_installation(service: Service) -> None:
    service.review(installation=99, repository=42)
    assert ask(service, commits={"repository": "Acme/Shop", "base": BASE, "head": HEAD}).status_code == 202
    assert handed(service).commits == AskedCommits(99, 42, "acme/shop", True, BASE, HEAD)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"packages": SETS, "files": [{"path": "uv.lock", "after": ""}]},
        {"packages": SETS, "commits": {"repository": "acme/shop", "base": BASE, "head": HEAD}},
        {"files": []},
        {"files": [{"path": "uv.lock"}]},
        {"files": [{"path": "uv.lock", "after": "1"}, {"path": "uv.lock", "after": "2"}]},
        {"files": [{"path": "a\nb", "after": "1"}]},
        {"files": [{"path": "", "after": "1"}]},
        {"files": [{"path": "uv.lock", "after": 1}]},
        {"files": [{"path": f"{n}/uv.lock", "after": ""} for n in range(MOST_FILES + 1)]},
        {"packages": {"before": [LEFT] * (MOST_PACKAGES + 1)}},
        {"packages": {"after": ["left-pad@1.3.0"]}},
        {"packages": {"after": ["pkg:npm/left-pad"]}},
        {"packages": {"after": ["pkg:npm/left-pad@1.3.0?download_url=https://drop.example/x.tgz"]}},
        {"packages": {"after": ["pkg:unheard/left-pad@1.3.0"]}},
        {"packages": SETS, "unknown": 1},
        {"commits": {"repository": "acme/shop", "base": "main", "head": HEAD}},
        {"commits": {"repository": "acme/shop", "base": BASE[:39], "head": HEAD}},
        {"commits": {"repository": "../shop/x", "base": BASE, "head": HEAD}},
    ],
)
def test_what_cannot_be_reviewed_is_refused_before_any_work(service: Service, body: dict[str, Any]) -> None:
    problem(ask(service, **body), "invalid_input")
    assert service.dispatch.tasks == {}


def test_a_wrong_package_is_named_with_its_place(service: Service) -> None:
    answer = ask(service, packages={"before": [LEFT], "after": [RIGHT, "pkg:npm/nothing"]})
    assert "packages.after.1" in problem(answer, "invalid_input")["detail"]


def test_a_policy_is_checked_first_with_line_and_column(service: Service) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    text = "version: 1\nrules:\n  - alert: instal-script\n    action: warn\n"
    detail = problem(ask(service, packages=SETS, policy=text), "bad_policy")["detail"]
    assert "line 3, column 12" in detail
    assert "install-script" in detail
    assert service.dispatch.tasks == {}
    assert ask(service, packages=SETS, policy="version: 1\n").status_code == 202
    assert handed(service).policy == "version: 1\n"


def test_a_policy_cannot_be_checked_before_a_worker_has_told_its_rules(service: Service) -> None:
    problem(ask(service, packages=SETS, policy="version: 1\n"), "no_rules_yet")


def test_a_repository_that_nobody_reviewed_is_not_there(service: Service) -> None:
    problem(ask(service, commits={"repository": "acme/unknown", "base": BASE, "head": HEAD}), "not_found")


def test_the_newest_review_says_where_a_repository_is(service: Service) -> None:
    request = replace(a_request(), installation_id=97, repository_id=42)
    service.store.reports.save(request, a_report(), service.clock())
    service.clock.advance(60)
    service.review(installation=99, repository=42)
    ask(service, commits={"repository": "acme/shop", "base": BASE, "head": HEAD})
    commits = handed(service).commits
    assert commits is not None
    assert commits.installation_id == 99


def test_a_token_in_a_file_is_refused(service: Service) -> None:
    one = service.token(Scope.REVIEWS_WRITE)
    answer = ask(service, one, files=[{"path": "requirements.txt", "after": f"--index https://{one.token.text}@x"}])
    assert "token" in problem(answer, "invalid_input")["detail"]
    assert service.dispatch.tasks == {}


def test_asking_again_under_a_key_asks_once(service: Service) -> None:
    token = service.token(Scope.REVIEWS_WRITE)
    headers = {HEADER: "the-same"}
    first, again = (service.ask("POST", "/reviews", token, headers=headers, json={"packages": SETS}) for _ in range(2))
    assert (again.status_code, again.headers[REPLAYED]) == (202, "true")
    assert again.headers["Location"] == first.headers["Location"]
    assert len(service.dispatch.tasks) == 1


@pytest.mark.parametrize("state", [TaskState.WAITING, TaskState.RUNNING, TaskState.FAILED])
def test_there_is_no_report_before_the_end_and_none_of_what_failed(service: Service, state: TaskState) -> None:
    token = service.token(Scope.REVIEWS_WRITE)
    task_id = service.asked(token, state)
    for query in ("", "?format=sarif"):
        answer = service.ask("GET", f"/tasks/{task_id}/report{query}", token)
        assert state in problem(answer, "no_report")["detail"]
        assert ("Retry-After" in answer.headers) is (state is not TaskState.FAILED)
    task = json.loads(service.ask("GET", f"/tasks/{task_id}", token).data)
    assert (task["state"], task["review"]["report"]) == (state, None)


def test_the_report_comes_with_its_conclusion_and_in_every_format(service: Service) -> None:
    token = service.token(Scope.REVIEWS_WRITE)
    task_id = service.asked(token, report=a_report(conclusion=Conclusion.NEUTRAL))
    found = json.loads(service.ask("GET", f"/tasks/{task_id}/report", token).data)
    assert (found["conclusion"], found["report"]["conclusion"]) == ("neutral", "neutral")
    for name, export in EXPORTS.items():
        answer = service.ask("GET", f"/tasks/{task_id}/report?format={name}", token)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, export.media_type)


def test_a_report_belongs_to_the_tenant_that_asked(service: Service) -> None:
    asker = service.token(Scope.REVIEWS_WRITE, installations=(99,))
    task_id = service.asked(asker)
    colleague = service.token(Scope.REVIEWS_WRITE, installations=(99,))
    assert service.ask("GET", f"/tasks/{task_id}/report", colleague).status_code == 200
    strangers = [
        service.token(Scope.REVIEWS_WRITE, installations=(98,)),
        service.token(Scope.REVIEWS_WRITE, installations=(99,), repositories=(1,)),
        service.token(Scope.PACKAGES_READ, installations=(99,)),
    ]
    for stranger in strangers:
        problem(service.ask("GET", f"/tasks/{task_id}/report", stranger), "not_found")


def test_a_task_of_another_kind_has_no_report(service: Service) -> None:
    token = service.token()
    problem(service.ask("GET", f"/tasks/{service.task(token)}/report", token), "not_found")


def test_a_token_asks_for_so_many_reviews_a_minute(service: Service) -> None:
    one = service.token(Scope.REVIEWS_WRITE)
    for _ in range(PER_SENDER.most):
        problem(ask(service, one), "invalid_input")
    problem(ask(service, one), "rate_limited")
    assert service.ask("GET", "/tokens/self", one).status_code == 200, "the rest goes on"
