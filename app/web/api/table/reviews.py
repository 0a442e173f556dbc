"""Routes of reviews and of what they took in."""

from __future__ import annotations

from app.core.access import Scope
from app.web.api.asked_reviews import LARGEST, PER_SENDER, NewReview, ask_review
from app.web.api.rechecks import PER_ASKER, RecheckShape, recheck_review
from app.web.api.reviews import (
    FORMATS,
    FindingsQuery,
    FormatQuery,
    IntakePage,
    ReviewPage,
    ReviewsQuery,
    ReviewText,
    get_review,
    list_findings,
    list_reviews,
)
from app.web.api.route import Example, Route
from app.web.api.streaming import MEDIA_TYPE
from app.web.api.tasks import TaskShape

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/findings",
        Scope.FINDINGS_READ,
        list_findings,
        "Which repositories took in a package, when, through what, in which pull request; and what was found about it.",
        IntakePage,
        query=FindingsQuery,
        codes=("not_found", "too_many_streams"),
        formats=(MEDIA_TYPE,),
        example=Example(query={"package": "npm/fast-colour@2.4.1", "since": "2026-01-01T00:00:00Z"}),
    ),
    Route(
        "GET",
        "/reviews",
        Scope.REVIEWS_READ,
        list_reviews,
        "List reviews, the newest first.",
        ReviewPage,
        query=ReviewsQuery,
        codes=("not_found", "too_many_streams"),
        formats=(MEDIA_TYPE,),
        example=Example(query={"conclusion": "failure", "limit": "20"}),
    ),
    Route(
        "POST",
        "/reviews",
        Scope.REVIEWS_WRITE,
        ask_review,
        "Review dependency files, package sets or two commits. A worker does it: look at the task until it has ended.",
        TaskShape,
        status=202,
        body=NewReview,
        codes=("bad_policy", "no_rules_yet", "not_found", "too_many_tasks"),
        limit=PER_SENDER,
        largest=LARGEST,
        example=Example(body={"packages": {"before": ["pkg:npm/left-pad@1.2.0"], "after": ["pkg:npm/left-pad@1.3.0"]}}),
    ),
    Route(
        "GET",
        "/reviews/{review_id}",
        Scope.REVIEWS_READ,
        get_review,
        "One review with its whole report, or as SARIF, CycloneDX, SPDX, Markdown or JSON lines.",
        ReviewText,
        query=FormatQuery,
        example=Example(path={"review_id": "REVIEW_ID"}),
        formats=FORMATS,
    ),
    Route(
        "POST",
        "/reviews/{review_id}/recheck",
        Scope.REVIEWS_WRITE,
        recheck_review,
        "Review a pull request again, as it is now: like `Re-run` beside its check, and at most once a minute.",
        RecheckShape,
        status=202,
        limit=PER_ASKER,
        example=Example(path={"review_id": "REVIEW_ID"}),
    ),
)
