"""The parts of a review, and what is to know of one run of it: the two arguments of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.core.events import ReviewRequest
from app.core.policy import Policy, PolicyProblem
from app.core.ports import Delivery, ForgeDoor, Reports
from app.core.report import Report
from app.core.rule import Catalogue
from app.core.tenancy import Tenant
from worker.changed_files import Formats
from worker.leaks import Leaks
from worker.lookup import Tools

ReadPolicy = Callable[[bytes, str, date], Policy | tuple[PolicyProblem, ...]]
"""`(content, origin, today)` → the policy, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything a review needs, chosen by `worker.bootstrap`.

    `public_url` is where our pages are (None: no links). `marker_key` signs the hidden marker of the comment.
    `try_again` are the waits, in seconds, after which something that was not examined for a passing reason is tried
    again. `tools_for` makes of the tools those of one installation, which may ask the registries that serve it.
    `seconds` is the time of one run, `progress_seconds` the least time between two updates of its check. `published` is
    told of each report whose check was completed; `tell`, with the report's id and the run's, tells others of it once
    everything is said on the pull request. `leaks` revokes tokens of ours that a pull request shows; None: there are no
    tokens.
    """

    door: ForgeDoor
    tools: Tools
    reports: Reports
    catalogue: Catalogue
    formats: Formats
    read_policy: ReadPolicy
    marker_key: bytes
    floor: Policy | None = None
    public_url: str | None = None
    tools_for: Callable[[Tools, Tenant], Tools] = lambda tools, _tenant: tools
    seconds: float = 900.0
    progress_seconds: float = 5.0
    published: Callable[[Report], None] = lambda _report: None
    tell: Callable[[ReviewRequest, Report, str, str], None] = lambda _request, _report, _id, _run: None
    leaks: Leaks | None = None
    try_again: tuple[float, ...] = (60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a delivery, which may be one of several.

    `id` names the delivery in the check's `external_id`, so that a run that was cut short finds its own check again.
    `attempt` counts from 1, `done` is how many packages earlier runs were done with. `last`: no other run follows one
    that gets nowhere. `expired`: none follows at all. Nothing is published once `still_newest` says no; once
    `told_to_stop` says yes, the next run goes on. `replaced` began before this one and will not be taken up again.
    """

    id: str
    still_newest: Callable[[], bool]
    attempt: int = 1
    done: int = 0
    last: bool = False
    expired: bool = False
    told_to_stop: Callable[[], bool] = lambda: False
    replaced: tuple[Delivery, ...] = ()
