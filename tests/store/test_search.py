"""Looking through all reviews: newest first, page by page, and never past what the asker may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.core.errors import Reason, StoreUnavailable
from app.core.events import ReviewRequest
from app.core.package import Package
from app.core.policy import Action, Conclusion
from app.core.ports import Store
from app.core.report import FileGap, JudgedGap, Report, Reviewed
from app.core.review_search import EVERYTHING, Intake, IntakeFilter, ReviewFilter, Sight
from app.core.specimen import NotExamined
from app.store import SqlStore, open_store
from app.store.database import Database
from app.store.schema import intake_alerts, intakes, reports
from app.store.search import intake_query
from tests.builders import a_change, a_judged, a_pin, a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request

FAST = "npm/fast-colour@2.4.1"
HOUR = timedelta(hours=1)
KINDS: list[dict[str, Any]] = [
    {"package": "npm/fast-colour"},
    {"package": "npm/fast-colour", "version": "2.4.1"},
    {"package": "npm/fast-colour", "alert": "credential-theft"},
    {"alert": "credential-theft"},
    {"action": Action.BLOCK},
    {"repositories": frozenset({1, 2, 3})},
]
GAP = JudgedGap(NotExamined("yarn.lock", Reason.UNREADABLE_FILE, "line 3: no key"), Action.BLOCK, "why")


def keep(store: Store, *labels: str, now: datetime = START, **place: Any) -> str:
    """A review that takes in these packages, without findings."""
    reviewed = [Reviewed((a_change(label, old=None),)) for label in labels]
    return save(store, a_report(*reviewed), now, **place)


def save(store: Store, report: Report, now: datetime = START, **place: Any) -> str:
    request: ReviewRequest = replace(a_request(), **place)
    return store.reports.save(request, replace(report, head_sha=request.head_sha), now)


def who(
    store: Store, package: str | None = None, sight: Sight = EVERYTHING, limit: int = 100, **wanted: Any
) -> list[tuple[str, int]]:
    """Repository and pull request of what is found."""
    found = store.search.intakes(IntakeFilter(package, **wanted), sight, limit)
    return [(one.review.repository, one.review.number) for one in found]


def test_who_took_a_package_in_when_through_what_in_which_pull_request(store: Store) -> None:
    change = a_change(FAST, after=a_pin(FAST, direct=False, line=31), through=("npm/chart-kit@5.2.0",))
    report_id = save(store, a_report(Reviewed((change,), findings=(a_judged(),)), conclusion=Conclusion.FAILURE))
    (found,) = store.search.intakes(IntakeFilter("npm/fast-colour"), EVERYTHING, 10)
    review, taken = found.review, found.taken
    assert (review.id, review.installation, review.repository_id, review.repository, review.number) == (
        report_id,
        99,
        42,
        "acme/shop",
        7,
    )
    assert (review.head_sha, review.conclusion, review.private, review.at) == ("a" * 40, "failure", False, START)
    assert (taken.package, taken.before, taken.kind) == (Package.parse(FAST), "2.4.0", "upgraded")
    assert (taken.file, taken.line, taken.scope) == ("package-lock.json", 31, "runtime")
    assert (taken.direct, taken.through) == (False, ("npm/chart-kit@5.2.0",))
    assert (taken.action, taken.findings[0].rule) == ("block", "credential-theft")
    assert taken.findings[0].message == "reads ~/.npmrc and sends it to drop.example"


def test_packages_are_found_by_their_exact_name_and_version(store: Store) -> None:
    keep(store, FAST, "npm/fast-colour-2@2.4.1", number=1)
    keep(store, "npm/fast-colour@2.4.0", number=2, now=START + HOUR)
    keep(store, "pypi/fast-colour@2.4.1", number=3)
    assert who(store, "npm/fast-colour") == [("acme/shop", 2), ("acme/shop", 1)]
    assert who(store, "npm/fast-colour", version="2.4.1") == [("acme/shop", 1)]
    assert who(store, "npm/Fast-Colour") == []
    assert who(store, "npm/fast-colour", version="2.4") == []


def test_alerts_actions_repositories_and_times_narrow_the_search(store: Store) -> None:
    warned = Reviewed((a_change("npm/imgpress@3.0.0"),), findings=(a_judged(Action.WARN, rule="install-script"),))
    blocked = Reviewed((a_change(FAST),), findings=(a_judged(), a_judged(Action.WARN, rule="install-script")))
    save(store, a_report(warned), START, number=1)
    save(store, a_report(blocked), START + HOUR, number=2, repository_id=43, repository="acme/till")
    keep(store, FAST, number=3, now=START + 2 * HOUR)

    shop, till, again = ("acme/shop", 1), ("acme/till", 2), ("acme/shop", 3)
    assert who(store, alert="install-script") == [till, shop]
    assert who(store, alert="credential-theft") == [till]
    assert who(store, "npm/imgpress", alert="install-script") == [shop]
    assert who(store, "npm/imgpress", alert="credential-theft") == []
    assert who(store, action=Action.WARN) == [shop]
    assert who(store, action=Action.BLOCK) == [till]
    assert who(store, "npm/fast-colour", repositories=frozenset({42})) == [again]
    assert who(store, repositories=frozenset({42})) == [again, shop]
    assert who(store, repositories=frozenset({42, 43})) == [again, till, shop]
    assert who(store, repositories=frozenset()) == []
    assert who(store, "npm/fast-colour", since=START + 2 * HOUR) == [again]
    assert who(store, "npm/fast-colour", until=START + 2 * HOUR) == [till]
    assert who(store, alert="install-script", since=START + HOUR) == [till]
    assert who(store, "npm/fast-colour", alert="install-script", since=START, until=START + HOUR) == []


def test_an_alert_that_a_package_has_twice_is_one_intake(store: Store) -> None:
    twice = Reviewed((a_change(FAST),), findings=(a_judged(), a_judged()))
    save(store, a_report(twice))
    assert who(store, alert="credential-theft") == [("acme/shop", 7)]


def test_what_could_not_be_read_is_found_where_no_package_is_known(store: Store) -> None:
    """Nobody who searches for a package finds it in a file that was not read."""
    save(store, a_report(file_gaps=(FileGap("yarn.lock", 3, GAP),)))
    (found,) = store.search.intakes(IntakeFilter(alert="not-examined/unreadable-file"), EVERYTHING, 10)
    assert (found.taken.package, found.taken.file, found.taken.line) == (None, "yarn.lock", 3)
    assert found.taken.findings[0].message == "line 3: no key"


@pytest.mark.parametrize("wanted", [kind for kind in KINDS if "repositories" not in kind], ids="-".join)
def test_pages_follow_each_other_without_gap_or_repetition_while_reviews_come_in(
    store: Store, wanted: dict[str, Any]
) -> None:
    report = a_report(Reviewed((a_change(FAST),), findings=(a_judged(),)))
    for number in range(1, 8):  # two at a time
        save(store, report, START + (number // 2) * HOUR, number=number)
    seen: list[Intake] = []
    while page := store.search.intakes(IntakeFilter(**wanted), EVERYTHING, 2, position(seen)):
        seen += page
        save(store, report, START + 9 * HOUR, number=100 + len(seen))
    assert sorted(one.review.number for one in seen) == [1, 2, 3, 4, 5, 6, 7]
    assert [one.review.at for one in seen] == sorted((one.review.at for one in seen), reverse=True)


def test_a_page_goes_on_after_one_that_is_gone_since(store: Store) -> None:
    keep(store, FAST, number=1)
    keep(store, FAST, number=2, now=START + HOUR)
    first = store.search.intakes(IntakeFilter("npm/fast-colour"), EVERYTHING, 1)
    keep(store, "npm/other@1.0.0", number=2, now=START + 2 * HOUR)
    rest = store.search.intakes(IntakeFilter("npm/fast-colour"), EVERYTHING, 10, position(first))
    assert [one.review.number for one in rest] == [1]


@pytest.mark.parametrize("wanted", KINDS, ids="-".join)
def test_nobody_finds_what_belongs_to_others(store: Store, wanted: dict[str, Any]) -> None:
    report = a_report(Reviewed((a_change(FAST),), findings=(a_judged(),)))
    for installation in (1, 2, 3):
        save(store, report, installation_id=installation, repository_id=installation, repository=f"o/{installation}")

    def seen(sight: Sight) -> set[str]:
        return {name for name, _ in who(store, sight=sight, **wanted)}

    assert seen(EVERYTHING) == {"o/1", "o/2", "o/3"}
    assert seen(Sight(frozenset({1}))) == {"o/1"}
    assert seen(Sight(frozenset({1, 3}))) == {"o/1", "o/3"}
    assert seen(Sight(frozenset({1, 3}), frozenset({3}))) == {"o/3"}
    assert seen(Sight(None, frozenset({2}))) == {"o/2"}
    assert seen(Sight(frozenset({1}), frozenset({2}))) == set()
    assert seen(Sight(frozenset())) == set()
    assert seen(Sight(frozenset({4}))) == set()


def test_reviews_and_names_of_others_are_not_there(store: Store) -> None:
    private = keep(store, FAST, private=True, installation_id=1, repository_id=1, repository="o/secret")
    for stranger in (Sight(frozenset({2})), Sight(frozenset({1}), frozenset({2})), Sight(frozenset())):
        assert store.search.review(private, stranger) is None
        assert store.search.reviews(ReviewFilter(), stranger, 10) == []
        assert store.search.reviews(ReviewFilter(frozenset({1})), stranger, 10) == []
        assert store.search.repositories("o/secret", stranger) == frozenset()
    owner = Sight(frozenset({1}), frozenset({1}))
    assert store.search.review(private, owner) is not None
    assert store.search.repositories("o/secret", owner) == {1}


def test_a_second_review_of_the_same_head_replaces_what_the_first_took_in(store: Store) -> None:
    first = keep(store, FAST, "npm/other@1.0.0")
    assert keep(store, FAST, now=START + HOUR) == first
    assert who(store, "npm/other") == []
    (found,) = store.search.intakes(IntakeFilter("npm/fast-colour"), EVERYTHING, 10)
    assert found.review.at == START + HOUR
    keep(store, FAST, head_sha="c" * 40, now=START + 2 * HOUR)
    assert who(store, "npm/fast-colour") == [("acme/shop", 7), ("acme/shop", 7)]


def test_a_repository_is_known_by_the_name_of_its_last_review(store: Store) -> None:
    keep(store, FAST, repository="Acme/Shop")
    assert store.search.repositories("acme/SHOP", EVERYTHING) == {42}
    keep(store, FAST, number=8, repository="acme/store")
    assert store.search.repositories("acme/shop", EVERYTHING) == frozenset()
    assert store.search.repositories("acme/store", EVERYTHING) == {42}
    keep(store, FAST, repository_id=43, repository="acme/store")
    assert store.search.repositories("acme/store", EVERYTHING) == {42, 43}


def test_reviews_are_listed_the_newest_first_page_by_page(store: Store) -> None:
    made = [keep(store, FAST, number=number, now=START + number * HOUR) for number in range(1, 6)]
    first = store.search.reviews(ReviewFilter(), EVERYTHING, 2)
    second = store.search.reviews(ReviewFilter(), EVERYTHING, 10, (first[-1].at, first[-1].id))
    assert [one.id for one in (*first, *second)] == made[::-1]
    assert [one.number for one in store.search.reviews(ReviewFilter(since=START + 4 * HOUR), EVERYTHING, 10)] == [5, 4]
    assert [one.number for one in store.search.reviews(ReviewFilter(until=START + 2 * HOUR), EVERYTHING, 10)] == [1]


def test_reviews_are_listed_by_repository_and_conclusion(store: Store) -> None:
    save(store, a_report(conclusion=Conclusion.FAILURE), number=1)
    save(store, a_report(), number=2, repository_id=43, repository="acme/till")

    def numbers(**wanted: Any) -> list[int]:
        return [one.number for one in store.search.reviews(ReviewFilter(**wanted), EVERYTHING, 10)]

    assert numbers(conclusion=Conclusion.FAILURE) == [1]
    assert numbers(repositories=frozenset({43})) == [2]
    assert numbers(repositories=frozenset({43}), conclusion=Conclusion.FAILURE) == []


def test_a_review_comes_back_whole_for_those_who_may_see_it(store: Store) -> None:
    report = a_report(Reviewed((a_change(),), findings=(a_judged(),)))
    report_id = save(store, report, private=True)
    assert store.reports.get(report_id) is None
    found = store.search.review(report_id, EVERYTHING)
    assert found is not None
    assert (found[0].private, found[0].id, found[1]) == (True, report_id, report)
    assert store.search.review("x" * 32, EVERYTHING) is None


@pytest.mark.parametrize("nonsense", ["\x00", "a\x00", "\ud800", "x" * 100_000])
def test_what_is_no_text_is_nowhere(store: Store, nonsense: str) -> None:
    keep(store, FAST)
    assert who(store, nonsense) == []
    assert who(store, "npm/fast-colour", version=nonsense) == []
    assert who(store, alert=nonsense) == []
    assert store.search.review(nonsense, EVERYTHING) is None
    assert store.search.repositories(nonsense, EVERYTHING) == frozenset()
    assert len(store.search.reviews(ReviewFilter(), EVERYTHING, 10, (START + HOUR, nonsense))) == 1


def test_hostile_names_are_kept_beside_the_others(store: Store) -> None:
    """A lockfile may hold any string: it must not keep a report from being kept, nor the rest from being found."""
    strange = Package(a_change().pin.package.ecosystem, "\x00\ud800" + "x" * 5000, "1\x00" * 900)
    pin = a_pin(package=strange)
    change = a_change(file="\ud800.json", after=pin, through=("npm/\ud800@1",))
    save(store, a_report(Reviewed((change,), findings=(a_judged(),)), Reviewed((a_change(FAST),))))
    assert who(store, "npm/fast-colour") == [("acme/shop", 7)]
    assert len(store.search.intakes(IntakeFilter(alert="credential-theft"), EVERYTHING, 10)) == 1


def test_a_review_of_thousands_of_packages_is_kept_whole(store: Store) -> None:
    report = a_report(*(Reviewed((a_change(f"npm/p-{n}@1.0.0", None),), findings=(a_judged(),)) for n in range(3000)))
    save(store, report)
    found = store.search.intakes(IntakeFilter(alert="credential-theft"), EVERYTHING, 5000)
    assert {one.taken.package.name for one in found if one.taken.package} == {f"p-{n}" for n in range(3000)}


def test_what_was_taken_in_is_erased_with_its_report(database_url: str) -> None:
    store = open_store(database_url)
    save(store, a_report(Reviewed((a_change(FAST),), findings=(a_judged(),))))
    database = Database(database_url)
    database.write(lambda connection: connection.execute(delete(reports)))
    with database.reading() as connection:
        assert connection.execute(select(intakes)).all() == []
        assert connection.execute(select(intake_alerts)).all() == []
    database.close()
    store.close()


def test_findings_that_cannot_be_read_are_an_error_and_not_an_empty_list(database_url: str) -> None:
    store: SqlStore = open_store(database_url)
    keep(store, FAST)
    database = Database(database_url)
    database.write(lambda connection: connection.execute(intakes.update().values(findings='[{"later": 1}]')))
    database.close()
    with pytest.raises(StoreUnavailable, match="newer version"):
        who(store, "npm/fast-colour")
    store.close()


@pytest.mark.parametrize("sight", [EVERYTHING, Sight(frozenset({1})), Sight(frozenset({1, 2}))])
@pytest.mark.parametrize("wanted", KINDS, ids="-".join)
def test_every_search_goes_through_an_index(sqlite_url: str, wanted: dict[str, Any], sight: Sight) -> None:
    """At a million rows, whatever looks at all of them is too slow. The figures are in `make bench`."""
    database = Database(sqlite_url)
    query = intake_query(IntakeFilter(**wanted), sight, 50, (START, 7))
    statement = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.reading() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    database.close()
    assert any(step.startswith("SEARCH intake") for step in plan)
    assert not any(step.startswith("SCAN intake") for step in plan)


def position(seen: Any) -> tuple[datetime, int] | None:
    """Where a page ended."""
    return (seen[-1].review.at, seen[-1].id) if seen else None
