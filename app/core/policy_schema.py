"""The JSON Schema of `.github/assay.yml`, for editors. The reader (`policy_file`) is stricter, and it is the judge."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Severity
from app.core.lockfile import Scope
from app.core.policy import Action, CommentWhen, Preset
from app.core.policy_file import MATCHERS, NOT_EXAMINED_ALERTS

Schema = dict[str, Any]


def policy_schema(known_alerts: Collection[str] = ()) -> Schema:
    """The schema (2020-12), as JSON values. `known_alerts` are the ids of the rules that run; none: any id is valid."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assay policy (.github/assay.yml)",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1, "description": "The version of this file's format."},
            "enabled": _said({"type": "boolean", "default": True}, "false switches Assay off in this repository."),
            "preset": _said(
                _one_of(Preset) | {"default": Preset.BALANCED.value}, "The rules that judge when none below matches."
            ),
            "rules": _said({"type": "array", "items": _rule(known_alerts)}, "The first rule that matches decides."),
            "not-examined": _said(
                _one_of((Action.BLOCK, Action.WARN)) | {"default": Action.BLOCK.value},
                "Whether something that could not be examined keeps the check from success.",
            ),
            "paths": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"ignore": _said(_one_or_many({"type": "string"}), "Dependency files to leave out.")},
            },
            "comment": _said(
                _one_of(CommentWhen) | {"default": CommentWhen.WHEN_NEEDED.value}, "When the comment is posted."
            ),
            "review-comments": _said({"type": "boolean", "default": True}, "Comments on the changed lines."),
        },
    }


def _rule(known_alerts: Collection[str]) -> Schema:
    return {
        "type": "object",
        "required": ["action"],
        "additionalProperties": False,
        "properties": {
            "alert": _said(_one_or_many(_alert(known_alerts)), "Ids of rules, or not-examined/<reason>."),
            "category": _one_or_many(_one_of(Category)),
            "severity": _one_or_many(_one_of(Severity)),
            "confidence": _one_or_many(_one_of(Confidence)),
            "package": _said(
                {"type": "string", "pattern": r"^(npm|pypi|\*)/."}, "npm/name, npm/@scope/*, pypi/name@1.2.3; * globs."
            ),
            "version": _said(
                {"type": "string", "maxLength": 200}, "A range as npm or pip writes it; needs a package of one of them."
            ),
            "scope": _one_or_many(_one_of(Scope)),
            "direct": {"type": "boolean"},
            "path": _said({"type": "string"}, "The dependency file: * within a folder, ** across folders."),
            "change": _one_or_many(_one_of(ChangeKind)),
            "new": _said({"type": "boolean"}, "Whether the version that is replaced lacked this behaviour."),
            "action": _one_of(Action),
            "reason": {"type": "string"},
            "owner": {"type": "string"},
            "until": _said(
                {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}, "The last day on which it holds."
            ),
        },
        "anyOf": [{"required": [name]} for name in MATCHERS],
        "dependentRequired": {"version": ["package"]},
        "if": {"properties": {"action": {"const": Action.IGNORE.value}}},
        "then": {"required": ["reason", "owner", "until"]},
    }


def _alert(known_alerts: Collection[str]) -> Schema:
    if not known_alerts:
        return {"type": "string"}
    return _one_of(sorted({*known_alerts, *NOT_EXAMINED_ALERTS}))


def _one_of(words: Iterable[str]) -> Schema:
    return {"enum": [str(word) for word in words]}


def _one_or_many(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def _said(schema: Schema, description: str) -> Schema:
    return schema | {"description": description}
