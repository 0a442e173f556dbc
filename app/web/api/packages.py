"""Packages: ask for an inspection, and read what is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from app.core.errors import InputError
from app.core.package import Package
from app.core.package_report import PUBLIC, PackageReport, compare_reports
from app.core.package_url import LONGEST, read_purl
from app.core.ports import TaskKind
from app.log import redact
from app.store.package_tasks import MOST, write_wanted
from app.web.api.package_shapes import PackageReportShape, show_change, show_package
from app.web.api.problems import Problem
from app.web.api.route import Call, Query, Reply, Shape
from app.web.api.tasks import ask_for
from app.web.api.waiting import LONGEST as LONGEST_WAIT

Purl = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Inspect(Shape):
    """Packages to inspect, as package URLs with versions: `pkg:npm/%40scope/name@1.2.3`, `pkg:pypi/name@1.0`."""

    packages: Annotated[tuple[Purl, ...], Field(min_length=1, max_length=MOST)]
    wait: Annotated[
        int,
        Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the end; few may wait at a time, so look at it."),
    ] = 0


class AgainstQuery(Query):
    """Which version to hold it against."""

    against: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Another version of the package that is known as well."),
    ] = None


def inspect_packages(call: Call, body: Inspect) -> Reply:
    """Ask for an inspection; a worker does it."""
    for number, purl in enumerate(body.packages):
        try:
            read_purl(purl)
        except InputError as error:
            raise Problem("invalid_input", f"packages.{number}: {redact(str(error))}") from error
    return ask_for(call, TaskKind.INSPECT, write_wanted(body.packages), body.wait)


def get_package(call: Call, purl: str, query: AgainstQuery) -> Reply:
    """What is known of a package."""
    try:
        package = read_purl(purl)
    except InputError as error:
        raise Problem("invalid_input", redact(str(error))) from error
    realm, report = _known(call, package)
    change = None
    if query.against is not None:
        _, before = _known(call, replace(package, version=query.against))
        change = show_change(compare_reports(before, report))
    catalogue = call.house.store.catalogues.current()
    now = None if catalogue is None else catalogue.engine
    return Reply(
        PackageReportShape(
            report=show_package(report),
            private=realm != PUBLIC,
            outdated=now is not None and report.engine != now,
            engine_now=now,
            against=change,
        )
    )


def _known(call: Call, package: Package) -> tuple[str, PackageReport]:
    """The report that this token may see: its one installation's own, or everybody's."""
    installations = call.holder.access.installations
    own = [str(one) for one in installations] if len(installations) == 1 else []
    found = call.house.store.package_reports.find([*own, PUBLIC], package)
    if found is None:
        said = redact(package.label[:LONGEST])
        raise Problem(
            "package_not_known", f"Nothing is known of {said}. POST it to /api/v1/packages/inspect, and look again."
        )
    return found
