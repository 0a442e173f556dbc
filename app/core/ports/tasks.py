"""Work that programs ask for through the API: tasks to look at until they are done, and who keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.core.access import Access

KEPT = timedelta(days=7)
"""A task is there for so long after it ended."""


class TaskState(StrEnum):
    """The life of a task. Only `DONE` says that all was done that could be."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # given up; its note says why


class TaskKind(StrEnum):
    """What is asked for."""

    INSPECT = "inspect-packages"
    REVIEW = "review"


ENDED = frozenset({TaskState.DONE, TaskState.FAILED})


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose task it is: the token that asked, the first one of its family, and what it was narrowed to.

    `access` holds installations and repositories alone: neither scopes nor networks.
    """

    token: str
    family: str
    access: Access = field(default_factory=lambda: Access(frozenset()))

    @property
    def installation(self) -> int | None:
        """The one installation that it acts for; None for a token of all, or of several."""
        return next(iter(self.access.installations)) if len(self.access.installations) == 1 else None


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `input` and `result` are JSON as its kind has it; a result may be there in part before the end.

    `due` is when it may run at the earliest; `attempts` counts claims, `failures` those that did not end well, the
    running one included: a run that is killed cannot say so. `note` is for people: why it waits again, or failed.
    """

    id: str
    kind: TaskKind
    asker: Asker
    input: str = field(repr=False)
    created_at: datetime
    due: datetime
    state: TaskState = TaskState.WAITING
    attempts: int = 0
    failures: int = 0
    lease_until: datetime | None = None
    owner: str | None = None
    result: str | None = field(default=None, repr=False)
    note: str = ""
    finished_at: datetime | None = None


class Tasks(Protocol):
    """Task rows: the truth of what was asked for. Every method is one transaction."""

    def add(self, task: Task, most: int) -> bool:
        """Keep a new task; False when `most` of this asker's family have not ended yet."""
        ...

    def get(self, task_id: str) -> Task | None:
        """One task; None when there is none (any more)."""
        ...

    def state(self, task_id: str) -> TaskState | None:
        """The state alone, for those who wait for its end."""
        ...

    def claim(self, task_id: str, owner: str, now: datetime, lease: timedelta) -> Task | None:
        """Set a due task running and count the attempt; None when it is not due, ended, or in another's hands."""
        ...

    def renew(self, task_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease; False when it is not ours any more."""
        ...

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
        """End it (done, failed); without a result, what earlier runs gave stays. False: it is not ours any more.

        With `drop_input`, what was sent is kept no longer: it is empty from then on.
        """
        ...

    def give_back(
        self, task_id: str, owner: str, due: datetime, note: str, *, result: str | None = None, failed: bool = True
    ) -> bool:
        """Back to waiting, to run again at `due`; a run that left the rest to the next one is no failure.

        Without a result, what earlier runs gave stays. False: it is not ours any more.
        """
        ...

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Give back whatever a dead owner was running; return the ids."""
        ...

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of tasks that are due and in nobody's hands, the oldest first. For the sweeper."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Remove at most `limit` tasks that ended before then; return how many."""
        ...

    def erase(self, installation: int, repositories: frozenset[int] | None = None) -> int:
        """Remove what was asked for by tokens of this installation alone, in whatever state; return how many.

        With `repositories`: by those that were narrowed to nothing but these. Whoever runs one loses its lease.
        """
        ...
