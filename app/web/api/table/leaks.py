"""Routes for whoever found a token where it does not belong."""

from __future__ import annotations

from app.rate_limit import Limit
from app.web.api.holding import (
    PER_REPORTER,
    LeakReport,
    Taken,
    report_leaks,
)
from app.web.api.partner import report_github_leaks
from app.web.api.route import Example, Mark, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/leaks",
        Mark.PUBLIC,
        report_leaks,
        "Report tokens that were found where they do not belong. Real ones are revoked; the answer does not say which.",
        Taken,
        status=202,
        body=LeakReport,
        takes_tokens=True,
        limit=PER_REPORTER,
        example=Example(body={"tokens": ["TOKEN"], "url": "https://paste.example/1"}),
    ),
    Route(
        "POST",
        "/leaks/github",
        Mark.PUBLIC,
        report_github_leaks,
        "Reports of GitHub's secret scanning, signed; off unless the operator set ASSAY_LEAK_KEYS_URL.",
        Taken,
        status=202,
        raw=True,
        takes_tokens=True,
        codes=("bad_signature",),
        limit=Limit("github-leaks", 600),
        largest=5 << 20,
    ),
)
