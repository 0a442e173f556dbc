"""Whatever goes wrong around a review, it ends in one check that is true, and never green by accident."""

from __future__ import annotations

import os
import signal
import threading
import time

from flask import Response

from app.core.ports import DeliveryState
from app.demo.faults import answers, hangs
from app.demo.github import faults
from app.demo.github.courier import Mode
from app.demo.packages import npm_tarball
from app.demo.stage import raised_stage
from tests.stories.theatre import GREETER, STEALER, Theatre, npm_files, sri


def a_shop(house: Theatre, version: str) -> dict[str, str]:
    return npm_files({"left": (version, house.publish("left", version, {**GREETER, "v.js": f"// {version}\n"}))})


def test_a_registry_that_is_down_is_not_green_and_the_review_recovers_by_itself(house: Theatre) -> None:
    repository = house.repository(a_shop(house, "1.0.0"))
    house.registry.shelf.break_path("/npm/left", answers(503), times=1000)
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, "1.0.1"))
    house.settle()

    first = house.check(pull)
    assert first.conclusion == "action_required"
    assert first.title == "1 package could not be examined (registry did not answer); will be tried again"
    assert house.comments(pull) == []

    house.registry.shelf.mend()
    house.clock.advance(61)
    house.settle()
    newest = house.checks(pull)[-1]
    assert (newest.conclusion, newest.title) == ("success", "1 changed package examined, nothing to decide")


def test_the_head_moves_during_the_review_and_the_stale_verdict_is_not_published(house: Theatre) -> None:
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(a_shop(house, "1.0.0"))
    fixed = a_shop(house, "1.0.2")
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", stolen)}))
    old_head = pull.head_sha

    def push_meanwhile(_stop: threading.Event) -> Response:
        house.github.push(pull, fixed)
        return Response(status=503)

    house.registry.shelf.break_path("/npm/left", push_meanwhile, times=1)
    house.settle()
    house.clock.advance(30)
    house.settle()

    (old,) = house.github.checks(repository, old_head)
    assert (old.conclusion, old.title) == ("cancelled", "A newer commit replaced this one")
    assert house.check(pull).conclusion == "success"
    assert house.comments(pull) == []


def test_the_same_delivery_twice_makes_one_check_and_one_comment(house: Theatre) -> None:
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(a_shop(house, "1.0.0"))
    house.github.courier.mode = Mode.TWICE
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", stolen)}))
    house.settle()
    house.github.courier.redeliver(house.github.deliveries[-1])
    house.settle()

    assert house.check(pull).conclusion == "failure"
    assert len(house.comments(pull)) == 1
    assert len(house.line_comments(pull)) == 1


def test_synchronize_events_out_of_order_end_with_the_newest_head(house: Theatre) -> None:
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(a_shop(house, "1.0.0"))
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, "1.0.2"))
    house.settle()
    house.github.courier.mode = Mode.REVERSED
    house.github.push(pull, npm_files({"left": ("1.0.1", stolen)}))
    house.github.push(pull, a_shop(house, "1.0.3"))
    house.github.courier.release()
    house.settle()
    house.clock.advance(30)
    house.settle()

    assert house.check(pull).conclusion == "success"
    assert house.comments(pull) == []


def test_github_does_the_write_and_then_answers_502_and_there_is_still_one_comment(house: Theatre) -> None:
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(a_shop(house, "1.0.0"))
    house.github.faults.next("POST", r"/issues/\d+/comments$", faults.bad_gateway(after=True))
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", stolen)}))
    house.settle()
    house.clock.advance(700)
    house.settle()

    assert house.checks(pull)[-1].conclusion == "failure"
    assert len(house.comments(pull)) == 1


def test_github_is_down_for_good_and_the_delivery_is_given_up_visibly(house: Theatre) -> None:
    repository = house.repository(a_shop(house, "1.0.0"))
    house.github.faults.next("GET", r"/git/trees/", faults.bad_gateway(), times=1000)
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, "1.0.1"))
    for _ in range(8):
        house.settle()
        house.clock.advance(700)

    assert [row.state for row in house.deliveries(pull)] == [DeliveryState.DEAD]
    last = house.checks(pull)[-1]
    assert (last.conclusion, last.title) == ("action_required", "This pull request could not be examined")


def test_a_re_run_looks_again(house: Theatre) -> None:
    repository = house.repository(a_shop(house, "1.0.0"))
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, "1.0.1"))
    house.settle()
    house.github.rerequest(house.check(pull))
    house.clock.advance(30)
    house.settle()

    assert [check.conclusion for check in house.checks(pull)] == ["success", "success"]


def test_a_closed_pull_request_is_left_alone(house: Theatre) -> None:
    repository = house.repository(a_shop(house, "1.0.0"))
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, "1.0.1"))
    house.github.close(pull)
    house.settle()

    assert house.checks(pull) == []


def test_a_worker_that_is_killed_during_a_review_is_replaced_and_the_review_is_done() -> None:
    """Real processes: the job's process is killed while the registry keeps it waiting."""
    with raised_stage(workers=1, more={"ASSAY_LEASE_SECONDS": "3", "ASSAY_SWEEP_SECONDS": "0.5"}) as stage:
        tarball = npm_tarball("@harbour/left", "1.0.0", GREETER)
        stage.registry.shelf.put_npm("@harbour/left", "1.0.0", tarball)
        stage.registry.shelf.break_path("/npm/@harbour", hangs(), times=1)
        repository = stage.github.repository("harbour/shop", npm_files({}))
        stage.github.install(stage.app, "harbour", [repository])
        pull = stage.github.open_pull(repository, "Add left", npm_files({"@harbour/left": ("1.0.0", sri(tarball))}))
        stage.wait(lambda: any("/npm/" in seen.path for seen in stage.registry.seen), 30, "no request")
        time.sleep(0.2)
        os.kill(_deepest_child(stage.processes["worker"].pid), signal.SIGKILL)

        assert stage.wait_for_check(pull, 60).conclusion == "success"
        assert len(stage.github.checks(repository, pull.head_sha)) == 1


def _deepest_child(pid: int) -> int:
    """The process that runs the job: the supervisor's child's child that talks to the registry."""
    found = pid
    for _ in range(2):
        children = []
        for entry in os.listdir("/proc"):  # noqa: PTH208
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as stat:  # noqa: PTH123
                        fields = stat.read().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[1]) == found:
                    children.append(int(entry))
        found = max(children)
    return found
