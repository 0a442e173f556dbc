"""The table: which failure is tried again, which is told, and which ends quietly."""

from __future__ import annotations

import pytest

from app.core.errors import (
    Forbidden,
    ForgeUnavailable,
    Gone,
    HandedOver,
    InputError,
    QueueUnavailable,
    RateLimited,
    RegistryUnavailable,
    SettingsError,
    StoreUnavailable,
    Superseded,
)
from worker.retry import OUR_FAULT, Decision, Drop, GiveUp, RetryAfter, decide

SCHEDULE = (0.0, 60.0, 600.0)


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (ForgeUnavailable("GitHub answered 502."), RetryAfter(60, "GitHub answered 502.")),
        (RegistryUnavailable("The registry did not answer."), RetryAfter(60, "The registry did not answer.")),
        (StoreUnavailable("no such table: canary"), RetryAfter(60, "A part of Assay was out of reach.")),
        (QueueUnavailable("redis://canary"), RetryAfter(60, "A part of Assay was out of reach.")),
        (ValueError("canary"), RetryAfter(60, OUR_FAULT)),
        (MemoryError(), RetryAfter(60, OUR_FAULT)),
        (RateLimited("GitHub asks us to wait.", 1800), RetryAfter(1800, "GitHub asks us to wait.", counted=False)),
        (RateLimited("GitHub asks us to wait.", -5), RetryAfter(1, "GitHub asks us to wait.", counted=False)),
        (
            HandedOver(120, 340, counted=True),
            RetryAfter(60, "Examined 120 of 340 changed packages; the next run goes on from there."),
        ),
        (Superseded(), Drop("a newer event replaced it")),
        (Superseded("pull request 7 is closed"), Drop("pull request 7 is closed")),
        (Gone("The repository is gone."), Drop("The repository is gone.")),
        (Forbidden("The installation is suspended."), Drop("The installation is suspended.")),
        (InputError("line 3 is wrong"), GiveUp("line 3 is wrong")),
        (
            SettingsError(("GITHUB_PRIVATE_KEY is canary",)),
            GiveUp("Assay is not set up right. Its operator finds the cause in the log."),
        ),
    ],
)
def test_the_first_failure(error: Exception, first: Decision) -> None:
    assert decide(error, 1, SCHEDULE) == first


def test_the_waits_grow_and_then_it_is_given_up() -> None:
    error = ForgeUnavailable("GitHub answered 502.")
    assert decide(error, 2, SCHEDULE) == RetryAfter(600, "GitHub answered 502.")
    assert decide(error, 3, SCHEDULE) == GiveUp("GitHub answered 502.")
    assert decide(error, 4, SCHEDULE) == GiveUp("GitHub answered 502.")


def test_a_rate_limit_is_waited_for_however_often_it_comes() -> None:
    assert decide(RateLimited("Wait.", 60), 30, SCHEDULE) == RetryAfter(60, "Wait.", counted=False)


def test_our_own_faults_are_not_explained_to_the_pull_request() -> None:
    """An error that nobody foresaw may quote anything."""
    assert decide(KeyError("canary"), 3, SCHEDULE) == GiveUp(OUR_FAULT)
