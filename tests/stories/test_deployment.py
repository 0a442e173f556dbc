"""Several machines on one PostgreSQL: whoever receives a delivery and whoever dies, each pull request is reviewed once."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import urllib3

from app.core.ports import Delivery, DeliveryState
from app.demo.faults import hangs
from app.demo.github import PullRequest
from app.demo.packages import npm_tarball
from app.demo.stage import Stage, raised_stage
from app.store import SqlStore, open_store
from tests.stories.theatre import GREETER, STEALER, npm_files, sri

SETTINGS = {"ASSAY_LEASE_SECONDS": "3", "ASSAY_SWEEP_SECONDS": "0.5", "ASSAY_INSPECT_JOBS": "1"}


@dataclass
class Deployment:
    """Two web processes and three machines with a worker each, on one PostgreSQL and one Valkey."""

    stage: Stage
    store: SqlStore
    webs: tuple[str, str]

    def publish(self, name: str, version: str, files: dict[str, str], **manifest: object) -> str:
        """Put a version on the registry; return its SRI hash."""
        tarball = npm_tarball(name, version, files, **manifest)
        self.stage.registry.shelf.put_npm(name, version, tarball)
        return sri(tarball)

    def through(self, web: int) -> None:
        """Let GitHub's next deliveries come in at this web process, as a load balancer does."""
        self.stage.app.webhook_url = f"{self.webs[web % 2]}/webhooks/github"

    def redeliver(self, web: int) -> None:
        """Deliver everything once more, through this web process."""
        self.through(web)
        for delivery in list(self.stage.github.deliveries):
            self.stage.github.courier.redeliver(delivery)
        self.stage.github.courier.settle()

    def delivery(self, pull: PullRequest) -> Delivery:
        """What the store knows of the one event of this pull request, however often it was delivered."""
        rows = map(self.store.deliveries.get, {delivery.guid for delivery in self.stage.github.deliveries})
        (row,) = [row for row in rows if row is not None and row.request.number == pull.number]
        return row

    def is_done(self, pull: PullRequest) -> bool:
        """Whether the one event of this pull request is served."""
        return self.delivery(pull).state is DeliveryState.DONE

    def machine_of(self, pull: PullRequest) -> str:
        """The name of the process under which a worker serves this pull request now."""
        owner = self.delivery(pull).owner
        assert owner is not None
        pid = int(owner.rpartition(":")[2])
        (name,) = [name for name, process in self.stage.processes.items() if pid in family(process.pid)]
        return name

    def lose(self, machine: str) -> None:
        """Kill every process of this machine at once: nobody can finish or hand over anything."""
        process = self.stage.processes.pop(machine)
        os.kill(process.pid, signal.SIGSTOP)  # so that it replaces nobody meanwhile
        for pid in (*family(process.pid), process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def family(pid: int) -> set[int]:
    """All processes below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
    found: set[int] = set()
    while new := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= new
    return found


@pytest.fixture
def deployment(postgres_url: str) -> Iterator[Deployment]:
    """Everything started, and every worker heard of by both web processes."""
    with raised_stage(workers=1, more=SETTINGS | {"DATABASE_URL": postgres_url}) as stage:
        bind, second = stage.environment["ASSAY_BIND"], free_address()
        replace(stage, environment={**stage.environment, "ASSAY_BIND": second}).start("web-2", "serve")
        stage.start("worker-2", "work")
        stage.start("worker-3", "work")
        webs = (f"http://{bind}", f"http://{second}")
        stage.wait(lambda: all(workers_known_to(web) == 3 for web in webs), 60, "not every worker was heard of")
        store = open_store(postgres_url)
        yield Deployment(stage, store, webs)
        store.close()
        stage.github.courier.stop()  # a web process that is stopped waits for connections that are kept


def free_address() -> str:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def workers_known_to(web: str) -> int:
    """How many workers a web process knows of."""
    try:
        answer = urllib3.request("GET", f"{web}/readyz", headers={"Connection": "close"}, timeout=5, retries=False)
        return len(answer.json()["workers"])
    except (urllib3.exceptions.HTTPError, ValueError, KeyError):
        return 0


def test_two_web_processes_and_three_machines_of_which_one_dies_review_each_pull_request_once(
    deployment: Deployment,
) -> None:
    stage = deployment.stage
    stolen = deployment.publish("@harbour/left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    clean = deployment.publish("@harbour/right", "1.0.0", GREETER)
    slow = deployment.publish("@harbour/slow", "1.0.0", GREETER)
    stage.registry.shelf.break_path("/npm/@harbour/slow", hangs(), times=1)
    repository = stage.github.repository("harbour/shop", npm_files({}))
    stage.github.install(stage.app, "harbour", [repository])

    deployment.through(0)
    unlucky = stage.github.open_pull(repository, "Add slow", npm_files({"@harbour/slow": ("1.0.0", slow)}))
    pulls = {unlucky: "success"}
    for number in range(5):
        deployment.through(number)
        bad = number % 2 == 0
        files = {"@harbour/left": ("1.0.1", stolen)} if bad else {"@harbour/right": ("1.0.0", clean)}
        pull = stage.github.open_pull(repository, f"Change {number}", npm_files(files))
        pulls[pull] = "failure" if bad else "success"
        stage.github.courier.settle()
    deployment.redeliver(1)

    stage.wait(lambda: any("slow" in seen.path for seen in stage.registry.seen), 30, "nobody asks for the slow package")
    deployment.lose(deployment.machine_of(unlucky))
    deployment.redeliver(0)

    for pull, conclusion in pulls.items():
        assert stage.wait_for_check(pull, 60).conclusion == conclusion
    # A check is completed before the comment is written and the delivery is done.
    stage.wait(lambda: all(map(deployment.is_done, pulls)), 60, "not every delivery is done")
    for pull, conclusion in pulls.items():
        runs = stage.github.checks(repository, pull.head_sha)
        assert [(run.status, run.conclusion) for run in runs] == [("completed", conclusion)]
        assert len(stage.github.comments(pull)) == (1 if conclusion == "failure" else 0)
    assert deployment.delivery(unlucky).attempts > 1, "begun on the machine that died, done on another"
    assert {delivery.status_code for delivery in stage.github.deliveries} <= {200, 202}
    for web in ("web", "web-2"):
        assert "delivery accepted" in (stage.logs / f"{web}.log").read_text()
