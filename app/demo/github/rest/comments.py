"""Calls about a pull request's conversation, which are calls about an issue."""

from __future__ import annotations

from app.demo.github.model import Comment
from app.demo.github.refusals import not_found
from app.demo.github.rest.bodies import TextBody
from app.demo.github.rest.routes import Answer, Ask, listed, of_repository
from app.demo.github.shapes import pulls


def list_comments(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/comments."""
    return listed(ask, ask.world.comments(ask.pull), lambda comment: pulls.comment(ask.world, comment))


def create(ask: Ask) -> Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/comments."""
    now = ask.world.clock()
    comment = Comment(next(ask.world.ids), ask.pull, ask.app.bot, ask.body(TextBody).body, now, now, ask.app)
    ask.world.thread[comment.id] = comment
    return Answer(201, pulls.comment(ask.world, comment))


def update(ask: Ask) -> Answer:
    """PATCH /repos/{owner}/{repo}/issues/comments/{id}."""
    comment = ask.world.thread.get(ask.parts["comment"])
    if comment is None or comment.pull.repository is not ask.repository:
        raise not_found()
    comment.body, comment.updated_at = ask.body(TextBody).body, ask.world.clock()
    return Answer(200, pulls.comment(ask.world, comment))


ROUTES = (
    of_repository("GET", "/issues/<int:number>/comments", list_comments, "pull_requests", "read"),
    of_repository("POST", "/issues/<int:number>/comments", create, "pull_requests", "write"),
    of_repository("PATCH", "/issues/comments/<int:comment>", update, "pull_requests", "write"),
)  # fmt: skip
