"""Read the JSON that registries answer: into typed values where possible, tolerantly where registries are careless."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

from app.core.errors import RegistryUnavailable
from worker.registries.receiving import Document

T = TypeVar("T")


def decode(document: Document, kind: type[T], what: str) -> T:
    """Decode JSON as `kind`; raise `RegistryUnavailable` for anything else, however deep or broken it is.

    Descriptions cut in the middle of a surrogate pair are common on the npm registry. The strict decoder refuses such
    a document as a whole, so it gets a second reading by the standard library, which does not mind.
    """
    try:
        return msgspec.json.decode(document.body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return msgspec.convert(json.loads(document.body), kind)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise nonsense(what) from error


def nonsense(what: str) -> RegistryUnavailable:
    """The error for an answer that makes no sense."""
    return RegistryUnavailable(f"The registry answered nonsense about {what}. It is not examined yet.")
