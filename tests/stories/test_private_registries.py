"""Private packages: who may have them, what others read, and a credential that turns up nowhere."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.core.ports import Inspection, InspectionRequest
from app.core.tenancy import Tenant
from app.demo.faults import answers, redirects
from app.demo.github import PullRequest
from app.demo.packages import npm_tarball, sdist
from app.demo.registry import RegistryServer
from app.registries import BoundRegistry, Endpoints
from tests.builders import NPM, PYPI
from tests.stories.theatre import GREETER, Theatre, npm_files, sri
from worker import bootstrap, tenants

CANARY = "c4n4ry-of-the-private-registry"
KIT = npm_tarball("@acme/kit", "1.0.0", GREETER)
NO_KIT = npm_files({})


@pytest.fixture
def own() -> Iterator[RegistryServer]:
    """The registry of the organisation `harbour`."""
    with RegistryServer() as served:
        served.shelf.put_npm("@acme/kit", "1.0.0", KIT)
        served.shelf.put_pypi("acme-billing", "acme-billing-1.0.tar.gz", sdist("acme-billing", "1.0"))
        yield served


def endpoints(house: Theatre, own: RegistryServer) -> Endpoints:
    allowed = frozenset({"harbour"})
    bound = (
        BoundRegistry(NPM, own.endpoints.npm, ("@acme/*",), allowed, "line 1", f"Bearer {CANARY}"),
        BoundRegistry(PYPI, own.endpoints.pypi, ("acme-*",), allowed, "line 9", f"Basic {CANARY}"),
    )
    return replace(house.registry.endpoints, registries=bound)


def play(house: Theatre, own: RegistryServer) -> None:
    """Serve every lane until nothing is waiting, with registries that are bound to installations."""
    box = replace(house.toolbox(), tools_for=partial(tenants.serving, endpoints(house, own)))
    for _ in range(20):
        house.github.courier.settle()
        lane = house.dispatch.take()
        if lane is None:
            return
        bootstrap.serve_box(lane, box, house.settings, house.store, house.dispatch, house.clock)


def ours(house: Theatre, before: Mapping[str, str], after: Mapping[str, str]) -> PullRequest:
    return house.github.open_pull(house.repository(before), "Take the kit", after)


def a_strangers(house: Theatre, before: Mapping[str, str], after: Mapping[str, str]) -> PullRequest:
    """A pull request of another organisation, where the App is installed as well."""
    owner = house.github.organisation("rival")
    repository = house.github.repository("rival/shop", dict(before))
    house.github.install(house.world.app, owner, [repository])
    return house.github.open_pull(repository, "Take the kit", after)


def test_a_private_scope_is_examined_for_its_installation_and_for_no_other(house: Theatre, own: RegistryServer) -> None:
    """The stranger names the right hash, and what is learned is kept: it helps nothing."""
    with_kit = npm_files({"@acme/kit": ("1.0.0", sri(KIT))})
    mine = ours(house, NO_KIT, with_kit)
    play(house, own)
    assert (house.check(mine).conclusion, len(own.seen) > 0) == ("success", True)

    asked = len(own.seen)
    theirs = a_strangers(house, NO_KIT, with_kit)
    play(house, own)
    check = house.check(theirs)
    assert check.conclusion == "action_required"
    assert check.title == "1 package could not be examined (no access to its registry)"
    assert "comes from a private registry that this installation may not use" in (check.summary or "")
    assert len(own.seen) == asked
    assert [seen for seen in house.registry.seen if "acme" in seen.path] == []


def test_a_private_python_package_too(house: Theatre, own: RegistryServer) -> None:
    before, after = {"requirements.txt": ""}, {"requirements.txt": "acme-billing==1.0\n"}
    mine, theirs = ours(house, before, after), a_strangers(house, before, after)
    play(house, own)

    assert (house.check(mine).conclusion, house.check(theirs).conclusion) == ("success", "action_required")


def test_a_refused_credential_says_who_can_mend_it_and_is_not_tried_again(house: Theatre, own: RegistryServer) -> None:
    own.shelf.break_path("/npm/@acme/kit/1.0.0", answers(403))
    own.shelf.break_path("/npm/@acme/kit", answers(403))
    pull = ours(house, NO_KIT, npm_files({"@acme/kit": ("1.0.0", sri(KIT))}))
    play(house, own)

    summary = house.check(pull).summary or ""
    assert "it does not allow this to the credentials that are set for it" in summary
    assert "We try again" not in summary


class Listening:
    """Notes what the sealed child is asked."""

    def __init__(self, house: Theatre) -> None:
        self.inner, self.asked = house.inspector, ""

    def inspect(self, request: InspectionRequest) -> Inspection:
        self.asked += repr(request)
        return self.inner.inspect(request)


@pytest.mark.parametrize("fault", ["none", "403", "500", "redirect", "nonsense"])
def test_the_credential_turns_up_nowhere(
    house: Theatre, own: RegistryServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Not in a log (before anything is struck out), the database, the check, the comment, or a request of the child."""
    caplog.set_level(logging.DEBUG)
    faults = {"403": answers(403), "500": answers(500), "redirect": redirects(f"{house.registry.url}/npm/elsewhere")}
    faults["nonsense"] = answers(200)
    for path in ("/npm/@acme/kit/1.0.0", "/npm/@acme/kit", "/pypi/simple/acme-billing/"):
        if fault != "none":
            own.shelf.break_path(path, faults[fault])
    house.inspector = listening = Listening(house)
    after = npm_files({"@acme/kit": ("1.0.0", sri(KIT))}) | {"requirements.txt": "acme-billing==1.0\n"}
    pull = ours(house, NO_KIT, after)
    play(house, own)

    check = house.check(pull)
    assert any(CANARY in seen.headers.get("authorization", "") for seen in own.seen), "it was used"
    assert (check.conclusion == "success") is (fault == "none")
    said = [
        caplog.text + repr([vars(record) for record in caplog.records]),
        listening.asked,
        repr(check),
        json.dumps([c.body for c in house.comments(pull)]),
    ]
    said += [
        repr(house.dispatch.__dict__),
        repr(endpoints(house, own)),
        repr([one.headers for one in house.registry.seen]),
    ]
    with sqlite3.connect(tmp_path / "assay.db") as database:
        said.append("\n".join(database.iterdump()))
    assert [CANARY in text for text in said] == [False] * len(said)


def test_the_tools_of_an_installation_hold_its_registries_only(house: Theatre, own: RegistryServer) -> None:
    box = house.toolbox()
    tools = tenants.serving(endpoints(house, own), box.tools, Tenant(99, "rival"))
    assert CANARY not in repr(tools)
    assert own.url not in repr(tools.configured)
