"""The store in memory: the twin that passes the same tests as the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock

from app.core.events import ReviewRequest
from app.core.ports import Delivery, DeliveryState
from app.core.rule import Catalogue
from app.core.tenancy import Home
from app.store.deliveries import REPLACED
from app.store.encoding import clean
from app.store.gathering import Gathering
from app.store.memory_idempotency import MemoryIdempotencyKeys
from app.store.memory_packages import MemoryInspections, MemoryPackageReports
from app.store.memory_reports import MemoryReports, MemoryReviewSearch
from app.store.memory_tasks import MemoryTasks
from app.store.memory_tokens import MemoryAudit, MemoryTokens
from app.store.memory_webhooks import MemoryWebhooks

_UNFINISHED = {DeliveryState.RECEIVED, DeliveryState.RUNNING}


class MemoryStore:
    """`app.core.ports.Store` for tests and for the command line; shared between threads, not between processes."""

    def __init__(self, gathering: Gathering | None = None) -> None:
        self.deliveries = MemoryDeliveries(gathering or Gathering())
        self.reports = MemoryReports()
        self.search = MemoryReviewSearch(self.reports)
        self.inspections = MemoryInspections()
        self.catalogues = MemoryCatalogues()
        self.idempotency = MemoryIdempotencyKeys()
        self.leases = MemoryLeases()
        self.audit = MemoryAudit()
        self.tokens = MemoryTokens(self.audit)
        self.webhooks = MemoryWebhooks(self.audit, self.tokens)
        self.tasks = MemoryTasks()
        self.package_reports = MemoryPackageReports()

    def ping(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Nothing to close."""


class MemoryDeliveries:
    """`app.core.ports.Deliveries`; `_rows` is in order of arrival."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._rows: dict[str, Delivery] = {}
        self._replaced: dict[str, datetime] = {}  # when a claim superseded them
        self._lock = RLock()

    def accept(self, delivery_id: str, event: str, request: ReviewRequest, now: datetime) -> Delivery | None:
        """Add the row, or find it again; push back the due time of those that wait with it."""
        with self._lock:
            known = self._rows.get(delivery_id)
            if known is not None:
                return known if known.state in _UNFINISHED else None
            lane = [row for row in self._rows.values() if row.request.lane == request.lane]
            waiting = [row for row in lane if row.state is DeliveryState.RECEIVED]
            due = self._gathering.due(
                now,
                last=max((row.received_at for row in lane), default=None),
                waiting_since=min((row.received_at for row in waiting), default=None),
                running=any(row.state is DeliveryState.RUNNING for row in lane),
            )
            for row in waiting:
                if row.attempts == 0:
                    self._rows[row.id] = replace(row, due=due)
            self._rows[delivery_id] = Delivery(delivery_id, event, request, received_at=now, due=due)
            return self._rows[delivery_id]

    def claim(self, lane: str, owner: str, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the newest due row of the lane; rows left by a lease that ran out count as due."""
        with self._lock:
            rows = [row for row in self._open(lane) if not _held(row, now)]
            if len(rows) < len(self._open(lane)):
                return None
            ready = [row for row in rows if row.state is DeliveryState.RUNNING or _due(row, now)]
            if not ready:
                return None
            chosen = ready[-1]
            for row in rows[: rows.index(chosen)]:
                self._rows[row.id] = _freed(row, state=DeliveryState.SUPERSEDED, note=REPLACED)
                self._replaced[row.id] = now
            self._rows[chosen.id] = replace(
                chosen,
                state=DeliveryState.RUNNING,
                owner=owner,
                lease_until=now + lease,
                attempts=chosen.attempts + 1,
                failures=chosen.failures + 1,
            )
            return self._rows[chosen.id]

    def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease, if it is still this owner's."""
        with self._lock:
            row = self._mine(delivery_id, owner)
            if row is not None:
                self._rows[delivery_id] = replace(row, lease_until=until)
            return row is not None

    def is_newest(self, delivery_id: str) -> bool:
        """Whether nothing newer of its lane waits or runs."""
        with self._lock:
            row = self._rows.get(delivery_id)
            if row is None:
                return False
            rows = list(self._rows)
            newer = rows[rows.index(delivery_id) + 1 :]
            return not any(open_row.id in newer for open_row in self._open(row.request.lane))

    def finish(
        self,
        delivery_id: str,
        owner: str,
        state: DeliveryState,
        note: str,
        now: datetime,  # noqa: ARG002  (the port's)
    ) -> None:
        """End the row, if it is still this owner's."""
        with self._lock:
            row = self._mine(delivery_id, owner)
            if row is not None:
                self._rows[delivery_id] = _freed(row, state=state, note=clean(note))

    def give_back(self, delivery_id: str, owner: str, due: datetime, note: str, *, failed: bool = True) -> None:
        """Let the row wait until `due`, if it is still this owner's."""
        with self._lock:
            row = self._mine(delivery_id, owner)
            if row is not None:
                freed = _freed(row, state=DeliveryState.RECEIVED, note=clean(note))
                failures = row.failures - (0 if failed else 1)
                self._rows[delivery_id] = replace(freed, due=due, failures=failures)

    def hand_over(self, delivery_id: str, owner: str, due: datetime, note: str, examined: int) -> None:
        """Let the row wait until `due` for the next run to go on, if it is still this owner's."""
        with self._lock:
            if self._mine(delivery_id, owner) is not None:
                self.give_back(delivery_id, owner, due, note, failed=False)
                row = self._rows[delivery_id]
                self._rows[delivery_id] = replace(row, examined=examined, handovers=row.handovers + 1)

    def replaced(self, delivery_id: str) -> Sequence[Delivery]:
        """Older rows of the lane, begun with, that a claim superseded since this one came in."""
        with self._lock:
            this = self._rows.get(delivery_id)
            if this is None:
                return []
            older = list(self._rows.values())[: list(self._rows).index(delivery_id)]
            return [
                row
                for row in older
                if row.request.lane == this.request.lane
                and row.attempts > 0
                and self._replaced.get(row.id, datetime.min.replace(tzinfo=UTC)) >= this.received_at
            ]

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Let everything that this owner was running wait until `due`; return the lanes."""
        with self._lock:
            mine = [row for row in self._rows.values() if row.owner == owner]
            for row in mine:
                self.give_back(row.id, owner, due, note)
            return [row.request.lane for row in mine]

    def dismiss(
        self,
        installation: int,
        repositories: frozenset[int] | None,
        note: str,
        now: datetime,  # noqa: ARG002  (the port's)
    ) -> int:
        """End the rows of an installation that wait."""
        with self._lock:
            theirs = [
                row
                for row in self._rows.values()
                if _waits(row)
                and row.request.installation_id == installation
                and (repositories is None or row.request.repository_id in repositories)
            ]
            for row in theirs:
                self._rows[row.id] = _freed(row, state=DeliveryState.SUPERSEDED, note=clean(note))
        return len(theirs)

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Lanes with something due and no live lease, in order of arrival."""
        with self._lock:
            rows = [row for row in self._rows.values() if row.state in _UNFINISHED]
            held = {row.request.lane for row in rows if _held(row, now)}
            ready = (row.request.lane for row in rows if row.state is DeliveryState.RUNNING or _due(row, now))
            return [lane for lane in dict.fromkeys(ready) if lane not in held][:limit]

    def next_due(self, lane: str) -> datetime | None:
        """When the next waiting row of the lane is due."""
        with self._lock:
            return min((row.due for row in self._open(lane) if _waits(row) and row.due), default=None)

    def get(self, delivery_id: str) -> Delivery | None:
        """One delivery by its id."""
        return self._rows.get(delivery_id)

    def home(self, repository_id: int) -> Home | None:
        """Where a repository belongs, by its newest delivery that says so."""
        with self._lock:
            requests = [row.request for row in self._rows.values() if row.request.repository_id == repository_id]
        for request in reversed(requests):
            if request.owner_id is not None:
                return Home(request.installation_id, repository_id, request.owner_id)
        return None

    def forget_homes(self, installation: int, repositories: frozenset[int] | None = None) -> None:
        """Forget that its repositories, or these of them, belong to an installation."""
        with self._lock:
            for row in list(self._rows.values()):
                request = row.request
                if request.installation_id == installation and (
                    repositories is None or request.repository_id in repositories
                ):
                    self._rows[row.id] = replace(row, request=replace(request, owner_id=None))

    def oldest_waiting(self) -> datetime | None:
        """When the oldest row that waits came in."""
        with self._lock:
            return min((row.received_at for row in self._rows.values() if _waits(row)), default=None)

    def _open(self, lane: str) -> list[Delivery]:
        return [row for row in self._rows.values() if row.request.lane == lane and row.state in _UNFINISHED]

    def _mine(self, delivery_id: str, owner: str) -> Delivery | None:
        row = self._rows.get(delivery_id)
        return row if row is not None and row.state is DeliveryState.RUNNING and row.owner == owner else None


class MemoryCatalogues:
    """`app.core.ports.Catalogues`."""

    def __init__(self) -> None:
        self._current: Catalogue | None = None
        self._workers: dict[str, tuple[tuple[str, ...], datetime]] = {}

    def publish(self, catalogue: Catalogue, now: datetime) -> None:  # noqa: ARG002  (the port's)
        """Replace what is published."""
        self._current = catalogue

    def current(self) -> Catalogue | None:
        """What is published."""
        return self._current

    def announce(self, worker: str, layers: Sequence[str], now: datetime) -> None:
        """Note the heartbeat."""
        self._workers[worker] = tuple(layers), now

    def workers(self, since: datetime) -> Mapping[str, tuple[str, ...]]:
        """Workers heard of since then, by name."""
        return {name: layers for name, (layers, heard) in sorted(self._workers.items()) if heard >= since}


class MemoryLeases:
    """`app.core.ports.Leases`."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, datetime]] = {}
        self._lock = RLock()

    def take(self, name: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a free or run-out lease, or renew one's own."""
        with self._lock:
            holder, until = self._held.get(name, (owner, now))
            if holder != owner and until > now:
                return False
            self._held[name] = owner, now + lease
            return True


def _waits(row: Delivery) -> bool:
    return row.state is DeliveryState.RECEIVED


def _due(row: Delivery, now: datetime) -> bool:
    return row.due is not None and row.due <= now


def _held(row: Delivery, now: datetime) -> bool:
    return row.state is DeliveryState.RUNNING and row.lease_until is not None and row.lease_until > now


def _freed(row: Delivery, *, state: DeliveryState, note: str) -> Delivery:
    return replace(row, state=state, note=note, lease_until=None, owner=None)
