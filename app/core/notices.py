"""What happened, as receivers of webhooks read it: small, without secrets, every stranger's word cut and in a field.

New fields may come at any time; one that changes its meaning or goes counts `PAYLOAD_VERSION` up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.core.access import Access
from app.core.audit import Deed, Link
from app.core.credentials import Credential
from app.core.events import ReviewRequest
from app.core.policy import Action
from app.core.report import FileFinding, Judged, Report, Reviewed
from app.core.webhooks import HookEvent, Notice, Webhook

PACKAGES = 50
"""Packages, and files, that one notice names; how many there are more, it says."""
ALERTS = 10
LONGEST = 300  # characters of a text
WARN_DAYS = (7, 1)
"""How long before its end a token is warned of: each once, and only if it was made for longer than that."""
TOLD = {
    Deed.LEAKED: HookEvent.TOKEN_LEAKED,
    Deed.SUSPENDED: HookEvent.TOKEN_SUSPENDED,
    Deed.ANOMALY: HookEvent.TOKEN_ANOMALY,
}
"""What of the audit is told, and as what."""

Data = dict[str, Any]


def review_notices(
    request: ReviewRequest, report: Report, review_id: str, run: str, at: datetime, public_url: str | None = None
) -> Iterator[Notice]:
    """What to tell when a review's check is completed.

    `run` names the delivery that was served: told again after a crash it is the same notice, while another result (a
    registry is back), or another delivery (somebody asked for it), is told on its own.
    """
    about = Access(frozenset(), frozenset({request.installation_id}), frozenset({request.repository_id}))
    review: Data = {
        "id": review_id,
        "installation": request.installation_id,
        "repository_id": request.repository_id,
        "repository": _cut(request.repository),
        "number": request.number,
        "head_sha": _cut(report.head_sha or request.head_sha),
        "conclusion": report.conclusion,
        "private": request.private,
        "url": f"{public_url}/api/v1/reviews/{review_id}" if public_url else None,
    }
    packages = [item for item in report.reviewed if item.action.rank <= Action.WARN.rank]
    blocked = [item for item in packages if any(judged.action is Action.BLOCK for judged in item.findings)]
    files = [*report.in_files(Action.BLOCK), *report.in_files(Action.WARN)]
    counts = {"changed": len(report.reviewed), "not_examined": len(report.gaps)}
    data: Data = {"review": review, "counts": counts, **_packages(packages), **_files(files)}
    yield _review_notice(HookEvent.REVIEW_COMPLETED, run, at, about, data)
    if blocked:
        yield _review_notice(HookEvent.PACKAGE_BLOCKED, run, at, about, {"review": review, **_packages(blocked)})


def token_notice(link: Link, one: Credential | None) -> Notice | None:
    """What to tell of an event of the audit; None for those that nobody is told of, and where the token is gone."""
    event = TOLD.get(link.event.deed)
    if event is None or one is None:
        return None
    data = {**_token(one), "detail": _cut(link.event.detail)}
    return Notice(event, f"audit {link.sequence}", link.event.at, _whose(one), data)


def expiry_notice(one: Credential, days: int, now: datetime) -> Notice:
    """What to tell of a token that ends within so many days."""
    data = {**_token(one), "days": days}
    return Notice(HookEvent.TOKEN_EXPIRING, f"expiring {one.id} {days}", now, _whose(one), data)


def warning_due(one: Credential, now: datetime) -> int | None:
    """The threshold, in days, that a token has come to; None while its end is far, or its life was meant to be short.

    A token that was replaced has its successor, and one that is dead needs nobody.
    """
    left = one.expires_at - now
    if left <= timedelta(0) or one.superseded_at is not None or one.revoked_at is not None:
        return None
    reached = [days for days in WARN_DAYS if left <= timedelta(days=days) < one.lifetime]
    return min(reached, default=None)


def ping(webhook: Webhook, request_id: str, now: datetime) -> Notice:
    """What is sent when somebody asks for a test."""
    return Notice(HookEvent.PING, f"ping {request_id}", now, webhook.access, {"request_id": request_id})


def _review_notice(event: HookEvent, run: str, at: datetime, about: Access, data: Data) -> Notice:
    told = hashlib.sha256(json.dumps([run, data], sort_keys=True).encode()).hexdigest()
    return Notice(event, f"{event} {told}", at, about, data)


def _packages(items: Sequence[Reviewed]) -> Data:
    ordered = sorted(items, key=lambda item: item.action.rank)
    return {
        "packages": [
            {"package": _cut(item.package.label), "action": item.action, **_alerts(item)} for item in ordered[:PACKAGES]
        ],
        "packages_left_out": max(0, len(items) - PACKAGES),
    }


def _alerts(item: Reviewed) -> Data:
    telling = [judged for judged in item.findings if judged.action.rank <= Action.WARN.rank]
    gaps = [judged for judged in item.gaps if judged.action.rank <= Action.WARN.rank]
    found = dict.fromkeys(
        (*map(_alert, telling), *((f"not-examined/{one.gap.reason}", None, one.action) for one in gaps))
    )
    return {
        "alerts": [{"id": rule, "severity": severity, "action": action} for rule, severity, action in found][:ALERTS]
    }


def _alert(judged: Judged) -> tuple[str, str | None, Action]:
    return judged.finding.rule, judged.finding.severity, judged.action


def _files(found: Sequence[FileFinding]) -> Data:
    return {
        "files": [
            {"file": _cut(one.path), "line": one.line, "alert": one.judged.finding.rule, "action": one.judged.action}
            for one in found[:PACKAGES]
        ],
        "files_left_out": max(0, len(found) - PACKAGES),
    }


def _token(one: Credential) -> Data:
    token = {
        "id": one.id,
        "name": _cut(one.name),
        "family": one.family,
        "creator": _cut(one.creator),
        "installations": sorted(one.access.installations)[:PACKAGES],
        "expires_at": one.expires_at.isoformat(timespec="seconds"),
    }
    return {"token": token}


def _whose(one: Credential) -> Access:
    return Access(frozenset(), one.access.installations, one.access.repositories)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
