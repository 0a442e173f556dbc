"""The check run is there once, says what happened, and has every annotation once, whatever fails on the way."""

from __future__ import annotations

import pytest

from app.core.errors import ForgeUnavailable
from app.core.policy import Conclusion
from app.core.ports import Annotation, CheckOutput, Forge
from app.demo.github.faults import Fault, bad_gateway, dropped
from tests.github.loopback import Loopback


def many(count: int) -> CheckOutput:
    annotations = (
        Annotation("package-lock.json", line, "warning", "a rule", "says why") for line in range(1, count + 1)
    )
    return CheckOutput("title", "summary", tuple(annotations))


def started(world: Loopback, forge: Forge) -> int:
    return forge.start_check(world.pull().head_sha, "1:x")


def lines(world: Loopback, check: int) -> list[int]:
    return [annotation["start_line"] for annotation in world.github.check_runs[check].annotations]


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize(
    "fault",
    [bad_gateway(), bad_gateway(after=True), dropped(), dropped(after=True)],
    ids=["not done, 502", "done, 502", "not done, dropped", "done, dropped"],
)
def test_a_page_of_annotations_that_fails_is_looked_at_before_it_is_sent_again(
    world: Loopback, fault: Fault, page: int
) -> None:
    """Annotations append: a PATCH repeated blindly would show everything twice."""
    with world.open() as forge:
        check = started(world, forge)
        world.github.faults.next("PATCH", "/check-runs/", fault, skip=page - 1)
        forge.complete_check(check, Conclusion.FAILURE, many(120))
    assert lines(world, check) == list(range(1, 121))
    assert world.github.check_runs[check].conclusion == "failure"


def test_a_run_that_died_half_way_is_continued(world: Loopback) -> None:
    pull = world.pull()
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        forge.complete_check(check, Conclusion.FAILURE, many(70))
    with world.open() as forge:
        assert forge.start_check(pull.head_sha, "1:x") == check
        world.judge.log.clear()
        forge.complete_check(check, Conclusion.FAILURE, many(120))
    assert lines(world, check) == list(range(1, 121))
    assert world.judge.count("PATCH") == 1


def test_two_annotations_that_say_the_same_are_both_shown(world: Loopback) -> None:
    twice = CheckOutput("t", "s", many(1).annotations * 2)
    with world.open() as forge:
        check = started(world, forge)
        forge.complete_check(check, Conclusion.FAILURE, twice)
        forge.complete_check(check, Conclusion.FAILURE, twice)
    assert lines(world, check) == [1, 1]


def test_an_outage_that_lasts_is_given_up(world: Loopback) -> None:
    with world.open() as forge:
        check = started(world, forge)
        world.github.faults.next("PATCH", "/check-runs/", bad_gateway(), times=9)
        with pytest.raises(ForgeUnavailable):
            forge.complete_check(check, Conclusion.FAILURE, many(3))
    assert world.judge.count("PATCH") == 3


def test_texts_are_cut_to_what_github_takes(world: Loopback) -> None:
    """The words are chosen before; this is the last fence, and it says that something is missing."""
    annotation = Annotation("package-lock.json", 0, "notice", "t" * 300, "ü" * 40_000)
    with world.open() as forge:
        check = started(world, forge)
        forge.progress(check, "p" * 300, "q" * 70_000)
        forge.complete_check(check, Conclusion.NEUTRAL, CheckOutput("t" * 300, "s" * 70_000, (annotation,)))
    run = world.github.check_runs[check]
    assert run.summary is not None
    assert (len(run.title or ""), len(run.summary)) == (255, 65_535)
    assert run.summary.endswith("[cut: longer than GitHub allows]")
    (shown,) = run.annotations
    assert (shown["start_line"], len(shown["title"])) == (1, 255)
    assert len(shown["message"].encode()) <= 64 * 1024


def test_a_check_that_runs_already_costs_no_write(world: Loopback) -> None:
    with world.open() as forge:
        pull = world.pull()
        forge.start_check(pull.head_sha, "1:x")
        world.judge.log.clear()
        forge.start_check(pull.head_sha, "1:x")
    assert [method for method, _ in world.judge.log] == ["GET", "DELETE"]
