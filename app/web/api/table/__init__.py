"""Every route of the API, with what it asks for. What does not stand here is not reachable."""

from __future__ import annotations

from app.web.api.route import Route
from app.web.api.table import exchange, leaks, reviews, rules, tokens

PLACEHOLDERS = ("TOKEN", "TOKEN_ID", "REVIEW_ID", "WORKFLOW_TOKEN")
"""What stands in the examples for a token's text, for its id, for a review's id, and for a workflow's own token."""

ROUTES: tuple[Route, ...] = (*tokens.ROUTES, *exchange.ROUTES, *leaks.ROUTES, *reviews.ROUTES, *rules.ROUTES)
