"""A worker's real processes under test, with a store on disk and a diary that the stand-ins for reviews write.

Durations are divided by 30 or more.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from app.clock import utc_now
from app.core.ports import Delivery, DeliveryState
from app.dispatch import REVIEW, RedisDispatch
from app.settings import Pace, WorkerSettings
from app.store import Gathering, SqlStore, open_store, upgrade
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import a_request
from tests.waiting import wait_until
from worker.lane import Run, StillMine, serve_lane
from worker.work import work

fork = multiprocessing.get_context("fork")
GATHERING = Gathering(window=timedelta(seconds=0.1), longest=timedelta(seconds=0.5))
PACE = Pace(lease=4.0, sweep=0.25, retries=(0.0, 0.5, 1.0), heartbeat=0.2)


class House:
    """A store on disk and a Redis, a diary that the stand-ins write, and the worker under test."""

    def __init__(self, directory: Path, redis_url: str) -> None:
        self.settings = WorkerSettings(
            database_url=f"sqlite:///{directory / 'assay.db'}",
            redis_url=redis_url,
            app_id=1,
            private_key="",
            pace=PACE,
        )
        upgrade(self.settings.database_url)
        self.store: SqlStore = open_store(self.settings.database_url, GATHERING)
        self.dispatch = RedisDispatch(redis_url)
        self.diary = directory / "diary"
        self.diary.touch()

    def receive(self, delivery_id: str, number: int = 7) -> None:
        """What the web process does."""
        assert self.store.deliveries.accept(delivery_id, "pull_request", a_request(number), utc_now())
        self.dispatch.review(a_request(number).lane)

    def entries(self, word: str) -> list[list[str]]:
        """The diary's lines that begin with a word, without it."""
        lines = (line.split() for line in self.diary.read_text().splitlines())
        return [line[1:] for line in lines if line and line[0] == word]

    def write(self, *words: object) -> None:
        """Add a line to the diary (one write, so that processes do not mix)."""
        with self.diary.open("a") as diary:
            diary.write(" ".join(map(str, words)) + "\n")

    def is_in(self, delivery_id: str, state: DeliveryState) -> Callable[[], bool]:
        """A question to wait for."""

        def ask() -> bool:
            delivery = self.store.deliveries.get(delivery_id)
            return delivery is not None and delivery.state is state

        return ask

    @contextmanager
    def worker(self, run: Run, workers: int = 1) -> Iterator[int]:
        """A worker while the block runs; gives its process id. It must end by itself, with all its children."""
        process = fork.Process(target=self._work, args=(run, workers))
        process.start()
        assert process.pid is not None
        try:
            yield process.pid
            if process.is_alive():
                process.terminate()
            process.join(20)
            assert process.exitcode in {0, -signal.SIGKILL}
            wait_until(lambda: not [pid for pid in children(process.pid) if alive(pid)])
        finally:
            for pid in [*descendants(process.pid), process.pid]:
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)

    def _work(self, run: Run, workers: int) -> None:
        work(
            self.settings,
            workers,
            publish=lambda store: store.catalogues.publish(a_catalogue(), utc_now()),
            layers=("landlock",),
            jobs={REVIEW: lambda lane: self._serve(lane, run)},
        )

    def _serve(self, lane: str, run: Run) -> None:
        store = open_store(self.settings.database_url)

        def note(delivery: Delivery, still_mine: StillMine) -> datetime | None:
            self.write("run", delivery.id, delivery.attempts, os.getpid(), os.getppid())
            return run(delivery, still_mine)

        serve_lane(
            lane,
            store=store,
            dispatch=RedisDispatch(self.settings.redis_url),
            run=note,
            give_up=lambda delivery, error: self.write("dead", delivery.id, error),
            pace=self.settings.pace,
            clock=utc_now,
        )
        store.close()


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int | None) -> list[int]:
    """The children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


def descendants(pid: int | None) -> list[int]:
    """The children of a process, and theirs, the deepest first."""
    below = children(pid)
    return [deeper for child in below for deeper in descendants(child)] + below
