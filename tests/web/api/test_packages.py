"""Packages through the API: asked for, waited for, read; and what is not known is never shown as clean."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.access import Scope
from app.core.errors import Reason
from app.core.package import Ecosystem
from app.core.package_report import PUBLIC, PackageReport
from app.core.ports import TaskState
from app.core.specimen import FactId, NotExamined
from app.issuer import Made
from app.store.package_tasks import write_result
from app.web.api.tasks import MOST_UNFINISHED
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.store.test_package_reports import COLOUR, a_package_report
from tests.store.test_tasks import LEASE
from tests.web.api.conftest import Service, problem

PURL = "pkg:npm/fast-colour@2.4.1"
ENCODED = "/packages/pkg%3Anpm%2Ffast-colour%402.4.1"
IMGPRESS = "pkg:pypi/imgpress@3.0.0"
OURS, THEIRS = 99, 98


def inspect(service: Service, one: Made, *purls: str, **more: Any) -> dict[str, Any]:
    """Ask for an inspection; the task."""
    response = service.ask("POST", "/packages/inspect", one, json={"packages": purls or (PURL,), **more})
    assert response.status_code == 202, response.text
    task: dict[str, Any] = json.loads(response.data)
    assert response.headers["Location"] == f"/api/v1/tasks/{task['id']}"
    return task


def look(service: Service, one: Made, task: dict[str, Any]) -> dict[str, Any]:
    """The task as it is now."""
    found: dict[str, Any] = json.loads(service.ask("GET", f"/tasks/{task['id']}", one).data)
    return found


def end(
    service: Service, task_id: str, *reports: PackageReport, state: TaskState = TaskState.DONE, note: str = ""
) -> None:
    """Do a worker's work."""
    assert service.store.tasks.claim(task_id, "worker-1", service.clock(), LEASE) is not None
    result = write_result(reports)
    assert service.store.tasks.finish(task_id, "worker-1", state, service.clock(), result=result, note=note)


def known(service: Service, one: Made, path: str = ENCODED) -> dict[str, Any]:
    """The report of a package."""
    response = service.ask("GET", path, one)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = json.loads(response.data)
    return found


def test_who_asks_for_an_inspection_gets_a_task_that_says_nothing_yet(service: Service) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    task = inspect(service, one, PURL, IMGPRESS)
    assert (task["state"], task["kind"], task["finished_at"]) == ("waiting", "inspect-packages", None)
    assert [(item["package"], item["state"]) for item in task["packages"]] == [
        ("npm/fast-colour@2.4.1", "pending"),
        ("pypi/imgpress@3.0.0", "pending"),
    ]
    assert all(item["not_examined"] for item in task["packages"]), "an empty answer would look clean"
    assert service.dispatch.take_task() == task["id"]
    assert look(service, one, task) == task


def test_what_a_worker_learned_is_shown_package_by_package(service: Service) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    task = inspect(service, one, PURL, IMGPRESS)
    gap = NotExamined("pypi/imgpress@3.0.0", Reason.NOT_FOUND, "The registry does not have it.")
    missing = replace(COLOUR, ecosystem=Ecosystem.PYPI, name="imgpress", version="3.0.0")
    end(service, task["id"], a_package_report(), a_package_report(missing, artifacts=(), findings=(), gaps=[gap]))
    done = look(service, one, task)
    assert done["state"] == "done"
    first, second = done["packages"]
    assert (first["state"], first["findings_total"]) == ("examined", 1)
    assert first["findings"][0]["alert"] == "credential-theft"
    assert first["capabilities"] == ["network", "install-script"]
    assert first["artifacts"] == [{"filename": "fast-colour-2.4.1.tgz", "sha256": "1" * 64, "size": 4096, "files": 3}]
    assert (second["state"], second["not_examined"][0]["reason"]) == ("not-examined", "not-found")


def test_in_a_task_that_failed_what_was_not_reached_is_not_examined(service: Service) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    task = inspect(service, one, PURL, IMGPRESS)
    end(service, task["id"], a_package_report(), state=TaskState.FAILED, note="The registry did not answer.")
    failed = look(service, one, task)
    assert (failed["state"], failed["note"]) == ("failed", "The registry did not answer.")
    assert [item["state"] for item in failed["packages"]] == ["examined", "not-examined"]
    assert failed["packages"][1]["not_examined"][0]["detail"] == "The registry did not answer."


def test_who_waits_gets_the_end_when_it_comes_in_time(service: Service) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)

    def work() -> None:
        task_id = service.dispatch.take_task()
        if task_id is not None:
            end(service, task_id, a_package_report())

    service.nap.meanwhile = work
    assert inspect(service, one, PURL, wait=20)["state"] == "done"
    assert service.nap.slept < 1


def test_nobody_waits_longer_than_asked_for(service: Service) -> None:
    task = inspect(service, service.token(Scope.PACKAGES_INSPECT), PURL, wait=20)
    assert (task["state"], service.nap.slept) == ("waiting", 20)


@pytest.mark.parametrize("wait", [26, -1, 1.5, "5"])
def test_a_time_to_wait_is_a_number_of_seconds_within_bounds(service: Service, wait: Any) -> None:
    body = {"packages": [PURL], "wait": wait}
    one = service.token(Scope.PACKAGES_INSPECT)
    problem(service.ask("POST", "/packages/inspect", one, json=body), "invalid_input")


@pytest.mark.parametrize(
    ("purls", "said"),
    [
        ([PURL, "npm/fast-colour@2.4.1"], "packages.1: 'npm/fast-colour@2.4.1' is not a package URL such as"),
        (["pkg:npm/fast-colour"], "packages.0: 'pkg:npm/fast-colour' names no version."),
        (["pkg:deb/debian/curl@7.50"], "packages.0: 'pkg:deb/debian/curl@7.50': packages of the type 'deb'"),
    ],
)
def test_a_wrong_package_url_is_named_with_its_place_and_nothing_is_kept(
    service: Service, purls: list[str], said: str
) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    refused = problem(service.ask("POST", "/packages/inspect", one, json={"packages": purls}), "invalid_input")
    assert said in refused["detail"]
    assert service.store.tasks.waiting(service.clock(), 10) == []


@pytest.mark.parametrize("purls", [[], [PURL] * 1001, ["x" * 601], [""], [7], "pkg:npm/x@1"])
def test_so_many_and_so_long_package_urls_and_no_more(service: Service, purls: Any) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    problem(service.ask("POST", "/packages/inspect", one, json={"packages": purls}), "invalid_input")


def test_a_thousand_packages_may_be_asked_for_at_once(service: Service) -> None:
    purls = [f"pkg:npm/package-{number}@1.0.0" for number in range(1000)]
    assert len(inspect(service, service.token(Scope.PACKAGES_INSPECT), *purls)["packages"]) == 1000


def test_a_token_has_so_many_tasks_under_way_and_no_more(service: Service) -> None:
    one = service.token(Scope.PACKAGES_INSPECT)
    tasks = [inspect(service, one) for _ in range(MOST_UNFINISHED)]
    response = service.ask("POST", "/packages/inspect", one, json={"packages": [PURL]})
    problem(response, "too_many_tasks")
    assert response.headers["Retry-After"] == "60"
    inspect(service, service.token(Scope.PACKAGES_INSPECT))
    end(service, tasks[0]["id"], a_package_report())
    inspect(service, one)


def test_a_queue_that_is_away_loses_no_task(service: Service) -> None:
    service.dispatch.down = True
    task = inspect(service, service.token(Scope.PACKAGES_INSPECT))
    assert service.store.tasks.waiting(service.clock(), 10) == [task["id"]]


@pytest.mark.parametrize(
    "path",
    [
        ENCODED,
        "/packages/pkg:npm/fast-colour@2.4.1",
        "/packages/pkg:npm%2Ffast-colour@2.4.1",
    ],
)
def test_a_package_url_may_stand_in_the_address_as_it_is_or_encoded(service: Service, path: str) -> None:
    service.packages()
    report = known(service, service.token(Scope.PACKAGES_READ), path)["report"]
    assert (report["package"], report["purl"], report["state"]) == ("npm/fast-colour@2.4.1", PURL, "examined")


@pytest.mark.parametrize(
    "path", ["/packages/pkg:npm/%40acme/kit@1.0.0", "/packages/pkg%3Anpm%2F%2540acme%2Fkit%401.0.0"]
)
def test_so_may_one_with_a_scope(service: Service, path: str) -> None:
    kit = replace(COLOUR, name="@acme/kit", version="1.0.0")
    service.store.package_reports.save(PUBLIC, a_package_report(kit))
    assert known(service, service.token(Scope.PACKAGES_READ), path)["report"]["purl"] == "pkg:npm/%40acme/kit@1.0.0"


def test_what_nobody_examined_is_not_known_and_it_is_said_what_to_do(service: Service) -> None:
    refused = problem(service.ask("GET", ENCODED, service.token(Scope.PACKAGES_READ)), "package_not_known")
    assert refused["detail"] == (
        "Nothing is known of npm/fast-colour@2.4.1. POST it to /api/v1/packages/inspect, and look again."
    )


def test_what_is_no_package_url_is_told_with_its_cause(service: Service) -> None:
    refused = problem(service.ask("GET", "/packages/fast-colour", service.token()), "invalid_input")
    assert "is not a package URL such as" in refused["detail"]


def test_what_changed_since_another_version_is_told(service: Service) -> None:
    before = a_package_report(
        replace(COLOUR, version="2.4.0"), capabilities=(FactId.NETWORK, FactId.FILE_READ), findings=()
    )
    service.store.package_reports.save(PUBLIC, before)
    service.store.package_reports.save(PUBLIC, a_package_report())
    change = known(service, service.token(Scope.PACKAGES_READ), f"{ENCODED}?against=2.4.0")["against"]
    assert (change["version"], change["same_engine"], change["state"]) == ("2.4.0", True, "examined")
    assert (change["capabilities_gained"], change["capabilities_lost"]) == (["install-script"], ["file-read"])
    assert [one["alert"] for one in change["findings_new"]] == ["credential-theft"]
    assert change["findings_gone"] == []


def test_an_earlier_version_that_is_not_known_is_named(service: Service) -> None:
    service.packages()
    response = service.ask("GET", f"{ENCODED}?against=1.9.9", service.token(Scope.PACKAGES_READ))
    assert "npm/fast-colour@1.9.9" in problem(response, "package_not_known")["detail"]


def test_a_report_of_another_engine_is_told_as_such(service: Service) -> None:
    one = service.token(Scope.PACKAGES_READ)
    service.store.package_reports.save(PUBLIC, a_package_report(engine="older"))
    before = known(service, one)
    assert (before["outdated"], before["engine_now"]) == (False, None), "no worker has started: nobody can say"
    service.store.catalogues.publish(a_catalogue(), START)
    now = known(service, one)
    assert (now["outdated"], now["report"]["engine"], now["engine_now"]) == (True, "older", a_catalogue().engine)
    service.store.package_reports.save(PUBLIC, a_package_report(engine=a_catalogue().engine))
    assert not known(service, one)["outdated"]


def test_what_was_learned_with_an_installations_credentials_is_its_own(service: Service) -> None:
    service.store.package_reports.save(str(OURS), a_package_report())
    assert known(service, service.token(Scope.PACKAGES_READ, installations=(OURS,)))["private"]
    for installations in ((THEIRS,), (OURS, THEIRS), ()):
        stranger = service.token(Scope.PACKAGES_READ, installations=installations)
        problem(service.ask("GET", ENCODED, stranger), "package_not_known")


def test_a_partly_examined_package_says_so(service: Service) -> None:
    gap = NotExamined("lib/big.js", Reason.PARTLY, "Only its first megabyte was read.")
    service.store.package_reports.save(PUBLIC, a_package_report(findings=(), gaps=[gap], unopened=3))
    report = known(service, service.token(Scope.PACKAGES_READ))["report"]
    assert (report["state"], report["findings"], report["files_not_opened"]) == ("partly", [], 3)
    assert report["not_examined"] == [
        {"what": "lib/big.js", "reason": "partly", "detail": "Only its first megabyte was read."}
    ]
