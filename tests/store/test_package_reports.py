"""What is known of packages: the newest report of each version, in the realm of those who may know it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import Reason
from app.core.package import Ecosystem, Package
from app.core.package_report import PUBLIC, PackageReport, make_package_report
from app.core.ports import Store
from app.core.report import ArtifactSummary
from app.core.specimen import FactId, NotExamined
from tests.builders import a_finding
from tests.fakes.clock import START

COLOUR = Package(Ecosystem.NPM, "fast-colour", "2.4.1")
ARTIFACT = ArtifactSummary("fast-colour-2.4.1.tgz", "1" * 64, 4096, 3)


def a_package_report(package: Package = COLOUR, engine: str = "1", **changes: Any) -> PackageReport:
    """A package that was examined whole, and that sends what it reads away."""
    values: dict[str, Any] = {
        "artifacts": (ARTIFACT,),
        "capabilities": (FactId.NETWORK, FactId.INSTALL_SCRIPT),
        "findings": [a_finding()],
    }
    return make_package_report(package, engine, START, **values | changes)


def test_a_report_comes_back_as_it_was_kept(store: Store) -> None:
    gap = NotExamined("lib/big.js", Reason.PARTLY, "Only its first megabyte was read.")
    report = a_package_report(gaps=[gap], unopened=2)
    store.package_reports.save(PUBLIC, report)
    assert store.package_reports.find([PUBLIC], COLOUR) == (PUBLIC, report)
    assert store.package_reports.engine(PUBLIC, COLOUR) == "1"


def test_what_nobody_examined_is_not_there(store: Store) -> None:
    store.package_reports.save(PUBLIC, a_package_report())
    other = replace(COLOUR, version="2.4.2")
    assert store.package_reports.find([PUBLIC], other) is None
    assert store.package_reports.engine(PUBLIC, other) is None
    assert store.package_reports.find([], COLOUR) is None


def test_a_realm_is_seen_by_those_who_ask_for_it_and_comes_before_what_everybody_knows(store: Store) -> None:
    ours, public = a_package_report(engine="ours"), a_package_report(engine="public")
    store.package_reports.save("99", ours)
    assert store.package_reports.find([PUBLIC], COLOUR) is None
    assert store.package_reports.find(["98", PUBLIC], COLOUR) is None
    store.package_reports.save(PUBLIC, public)
    assert store.package_reports.find(["99", PUBLIC], COLOUR) == ("99", ours)
    assert store.package_reports.find(["98", PUBLIC], COLOUR) == (PUBLIC, public)


def test_the_newest_report_takes_the_place_of_the_one_before(store: Store) -> None:
    for engine in ("1", "2"):
        store.package_reports.save(PUBLIC, a_package_report(engine=engine))
    assert store.package_reports.engine(PUBLIC, COLOUR) == "2"


def test_many_that_save_at_once_leave_one_report(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.package_reports.save(PUBLIC, a_package_report(engine=str(n))), range(40)))
    assert store.package_reports.engine(PUBLIC, COLOUR) in {str(number) for number in range(40)}


@pytest.mark.parametrize(
    "package",
    [
        Package(Ecosystem.NPM, "x" * 400, "1"),
        Package(Ecosystem.NPM, "nul\x00", "1"),
        Package(Ecosystem.NPM, "half-\ud800", "1"),
        Package(Ecosystem.NPM, "x", "1" * 300),
    ],
)
def test_names_that_no_registry_takes_are_neither_kept_nor_an_error(store: Store, package: Package) -> None:
    store.package_reports.save(PUBLIC, a_package_report(package))
    assert store.package_reports.find([PUBLIC], package) is None
    assert store.package_reports.engine(PUBLIC, package) is None


def test_what_is_known_in_a_realm_is_erased_and_nothing_else(store: Store) -> None:
    other = replace(COLOUR, version="2.4.2")
    for realm, package in (("99", COLOUR), ("99", other), ("9", COLOUR), (PUBLIC, COLOUR)):
        store.package_reports.save(realm, a_package_report(package))
    assert store.package_reports.erase("99") == 2
    assert [store.package_reports.find(["99"], package) for package in (COLOUR, other)] == [None, None]
    assert [store.package_reports.engine(realm, COLOUR) for realm in ("9", PUBLIC)] == ["1", "1"]
    assert store.package_reports.erase("99") == 0
