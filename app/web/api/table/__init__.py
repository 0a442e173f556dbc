"""Every route of the API, with what it asks for. What does not stand here is not reachable."""

from __future__ import annotations

from app.web.api.route import Route
from app.web.api.table import exchange, leaks, packages, reviews, rules, tasks, tokens, webhooks

PLACEHOLDERS = ("TOKEN", "TOKEN_ID", "REVIEW_ID", "TASK_ID", "ASKED_ID", "WORKFLOW_TOKEN", "WEBHOOK_ID", "DELIVERY_ID")
"""What stands in the examples for a token's text, for its id, for the ids of a review and of a task, for a workflow's
own token, for the id of a webhook, and for that of something which is sent to it.
"""

ROUTES: tuple[Route, ...] = (
    *tokens.ROUTES,
    *exchange.ROUTES,
    *leaks.ROUTES,
    *packages.ROUTES,
    *reviews.ROUTES,
    *tasks.ROUTES,
    *rules.ROUTES,
    *webhooks.ROUTES,
)
