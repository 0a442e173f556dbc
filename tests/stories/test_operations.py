"""What operators see of a review: figures on the metrics' ports, and log lines that name it and hold no secret."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import log
from app.demo.github import faults
from app.demo.packages import npm_tarball
from app.demo.stage import Stage, raised_stage
from tests.app.test_metrics import free_port, scrape
from tests.fakes.clock import FakeClock
from tests.stories.theatre import GREETER, STEALER, Theatre, npm_files, sri
from tests.traces import dump
from tests.waiting import wait_until

TOKENS = re.compile(r"gh[a-z]_[A-Za-z0-9]|eyJ[A-Za-z0-9]")


def test_web_process_and_worker_show_their_figures_and_log_the_review(tmp_path: Path) -> None:
    """Real processes; a thief among the packages, so that everything happens that can."""
    port = free_port()
    with raised_stage(workers=2, more={"ASSAY_METRICS_BIND": f"127.0.0.1:{port}-{port + 19}"}) as stage:
        tarball = npm_tarball("@harbour/left", "1.0.0", STEALER, scripts={"postinstall": "node scripts/setup.js"})
        stage.registry.shelf.put_npm("@harbour/left", "1.0.0", tarball)
        repository = stage.github.repository("harbour/shop", npm_files({}))
        stage.github.install(stage.app, "harbour", [repository])
        pull = stage.github.open_pull(repository, "Add left", npm_files({"@harbour/left": ("1.0.0", sri(tarball))}))
        assert stage.wait_for_check(pull, 60).conclusion == "failure"
        shown = dict(_ports(stage))
        assert len(set(shown.values())) == 2, "web process and worker took a port each"
        web, worker = shown["web"], shown["worker"]
        wait_until(lambda: scrape(worker).get("assay_runs_total{outcome=done}") == 1)
        door, work = scrape(web), scrape(worker)
        lines = {name: (stage.logs / f"{name}.log").read_text() for name in ("web", "worker")}
        secret, pem = stage.environment["GITHUB_WEBHOOK_SECRET"], stage.app.pem

    assert door["assay_deliveries_total{event=pull_request,outcome=accepted}"] == 1
    assert door["assay_webhook_seconds_count{status=202}"] >= 1
    assert work["assay_review_seconds_count{conclusion=failure}"] == 1
    assert work["assay_packages_total{outcome=examined}"] == 1
    assert work["assay_inspection_seconds_count{work=open}"] == 1
    assert work["assay_github_calls_total{outcome=ok}"] > 10
    assert next(value for name, value in work.items() if name.startswith("assay_github_budget_left{")) > 0
    assert (work["assay_store_up"], work["assay_queue_age_seconds"], work["assay_workers"]) == (1, 0, 1)
    assert not [name for name in (*door, *work) if "harbour" in name or "left-" in name]

    events = [json.loads(line) for line in lines["worker"].splitlines()]
    of_review = [event for event in events if event["logger"] == "worker.lane"]
    assert [event["event"] for event in of_review] == ["review begins", "review done"]
    assert len({(event["delivery"], event["review"]) for event in of_review}) == 1
    for text in lines.values():
        assert secret not in text
        assert not TOKENS.search(text)
        assert not any(line in text for line in pem.splitlines()[1:-1])


class MemoryPauses:
    """The pauses of one worker, on the story's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.ends: dict[int, datetime] = {}

    def begin(self, installation_id: int, seconds: float) -> None:
        self.ends[installation_id] = self.clock() + timedelta(seconds=seconds)

    def left(self, installation_id: int) -> float:
        end = self.ends.get(installation_id, self.clock())
        return max(0.0, (end - self.clock()).total_seconds())


class Collected:
    """Where JSON lines go, from any thread."""

    def __init__(self) -> None:
        self.text = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        with self._lock:
            self.text += text

    def flush(self) -> None:
        """Nothing to do."""

    def isatty(self) -> bool:
        return False


@pytest.fixture
def lines() -> Iterator[Collected]:
    """All logging of this process at its loudest, through the handler of production."""
    root, levels = logging.getLogger(), {}
    handlers, level = root.handlers[:], root.level
    collected: Any = Collected()
    log.configure("DEBUG", collected, readable=False)
    for name in ("urllib3", "app.github.requests", "rq", "alembic"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield collected
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True


def test_a_canary_in_everything_that_is_secret_is_in_no_log_line_however_loud(house: Theatre, lines: Collected) -> None:
    """Tokens, keys, signatures and passwords, while everything goes wrong that may."""
    stolen = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(npm_files({"left": ("1.0.0", house.publish("left", "1.0.0", GREETER))}))
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", stolen)}))
    house.github.faults.next("GET", r"/git/trees/", faults.bad_gateway(), times=4)
    house.settle()
    house.clock.advance(700)
    house.settle()
    assert house.check(pull).conclusion == "failure"

    tokens = [token.value for token in house.github.tokens.minted]
    assert len(tokens) >= 3, "a token for each phase of each run"
    text = lines.text
    assert "review begins" in text
    check = house.check(pull)
    said = [str(check.title), str(check.summary), json.dumps(check.annotations), str(house.dispatch.waiting)]
    said += [one.body for one in house.comments(pull)] + [one.body for one in house.line_comments(pull)]
    kept = dump(house.settings.database_url)
    assert "credential-theft" in kept, "the report is kept"
    for secret in (*tokens, *house.world.app.pem.splitlines()[1:-1]):
        assert [secret in place for place in (text, kept, *said)] == [False] * (len(said) + 2)
    assert not TOKENS.search(text)
    assert "sha256=" not in text
    of_lane = [event for event in map(json.loads, text.splitlines()) if event["logger"].startswith("worker.")]
    assert all({"delivery", "review", "lane"} <= event.keys() for event in of_lane)


def test_github_asks_one_installation_to_wait_and_no_other_review_of_it_calls_before_the_time(house: Theatre) -> None:
    """The primary limit: paused to its reset, other installations unaffected."""
    house.pauses = MemoryPauses(house.clock)
    files = npm_files({"left": ("1.0.0", house.publish("left", "1.0.0", GREETER))})
    pulls = [house.github.open_pull(house.repository(npm_files({})), "Add left", files) for _ in range(2)]
    house.github.faults.next(
        "GET", r"/git/trees/", faults.primary_limit(int(house.clock().timestamp()) + 1800), times=1
    )
    house.settle()
    asked = len(house.github.tokens.minted)
    house.clock.advance(1700)
    house.settle()
    assert len(house.github.tokens.minted) == asked, "not even a token is asked for"
    house.clock.advance(200)
    house.settle()
    assert [house.check(pull).conclusion for pull in pulls] == ["success", "success"]
    assert [house.deliveries(pull)[0].failures for pull in pulls] == [1, 1]


def _ports(stage: Stage) -> Iterator[tuple[str, int]]:
    """Where each process says that it shows its figures."""
    for name in ("web", "worker"):
        path = stage.logs / f"{name}.log"
        found = re.search(r'"address": "http://127\.0\.0\.1:([0-9]+)/metrics"', path.read_text())
        assert found is not None, path.read_text()
        yield name, int(found[1])
