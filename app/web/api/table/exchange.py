"""The route by which workflows get tokens for their own."""

from __future__ import annotations

from app.web.api.exchange import GRANT, JWT, PER_ADDRESS, ExchangedShape, ExchangeShape, exchange_token
from app.web.api.route import Example, Mark, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/tokens/exchange",
        Mark.PUBLIC,
        exchange_token,
        "Exchange the OIDC token of a GitHub Actions workflow for a token of its repository, for fifteen minutes "
        "(RFC 8693); off unless the operator set ASSAY_OIDC.",
        ExchangedShape,
        body=ExchangeShape,
        form=True,
        oauth=True,
        codes=(
            "bad_subject_token",
            "replayed_token",
            "unknown_repository",
            "unsupported_grant_type",
            "invalid_scope",
            "invalid_target",
            "not_found",
            "keys_unavailable",
        ),
        limit=PER_ADDRESS,
        largest=64 << 10,
        example=Example(
            body={
                "grant_type": GRANT,
                "subject_token": "WORKFLOW_TOKEN",
                "subject_token_type": JWT,
                "scope": "packages:read reviews:read",
            }
        ),
    ),
)
