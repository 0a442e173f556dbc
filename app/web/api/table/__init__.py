"""Every route of the API, with what it asks for. What does not stand here is not reachable."""

from __future__ import annotations

from app.web.api.route import Route
from app.web.api.table import leaks, reviews, rules, tokens

PLACEHOLDERS = ("TOKEN", "TOKEN_ID", "REVIEW_ID")
"""What stands in the examples for a token's text, for its id, and for a review's id."""

ROUTES: tuple[Route, ...] = (*tokens.ROUTES, *leaks.ROUTES, *reviews.ROUTES, *rules.ROUTES)
