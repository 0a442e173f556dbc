"""The words that facts are made of, for the extractors; they stand in the core, where detectors read them too."""

from __future__ import annotations

from app.core.stores import WORDS as STORE_WORDS
from app.core.vocabulary import (
    CREDENTIAL_PATHS,
    METADATA_HOSTS,
    credential_file,
    is_metadata_host,
    is_secret_variable,
)

__all__ = [
    "CREDENTIAL_PATHS",
    "METADATA_HOSTS",
    "STORE_WORDS",
    "credential_file",
    "is_metadata_host",
    "is_secret_variable",
]
