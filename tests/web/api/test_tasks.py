"""Tasks: seen by whoever asked, and by those of the same tenant who may ask for the same; not there for others."""

from __future__ import annotations

import json

import pytest

from app.core.access import Scope
from app.core.package_url import write_purl
from tests.store.test_package_reports import COLOUR
from tests.web.api.conftest import Service, problem

OURS, THEIRS = 99, 98
INSPECT = Scope.PACKAGES_INSPECT


def test_whoever_asked_sees_it_whatever_the_token_may_do_by_now(service: Service) -> None:
    one = service.token(Scope.POLICY_READ, installations=(OURS,))
    response = service.ask("GET", f"/tasks/{service.task(one)}", one)
    assert json.loads(response.data)["packages"][0]["purl"] == write_purl(COLOUR)


def test_so_do_those_of_the_same_tenant_who_may_ask_for_the_same(service: Service) -> None:
    task_id = service.task(service.token(INSPECT, installations=(OURS,)))
    for one in (service.token(INSPECT, installations=(OURS,)), service.token(INSPECT)):
        assert service.ask("GET", f"/tasks/{task_id}", one).status_code == 200
    for scope in (Scope.PACKAGES_READ, Scope.TOKENS_CREATE):
        problem(service.ask("GET", f"/tasks/{task_id}", service.token(scope, installations=(OURS,))), "not_found")


@pytest.mark.parametrize("theirs", [(THEIRS,), (OURS, THEIRS), ()], ids=["another", "both", "all"])
def test_another_tenants_is_not_there_in_the_words_of_one_that_never_was(
    service: Service, theirs: tuple[int, ...]
) -> None:
    task_id = service.task(service.token(INSPECT, installations=theirs))
    mine = service.token(installations=(OURS,))
    there, not_there = (problem(service.ask("GET", f"/tasks/{one}", mine), "not_found") for one in (task_id, "x" * 32))
    assert {**there, "request_id": ""} == {**not_there, "request_id": ""}


def test_who_is_narrowed_to_a_repository_sees_its_own(service: Service) -> None:
    of_all = service.task(service.token(INSPECT, installations=(OURS,)))
    of_one = service.task(service.token(INSPECT, installations=(OURS,), repositories=(42,)))
    mine = service.token(INSPECT, installations=(OURS,), repositories=(42,))
    problem(service.ask("GET", f"/tasks/{of_all}", mine), "not_found")
    assert service.ask("GET", f"/tasks/{of_one}", mine).status_code == 200


def test_a_rotated_token_sees_what_its_family_asked_for(service: Service) -> None:
    one = service.token(Scope.PACKAGES_READ, Scope.TOKENS_ROTATE, installations=(OURS,))
    task_id = service.task(one)
    rotated = json.loads(service.ask("POST", "/tokens/self/rotate", one, json={}).data)["token"]
    assert service.ask("GET", f"/tasks/{task_id}", rotated).status_code == 200


def test_ids_cannot_be_guessed(service: Service) -> None:
    one = service.token(INSPECT)
    body = {"packages": [write_purl(COLOUR)]}
    ids = {json.loads(service.ask("POST", "/packages/inspect", one, json=body).data)["id"] for _ in range(10)}
    assert len(ids) == 10
    assert {len(task_id) for task_id in ids} == {32}
