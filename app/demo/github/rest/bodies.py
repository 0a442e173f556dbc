"""The bodies that our GitHub takes: unknown keys, wrong types and texts that are too long are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Sha = Annotated[str, Meta(pattern="^[0-9a-f]{40}$")]
Line = Annotated[int, Meta(ge=1)]
CommentText = Annotated[str, Meta(min_length=1, max_length=65_536)]
OutputText = Annotated[str, Meta(max_length=65_535)]
Address = Annotated[str, Meta(pattern="^https?://")]
Status = Literal["queued", "in_progress", "completed"]
Conclusion = Literal["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"]


class Body(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A body that has no other keys than these."""


class MintBody(Body):
    """Make an installation token."""

    repositories: list[str] | UnsetType = UNSET
    repository_ids: list[int] | UnsetType = UNSET
    permissions: dict[str, str] | UnsetType = UNSET


class AnnotationBody(Body):
    """One annotation."""

    path: Annotated[str, Meta(min_length=1)]
    start_line: Line
    end_line: Line
    annotation_level: Literal["notice", "warning", "failure"]
    message: Annotated[str, Meta(min_length=1)]
    title: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    raw_details: str | UnsetType = UNSET
    start_column: Line | UnsetType = UNSET
    end_column: Line | UnsetType = UNSET


class OutputBody(Body):
    """What a check run shows."""

    title: str
    summary: OutputText
    text: OutputText | UnsetType = UNSET
    annotations: Annotated[list[AnnotationBody], Meta(max_length=50)] = []


class ActionBody(Body):
    """A button beside a check run."""

    label: Annotated[str, Meta(max_length=20)]
    description: Annotated[str, Meta(max_length=40)]
    identifier: Annotated[str, Meta(max_length=20)]


class CheckChange(Body):
    """Update a check run."""

    name: str | UnsetType = UNSET
    details_url: Address | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    started_at: str | UnsetType = UNSET
    conclusion: Conclusion | UnsetType = UNSET
    completed_at: str | UnsetType = UNSET
    output: OutputBody | UnsetType = UNSET
    actions: Annotated[list[ActionBody], Meta(max_length=3)] | UnsetType = UNSET


class NewCheck(CheckChange, kw_only=True):
    """Create a check run."""

    name: Annotated[str, Meta(min_length=1)]
    head_sha: Sha


class TextBody(Body):
    """A comment's text."""

    body: CommentText


class ReviewCommentBody(Body):
    """One comment of a review."""

    path: str
    body: CommentText
    line: Line | UnsetType = UNSET
    side: Literal["LEFT", "RIGHT"] = "RIGHT"
    start_line: Line | UnsetType = UNSET
    start_side: Literal["LEFT", "RIGHT"] | UnsetType = UNSET


class ReviewBody(Body):
    """A review. Ours only ever comments."""

    event: Literal["COMMENT"]
    body: Annotated[str, Meta(max_length=65_536)] = ""
    commit_id: Sha | UnsetType = UNSET
    comments: list[ReviewCommentBody] = []


class LineCommentBody(Body):
    """A review comment on its own: on a line, or on the file as a whole."""

    body: CommentText
    commit_id: Sha
    path: str
    line: Line | UnsetType = UNSET
    side: Literal["LEFT", "RIGHT"] = "RIGHT"
    start_line: Line | UnsetType = UNSET
    start_side: Literal["LEFT", "RIGHT"] | UnsetType = UNSET
    subject_type: Literal["line", "file"] = "line"
