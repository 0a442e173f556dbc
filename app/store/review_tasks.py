"""The task of reviewing what a program sends: how far it came, as JSON in the task's row."""

from __future__ import annotations

from app.core.asked_review import AskedResult
from app.store.encoding import decode


def read_asked(text: str | None) -> AskedResult | None:
    """How far it is, with the report at the end; None before the first run's end, and for another version's."""
    return None if text is None else decode(text, AskedResult)
