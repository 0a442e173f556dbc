"""A program asks for a review: of files that it sends, of packages that it names, of two commits; a worker does it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.core.access import Scope
from app.demo.github import Repository
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.issuer import Made
from app.registries import BoundRegistry, Endpoints
from tests.builders import NPM
from tests.stories.theatre import GREETER, STEALER, Theatre, npm_files
from tests.web.api.conftest import Service, problem
from worker import bootstrap, tenants
from worker.task import serve_task

SECRET = "Bearer c4n4ry-of-the-private-registry"


@pytest.fixture
def service(house: Theatre) -> Service:
    """The API beside the theatre's own web process, on the same database."""
    service = Service(house.store, house.clock)
    service.store.catalogues.publish(bootstrap.catalogue(), house.clock())
    return service


@pytest.fixture
def token(house: Theatre, service: Service) -> Made:
    """A token of the house's installation."""
    scopes = (Scope.REVIEWS_WRITE, Scope.REVIEWS_READ)
    return service.token(*scopes, installations=(house.world.installation.id,))


def work(house: Theatre, service: Service, endpoints: Endpoints | None = None) -> None:
    """Serve every task until none is waiting."""
    while (task_id := service.dispatch.take_task()) is not None:
        serve_task(
            task_id,
            store=house.store,
            dispatch=service.dispatch,
            runners=tenants.runners(house.store, house.toolbox(), endpoints or house.registry.endpoints),
            pace=house.settings.pace,
            clock=house.clock,
        )


def ask(service: Service, token: Made, **body: Any) -> str:
    """Ask for a review; where to look."""
    response = service.ask("POST", "/reviews", token, json=body)
    assert response.status_code == 202, response.text
    task = json.loads(response.data)
    assert (task["state"], task["review"]["report"]) == ("waiting", None), "pending is no verdict"
    return str(response.headers["Location"])


def report(house: Theatre, service: Service, token: Made, look: str) -> dict[str, Any]:
    """What came of it."""
    problem(service.ask("GET", f"{look}/report", token), "no_report")
    work(house, service)
    task = json.loads(service.ask("GET", look, token).data)
    assert (task["state"], task["note"]) == ("done", ""), task
    assert task["review"]["examined"] == task["review"]["packages"]
    found: dict[str, Any] = json.loads(service.ask("GET", task["review"]["report"], token).data)
    return found


def publish(house: Theatre) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """A package that began to steal with its last release; files that pin the release before, and that one."""
    good = house.publish("fast-colour", "2.4.0", GREETER)
    bad = house.publish("fast-colour", "2.4.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    return npm_files({"fast-colour": ("2.4.0", good)}), npm_files({"fast-colour": ("2.4.1", bad)})


def two_commits(house: Theatre, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Repository, str, str]:
    """A repository that was reviewed, its main branch's commit and that of a pull request."""
    repository = house.repository(before)
    pull = house.github.open_pull(repository, "Colours", after)
    house.settle()
    return repository, repository.head, pull.head_sha


def test_files_that_are_sent_are_reviewed_like_those_of_a_pull_request(
    house: Theatre, service: Service, token: Made
) -> None:
    before, after = publish(house)
    files = [{"path": path, "before": before[path], "after": after[path]} for path in after]
    found = report(house, service, token, ask(service, token, files=files))
    assert found["conclusion"] == "failure"
    (change,) = found["report"]["changes"]
    assert (change["package"], change["before"], change["after"]) == ("npm/fast-colour", "2.4.0", "2.4.1")
    assert "credential-theft" in {one["id"] for one in found["report"]["findings"]}
    assert found["report"]["not_examined"] == []


def test_it_comes_in_other_formats_too(house: Theatre, service: Service, token: Made) -> None:
    publish(house)
    sets = {"before": ["pkg:npm/fast-colour@2.4.0"], "after": ["pkg:npm/fast-colour@2.4.1"]}
    look = ask(service, token, packages=sets)
    problem(service.ask("GET", f"{look}/report?format=sarif", token), "no_report")
    assert report(house, service, token, look)["conclusion"] == "failure"
    sarif = service.ask("GET", f"{look}/report?format=sarif", token)
    assert (sarif.status_code, sarif.mimetype) == (200, "application/sarif+json")
    rules = {one["ruleId"] for one in json.loads(sarif.data)["runs"][0]["results"]}
    assert "credential-theft" in rules
    assert "fast-colour" in service.ask("GET", f"{look}/report?format=markdown", token).text


def test_packages_are_compared_by_name_and_what_nobody_opens_is_said(
    house: Theatre, service: Service, token: Made
) -> None:
    publish(house)
    sets = {
        "before": ["pkg:npm/fast-colour@2.4.0", "pkg:cargo/serde@1.0.0"],
        "after": ["pkg:npm/fast-colour@2.4.0", "pkg:cargo/serde@1.0.1", "pkg:npm/missing@1.0.0"],
    }
    found = report(house, service, token, ask(service, token, packages=sets))
    kinds = {change["package"]: change["kind"] for change in found["report"]["changes"]}
    assert kinds == {"cargo/serde": "upgraded", "npm/missing": "added"}
    assert {gap["package"]: gap["reason"] for gap in found["report"]["not_examined"]} == {
        "cargo/serde@1.0.1": "ecosystem",
        "npm/missing@1.0.0": "not-found",
    }
    assert found["conclusion"] == "action_required"


def test_a_policy_that_comes_with_it_judges(house: Theatre, service: Service, token: Made) -> None:
    publish(house)
    sets = {"before": ["pkg:npm/fast-colour@2.4.0"], "after": ["pkg:npm/fast-colour@2.4.1"]}
    lenient = "version: 1\nrules:\n  - alert: credential-theft\n    action: monitor\n"
    found = report(house, service, token, ask(service, token, packages=sets, policy=lenient))
    assert found["report"]["policy"] == "the policy that came with the request"
    assert {one["action"] for one in found["report"]["findings"] if one["id"] == "credential-theft"} == {"monitor"}
    off = report(house, service, token, ask(service, token, packages=sets, policy="version: 1\nenabled: false\n"))
    assert (off["conclusion"], off["report"]["changes"]) == ("skipped", [])


def test_a_file_that_nobody_reads_is_no_success(house: Theatre, service: Service, token: Made) -> None:
    files = [
        {"path": "deps.unknown", "before": None, "after": "left-pad 1.3.0"},
        {"path": "app/package-lock.json", "before": None, "after": "{"},
    ]
    found = report(house, service, token, ask(service, token, files=files))
    assert {gap["file"] for gap in found["report"]["not_examined"]} == {"deps.unknown", "app/package-lock.json"}
    assert found["conclusion"] == "action_required"


def test_nothing_that_changed_is_no_verdict(house: Theatre, service: Service, token: Made) -> None:
    before, _ = publish(house)
    files = [{"path": "package-lock.json", "before": before["package-lock.json"], "after": before["package-lock.json"]}]
    assert report(house, service, token, ask(service, token, files=files))["conclusion"] == "skipped"


def test_two_commits_are_read_as_a_review_reads_them_and_judged_by_the_bases_policy(
    house: Theatre, service: Service, token: Made
) -> None:
    before, after = publish(house)
    policy = {".github/assay.yml": "version: 1\npreset: quiet\n"}
    repository, base, head = two_commits(house, {**before, **policy}, after)
    commits = {"repository": repository.full_name, "base": base, "head": head}
    found = report(house, service, token, ask(service, token, commits=commits))
    assert found["report"]["policy"] == f".github/assay.yml at {base[:7]}"
    assert "credential-theft" in {one["id"] for one in found["report"]["findings"]}
    assert len(house.github.checks(repository, head)) == 1, "a program that asks changes nothing on the pull request"


def test_a_commit_that_is_not_there_fails_the_task_and_says_so(house: Theatre, service: Service, token: Made) -> None:
    before, after = publish(house)
    repository, base, _ = two_commits(house, before, after)
    look = ask(service, token, commits={"repository": repository.full_name, "base": base, "head": "f" * 40})
    work(house, service)
    task = json.loads(service.ask("GET", look, token).data)
    assert task["state"] == "failed"
    assert task["note"]
    assert "failed" in problem(service.ask("GET", f"{look}/report", token), "no_report")["detail"]


def test_another_tenants_repository_is_not_there(house: Theatre, service: Service) -> None:
    before, after = publish(house)
    repository, base, head = two_commits(house, before, after)
    commits = {"repository": repository.full_name, "base": base, "head": head}
    stranger = service.token(Scope.REVIEWS_WRITE, installations=(house.world.installation.id + 1,))
    problem(service.ask("POST", "/reviews", stranger, json={"commits": commits}), "not_found")
    other = service.token(Scope.REVIEWS_WRITE, repositories=(repository.id + 1,))
    problem(service.ask("POST", "/reviews", other, json={"commits": commits}), "not_found")
    assert service.dispatch.tasks == {}


def test_private_registries_are_those_of_the_tokens_one_installation(house: Theatre, service: Service) -> None:
    ours = house.world.installation.id
    with RegistryServer() as own:
        own.shelf.put_npm("@acme/kit", "1.0.0", npm_tarball("@acme/kit", "1.0.0", GREETER))
        bound = BoundRegistry(NPM, own.endpoints.npm, ("@acme/*",), frozenset({ours}), "line 1", SECRET)
        endpoints = replace(house.registry.endpoints, registries=(bound,))
        outcomes = {}
        for name, installations in (
            ("ours", (ours,)),
            ("theirs", (ours + 1,)),
            ("both", (ours, ours + 1)),
            ("all", ()),
        ):
            token = service.token(Scope.REVIEWS_WRITE, installations=installations)
            look = ask(service, token, packages={"after": ["pkg:npm/%40acme/kit@1.0.0"]})
            work(house, service, endpoints)
            found = json.loads(service.ask("GET", f"{look}/report", token).data)
            outcomes[name] = [gap["reason"] for gap in found["report"]["not_examined"]]
        assert {seen.headers.get("authorization") for seen in own.seen} == {SECRET}
    assert outcomes == {"ours": [], "theirs": ["no-access"], "both": ["no-access"], "all": ["no-access"]}
