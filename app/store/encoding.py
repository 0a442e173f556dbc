"""Values ↔ JSON text for the columns that hold a whole value."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

Value = TypeVar("Value")


def encode(value: object) -> str:
    """Write a value as JSON.

    Half of a surrogate pair, which a hostile manifest may hold and which no encoding can write, becomes `?`.
    """
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def decode(text: str | bytes, kind: type[Value]) -> Value | None:
    """Read a value; None when it was written by a version whose shape this one does not know."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None


def is_clean(text: str, limit: int = 1000) -> bool:
    """Whether every database takes this text as it is. Strangers' names are asked for, and need not be text at all."""
    return clean(text, limit) == text


def clean(text: str, limit: int = 1000) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair, at most `limit` characters."""
    return text[:limit].replace("\x00", "").encode("utf-8", "replace").decode()
