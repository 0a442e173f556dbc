"""Review comments on the very lines: one review a run, nothing twice, what no longer applies says so."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from app.core.ports import LineComment
from app.github import answers
from app.github.client import Client
from app.github.comments import is_ours
from app.github.errors import Unprocessable
from app.github.patch import commentable_lines
from app.github.permissions import (
    CREATE_LINE_COMMENT,
    CREATE_REVIEW,
    LINE_COMMENTS,
    PULL_FILES,
    UPDATE_LINE_COMMENT,
)
from app.github.texts import COMMENT, cut, same, with_marker

PREFIX = "<!-- assay:key:"
OVER = "No longer applies in "


def review(
    client: Client, app: answers.App, number: int, head_sha: str, summary: str, comments: Sequence[LineComment]
) -> tuple[LineComment, ...]:
    """Place comments in one review, only on lines of the diff; fall back to the file. Return what fits neither."""
    new = _settle(client, app, number, head_sha, comments)
    if not new:
        return ()
    lines = _lines_of_diff(client, number)
    on_lines = [comment for comment in new if comment.line in lines.get(comment.path, frozenset())]
    rest = [comment for comment in new if comment not in on_lines]
    refused = _post_review(client, number, head_sha, summary, on_lines)
    return tuple(
        comment
        for comment in (*rest, *refused)
        if comment.path not in lines or not _post(client, number, head_sha, comment, {"subject_type": "file"})
    )


def _settle(
    client: Client, app: answers.App, number: int, head_sha: str, comments: Sequence[LineComment]
) -> list[LineComment]:
    """Edit our comments that stand there already, and say so on those that no longer apply; return the new ones.

    One that became outdated (its line is gone from the diff) is over, even when the same is to be said elsewhere.
    """
    standing: dict[str, list[answers.LineComment]] = defaultdict(list)
    for found in client.pages(LINE_COMMENTS, answers.LineComment, number=number):
        marker = _marker_of(found.body)
        if marker and is_ours(found.user, app):
            standing[marker].append(found)
    new = []
    for comment in comments:
        same_key = standing[_marker(comment)]
        there = next((found for found in same_key if _stands(found, comment)), None)
        if there is None:
            new.append(comment)
            continue
        same_key.remove(there)
        text = _text(comment)
        if not same(there.body, text):
            client.send(UPDATE_LINE_COMMENT, answers.Nothing, {"body": text}, comment=there.id)
    for marker, left in standing.items():
        for found in left:
            if not found.body.startswith(OVER):
                body = with_marker(f"{OVER}{head_sha[:7]}.\n\n{found.body}", marker)
                client.send(UPDATE_LINE_COMMENT, answers.Nothing, {"body": body}, comment=found.id)
    return new


def _stands(found: answers.LineComment, comment: LineComment) -> bool:
    return found.path == comment.path and (found.line is not None or found.subject_type == "file")


def _lines_of_diff(client: Client, number: int) -> dict[str, frozenset[int]]:
    return {
        file.filename: commentable_lines(file.patch or "")
        for file in client.pages(PULL_FILES, answers.ChangedFile, number=number)
    }


def _post_review(
    client: Client, number: int, head_sha: str, summary: str, comments: Sequence[LineComment]
) -> list[LineComment]:
    """Post one review. One bad line makes GitHub refuse it whole; then they go one by one. Return those refused."""
    if not comments:
        return []
    body = {
        "commit_id": head_sha,
        "event": "COMMENT",
        "body": cut(summary, COMMENT),
        "comments": [{"path": comment.path, "body": _text(comment)} | _on_line(comment) for comment in comments],
    }
    try:
        client.send(CREATE_REVIEW, answers.Nothing, body, number=number)
    except Unprocessable:
        return [comment for comment in comments if not _post(client, number, head_sha, comment, _on_line(comment))]
    return []


def _post(client: Client, number: int, head_sha: str, comment: LineComment, place: dict[str, Any]) -> bool:
    body = {"commit_id": head_sha, "path": comment.path, "body": _text(comment)} | place
    try:
        client.send(CREATE_LINE_COMMENT, answers.Nothing, body, number=number)
    except Unprocessable:
        return False
    return True


def _on_line(comment: LineComment) -> dict[str, Any]:
    return {"line": comment.line, "side": "RIGHT"}


def _text(comment: LineComment) -> str:
    return with_marker(comment.body, _marker(comment))


def _marker(comment: LineComment) -> str:
    """The hidden key. Hashed, because a key may hold what strangers wrote."""
    return f"{PREFIX}{hashlib.sha256(comment.key.encode()).hexdigest()[:32]} -->"


def _marker_of(body: str) -> str | None:
    start = body.rfind(PREFIX)
    marker = body[start:].rstrip() if start >= 0 else ""
    return marker if len(marker) == len(PREFIX) + 32 + len(" -->") else None
