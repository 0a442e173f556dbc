"""What a token loses with an installation: all of it where it names nothing else, a part where it does."""

from __future__ import annotations

import pytest

from app.core.access import Access
from app.core.events import InstallationAction, InstallationChange
from app.core.removal import Loss, loss, told

GONE = InstallationChange(99, InstallationAction.DELETED)
GONE_WITH_NAMES = InstallationChange(99, InstallationAction.DELETED, frozenset({42, 43}))
REPOSITORIES = InstallationChange(99, InstallationAction.REPOSITORIES_REMOVED, frozenset({42, 43}))


def narrowed(installations: tuple[int, ...] = (), repositories: tuple[int, ...] = ()) -> Access:
    return Access(frozenset(), frozenset(installations), frozenset(repositories))


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (narrowed((99,)), Loss.ALL),
        (narrowed((99,), (42,)), Loss.ALL),
        (narrowed((99, 98)), Loss.PART),
        (narrowed((98,)), Loss.NONE),
        (narrowed(()), Loss.NONE),
        (narrowed((), (42,)), Loss.NONE),
    ],
)
def test_with_its_installation_a_token_loses_everything(access: Access, expected: Loss) -> None:
    assert loss(GONE, access) is expected


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (narrowed((), (42,)), Loss.ALL),
        (narrowed((), (42, 44)), Loss.PART),
        (narrowed((), (44,)), Loss.NONE),
        (narrowed((98,), (42,)), Loss.NONE),
    ],
)
def test_repositories_that_went_with_it_are_gone_for_tokens_that_name_no_installation(
    access: Access, expected: Loss
) -> None:
    assert loss(GONE_WITH_NAMES, access) is expected


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (narrowed((99,), (42,)), Loss.ALL),
        (narrowed((99,), (42, 43)), Loss.ALL),
        (narrowed((), (42,)), Loss.ALL),
        (narrowed((99,), (42, 44)), Loss.PART),
        (narrowed((99, 98), (42,)), Loss.PART),  # it may have moved to the other
        (narrowed((99,), (44,)), Loss.NONE),
        (narrowed((99,)), Loss.NONE),
        (narrowed((98,), (42,)), Loss.NONE),
        (narrowed(), Loss.NONE),
    ],
)
def test_with_its_repositories_a_token_of_those_loses_everything(access: Access, expected: Loss) -> None:
    assert loss(REPOSITORIES, access) is expected


def test_what_happened_is_told_in_one_sentence() -> None:
    assert told(GONE) == "installation 99 was removed on GitHub"
    assert [told(InstallationChange(99, action)) for action in InstallationAction][1:] == [
        "installation 99 is suspended on GitHub",
        "installation 99 is not suspended on GitHub any more",
        "repositories of installation 99 were removed on GitHub",
    ]
