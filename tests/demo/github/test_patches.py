"""Patches as GitHub gives them, and lines that move."""

from __future__ import annotations

import pytest

from app.demo.github.objects import Objects
from app.demo.github.patches import FileChange, changed_files, moved_line

TEN = "".join(f"{number}\n" for number in range(1, 11))


def change(old: str | bytes | None, new: str | bytes | None) -> FileChange:
    objects = Objects()
    before = objects.add_files({} if old is None else {"file": objects.add_blob(old)})
    after = objects.add_files({} if new is None else {"file": objects.add_blob(new)})
    (only,) = changed_files(objects, before, after)
    return only


def test_a_patch_shows_three_lines_around_a_change() -> None:
    changed = change(TEN, TEN.replace("5\n", "five\nand a half\n"))
    assert changed.patch == "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and a half\n 6\n 7\n 8"
    assert (changed.status, changed.additions, changed.deletions) == ("modified", 2, 1)
    assert sorted(changed.commentable) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert changed.commentable[5] == 5  # position: the fifth line below the header


def test_a_new_file_is_all_added() -> None:
    changed = change(None, "a\nb\n")
    assert (changed.status, changed.patch) == ("added", "@@ -0,0 +1,2 @@\n+a\n+b")


def test_a_removed_file_has_no_line_to_comment() -> None:
    changed = change("a\nb\n", None)
    assert (changed.status, changed.patch, changed.commentable) == ("removed", "@@ -1,2 +0,0 @@\n-a\n-b", {})


@pytest.mark.parametrize("new", [b"\x00\x01", b"\xff\xfe", "x\n" * 4_000], ids=["NUL", "no text", "too long"])
def test_what_is_not_text_or_too_long_has_no_patch(new: bytes | str) -> None:
    assert change("a\n", new).patch is None


def test_the_hunk_of_a_line_ends_with_it() -> None:
    assert change(TEN, TEN.replace("5\n", "five\n")).hunk(5) == "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five"


@pytest.mark.parametrize(
    ("new", "line", "at"),
    [("0\n" + TEN, 5, 6), (TEN.replace("5\n", "five\n"), 5, None), (TEN.replace("1\n", "", 1), 5, 4), ("", 5, None)],
    ids=["a line before", "changed", "a line less", "all gone"],
)
def test_a_line_is_followed_into_the_next_version(new: str, line: int, at: int | None) -> None:
    assert moved_line(TEN.encode(), new.encode(), line) == at
