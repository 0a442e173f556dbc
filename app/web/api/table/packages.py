"""Routes of packages."""

from __future__ import annotations

from app.core.access import Scope
from app.web.api.package_shapes import PackageReportShape
from app.web.api.packages import AgainstQuery, Inspect, get_package, inspect_packages
from app.web.api.route import Example, Route
from app.web.api.tasks import TaskShape

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/packages/inspect",
        Scope.PACKAGES_INSPECT,
        inspect_packages,
        "Inspect packages, up to a thousand. The answer is a task to look at, under the address in `Location`.",
        TaskShape,
        status=202,
        body=Inspect,
        codes=("too_many_tasks",),
        example=Example(body={"packages": ["pkg:npm/fast-colour@2.4.1", "pkg:pypi/imgpress@3.0.0"]}),
    ),
    Route(
        "GET",
        "/packages/{purl}",
        Scope.PACKAGES_READ,
        get_package,
        "What is known of a package, and what changed since another version. Encode the package URL: `/` is `%2F`.",
        PackageReportShape,
        query=AgainstQuery,
        slashes=True,
        codes=("package_not_known",),
        example=Example(path={"purl": "pkg:npm/fast-colour@2.4.1"}, query={"against": "2.4.0"}),
    ),
)
