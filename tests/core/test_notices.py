"""What receivers of webhooks read: which packages block or warn, and which token is in trouble; nothing secret."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.access import Access
from app.core.audit import Deed, Event, Link
from app.core.credentials import Credential
from app.core.errors import Reason
from app.core.notices import PACKAGES, expiry_notice, ping, review_notices, token_notice, warning_due
from app.core.policy import Action, Conclusion
from app.core.report import JudgedGap, Report, Reviewed
from app.core.specimen import NotExamined
from app.core.webhooks import HookEvent, Notice
from tests.builders import a_change, a_judged, a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request
from tests.store.test_tokens import DAY, a_credential
from tests.store.test_webhooks import a_webhook

BLOCKED = Reviewed((a_change("npm/fast-colour@2.4.1"),), findings=(a_judged(),))
WARNED = Reviewed((a_change("npm/left-pad@1.3.0"),), findings=(replace(a_judged(), action=Action.WARN),))
CLEAN = Reviewed((a_change("npm/clean@1.0.0"),))


def notices(report: Report, run: str = "guid-1", at: datetime = START) -> list[Notice]:
    request = replace(a_request(), installation_id=99, repository_id=42, repository="acme/shop", private=True)
    return list(review_notices(request, report, "r" * 32, run, at, "https://assay.example"))


def test_a_review_names_what_blocks_or_warns_and_not_the_rest() -> None:
    report = replace(a_report(WARNED, CLEAN, BLOCKED, conclusion=Conclusion.FAILURE), head_sha="b" * 40)
    completed, blocked = notices(report)
    assert completed.event is HookEvent.REVIEW_COMPLETED
    assert completed.about == Access(frozenset(), frozenset({99}), frozenset({42}))
    rule, severity = a_judged().finding.rule, a_judged().finding.severity
    thief: dict[str, Any] = {
        "package": "npm/fast-colour@2.4.1",
        "action": "block",
        "alerts": [{"id": rule, "severity": severity, "action": "block"}],
    }
    review = {
        "id": "r" * 32,
        "installation": 99,
        "repository_id": 42,
        "repository": "acme/shop",
        "number": 7,
        "head_sha": "b" * 40,
        "conclusion": "failure",
        "private": True,
        "url": f"https://assay.example/api/v1/reviews/{'r' * 32}",
    }
    assert completed.data == {
        "review": review,
        "counts": {"changed": 3, "not_examined": 0},
        "packages": [
            thief,
            {
                "package": "npm/left-pad@1.3.0",
                "action": "warn",
                "alerts": [{"id": rule, "severity": severity, "action": "warn"}],
            },
        ],
        "packages_left_out": 0,
        "files": [],
        "files_left_out": 0,
    }
    assert blocked.event is HookEvent.PACKAGE_BLOCKED
    assert blocked.data == {"review": review, "packages": [thief], "packages_left_out": 0}


def test_what_could_not_be_examined_is_named_and_is_no_block() -> None:
    """It keeps the check from success, and nobody knows anything against the package."""
    gap = JudgedGap(NotExamined("left-pad-1.3.0.tgz", Reason.TOO_LARGE, "90 MB"), Action.BLOCK, "not-examined: block")
    (completed,) = notices(a_report(replace(CLEAN, gaps=(gap,)), conclusion=Conclusion.ACTION_REQUIRED))
    assert completed.event is HookEvent.REVIEW_COMPLETED
    assert completed.data["counts"] == {"changed": 1, "not_examined": 1}
    (package,) = completed.data["packages"]
    assert package["alerts"] == [{"id": "not-examined/too-large", "severity": None, "action": "block"}]


def test_where_nothing_blocks_nobody_is_told_of_a_block() -> None:
    assert [one.event for one in notices(a_report(WARNED))] == [HookEvent.REVIEW_COMPLETED]


def test_of_many_packages_some_are_named_and_the_rest_counted_blocks_first() -> None:
    many = [replace(WARNED, changes=(a_change(f"npm/p{n}@1.0.0"),)) for n in range(PACKAGES + 5)]
    (completed, _) = notices(a_report(*many, BLOCKED))
    assert len(completed.data["packages"]) == PACKAGES
    assert completed.data["packages"][0]["action"] == "block"
    assert completed.data["packages_left_out"] == 6
    assert len(json.dumps(completed.data)) < 16_000


def test_the_same_result_of_the_same_run_is_the_same_notice_and_any_other_is_not() -> None:
    (first,) = notices(a_report(WARNED))
    (again,) = notices(a_report(WARNED), at=START + DAY)
    assert first.key == again.key
    (other_run,) = notices(a_report(WARNED), "guid-2")
    (other_result,) = notices(a_report(CLEAN))
    assert len({first.key, other_run.key, other_result.key}) == 3


def test_long_names_are_cut() -> None:
    long = replace(WARNED, changes=(a_change(f"npm/{'x' * 2000}@1.0.0"),))
    (completed,) = notices(a_report(long))
    assert len(completed.data["packages"][0]["package"]) == 300


@pytest.mark.parametrize(
    ("deed", "event"),
    [
        (Deed.LEAKED, HookEvent.TOKEN_LEAKED),
        (Deed.SUSPENDED, HookEvent.TOKEN_SUSPENDED),
        (Deed.ANOMALY, HookEvent.TOKEN_ANOMALY),
    ],
)
def test_a_token_in_trouble_is_told_of_by_its_id_and_whose_it_is(deed: Deed, event: HookEvent) -> None:
    one = a_credential()
    link = Link(17, Event(START, deed, one.id, "new-network: First use."), b"", b"")
    notice = token_notice(link, one)
    assert notice is not None
    assert (notice.event, notice.key) == (event, "audit 17")
    assert notice.about == Access(frozenset(), frozenset({7, 8}), frozenset({70}))
    assert notice.data == {
        "token": {
            "id": one.id,
            "name": "ci 0",
            "family": one.id,
            "creator": "operator",
            "installations": [7, 8],
            "expires_at": "2026-12-23T12:00:00+00:00",
        },
        "detail": "new-network: First use.",
    }


def test_of_anything_else_in_the_audit_nobody_is_told() -> None:
    one = a_credential()
    for deed in set(Deed) - {Deed.LEAKED, Deed.SUSPENDED, Deed.ANOMALY}:
        assert token_notice(Link(1, Event(START, deed, one.id), b"", b""), one) is None
    assert token_notice(Link(1, Event(START, Deed.LEAKED, one.id), b"", b""), None) is None


def test_a_warning_says_how_many_days_are_left_and_is_the_same_each_time() -> None:
    one = a_credential()
    notice = expiry_notice(one, 7, START)
    assert notice.data["days"] == 7
    assert notice.key == expiry_notice(one, 7, START + DAY).key != expiry_notice(one, 1, START).key


@pytest.mark.parametrize(("left", "days"), [(8, None), (7, 7), (2, 7), (1, 1), (0.01, 1), (0, None), (-1, None)])
def test_a_token_is_warned_of_at_seven_days_and_at_one(left: float, days: int | None) -> None:
    one = a_credential()
    assert warning_due(one, one.expires_at - timedelta(days=left)) == days


@pytest.mark.parametrize(
    "one",
    [
        a_credential(expires_at=START + timedelta(minutes=15)),
        a_credential(expires_at=START + DAY),
        a_credential(expires_at=START + 7 * DAY),
        a_credential(expires_at=START + 2 * DAY, created_at=START - 30 * DAY, revoked_at=START),
        a_credential(expires_at=START + 2 * DAY, created_at=START - 30 * DAY, superseded_at=START + DAY),
    ],
    ids=["of minutes", "of a day", "of a week", "revoked", "replaced"],
)
def test_who_was_made_for_a_short_life_or_has_ended_is_not_warned_of(one: Credential) -> None:
    assert warning_due(one, START) is None


def test_a_test_tells_which_request_asked_for_it() -> None:
    notice = ping(a_webhook(), "abc", START)
    assert (notice.event, notice.data) == (HookEvent.PING, {"request_id": "abc"})
    assert notice.key != ping(a_webhook(), "abd", START).key
