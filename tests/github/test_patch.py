"""Which lines may be commented, read from patches as GitHub gives them."""

from __future__ import annotations

import pytest

from app.github.patch import added_lines, commentable_lines

CASES = {
    "nothing": ("", []),
    "one hunk": ("@@ -1,3 +1,4 @@\n one\n+two\n three\n-four\n+five", [1, 2, 3, 4]),
    "two hunks with a heading": ("@@ -1 +1 @@\n-a\n+b\n@@ -50,2 +50,2 @@ def x():\n c\n-d\n+e", [1, 50, 51]),
    "a new file": ("@@ -0,0 +1,2 @@\n+a\n+b", [1, 2]),
    "a removed file": ("@@ -1,2 +0,0 @@\n-a\n-b", []),
    "no newline at the end": ("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file", [1, 2]),
    "lines that look like headers": ("@@ -1,2 +1,3 @@\n+@@ -1 +900 @@\n+--- a\n ++ b", [1, 2, 3]),
    "a header that is none": ("@@ -1,2 +1,2 @@\n a\n@@ broken @@\n+b", [1]),
    "a number that is none": ("@@ -1,2 +²,2 @@\n+b", []),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "lines"), CASES.values(), ids=CASES)
def test_context_and_added_lines_may_be_commented(patch: str, lines: list[int]) -> None:
    assert sorted(commentable_lines(patch)) == lines


ADDED = {
    "nothing": ("", []),
    "one hunk": ("@@ -1,3 +1,4 @@\n one\n+two\n three\n-four\n+five", [(2, "two"), (4, "five")]),
    "two hunks": ("@@ -1 +1 @@\n-a\n+b\n@@ -50,2 +50,2 @@ def x():\n c\n-d\n+e", [(1, "b"), (51, "e")]),
    "a removed file": ("@@ -1,2 +0,0 @@\n-a\n-b", []),
    "lines that look like headers": ("@@ -1,2 +1,3 @@\n+@@ -1 +900 @@\n+--- a", [(1, "@@ -1 +900 @@"), (2, "--- a")]),
    "a header that is none": ("@@ -1 +7 @@\n a\n@@ broken @@\n+b", [(0, "b")]),
}


@pytest.mark.parametrize(("patch", "lines"), ADDED.values(), ids=ADDED)
def test_added_lines_are_all_read_with_their_number(patch: str, lines: list[tuple[int, str]]) -> None:
    """Whoever looks for something in them would rather have a wrong number than no line."""
    assert list(added_lines(patch)) == lines
