"""Pull requests with very many packages: runs hand over to each other, and the check tells no lie in between."""

from __future__ import annotations

import pytest

from app.core.ports import DeliveryState
from app.demo.faults import hangs
from app.demo.github import PullRequest, faults
from app.demo.github.courier import Mode
from app.demo.packages import npm_tarball
from app.demo.stage import raised_stage
from tests.stories.theatre import STEALER, Theatre, npm_files, sri

EMPTY = npm_files({})


def a_crowd(house: Theatre, count: int) -> dict[str, tuple[str, str]]:
    """So many packages on the registry, all different."""
    return {
        f"crowd-{number}": ("1.0.0", house.publish(f"crowd-{number}", "1.0.0", {"index.js": f"// {number}\n"}))
        for number in range(count)
    }


def fetched(house: Theatre) -> list[str]:
    """The archives that the registry was asked for."""
    return [seen.path for seen in house.registry.seen if seen.path.endswith(".tgz")]


def one_run(house: Theatre, packages: int) -> None:
    """Serve one lane; the worker is told to stop once so many more packages were fetched."""
    already = len(fetched(house))
    house.told_to_stop = lambda: len(fetched(house)) >= already + packages
    house.github.courier.settle()
    lane = house.dispatch.take()
    assert lane is not None
    house.serve(lane)
    house.told_to_stop = lambda: False


def seen_of(house: Theatre, pull: PullRequest) -> tuple[str, int]:
    """The check's status, and the number it shows."""
    check = house.check(pull)
    assert check.title is not None
    return check.status, int(check.title.split()[1])


def test_sixty_packages_in_several_runs_end_in_one_check(house: Theatre) -> None:
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 60)))
    numbers = []
    for _ in range(2):
        one_run(house, 15)
        status, number = seen_of(house, pull)
        assert status == "in_progress"
        numbers.append(number)
    assert 0 < numbers[0] < numbers[1] < 60
    house.settle()

    check = house.check(pull)
    assert (check.conclusion, check.title) == ("success", "60 changed packages examined, nothing to decide")
    (delivery,) = house.deliveries(pull)
    assert (delivery.state, delivery.attempts, delivery.handovers) == (DeliveryState.DONE, 3, 2)
    assert len(fetched(house)) == len(set(fetched(house))) == 60, "what one run opened, the next one knows"
    assert house.comments(pull) == []


def test_the_check_shows_how_far_the_review_is(house: Theatre) -> None:
    house.progress_seconds = 0.0
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 40)))
    shown: list[tuple[str, str | None]] = []

    def look() -> bool:
        check = house.check(pull)
        shown.append((check.status, check.title))
        return False

    house.told_to_stop = look
    house.settle()
    titles = list(dict.fromkeys(title for _, title in shown if title))
    numbers = [int(title.split()[1]) for title in titles]
    assert {status for status, _ in shown} == {"in_progress"}
    assert len(numbers) >= 3
    assert numbers == sorted(numbers)
    assert titles[0].endswith(" of 40 changed packages")
    assert house.check(pull).title == "40 changed packages examined, nothing to decide"


def test_progress_that_cannot_be_told_costs_the_review_nothing(house: Theatre) -> None:
    house.progress_seconds = 0.0
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 20)))
    house.github.faults.next("PATCH", r"/check-runs/", faults.bad_gateway(), times=1)
    house.settle()
    assert house.check(pull).conclusion == "success"
    assert [delivery.attempts for delivery in house.deliveries(pull)] == [1]


def test_a_newer_head_between_two_runs_closes_the_older_check(house: Theatre) -> None:
    crowd = a_crowd(house, 30)
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(crowd))
    one_run(house, 10)
    old_head = pull.head_sha
    house.github.push(pull, npm_files({"crowd-1": crowd["crowd-1"]}))
    house.clock.advance(60)
    house.github.courier.settle()
    house.clock.advance(60)
    house.settle()

    (old,) = house.github.checks(repository, old_head)
    assert (old.status, old.conclusion, old.title) == ("completed", "cancelled", "A newer commit replaced this one")
    assert house.check(pull).conclusion == "success"


def test_a_push_during_a_long_run_is_not_kept_waiting_by_it(house: Theatre) -> None:
    crowd = a_crowd(house, 40)
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(crowd))
    old_head = pull.head_sha
    smaller = npm_files({"crowd-1": crowd["crowd-1"]})

    def push_meanwhile() -> bool:
        if len(fetched(house)) >= 5 and pull.head_sha == old_head:
            house.github.push(pull, smaller)
            house.github.courier.settle()
            return True  # what the worker notices a few seconds later by itself
        return False

    house.told_to_stop = push_meanwhile
    house.github.courier.settle()
    house.serve(house.dispatch.take() or "")
    (old,) = house.github.checks(repository, old_head)
    assert (old.conclusion, old.title) == ("cancelled", "A newer commit replaced this one")
    assert len(fetched(house)) < 40
    house.clock.advance(60)
    house.settle()
    assert house.check(pull).conclusion == "success"


def test_a_pull_request_that_is_closed_between_two_runs_leaves_no_check_behind(house: Theatre) -> None:
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 30)))
    one_run(house, 10)
    house.github.close(pull)
    house.settle()
    check = house.check(pull)
    assert (check.status, check.conclusion, check.title) == ("completed", "cancelled", "This pull request is closed")


def test_a_push_that_nobody_told_us_of_closes_the_older_check_all_the_same(house: Theatre) -> None:
    """Webhooks get lost; the next run reads the pull request as it is now."""
    crowd = a_crowd(house, 30)
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(crowd))
    one_run(house, 10)
    old_head = pull.head_sha
    house.github.courier.mode = Mode.NEVER
    house.github.push(pull, npm_files({"crowd-1": crowd["crowd-1"]}))
    house.settle()
    (old,) = house.github.checks(repository, old_head)
    assert (old.conclusion, old.title) == ("cancelled", "A newer commit replaced this one")
    assert house.check(pull).conclusion == "success"


def test_runs_that_get_nowhere_end_and_the_check_names_what_is_missing(house: Theatre) -> None:
    """Without any progress a run is a failure: there are three, and then the truth is told."""
    house.seconds = -1.0
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 3)))
    for _ in range(2):
        house.settle()
        assert house.check(pull).status == "in_progress"
        house.clock.advance(700)
    house.settle()

    check = house.check(pull)
    assert (check.status, check.conclusion) == ("completed", "action_required")
    assert check.summary is not None
    assert all(f"npm/crowd-{number}@1.0.0" in check.summary for number in range(3))
    assert [delivery.failures for delivery in house.deliveries(pull)] == [2], "the third was told, and is no failure"

    house.seconds = 900.0
    house.clock.advance(3600)
    house.settle()
    assert house.checks(pull)[-1].conclusion == "success", "and it is tried again by itself"


def test_six_hours_after_the_delivery_no_other_run_follows(house: Theatre) -> None:
    """Somebody waits for an answer: what is known is told, and what is missing is named."""
    house.seconds = -1.0
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(a_crowd(house, 3)))
    house.github.courier.settle()
    house.clock.advance(house.settings.pace.patience + 1)
    house.settle()
    check = house.check(pull)
    assert (check.status, check.conclusion) == ("completed", "action_required")


def test_three_hundred_packages_are_one_review(house: Theatre) -> None:
    crowd = a_crowd(house, 299)
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files({**crowd, "left": ("1.0.1", stolen)}))
    house.settle()

    assert house.check(pull).conclusion == "failure"
    assert "`npm/left@1.0.1`" in house.comment(pull)
    assert len(house.check(pull).summary or "") < 65_535


@pytest.mark.slow  # packs, serves and opens 2,000 packages: about a minute
def test_two_thousand_packages_take_several_runs_and_are_one_review(house: Theatre) -> None:
    crowd = a_crowd(house, 1800)
    thieves = {
        f"thief-{number}": (
            "1.0.0",
            house.publish(f"thief-{number}", "1.0.0", STEALER, scripts={"postinstall": "node scripts/setup.js"}),
        )
        for number in range(200)
    }
    repository = house.repository(EMPTY)
    pull = house.github.open_pull(repository, "Add a crowd", npm_files(crowd | thieves))
    numbers = []
    for _ in range(3):
        one_run(house, 500)
        status, number = seen_of(house, pull)
        assert status == "in_progress"
        numbers.append(number)
    assert numbers == sorted(set(numbers))
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "failure"
    assert (check.title or "").startswith("200 packages blocked; ")
    assert len(check.summary or "") < 65_535
    assert "lines were left out for length" in (check.summary or "")
    assert len(house.comment(pull)) < 65_536
    (delivery,) = house.deliveries(pull)
    assert (delivery.state, delivery.handovers, delivery.failures) == (DeliveryState.DONE, 3, 1)
    assert len(fetched(house)) == len(set(fetched(house))) == 2000


@pytest.mark.slow  # starts real processes twice, and a worker that hands over waits for what it has in hand
def test_a_worker_that_is_told_to_stop_hands_its_review_over_to_the_next_worker() -> None:
    """Real processes: a deployment in the middle of a review, while the registry does not answer for one package."""
    with raised_stage(workers=1, more={"ASSAY_INSPECT_JOBS": "1", "ASSAY_METRICS_BIND": "off"}) as stage:
        crowd = {}
        for number in range(12):
            tarball = npm_tarball(f"@harbour/crowd-{number}", "1.0.0", {"index.js": f"// {number}\n"})
            stage.registry.shelf.put_npm(f"@harbour/crowd-{number}", "1.0.0", tarball)
            crowd[f"@harbour/crowd-{number}"] = ("1.0.0", sri(tarball))
        stage.registry.shelf.break_path("/npm/@harbour/crowd-5", hangs(), times=1)
        repository = stage.github.repository("harbour/shop", EMPTY)
        stage.github.install(stage.app, "harbour", [repository])
        pull = stage.github.open_pull(repository, "Add a crowd", npm_files(crowd))
        stage.wait(lambda: any("crowd-5" in seen.path for seen in stage.registry.seen), 30, "nothing was asked for")

        worker = stage.processes.pop("worker")
        worker.terminate()
        assert worker.wait(30) == 0
        (check,) = stage.github.checks(repository, pull.head_sha)
        assert check.status == "in_progress"
        assert (check.title or "").endswith(" of 12 changed packages")

        stage.start("worker", "work", "--workers", "1")
        assert stage.wait_for_check(pull, 60).conclusion == "success"
        assert len(stage.github.checks(repository, pull.head_sha)) == 1
        opened = [seen.path for seen in stage.registry.seen if seen.path.endswith(".tgz")]
        assert len(opened) == len(set(opened)) == 12, "what the first worker opened, the second one knows"
