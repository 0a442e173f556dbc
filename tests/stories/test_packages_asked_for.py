"""A program asks about packages: from the POST to the report, with a worker that really opens them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.core.access import Scope
from app.demo.faults import answers
from app.demo.packages import npm_tarball, sdist
from app.demo.registry import RegistryServer
from app.issuer import Made
from app.registries import BoundRegistry, Endpoints
from tests.builders import NPM
from tests.stories.theatre import GREETER, STEALER, Theatre, npm_files
from tests.web.api.conftest import Service
from worker import bootstrap, tenants
from worker.package_reports import keeper
from worker.task import serve_task

COLOUR = "pkg:npm/fast-colour@2.4.1"
KIT = "pkg:npm/%40acme/kit@1.0.0"
SECRET = "Bearer c4n4ry-of-the-private-registry"


@pytest.fixture
def service(house: Theatre) -> Service:
    """The API beside the theatre's own web process, on the same database."""
    service = Service(house.store, house.clock)
    service.store.catalogues.publish(bootstrap.catalogue(), house.clock())
    return service


@pytest.fixture
def own() -> Iterator[RegistryServer]:
    """The registry of installation 99."""
    with RegistryServer() as served:
        served.shelf.put_npm("@acme/kit", "1.0.0", npm_tarball("@acme/kit", "1.0.0", GREETER))
        yield served


def publish(house: Theatre) -> None:
    """A package that began to steal with its last release, and a harmless one."""
    house.publish("fast-colour", "2.4.0", GREETER)
    house.publish("fast-colour", "2.4.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    house.registry.shelf.put_pypi("imgpress", "imgpress-3.0.0.tar.gz", sdist("imgpress", "3.0.0"))


def work(house: Theatre, service: Service, endpoints: Endpoints | None = None) -> None:
    """Serve every task until none is waiting."""
    endpoints = endpoints or house.registry.endpoints
    while (task_id := service.dispatch.take_task()) is not None:
        serve_task(
            task_id,
            store=house.store,
            dispatch=service.dispatch,
            runners=tenants.runners(house.store, house.toolbox(), endpoints),
            pace=house.settings.pace,
            clock=house.clock,
        )


def read(service: Service, path: str, token: Made) -> Any:
    """The answer, which is a good one."""
    response = service.ask("GET", path, token)
    assert response.status_code == 200, response.text
    return json.loads(response.data)


def ask(service: Service, token: Made, *purls: str) -> str:
    """Ask for an inspection; where to look."""
    response = service.ask("POST", "/packages/inspect", token, json={"packages": purls})
    assert response.status_code == 202, response.text
    return str(response.headers["Location"])


def test_from_the_question_to_the_report(house: Theatre, service: Service) -> None:
    publish(house)
    token = service.token(Scope.PACKAGES_INSPECT, Scope.PACKAGES_READ)
    purls = [
        COLOUR,
        "pkg:npm/fast-colour@2.4.0",
        "pkg:pypi/imgpress@3.0.0",
        "pkg:npm/missing@1.0.0",
        "pkg:cargo/serde@1",
    ]
    place = ask(service, token, *purls)
    assert {item["state"] for item in read(service, place, token)["packages"]} == {"pending"}

    work(house, service)

    task = read(service, place, token)
    assert (task["state"], task["note"]) == ("done", "")
    assert [(item["package"], item["state"]) for item in task["packages"]] == [
        ("npm/fast-colour@2.4.1", "examined"),
        ("npm/fast-colour@2.4.0", "examined"),
        ("pypi/imgpress@3.0.0", "examined"),
        ("npm/missing@1.0.0", "not-examined"),
        ("cargo/serde@1", "not-examined"),
    ]
    stealer, greeter, *_ = task["packages"]
    assert "credential-theft" in [one["alert"] for one in stealer["findings"]]
    assert greeter["findings"] == []

    known = read(service, "/packages/pkg%3Anpm%2Ffast-colour%402.4.1?against=2.4.0", token)
    assert (known["private"], known["outdated"]) == (False, False)
    assert {"network", "install-script", "file-read"} <= set(known["against"]["capabilities_gained"])
    assert "credential-theft" in [one["alert"] for one in known["against"]["findings_new"]]
    first = next(one for one in known["report"]["findings"] if one["alert"] == "credential-theft")
    assert ("scripts/setup.js", 4) in [(row["file"], row["line"]) for row in first["evidence"]]
    assert known["report"]["artifacts"][0]["filename"] == "fast-colour-2.4.1.tgz"


def test_what_a_review_examined_is_known_without_asking(house: Theatre, service: Service) -> None:
    old = house.publish("fast-colour", "2.4.0", GREETER)
    new = house.publish("fast-colour", "2.4.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(npm_files({"fast-colour": ("2.4.0", old)}))
    house.github.open_pull(repository, "Upgrade", npm_files({"fast-colour": ("2.4.1", new)}))
    box = house.toolbox()
    box = replace(box, tools=replace(box.tools, keep=keeper(house.store.package_reports)))
    house.github.courier.settle()
    lane = house.dispatch.take()
    assert lane is not None
    bootstrap.serve_box(lane, box, house.settings, house.store, house.dispatch, house.clock)

    token = service.token(Scope.PACKAGES_READ)
    known = read(service, "/packages/pkg:npm/fast-colour@2.4.1", token)["report"]
    alerts = [one["alert"] for one in known["findings"]]
    assert "credential-theft" in alerts
    assert "capability-gained" not in alerts, "that is about the change, not about the package"


def test_a_registry_that_is_down_makes_nothing_look_clean(house: Theatre, service: Service) -> None:
    publish(house)
    house.registry.shelf.break_path("/npm/fast-colour/2.4.1", answers(503))
    house.registry.shelf.break_path("/npm/fast-colour", answers(503))
    token = service.token(Scope.PACKAGES_INSPECT, Scope.PACKAGES_READ)
    place = ask(service, token, COLOUR)
    work(house, service)
    (item,) = read(service, place, token)["packages"]
    assert (item["state"], item["not_examined"][0]["reason"]) == ("not-examined", "registry-unavailable")
    assert service.ask("GET", "/packages/pkg:npm/fast-colour@2.4.1", token).status_code == 404


def test_a_private_package_is_examined_for_its_installation_and_for_no_other(
    house: Theatre, service: Service, own: RegistryServer
) -> None:
    bound = BoundRegistry(NPM, own.endpoints.npm, ("@acme/*",), frozenset({99}), "line 1", SECRET)
    endpoints = replace(house.registry.endpoints, registries=(bound,))
    scopes = (Scope.PACKAGES_INSPECT, Scope.PACKAGES_READ)
    ours = service.token(*scopes, installations=(99,))
    theirs = [service.token(*scopes, installations=narrowed) for narrowed in ((98,), (98, 99), ())]

    for one in theirs:
        place = ask(service, one, KIT)
        work(house, service, endpoints)
        (item,) = read(service, place, one)["packages"]
        assert (item["state"], item["not_examined"][0]["reason"]) == ("not-examined", "no-access")
    assert own.seen == [], "nobody's credentials were used"

    place = ask(service, ours, KIT)
    work(house, service, endpoints)
    (item,) = read(service, place, ours)["packages"]
    assert item["state"] == "examined"
    assert {seen.headers.get("authorization") for seen in own.seen} == {SECRET}
    assert read(service, "/packages/pkg:npm/%40acme/kit@1.0.0", ours)["private"]
    for one in theirs:
        assert service.ask("GET", "/packages/pkg:npm/%40acme/kit@1.0.0", one).status_code == 404
    seen = [service.ask("GET", place, one).status_code for one in theirs]
    assert seen == [404, 200, 200], "whoever oversees an installation sees what its tokens asked for, as with reviews"


def test_the_owner_of_an_installation_is_known_by_its_reviews(
    house: Theatre, service: Service, own: RegistryServer
) -> None:
    bound = BoundRegistry(NPM, own.endpoints.npm, ("@acme/*",), frozenset({"acme"}), "line 1", SECRET)
    endpoints = replace(house.registry.endpoints, registries=(bound,))
    ours = service.token(Scope.PACKAGES_INSPECT, installations=(99,))
    for expected in ("not-examined", "examined"):
        place = ask(service, ours, KIT)
        work(house, service, endpoints)
        assert read(service, place, ours)["packages"][0]["state"] == expected
        service.review(installation=99)  # of a repository of acme's


def test_a_worker_that_is_told_to_stop_hands_over_and_the_next_one_ends_it(house: Theatre, service: Service) -> None:
    publish(house)
    token = service.token(Scope.PACKAGES_INSPECT)
    place = ask(service, token, COLOUR)
    task_id = service.dispatch.take_task()
    assert task_id is not None
    serve_task(
        task_id,
        store=house.store,
        dispatch=service.dispatch,
        runners=tenants.runners(house.store, house.toolbox(), house.registry.endpoints),
        pace=house.settings.pace,
        clock=house.clock,
        told_to_stop=lambda: True,
    )
    waits = read(service, place, token)
    assert (waits["state"], waits["packages"][0]["state"]) in {("waiting", "pending"), ("done", "examined")}
    work(house, service)
    assert read(service, place, token)["packages"][0]["state"] == "examined"
