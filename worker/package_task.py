"""The task of inspecting packages by name: what was asked for → the report of each, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core.package import Package
from app.core.package_report import PackageReport, PackageReports, make_package_report
from app.core.ports import Task
from app.store.package_tasks import read_result, read_wanted, write_result
from worker.examination import examine_all
from worker.lookup import Tools
from worker.package_reports import asked_for, keeper
from worker.task import Outcome, TaskRun


def inspect_packages(task: Task, run: TaskRun, tools: Tools, reports: PackageReports) -> Outcome:
    """Inspect what earlier runs have not; keep each report at once, and hand over when the time is over.

    What could not be had (a registry that is down, a package that is not there) is told as not examined, and is not
    tried again: whoever asked may ask again.
    """
    wanted = read_wanted(task.input)
    done = read_result(task.result)
    left = list(dict.fromkeys(package for package in wanted if package not in done))
    found = _inspect(left, run, tools, reports)
    done |= found
    ended = all(package in done for package in wanted)
    return Outcome(write_result(done.values()), ended=ended, further=bool(found))


def _inspect(
    packages: Sequence[Package], run: TaskRun, tools: Tools, reports: PackageReports
) -> dict[Package, PackageReport]:
    kept: dict[Package, PackageReport] = {}
    keep = keeper(reports, afresh=True, told=lambda report: kept.__setitem__(report.package, report))
    alone = replace(tools, change_detectors=(), keep=keep)  # there is no lockfile that could be right or wrong
    changes = [asked_for(package) for package in packages]
    examined = examine_all(changes, alone, deadline=run.deadline, go_on=run.go_on)
    now = tools.clock()
    return {
        one.package: kept.get(one.package) or make_package_report(one.package, tools.engine, now, gaps=one.gaps)
        for one in examined
        if not one.interrupted
    }
