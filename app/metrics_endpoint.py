"""The process that shows what was counted: one registry, read from the channel, on an HTTP port of its own."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import signal
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core.errors import StoreUnavailable
from app.core.ports import Clock, Store
from app.environment import Ports
from app.metrics import OTHER, SERIES, Channel, Kind, Series

log = logging.getLogger(__name__)

INSTALLATIONS = 100  # whose budget is shown
PACKET = 4096  # bytes
HEARD_WITHIN = timedelta(seconds=60)
LOOK_SECONDS = 1.0  # between two looks whether the parent lives
MOST_LANES = 1000


class Board:
    """All series of one group of processes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._shown = {series.name: (series, _shown(series, self.registry)) for series in SERIES}
        self._recent: OrderedDict[str, None] = OrderedDict()

    def take(self, packet: bytes) -> None:
        """Take in one packet of a `Channel`. What makes no sense is left out: nobody may end this process."""
        try:
            name, value, said = json.loads(packet)
            series, shown = self._shown[name]
            labels = {label: _known(series, label, said.get(label)) for label in series.labels}
            number = float(value)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        child = shown.labels(**labels) if labels else shown
        match series.kind:
            case Kind.COUNTER:
                child.inc(max(number, 0.0))
            case Kind.HISTOGRAM:
                child.observe(number)
            case Kind.GAUGE:
                child.set(number)
                self._forget(shown, labels.get("installation"))

    def read(self, reader: socket.socket, go_on: Callable[[], bool] = lambda: True) -> None:
        """Take in packets until the last writer is gone, or `go_on` says no (asked every second)."""
        reader.settimeout(LOOK_SECONDS)
        while go_on():
            try:
                packet = reader.recv(PACKET)
            except TimeoutError:
                continue
            except OSError:
                return
            if not packet:
                return
            self.take(packet)

    def _forget(self, shown: Any, installation: str | None) -> None:
        """However many installations there are, the latest are shown."""
        if installation is None:
            return
        self._recent[installation] = None
        self._recent.move_to_end(installation)
        while len(self._recent) > INSTALLATIONS:
            shown.remove(self._recent.popitem(last=False)[0])


class StoreState(Collector):
    """What only the database knows, asked at each scrape."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The state of the queue; only that the database does not answer, when it does not."""
        now = self._clock()
        try:
            oldest = self._store.deliveries.oldest_waiting()
            due = len(self._store.deliveries.waiting(now, MOST_LANES))
            workers = len(self._store.catalogues.workers(now - HEARD_WITHIN))
        except StoreUnavailable:
            yield _gauge("assay_store_up", 0)
            return
        age = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
        yield _gauge("assay_store_up", 1)
        yield _gauge("assay_queue_age_seconds", age)
        yield _gauge("assay_lanes_due", due)
        yield _gauge("assay_workers", workers)


STATE = {
    "assay_store_up": "Whether the database answers.",
    "assay_queue_age_seconds": "Age of the oldest delivery that waits, be it for a later try.",
    "assay_lanes_due": "Pull requests that are due and that nobody serves.",
    "assay_workers": "Workers heard of in the last minute.",
}


@contextmanager
def shown(board: Board, ports: Ports) -> Iterator[int | None]:
    """Show the board on the first free port of these; None when there is none, which is logged and no failure."""
    server = _listen(board, ports)
    if server is None:
        log.warning("metrics not shown", extra={"why": f"no free port among {ports}"})
        yield None
        return
    log.info("metrics shown", extra={"address": f"http://{ports.host}:{server.server_port}/metrics"})
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def reading(board: Board, channel: Channel) -> Iterator[None]:
    """Read the channel in a thread while the block runs."""
    over = threading.Event()
    thread = threading.Thread(
        target=board.read, args=(channel.reader, lambda: not over.is_set()), name="metrics", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(2 * LOOK_SECONDS)


@contextmanager
def showing_process(ports: Ports | None) -> Iterator[Channel | None]:
    """A process that shows what this one and all it forks will note; it ends with this one. None: nothing is shown.

    A plain fork: a server that forks its own children, and ends them by `sys.exit`, must not end this one with each.
    """
    if ports is None:
        yield None
        return
    channel = Channel()
    parent = os.getpid()
    child = os.fork()
    if not child:
        try:
            _show(channel, ports, parent)
        finally:
            os._exit(0)
    channel.reader.close()
    try:
        yield channel
    finally:
        channel.stop_writing()
        if os.getpid() == parent:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGTERM)
                os.waitpid(child, 0)


def _show(channel: Channel, ports: Ports, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C is the parent's to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    channel.stop_writing()
    board = Board()
    with shown(board, ports):
        board.read(channel.reader, lambda: os.getppid() == parent)


def _listen(board: Board, ports: Ports) -> Any:
    for port in range(ports.first, ports.last + 1):
        try:
            return start_http_server(port, ports.host, board.registry)[0]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                log.warning("metrics port refused", extra={"port": port, "why": str(error)})
                return None
    return None


def _shown(series: Series, registry: CollectorRegistry) -> Any:
    labels = tuple(series.labels)
    match series.kind:
        case Kind.COUNTER:
            return Counter(series.name, series.says, labels, registry=registry)
        case Kind.GAUGE:
            return Gauge(series.name, series.says, labels, registry=registry)
        case Kind.HISTOGRAM:
            return Histogram(series.name, series.says, labels, registry=registry, buckets=series.buckets)


def _known(series: Series, label: str, value: object) -> str:
    known = series.labels[label]
    if known is None:
        return value if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else OTHER
    return value if isinstance(value, str) and value in known else OTHER


def _gauge(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, STATE[name], value=value)
