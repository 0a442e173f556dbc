"""What is counted arrives at a real endpoint, from any process, and says nothing that a stranger wrote."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from app.core.errors import StoreUnavailable
from app.core.ports import Store
from app.environment import Environment, Ports
from app.metrics import (
    BUDGET,
    CALLS,
    CHILDREN,
    DELIVERIES,
    PACKAGES,
    REVIEWS,
    RUNS,
    SERIES,
    SILENT,
    Channel,
    Kind,
)
from app.metrics_endpoint import INSTALLATIONS, STATE, Board, StoreState, reading, showing_process, shown
from app.store import MemoryStore
from tests.fakes.clock import FakeClock
from tests.store.test_deliveries import a_request
from tests.waiting import wait_until

fork = multiprocessing.get_context("fork")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scrape(port: int) -> dict[str, float]:
    """Every sample as `name{label=value,…}`, read over HTTP as Prometheus does."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        sample.name
        + (
            "{" + ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items())) + "}" if sample.labels else ""
        ): sample.value
        for family in parse(text)
        for sample in family.samples
    }


@contextmanager
def endpoint(store: Store | None = None, clock: FakeClock | None = None) -> Iterator[tuple[Channel, int]]:
    """A channel, and the port on which its board is shown."""
    board, channel, port = Board(), Channel(), free_port()
    if store is not None:
        board.registry.register(StoreState(store, clock or FakeClock()))
    with reading(board, channel), shown(board, Ports("127.0.0.1", port, port)) as taken:
        assert taken == port
        yield channel, port
    channel.close()


def test_counters_add_gauges_are_set_and_histograms_observe() -> None:
    with endpoint() as (channel, port):
        for _ in range(3):
            channel.note(DELIVERIES, event="pull_request", outcome="accepted")
        channel.note(REVIEWS, 12.5, conclusion="failure")
        channel.note(BUDGET, 4990, installation="99")
        channel.note(BUDGET, 4980, installation="99")
        wait_until(lambda: scrape(port).get("assay_github_budget_left{installation=99}") == 4980)
        seen = scrape(port)
    assert seen["assay_deliveries_total{event=pull_request,outcome=accepted}"] == 3
    assert seen["assay_review_seconds_count{conclusion=failure}"] == 1
    assert seen["assay_review_seconds_sum{conclusion=failure}"] == 12.5
    assert seen["assay_review_seconds_bucket{conclusion=failure,le=30.0}"] == 1
    assert seen["assay_review_seconds_bucket{conclusion=failure,le=10.0}"] == 0


def test_what_forked_processes_count_is_kept_when_they_are_gone() -> None:
    """Every review has a process of its own, which ends with it."""
    with endpoint() as (channel, port):

        def job() -> None:
            for _ in range(20):
                channel.note(PACKAGES, outcome="examined")

        jobs = [fork.Process(target=job) for _ in range(4)]
        for process in jobs:
            process.start()
        for process in jobs:
            process.join(20)
        wait_until(lambda: scrape(port).get("assay_packages_total{outcome=examined}") == 80)


def test_no_label_repeats_what_a_stranger_wrote() -> None:
    with endpoint() as (channel, port):
        channel.note(DELIVERIES, event="x" * 50, outcome="accepted")
        channel.note(CHILDREN, reason="<script>")
        channel.note(BUDGET, 1, installation="harbour/shop")
        channel.note(CALLS, outcome="ok", repository="harbour/shop")
        wait_until(lambda: "assay_github_calls_total{outcome=ok}" in scrape(port))
        seen = scrape(port)
    assert seen["assay_deliveries_total{event=other,outcome=accepted}"] == 1
    assert seen["assay_child_failures_total{reason=other}"] == 1
    assert seen["assay_github_budget_left{installation=other}"] == 1
    assert not [name for name in seen if "harbour" in name or "script" in name]


def test_of_very_many_installations_the_latest_are_shown() -> None:
    board = Board()
    for number in range(1000):
        board.take(f'["assay_github_budget_left", {number}, {{"installation": "{number}"}}]'.encode())
    with shown(board, Ports("127.0.0.1", free_port(), 65535)) as port:
        assert port is not None
        budgets = [name for name in scrape(port) if name.startswith("assay_github_budget_left")]
    assert len(budgets) == INSTALLATIONS
    assert "assay_github_budget_left{installation=999}" in budgets


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"x",
        b"[]",
        b"[1,2,3]",
        b'["assay_runs", "x", {}]',
        b'["unknown", 1, {}]',
        b'["assay_runs", 1, 7]',
        b"[" * 4000,
    ],
)
def test_a_packet_that_makes_no_sense_ends_nothing(packet: bytes) -> None:
    board = Board()
    board.take(packet)
    board.take(b'["assay_runs", 1, {"outcome": "done"}]')
    assert board.registry.get_sample_value("assay_runs_total", {"outcome": "done"}) == 1


def test_nobody_waits_for_a_number_that_nobody_reads() -> None:
    channel = Channel()
    for _ in range(100_000):
        channel.note(RUNS, outcome="done")
    channel.close()
    channel.note(RUNS, outcome="done")
    SILENT.note(RUNS, outcome="done")


def test_the_queue_is_asked_when_somebody_looks(clock: FakeClock) -> None:
    store = MemoryStore()
    with endpoint(store, clock) as (_, port):
        assert scrape(port)["assay_queue_age_seconds"] == 0
        store.deliveries.accept("guid-1", "pull_request", a_request(), clock())
        store.catalogues.announce("worker", ("landlock",), clock())
        clock.advance(42)
        seen = scrape(port)
    assert (seen["assay_queue_age_seconds"], seen["assay_lanes_due"], seen["assay_workers"]) == (42, 1, 1)
    assert seen["assay_store_up"] == 1


def test_a_database_that_is_away_is_said_and_the_rest_is_shown() -> None:
    with endpoint(NoStore()) as (channel, port):  # type: ignore[arg-type]
        channel.note(RUNS, outcome="done")
        wait_until(lambda: "assay_runs_total{outcome=done}" in scrape(port))
        seen = scrape(port)
    assert seen["assay_store_up"] == 0
    assert "assay_queue_age_seconds" not in seen


def test_several_groups_of_processes_share_a_range_of_ports() -> None:
    first = free_port()
    ports = Ports("127.0.0.1", first, first + 20)
    with shown(Board(), ports) as one, shown(Board(), ports) as two, shown(Board(), ports) as three:
        assert len({one, two, three}) == 3
        for port in (one, two, three):
            assert port is not None
            assert first <= port <= first + 20
            scrape(port)


def test_no_free_port_is_no_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with shown(Board(), Ports("127.0.0.1", port, port)) as nothing:
            assert nothing is None


def test_a_process_of_its_own_shows_what_others_note_and_ends_with_the_one_that_started_it() -> None:
    port = free_port()
    with showing_process(Ports("127.0.0.1", port, port)) as channel:
        assert channel is not None
        wait_until(lambda: listens(port))
        child = fork.Process(target=channel.note, args=(RUNS,), kwargs={"outcome": "done"})
        child.start()
        child.join(20)
        wait_until(lambda: scrape(port).get("assay_runs_total{outcome=done}") == 1)
    wait_until(lambda: not listens(port))


def test_it_ends_also_when_the_one_that_started_it_is_killed() -> None:
    port = free_port()
    parent = fork.Process(target=_show_and_hang, args=(port,))
    parent.start()
    wait_until(lambda: listens(port))
    assert parent.pid is not None
    os.kill(parent.pid, signal.SIGKILL)
    parent.join(20)
    wait_until(lambda: not listens(port))


def test_nothing_is_shown_unless_asked() -> None:
    with showing_process(None) as nothing:
        assert nothing is None


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("", Ports("127.0.0.1", 9464, 9479)),
        ("off", None),
        ("127.0.0.1:9000", Ports("127.0.0.1", 9000, 9000)),
        ("0.0.0.0:9000-9003", Ports("0.0.0.0", 9000, 9003)),
        ("[::1]:9000", Ports("::1", 9000, 9000)),
    ],
)
def test_where_it_listens_is_a_setting_and_loopback_unless_told(text: str, ports: Ports | None) -> None:
    read = Environment({"ASSAY_METRICS_BIND": text})
    assert read.metrics() == ports
    assert read.problems == []


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:9-8", "host:70000", "a b:9000"])
def test_a_setting_that_is_no_place_to_listen_is_refused(text: str) -> None:
    read = Environment({"ASSAY_METRICS_BIND": text})
    read.metrics()
    assert read.problems == ["ASSAY_METRICS_BIND is neither HOST:PORT, HOST:FIRST-LAST nor off."]


def test_every_series_has_known_labels_and_says_what_it_is() -> None:
    for series in SERIES:
        assert series.says.endswith(".")
        assert bool(series.buckets) is (series.kind is Kind.HISTOGRAM)
        assert all(known is None or len(known) < 30 for known in series.labels.values())
    assert all(says.endswith(".") for says in STATE.values())


class NoStore:
    """A store that does not answer."""

    @property
    def deliveries(self) -> object:

        raise StoreUnavailable("the database did not answer")


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


def _show_and_hang(port: int) -> None:
    with showing_process(Ports("127.0.0.1", port, port)):
        signal.pause()
