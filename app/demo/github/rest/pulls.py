"""Calls about pull requests and their reviews."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from app.demo.github.model import LineComment, PullRequest, Review
from app.demo.github.patches import FileChange
from app.demo.github.refusals import Refusal, invalid, not_found
from app.demo.github.rest.bodies import LineCommentBody, ReviewBody, ReviewCommentBody, TextBody
from app.demo.github.rest.routes import Answer, Ask, listed, of_repository
from app.demo.github.shapes import pulls, repositories

MOST_FILES = 3_000


def show(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}."""
    return Answer(200, pulls.pull(ask.world, ask.pull))


def list_files(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/files."""
    pull = ask.pull
    return listed(
        ask,
        ask.world.files(pull)[:MOST_FILES],
        lambda file: repositories.file(ask.world, pull.repository, pull.head_sha, file),
    )


def list_line_comments(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/comments."""
    return listed(ask, ask.world.line_comments_of(ask.pull), lambda comment: pulls.line_comment(ask.world, comment))


def create_review(ask: Ask) -> Answer:
    """POST /repos/{owner}/{repo}/pulls/{number}/reviews; one bad line and none of it is kept."""
    pull, body = ask.pull, ask.body(ReviewBody)
    problem = None if body.body or body.comments else "Body can't be blank"
    problem = problem or _foreign(pull, body.commit_id)
    for comment in body.comments:
        problem = problem or _misplaced(ask, pull, comment)
    if problem:
        raise Refusal(422, "Unprocessable Entity", [problem])
    review = _review(ask, pull, body.body, body.commit_id or pull.head_sha)
    for comment in body.comments:
        _keep(ask, review, comment.path, comment.body, comment.line)
    return Answer(200, pulls.review(ask.world, review))


def create_line_comment(ask: Ask) -> Answer:
    """POST /repos/{owner}/{repo}/pulls/{number}/comments: on a line of the diff, or on a file of it."""
    pull, body = ask.pull, ask.body(LineCommentBody)
    problem = _foreign(pull, body.commit_id)
    if body.subject_type == "line":
        problem = problem or _misplaced(ask, pull, body)
    elif _file(ask, pull, body.path) is None:
        problem = "Path could not be resolved"
    elif body.line is not UNSET:
        problem = "A comment on a file has no line"
    if problem:
        raise invalid("PullRequestReviewComment", "pull_request_review_thread.line", problem)
    comment = _keep(ask, _review(ask, pull, "", body.commit_id), body.path, body.body, body.line)
    return Answer(201, pulls.line_comment(ask.world, comment))


def update_line_comment(ask: Ask) -> Answer:
    """PATCH /repos/{owner}/{repo}/pulls/comments/{id}."""
    comment = ask.world.line_comments.get(ask.parts["comment"])
    if comment is None or comment.pull.repository is not ask.repository:
        raise not_found()
    comment.body, comment.updated_at = ask.body(TextBody).body, ask.world.clock()
    return Answer(200, pulls.line_comment(ask.world, comment))


ROUTES = (
    of_repository("GET", "/pulls/<int:number>", show, "pull_requests", "read"),
    of_repository("GET", "/pulls/<int:number>/files", list_files, "pull_requests", "read"),
    of_repository("GET", "/pulls/<int:number>/comments", list_line_comments, "pull_requests", "read"),
    of_repository("POST", "/pulls/<int:number>/comments", create_line_comment, "pull_requests", "write"),
    of_repository("POST", "/pulls/<int:number>/reviews", create_review, "pull_requests", "write"),
    of_repository("PATCH", "/pulls/comments/<int:comment>", update_line_comment, "pull_requests", "write"),
)  # fmt: skip


def _foreign(pull: PullRequest, sha: str | UnsetType) -> str | None:
    if sha is UNSET or any(commit.sha == sha for commit in pulls.commits_of(pull)):
        return None
    return "commit_id is not part of the pull request"


def _misplaced(ask: Ask, pull: PullRequest, comment: ReviewCommentBody | LineCommentBody) -> str | None:
    file = _file(ask, pull, comment.path)
    if file is None:
        return "Path could not be resolved"
    if comment.line is UNSET or comment.side != "RIGHT" or comment.line not in file.commentable:
        return "Line could not be resolved"
    if comment.start_line is not UNSET and not comment.start_line < comment.line:
        return "Start line must precede the end line"
    return None


def _file(ask: Ask, pull: PullRequest, path: str) -> FileChange | None:
    return next((file for file in ask.world.files(pull) if file.path == path), None)


def _review(ask: Ask, pull: PullRequest, body: str, commit: str) -> Review:
    review = Review(next(ask.world.ids), pull, ask.app.bot, body, commit, ask.world.clock())
    ask.world.reviews.append(review)
    return review


def _keep(ask: Ask, review: Review, path: str, body: str, line: int | UnsetType) -> LineComment:
    at = None if line is UNSET else line
    file = _file(ask, review.pull, path)
    now = ask.world.clock()
    comment = LineComment(
        id=next(ask.world.ids),
        review=review,
        author=review.author,
        path=path,
        body=body,
        line=at,
        original_line=at,
        subject_type="file" if at is None else "line",
        hunk=file.hunk(at) if file is not None and at is not None else "",
        original_commit=review.commit,
        commit=review.commit,
        created_at=now,
        updated_at=now,
    )
    ask.world.line_comments[comment.id] = comment
    return comment
