"""The organisation's policy: there, not there, or not to be had."""

from __future__ import annotations

import pytest

from app.core.errors import Forbidden, ForgeUnavailable, RateLimited
from app.demo.github.faults import Fault, bad_gateway, secondary_limit
from tests.github.loopback import Loopback


def with_policy(world: Loopback) -> None:
    world.github.repository("harbour/.github", {".github/assay.yml": "version: 1\n"})
    world.installation.repositories = None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(403, "Resource not accessible by integration"),
        Fault(404, "Not Found"),
        Fault(409, "Git Repository is empty."),
        Fault(422, "No commit found for SHA: HEAD"),
    ],
    ids=["forbidden", "no commits", "empty", "no branch"],
)
def test_a_repository_that_shows_nothing_is_no_policy(world: Loopback, fault: Fault) -> None:
    with_policy(world)
    world.github.faults.next("GET", "/commits/HEAD$", fault)
    assert world.door().organisation_policy(world.installation.id, "harbour") is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [(bad_gateway(), ForgeUnavailable), (secondary_limit(429), RateLimited)],
    ids=["an outage", "a limit"],
)
def test_an_outage_is_not_the_same_as_no_policy(world: Loopback, fault: Fault, error: type[Exception]) -> None:
    """Else the repository would be judged by a looser policy than its organisation's."""
    with_policy(world)
    world.github.faults.next("GET", "/commits/HEAD$", fault, times=4)
    with pytest.raises(error):
        world.door().organisation_policy(world.installation.id, "harbour")
    assert world.github.tokens.living == []


def test_a_wrong_key_is_not_the_same_as_no_policy(world: Loopback) -> None:
    other = world.github.create_app("Other", permissions={"contents": "read"})
    with pytest.raises(Forbidden, match="Is this the App's private key"):
        world.door(private_key=other.pem).organisation_policy(world.installation.id, "harbour")


def test_a_folder_of_that_name_is_no_policy(world: Loopback) -> None:
    world.github.repository("harbour/.github", {".github/assay.yml/README.md": "a folder"})
    world.installation.repositories = None
    assert world.door().organisation_policy(world.installation.id, "harbour") is None


def test_a_door_says_where_it_leads_and_nothing_else(world: Loopback) -> None:
    assert repr(world.door()) == f"GitHubDoor({world.server.base_url})"
