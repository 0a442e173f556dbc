"""Everything that is kept, and the queue that hands work over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.core.events import ReviewRequest
from app.core.idempotency import IdempotencyKeys
from app.core.integrity import Digest
from app.core.package import Package
from app.core.package_report import PackageReports
from app.core.ports.tasks import Tasks
from app.core.report import Report
from app.core.review_search import ReviewSearch
from app.core.rule import Catalogue
from app.core.specimen import (
    ArtifactFacts,
)
from app.core.tenancy import Home
from app.core.token_store import Audit, Tokens
from app.core.webhook_store import Webhooks


class DeliveryState(StrEnum):
    """The life of a delivery row."""

    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"
    SUPERSEDED = "superseded"
    DEAD = "dead"  # given up, visibly
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that asks for a review. `due` is when it may run at the earliest; `attempts` counts claims.

    `failures` counts the claims that did not end well, the running one included: a run that is killed cannot say so.
    `handovers` counts the runs that left the rest to the next one; `examined` is how many packages were done then.
    """

    id: str
    event: str
    request: ReviewRequest
    received_at: datetime
    state: DeliveryState = DeliveryState.RECEIVED
    attempts: int = 0
    due: datetime | None = None
    lease_until: datetime | None = None
    owner: str | None = None
    note: str = ""
    failures: int = 0
    handovers: int = 0
    examined: int = 0


class Deliveries(Protocol):
    """Delivery rows: the truth of what has to be done. Every method is one transaction."""

    def accept(self, delivery_id: str, event: str, request: ReviewRequest, now: datetime) -> Delivery | None:
        """Remember a delivery; None when it is done, superseded or dead already. A repeated id that was never
        finished is returned again. Its `due` gathers pushes: the first of a lane at once, later ones within
        a few seconds.
        """
        ...

    def claim(self, lane: str, owner: str, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the newest due delivery of a lane: mark older waiting ones superseded, set it running, count the
        attempt.
        None when nothing is due or another owner holds a live lease on the lane.
        """
        ...

    def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease; False when it is not ours any more."""
        ...

    def is_newest(self, delivery_id: str) -> bool:
        """Whether no newer delivery of the same lane waits."""
        ...

    def finish(self, delivery_id: str, owner: str, state: DeliveryState, note: str, now: datetime) -> None:
        """End it (done, superseded, dead). Nothing happens when the lease is not ours any more."""
        ...

    def give_back(self, delivery_id: str, owner: str, due: datetime, note: str, *, failed: bool = True) -> None:
        """Back to received, to run again at `due` (retry; or, with `failed=False`, a run that ended well and asks for
        another). Nothing happens when the lease is not ours any more.
        """
        ...

    def hand_over(self, delivery_id: str, owner: str, due: datetime, note: str, examined: int) -> None:
        """Back to received, for the next run to go on at `due`; no failure. Nothing happens when the lease is not ours
        any more.
        """
        ...

    def replaced(self, delivery_id: str) -> Sequence[Delivery]:
        """Older deliveries of its lane that runs had begun with and that a claim has superseded since it came in."""
        ...

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Give back whatever a dead owner was running; return its lanes."""
        ...

    def dismiss(self, installation: int, repositories: frozenset[int] | None, note: str, now: datetime) -> int:
        """Mark superseded what waits of an installation, or of these repositories of it; return how many."""
        ...

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Lanes with something due and no live lease, the longest waiting first. For the sweeper."""
        ...

    def next_due(self, lane: str) -> datetime | None:
        """When the lane's next waiting delivery is due; None when nothing waits."""
        ...

    def get(self, delivery_id: str) -> Delivery | None:
        """One delivery, for tests and operators."""
        ...

    def home(self, repository_id: int) -> Home | None:
        """Where a repository belongs, by its newest delivery that says so; None when GitHub told of none."""
        ...

    def forget_homes(self, installation: int, repositories: frozenset[int] | None = None) -> None:
        """Forget that its repositories, or these of them, belong to an installation, until GitHub says so again."""
        ...

    def oldest_waiting(self) -> datetime | None:
        """When the oldest delivery that still waits was received (for `/readyz` and metrics)."""
        ...


class Reports(Protocol):
    """Finished reports."""

    def save(self, request: ReviewRequest, report: Report, now: datetime) -> str:
        """Keep a report and return its unguessable id. Idempotent per lane and head."""
        ...

    def get(self, report_id: str) -> Report | None:
        """One report of a public repository; None for private and unknown ones."""
        ...


class Inspections(Protocol):
    """Facts by artifact and engine version. `realm` is "public" or an installation (private registries)."""

    def find(self, realm: str, package: Package, engine: str, digests: Sequence[Digest]) -> ArtifactFacts | None:
        """Facts of the artifact of this package that has one of these hashes (sha512 or sha256)."""
        ...

    def save(
        self, realm: str, package: Package, facts: ArtifactFacts, digests: Sequence[Digest], now: datetime
    ) -> None:
        """Keep the facts under all strong digests."""
        ...

    def erase(self, realm: str) -> int:
        """Remove what was learned in a realm; return of how many artifacts."""
        ...


class Catalogues(Protocol):
    """The rules that really run, published by workers for the web side."""

    def publish(self, catalogue: Catalogue, now: datetime) -> None:
        """Replace what is published."""
        ...

    def current(self) -> Catalogue | None:
        """What is published; None before the first worker has started."""
        ...

    def announce(self, worker: str, layers: Sequence[str], now: datetime) -> None:
        """A worker's heartbeat, with the sandbox layers that hold there (for `/readyz`)."""
        ...

    def workers(self, since: datetime) -> Mapping[str, tuple[str, ...]]:
        """Workers heard of since then → their sandbox layers."""
        ...


class Leases(Protocol):
    """Named leases: at most one holder at a time (the sweeper, for one)."""

    def take(self, name: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take or renew; False when somebody else holds it."""
        ...


class Store(Protocol):
    """Everything that is kept."""

    @property
    def deliveries(self) -> Deliveries:
        """Its deliveries."""
        ...

    @property
    def reports(self) -> Reports:
        """Its reports."""
        ...

    @property
    def inspections(self) -> Inspections:
        """Its inspections."""
        ...

    @property
    def catalogues(self) -> Catalogues:
        """Its catalogues."""
        ...

    @property
    def leases(self) -> Leases:
        """Its leases."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Its API tokens."""
        ...

    @property
    def audit(self) -> Audit:
        """What was done with them."""
        ...

    @property
    def idempotency(self) -> IdempotencyKeys:
        """Requests that may be sent again."""
        ...

    @property
    def search(self) -> ReviewSearch:
        """All reviews, to be searched."""
        ...

    @property
    def tasks(self) -> Tasks:
        """What was asked for through the API."""
        ...

    @property
    def package_reports(self) -> PackageReports:
        """What is known of each package."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Outgoing webhooks, and what is sent to them."""
        ...

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        ...


class Dispatch(Protocol):
    """Hands work to the queue. Redis is a hint: the row of the delivery or the task is the truth."""

    def review(self, lane: str, due: datetime | None = None) -> None:
        """Ask a worker to look at this lane (at `due`, if later); repeated asking is harmless. `QueueUnavailable`."""
        ...

    def task(self, task_id: str, due: datetime | None = None) -> None:
        """Ask a worker to look at this task, once no review waits; as `review` otherwise."""
        ...

    def webhook(self, webhook_id: str, due: datetime | None = None) -> None:
        """Ask a worker to send what this webhook has to be told; as `review` otherwise."""
        ...

    def ping(self) -> None:
        """Raise `QueueUnavailable` when Redis does not answer."""
        ...
