"""Tasks in memory: the twin that passes the same tests as the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock

from app.core.access import Access
from app.core.ports import Task, TaskState
from app.core.ports.tasks import ENDED
from app.store.encoding import clean
from app.store.tasks import is_of


class MemoryTasks:
    """`app.core.ports.Tasks`; `_rows` is in order of arrival."""

    def __init__(self) -> None:
        self._rows: dict[str, Task] = {}
        self._lock = RLock()

    def add(self, task: Task, most: int) -> bool:
        """Keep the task, unless its asker has enough of them."""
        with self._lock:
            family = [row for row in self._rows.values() if row.asker.family == task.asker.family]
            if sum(row.state not in ENDED for row in family) >= most:
                return False
            access = task.asker.access
            kept = Access(frozenset(), access.installations, access.repositories)
            self._rows[task.id] = replace(task, asker=replace(task.asker, access=kept))
            return True

    def get(self, task_id: str) -> Task | None:
        """One task by its id."""
        return self._rows.get(task_id)

    def state(self, task_id: str) -> TaskState | None:
        """The state alone."""
        row = self._rows.get(task_id)
        return None if row is None else row.state

    def claim(self, task_id: str, owner: str, now: datetime, lease: timedelta) -> Task | None:
        """Take a task that is due, or was left by a lease that ran out."""
        with self._lock:
            row = self._rows.get(task_id)
            if row is None or not _ready(row, now):
                return None
            self._rows[task_id] = replace(
                row,
                state=TaskState.RUNNING,
                owner=owner,
                lease_until=now + lease,
                attempts=row.attempts + 1,
                failures=row.failures + 1,
            )
            return self._rows[task_id]

    def renew(self, task_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease, if it is still this owner's."""
        with self._lock:
            row = self._mine(task_id, owner)
            if row is not None:
                self._rows[task_id] = replace(row, lease_until=until)
            return row is not None

    def finish(
        self,
        task_id: str,
        owner: str,
        state: TaskState,
        now: datetime,
        *,
        result: str | None = None,
        note: str = "",
        drop_input: bool = False,
    ) -> bool:
        """End the task, if it is still this owner's."""
        with self._lock:
            row = self._mine(task_id, owner)
            if row is not None:
                freed = _freed(row, state, note, result)
                asked = "" if drop_input else freed.input
                self._rows[task_id] = replace(freed, finished_at=now, input=asked)
            return row is not None

    def give_back(
        self, task_id: str, owner: str, due: datetime, note: str, *, result: str | None = None, failed: bool = True
    ) -> bool:
        """Let the task wait until `due`, if it is still this owner's."""
        with self._lock:
            row = self._mine(task_id, owner)
            if row is not None:
                freed = _freed(row, TaskState.WAITING, note, result)
                self._rows[task_id] = replace(freed, due=due, failures=row.failures - (0 if failed else 1))
            return row is not None

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Let everything that this owner was running wait until `due`; return the ids."""
        with self._lock:
            mine = [row.id for row in self._rows.values() if row.owner == owner]
            for task_id in mine:
                self.give_back(task_id, owner, due, note)
            return mine

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of what is due and in nobody's hands, the oldest first."""
        with self._lock:
            ready = [row for row in self._rows.values() if _ready(row, now)]
        return [row.id for row in sorted(ready, key=lambda row: (row.created_at, row.id))][:limit]

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what ended before then, so many at most."""
        with self._lock:
            old = [row.id for row in self._rows.values() if row.finished_at is not None and row.finished_at < before]
            for task_id in old[:limit]:
                del self._rows[task_id]
            return len(old[:limit])

    def erase(self, installation: int, repositories: frozenset[int] | None = None) -> int:
        """Remove the tasks of an installation, or of these repositories of it."""
        with self._lock:
            theirs = [
                row.id
                for row in self._rows.values()
                if row.asker.installation == installation and is_of(row.asker.access.repositories, repositories)
            ]
            for task_id in theirs:
                del self._rows[task_id]
            return len(theirs)

    def _mine(self, task_id: str, owner: str) -> Task | None:
        row = self._rows.get(task_id)
        return row if row is not None and row.state is TaskState.RUNNING and row.owner == owner else None


def _ready(row: Task, now: datetime) -> bool:
    if row.state is TaskState.RUNNING:
        return row.lease_until is not None and row.lease_until <= now
    return row.state is TaskState.WAITING and row.due <= now


def _freed(row: Task, state: TaskState, note: str, result: str | None) -> Task:
    result = row.result if result is None else result
    return replace(row, state=state, note=clean(note), result=result, lease_until=None, owner=None)
