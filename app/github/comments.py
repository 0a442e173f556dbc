"""Our one comment in the conversation: found by marker and author, edited in place, minimised when it is settled."""

from __future__ import annotations

import logging

from msgspec import UNSET

from app.core.errors import ForgeError, ForgeUnavailable, RateLimited
from app.github import answers
from app.github.client import Client, create_once
from app.github.permissions import COMMENTS, CREATE_COMMENT, UPDATE_COMMENT
from app.github.texts import same, with_marker

log = logging.getLogger(__name__)


def is_ours(user: answers.User | None, app: answers.App) -> bool:
    """Whether our App wrote it: nobody else can be called `<slug>[bot]`, as brackets are not allowed in names."""
    return user is not None and user.type == "Bot" and user.login == f"{app.slug}[bot]"


def upsert_comment(client: Client, app: answers.App, number: int, marker: str, body: str) -> None:
    """Edit our comment, or post it; un-minimise it. Nothing is sent when it says this already.

    `marker` is an HTML comment that identifies it; it is put at the end when `body` does not hold it there.
    """
    text = with_marker(body, marker)

    def find() -> answers.Comment | None:
        return _find(client, app, number, marker)

    def create() -> answers.Comment:
        return client.send(CREATE_COMMENT, answers.Comment, {"body": text}, number=number)

    found = find()
    if found is None:
        create_once(create, find)
    elif not same(found.body, text):
        # first the state, then the text: a run that dies between them is repeated, as the text is still the old one
        if _is_minimised(client, found):
            client.mutate("unminimizeComment", found.node_id, "unminimizedComment { isMinimized }")
        client.send(UPDATE_COMMENT, answers.Nothing, {"body": text}, comment=found.id)


def retire_comment(client: Client, app: answers.App, number: int, marker: str, body: str) -> None:
    """Edit our comment to `body` and minimise it as resolved; nothing when there is none."""
    found = _find(client, app, number, marker)
    if found is None:
        return
    text = with_marker(body, marker)
    if not same(found.body, text):
        client.send(UPDATE_COMMENT, answers.Nothing, {"body": text}, comment=found.id)
    if not _is_minimised(client, found):
        try:
            client.mutate("minimizeComment", found.node_id, "minimizedComment { isMinimized }", classifier="RESOLVED")
        except (ForgeUnavailable, RateLimited):
            raise
        except ForgeError as error:  # the words are right already; folding them away is a courtesy
            log.warning("comment not minimised: %s", error)


def _find(client: Client, app: answers.App, number: int, marker: str) -> answers.Comment | None:
    for comment in client.pages(COMMENTS, answers.Comment, number=number):
        if is_ours(comment.user, app) and marker in (comment.body or ""):
            return comment
    return None


def _is_minimised(client: Client, comment: answers.Comment) -> bool:
    if comment.minimized is not UNSET:
        return comment.minimized is not None
    return bool(client.ask_node(comment.node_id, "IssueComment", "isMinimized").get("isMinimized"))
