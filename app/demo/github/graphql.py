"""The few GraphQL requests that REST has no call for: minimising comments and asking whether one is minimised."""

from __future__ import annotations

from typing import Any

import msgspec

from app.demo.github.model import Comment, LineComment
from app.demo.github.refusals import Refusal
from app.demo.github.tokens import Token
from app.demo.github.world import World

REASONS = frozenset({"SPAM", "ABUSE", "OFF_TOPIC", "OUTDATED", "DUPLICATE", "RESOLVED", "LOW_QUALITY"})
KINDS = {"IC": "IssueComment", "PRRC": "PullRequestReviewComment"}


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """A request's body."""

    query: str
    variables: dict[str, Any]


def answer(world: World, token: Token, raw: bytes) -> dict[str, Any]:
    """Answer one request, as GraphQL does: always 200, errors inside."""
    try:
        asked = msgspec.json.decode(raw, type=Query)
    except msgspec.MsgspecError as error:
        return _error("PARSE_ERROR", str(error))
    try:
        return {"data": _run(world, token, asked)}
    except Refusal as refusal:
        return _error("NOT_FOUND" if refusal.status == 404 else "FORBIDDEN", refusal.message)


def _run(world: World, token: Token, asked: Query) -> dict[str, Any]:
    fields = asked.variables.get("input", {})
    if "unminimizeComment(" in asked.query:
        token.require("pull_requests", "write")
        _find(world, token, fields.get("subjectId")).minimised = None
        return {"unminimizeComment": {"unminimizedComment": {"isMinimized": False}}}
    if "minimizeComment(" in asked.query:
        token.require("pull_requests", "write")
        if fields.get("classifier") not in REASONS:
            raise Refusal(422, "classifier is not one of ReportedContentClassifiers")
        _find(world, token, fields.get("subjectId")).minimised = fields["classifier"]
        return {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}
    if "resolveReviewThread(" in asked.query:
        token.require("contents", "write")
        return {"resolveReviewThread": {"thread": {"isResolved": True}}}
    if "node(id: $id)" in asked.query:
        token.require("pull_requests", "read")
        comment = _find(world, token, asked.variables.get("id"))
        kind = KINDS["IC" if isinstance(comment, Comment) else "PRRC"]
        return {"node": {"__typename": kind, "isMinimized": comment.minimised is not None}}
    raise Refusal(422, "our GitHub does not know this request")


def _find(world: World, token: Token, node: Any) -> Comment | LineComment:
    kind, _, number = str(node).partition("_")
    key = int(number) if number.isdigit() else 0
    found = (world.thread if kind == "IC" else world.line_comments).get(key) if kind in KINDS else None
    if found is None or not token.sees(found.pull.repository):
        raise Refusal(404, f"Could not resolve to a node with the global id of '{node}'")
    return found


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"type": kind, "message": message, "path": [], "locations": []}]}
