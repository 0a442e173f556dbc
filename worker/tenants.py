"""With whose tools work is done: one installation's, or such as reach nothing private; and who does which task."""

from __future__ import annotations

from dataclasses import replace

from app.core.ports import Asker, Store, Task, TaskKind
from app.core.review_search import ReviewFilter, Sight
from app.core.tenancy import Tenant
from app.registries import Endpoints
from worker.asked_review import review_asked
from worker.leaks import Leaks, WatchfulInspector
from worker.lookup import Tools
from worker.package_task import inspect_packages
from worker.registries import open_registries, realms
from worker.task import Outcome, Runners, TaskRun
from worker.toolbox import Toolbox


def runners(store: Store, box: Toolbox, endpoints: Endpoints) -> Runners:
    """Who does what each kind of task asks for."""

    def tools(task: Task) -> Tools:
        return tools_of(task.asker, store, box.tools, endpoints, box.leaks)

    def inspect(task: Task, run: TaskRun) -> Outcome:
        return inspect_packages(task, run, tools(task), store.package_reports)

    def review_as_asked(task: Task, run: TaskRun) -> Outcome:
        return review_asked(task, run, replace(box, tools=tools(task)))

    return {TaskKind.INSPECT: inspect, TaskKind.REVIEW: review_as_asked}


def tools_of(asker: Asker, store: Store, tools: Tools, endpoints: Endpoints, leaks: Leaks | None = None) -> Tools:
    """The tools of the one installation that somebody acts for; else those with which nothing private is reached.

    The installation's owner is the one of the repository that was reviewed last.
    """
    installation = asker.installation
    if installation is None:
        return serving(endpoints.public(), tools, Tenant(0, ""), leaks)
    newest = store.search.reviews(ReviewFilter(), Sight(frozenset({installation})), 1)
    owner = newest[0].repository.partition("/")[0] if newest else ""
    return serving(endpoints, tools, Tenant(installation, owner), leaks)


def serving(endpoints: Endpoints, tools: Tools, tenant: Tenant, leaks: Leaks | None = None) -> Tools:
    """The tools of one installation: the registries that it may ask, and a realm of its own for what is private.

    Its inspector revokes our own tokens that packages hold, where there are `leaks`.
    """
    realm_of = realms(endpoints, tenant)
    return replace(
        tools,
        inspector=tools.inspector if leaks is None else WatchfulInspector(tools.inspector, leaks, realm_of),
        registries=open_registries(endpoints, tenant=tenant),
        realm_of=realm_of,
        configured=endpoints.configured(tenant),
    )
