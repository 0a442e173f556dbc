"""What a path says of a file that nothing seems to run: tests, documentation and examples keep to their folders."""

from __future__ import annotations

import posixpath

from app.core.finding import Reach

_TEST_FOLDERS = frozenset(
    {
        *("test", "tests", "__tests__", "testing", "testdata", "test_data", "test-data", "spec", "specs", "e2e"),
        *("fixtures", "__fixtures__", "mocks", "__mocks__", "dummyserver"),
    }
)
_DOCUMENT_FOLDERS = frozenset({"doc", "docs", "example", "examples", "demo", "demos", "samples"})
_TEST_ENDINGS = (".test", ".spec", "_test", "-test", ".e2e")
_DOCUMENT_SUFFIXES = (".md", ".markdown", ".rst", ".adoc")


def conventional(path: str) -> Reach:
    """TEST, DOCUMENT, or NONE when the path says nothing."""
    folders = {part.lower() for part in path.split("/")[:-1]}
    stem, suffix = posixpath.splitext(posixpath.basename(path).lower())
    if folders & _TEST_FOLDERS or stem.endswith(_TEST_ENDINGS) or stem.startswith("test_") or stem == "conftest":
        return Reach.TEST
    if folders & _DOCUMENT_FOLDERS or suffix in _DOCUMENT_SUFFIXES:
        return Reach.DOCUMENT
    return Reach.NONE
