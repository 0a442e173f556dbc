"""Tasks: work that takes time is asked for here, done by a worker, and looked at until it has ended."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime

from app.core.access import Access, Scope
from app.core.errors import InputError, QueueUnavailable, Reason
from app.core.package_report import Examination
from app.core.package_url import read_purl, write_purl
from app.core.ports import Asker, Task, TaskKind, TaskState
from app.core.ports.tasks import ENDED
from app.core.specimen import NotExamined
from app.store.package_tasks import read_purls, read_result
from app.store.review_tasks import read_asked
from app.web.api.package_shapes import PackageShape, show_gap, show_package
from app.web.api.problems import Problem
from app.web.api.route import PREFIX, Call, Reply, Shape

log = logging.getLogger(__name__)

MOST_UNFINISHED = 20
"""Tasks of one token, and of those that it was rotated to, that have not ended."""
RETRY_SECONDS = 60
SCOPES: Mapping[TaskKind, Scope] = {
    TaskKind.INSPECT: Scope.PACKAGES_INSPECT,
    TaskKind.REVIEW: Scope.REVIEWS_WRITE,
}
"""Who may ask for each kind of task, and so may look at those of others of the same tenant."""


class ReviewProgress(Shape):
    """How far a review is: `examined` of `packages`. Its report is at `report` once it is done; null before."""

    examined: int
    packages: int
    report: str | None


class TaskShape(Shape):
    """A task. It has ended when `state` is `done` or `failed`; only then is the result whole.

    `note` says why it waits again, or why it failed. `packages` are those that were asked for, in their order, each
    with its own state: `pending` says nothing about a package. Of a review, `review` says how far it is.
    """

    id: str
    kind: TaskKind
    state: TaskState
    created_at: datetime
    finished_at: datetime | None
    note: str
    packages: tuple[PackageShape, ...] | None
    review: ReviewProgress | None


def ask_for(call: Call, kind: TaskKind, what: str, wait: float = 0) -> Reply:
    """Keep a new task, ask a worker for it, wait if that is wanted, and say where to look.

    `what` is JSON as the kind has it. A queue that is away costs time only: the row is swept up.
    """
    one = call.holder
    whose = Access(frozenset(), one.access.installations, one.access.repositories)
    asker = Asker(one.id, one.family, whose)
    task = Task(secrets.token_urlsafe(24), kind, asker, what, created_at=call.now, due=call.now)
    store = call.house.store
    if not store.tasks.add(task, MOST_UNFINISHED):
        said = f"{MOST_UNFINISHED} tasks of this token have not ended yet. Look at them, and ask again then."
        raise Problem("too_many_tasks", said, retry=RETRY_SECONDS)
    try:
        call.house.dispatch.task(task.id)
    except QueueUnavailable as error:
        log.warning("queue out of reach", extra={"why": str(error)})
    call.house.waiting.wait(store.tasks, task.id, wait)
    return Reply(_shape(store.tasks.get(task.id) or task), made=f"/tasks/{task.id}")


def get_task(call: Call, task_id: str) -> Reply:
    """One task: for whoever asked, and for tokens of the same tenant that may ask for such."""
    return Reply(_shape(find_task(call, task_id)))


def find_task(call: Call, task_id: str) -> Task:
    """A task that the caller sees; anything else is not there."""
    task = call.house.store.tasks.get(task_id)
    if task is None or not _is_seen(call, task):
        raise Problem("not_found", "There is no task of this id. Tasks are kept for seven days after their end.")
    return task


def _is_seen(call: Call, task: Task) -> bool:
    one = call.holder
    is_theirs = one.family == task.asker.family or SCOPES[task.kind] in one.access.scopes
    return is_theirs and one.access.oversees(task.asker.access)


def _shape(task: Task) -> TaskShape:
    return TaskShape(
        id=task.id,
        kind=task.kind,
        state=task.state,
        created_at=task.created_at,
        finished_at=task.finished_at,
        note=task.note,
        packages=_packages(task) if task.kind is TaskKind.INSPECT else None,
        review=_review(task) if task.kind is TaskKind.REVIEW else None,
    )


def _review(task: Task) -> ReviewProgress:
    result = read_asked(task.result)
    is_there = task.state is TaskState.DONE and result is not None and result.report is not None
    return ReviewProgress(
        examined=result.examined if result else 0,
        packages=result.whole if result else 0,
        report=f"{PREFIX}/tasks/{task.id}/report" if is_there else None,
    )


def _packages(task: Task) -> tuple[PackageShape, ...]:
    known = read_result(task.result)
    shapes = []
    for purl in read_purls(task.input):
        try:
            package = read_purl(purl)
        except InputError as error:  # taken by another version of Assay
            shapes.append(_unknown(purl, purl, Examination.NOT_EXAMINED, str(error)))
            continue
        if package in known:
            shapes.append(show_package(known[package]))
        elif task.state in ENDED:
            shapes.append(_unknown(package.label, write_purl(package), Examination.NOT_EXAMINED, task.note))
        else:
            shapes.append(
                _unknown(package.label, write_purl(package), Examination.PENDING, "It was not looked at yet.")
            )
    return tuple(shapes)


def _unknown(label: str, purl: str, state: Examination, why: str) -> PackageShape:
    gap = show_gap(NotExamined(label, Reason.INTERRUPTED, why or "The task ended before it was looked at."))
    return PackageShape(
        package=label,
        purl=purl,
        state=state,
        engine=None,
        examined_at=None,
        artifacts=(),
        capabilities=(),
        findings=(),
        findings_total=0,
        not_examined=(gap,),
        not_examined_total=1,
        files_not_opened=0,
    )
