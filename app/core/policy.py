"""Findings and what was not examined, judged by a policy → what happens with each, and one conclusion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Severity
from app.core.lockfile import Scope


class Action(StrEnum):
    """What becomes of a finding. `rank` sorts: block is 0."""

    BLOCK = "block"
    WARN = "warn"
    MONITOR = "monitor"  # report and API only
    IGNORE = "ignore"

    @property
    def rank(self) -> int:
        """0 (block) to 3 (ignore)."""
        return list(Action).index(self)


class Conclusion(StrEnum):
    """Conclusions of the check run, each with one meaning (`design: product, conclusions`)."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"
    ACTION_REQUIRED = "action_required"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Preset(StrEnum):
    """The rules that judge when none of the repository's own matches."""

    QUIET = "quiet"
    BALANCED = "balanced"
    STRICT = "strict"


class CommentWhen(StrEnum):
    """When the comment is posted."""

    WHEN_NEEDED = "when-needed"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One entry of `rules`: matches when every field that is given matches; first match wins.

    `package` is `npm/name`, `npm/@scope/*`, `pypi/name@1.2.3` … with `*` globs. `version` is a range of the ecosystem.
    `until` is the last day on which it holds. `line` is where it stands in its file, for reports about unused ones.
    """

    action: Action
    line: int
    alerts: frozenset[str] = frozenset()  # empty: any
    categories: frozenset[Category] = frozenset()
    severities: frozenset[Severity] = frozenset()
    confidences: frozenset[Confidence] = frozenset()
    package: str | None = None
    version: str | None = None
    scopes: frozenset[Scope] = frozenset()
    direct: bool | None = None
    path: str | None = None
    changes: frozenset[ChangeKind] = frozenset()
    new: bool | None = None
    reason: str | None = None
    owner: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it judges. `origin` says where it was read, for people ("`.github/assay.yml` at 1a2b3c4")."""

    origin: str = "the built-in preset balanced"
    enabled: bool = True
    preset: Preset = Preset.BALANCED
    rules: tuple[PolicyRule, ...] = ()
    not_examined: Action = Action.BLOCK  # BLOCK (action_required) or WARN (neutral)
    ignored_paths: tuple[str, ...] = ()
    comment: CommentWhen = CommentWhen.WHEN_NEEDED
    review_comments: bool = True


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """Something wrong in a policy file: 1-based line and column, and one plain sentence."""

    line: int
    column: int
    message: str
