"""What is counted, and the way a count takes: from any process, over a socket, to the one that shows it.

No label holds anything that a stranger wrote: what is not one of a label's known values counts as "other".
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.core.errors import Reason
from app.core.events import EVENTS
from app.core.policy import Conclusion

OTHER = "other"
Numbers = None  # instead of known values: a number of GitHub's, of which only the latest few are kept


class Kind(StrEnum):
    """How a series behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its name, what it says to operators, and each label with its known values."""

    name: str
    kind: Kind
    says: str
    labels: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()


_CHILD = frozenset({Reason.TIMEOUT.value, Reason.MEMORY.value, Reason.CRASHED.value})
_STATUSES = frozenset(map(str, (200, 202, 204, 400, 401, 403, 404, 405, 408, 413, 415, 500, 503)))
_CONCLUSIONS = {"conclusion": frozenset(map(str, Conclusion))}
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SLOW = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)

DELIVERIES = Series(
    "assay_deliveries",
    Kind.COUNTER,
    "GitHub's deliveries, by event and what became of them at the door.",
    {
        "event": EVENTS,
        "outcome": frozenset(
            {"accepted", "repeated", "ignored", "unknown event", "malformed", "refused", "not kept", "not queued"}
        ),
    },
)
WEBHOOK = Series(
    "assay_webhook_seconds", Kind.HISTOGRAM, "Time to answer a delivery, by status.", {"status": _STATUSES}, _QUICK
)
RUNS = Series(
    "assay_runs",
    Kind.COUNTER,
    "Runs of reviews, by how they ended; one review may take several.",
    {"outcome": frozenset({"done", "again", "handed over", "failed", "dropped", "given up", "lease lost"})},
)
SENDINGS = Series(
    "assay_webhook_sendings",
    Kind.COUNTER,
    "Attempts to send webhooks, by what came of them.",
    {"outcome": frozenset({"taken", "failed", "given up"})},
)
REVIEWS = Series(
    "assay_review_seconds", Kind.HISTOGRAM, "Time of the run that published, by conclusion.", _CONCLUSIONS, _SLOW
)
PACKAGES = Series(
    "assay_packages",
    Kind.COUNTER,
    "Packages of published reviews: examined, or why not.",
    {"outcome": frozenset({"examined", *map(str, Reason)})},
)
INSPECTIONS = Series(
    "assay_inspection_seconds",
    Kind.HISTOGRAM,
    "Time in the sealed child: opening an archive, or judging facts that are known.",
    {"work": frozenset({"open", "judge"})},
    (*_QUICK, 30.0, 60.0),
)
CHILDREN = Series(
    "assay_child_failures", Kind.COUNTER, "Sealed children that ended without an answer.", {"reason": _CHILD}
)
CALLS = Series(
    "assay_github_calls",
    Kind.COUNTER,
    "Calls to GitHub, by outcome.",
    {"outcome": frozenset({"ok", "refused", "limited", "failed"})},
)
BUDGET = Series(
    "assay_github_budget_left",
    Kind.GAUGE,
    "Calls that GitHub still allows this hour, for the installations heard of last.",
    {"installation": Numbers},
)
SERIES = (DELIVERIES, WEBHOOK, RUNS, SENDINGS, REVIEWS, PACKAGES, INSPECTIONS, CHILDREN, CALLS, BUDGET)


class Meter(Protocol):
    """Where processes note what happens. Never fails, never waits."""

    def note(self, series: Series, value: float = 1.0, **labels: str) -> None:
        """Add to a counter, set a gauge, or let a histogram observe."""
        ...


class Silent:
    """Counts nothing."""

    def note(self, series: Series, value: float = 1.0, **labels: str) -> None:
        """Nothing."""


SILENT = Silent()


class Channel:
    """A pair of sockets that forked processes inherit: many note, one reads."""

    def __init__(self) -> None:
        # packets of their own, and an end once all writers are gone; elsewhere than on Linux only the first
        kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
        self.reader, self._writer = socket.socketpair(socket.AF_UNIX, kind)
        self._writer.setblocking(False)

    def note(self, series: Series, value: float = 1.0, **labels: str) -> None:
        """Send it to the reader. What it has no room for (some 250 at once) is lost: nothing may wait for a number."""
        packet = json.dumps([series.name, value, labels]).encode()
        with contextlib.suppress(OSError):
            self._writer.send(packet)

    def stop_writing(self) -> None:
        """Close the writer's end in this process, so that the reader finds out when all writers are gone."""
        self._writer.close()

    def close(self) -> None:
        """Close both ends in this process."""
        self.reader.close()
        self._writer.close()
