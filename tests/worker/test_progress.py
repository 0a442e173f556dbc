"""A check run says how far its review is: seldom, forward only, and never at the review's cost."""

from __future__ import annotations

import pytest

from app.core.errors import ForgeError, ForgeUnavailable, RateLimited
from app.demo.github import CheckRun, GitHub
from tests.fakes.clock import FakeClock
from tests.fakes.forge import MemoryForge, MemoryForgeDoor
from worker.progress import Progress


class Watched:
    """A check run in progress, beside a stopwatch."""

    def __init__(self, told: int = 0) -> None:
        github = GitHub(FakeClock())
        repository = github.repository("acme/shop", {"README.md": "A shop.\n"})
        door = MemoryForgeDoor(github)
        app = door.install(repository).app
        self.forge = MemoryForge(github, app, repository, door.failures)
        check_id = self.forge.start_check(repository.head, "1:head:guid")
        self.run: CheckRun = github.check_runs[check_id]
        self.now = 0.0
        self.progress = Progress(self.forge, check_id, seconds=5.0, told=told, clock=lambda: self.now)

    def after(self, seconds: float, done: int, whole: int = 340) -> str | None:
        """What the check says once so many more seconds went by."""
        self.now += seconds
        self.progress(done, whole)
        return self.run.title


def test_the_check_says_how_many_packages_are_done() -> None:
    check = Watched()
    assert check.after(6, 120) == "Examined 120 of 340 changed packages"
    assert check.run.status == "in_progress"


def test_it_is_told_once_every_few_seconds_however_often_it_is_asked() -> None:
    check = Watched()
    told = {check.after(0.1, done) for done in range(1, 201)}
    assert len(told - {None}) <= 4


def test_a_quarter_of_an_hour_costs_about_sixty_writes() -> None:
    check = Watched()
    told = {check.after(1, second, 2000) for second in range(1, 901)}
    assert 50 <= len(told - {None}) <= 80


def test_the_last_number_is_the_verdicts_to_say() -> None:
    assert Watched().after(60, 340, 340) is None


def test_what_is_not_news_is_not_repeated() -> None:
    check = Watched()
    check.after(6, 120)
    check.run.title = "marked"
    assert check.after(60, 120) == "marked"


def test_the_number_never_falls_when_another_run_goes_on() -> None:
    check = Watched(told=120)
    assert check.after(60, 119) is None
    assert check.after(60, 121) == "Examined 121 of 340 changed packages"


@pytest.mark.parametrize("failure", [ForgeUnavailable("GitHub answered 502."), ForgeError("refused")])
def test_a_write_that_fails_is_forgotten_for_a_minute(failure: ForgeError) -> None:
    check = Watched()
    check.forge.failures.next("progress", failure)
    assert check.after(6, 120) is None
    assert check.after(30, 130) is None
    assert check.after(31, 140) == "Examined 140 of 340 changed packages"


def test_nothing_more_is_told_once_github_asks_us_to_wait() -> None:
    check = Watched()
    check.forge.failures.next("progress", RateLimited("GitHub asks us to wait.", 60))
    check.after(6, 120)
    assert check.after(3600, 130) is None


def test_a_run_that_hands_over_says_so_at_once() -> None:
    check = Watched(told=100)
    check.progress.hand_over(90, 340)
    assert check.run.title == "Examined 100 of 340 changed packages"
    assert check.run.summary == "Examined 100 of 340 changed packages. The next run goes on from there."
