"""Objects have the names that git itself gives them (the expected ones come from git 2.39)."""

from __future__ import annotations

from datetime import UTC, datetime

from app.demo.github.objects import Objects

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def commit(objects: Objects, *parents: str, message: str = "Start", **files: str) -> str:
    tree = objects.add_files({path: objects.add_blob(text) for path, text in files.items()})
    return objects.add_commit(tree, parents, author="ada", email="ada@harbour.example", date=NOON, message=message).sha


def test_blobs_trees_and_commits_are_named_as_by_git() -> None:
    """With a folder that sorts after a file of nearly its name, an executable, and a link."""
    objects = Objects()
    contents = {"a.txt": "hello\n", "b-dir/e": "", "b.txt": "y", "b/c": "x", "l": "a.txt"}
    blobs = {path: objects.add_blob(text) for path, text in contents.items()}
    assert blobs["a.txt"] == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert blobs["b-dir/e"] == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    tree = objects.add_files(blobs, {"b/c": "100755", "l": "120000"})
    assert tree == "d016b0ed99b8170f0103a27ad408386d43235fb0"
    made = objects.add_commit(tree, [], author="ada", email="ada@harbour.example", date=NOON, message="Start")
    assert made.sha == "6580d7b0cac17641b82e28d7ec9661de544493e7"


def test_the_empty_tree_has_its_famous_name() -> None:
    assert Objects().add_files({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_files_come_back_with_their_paths() -> None:
    objects = Objects()
    head = commit(objects, **{"z": "1", "a/b/c": "2"})
    assert {path: objects.blob(entry.sha) for path, entry in objects.files(head).items()} == {"z": b"1", "a/b/c": b"2"}


def test_the_merge_base_is_the_newest_commit_in_common() -> None:
    objects = Objects()
    first = commit(objects, a="1")
    second = commit(objects, first, a="2")
    ours, theirs = commit(objects, second, a="ours"), commit(objects, second, a="theirs")
    merged = commit(objects, ours, theirs, a="both")
    onward = commit(objects, theirs, a="onward")
    assert objects.merge_base(ours, theirs) == second
    assert objects.merge_base(merged, onward) == theirs
    assert objects.merge_base(first, onward) == first
    assert objects.merge_base(onward, onward) == onward


def test_without_a_common_past_there_is_no_merge_base() -> None:
    objects = Objects()
    assert objects.merge_base(commit(objects, a="1"), commit(objects, b="2")) is None
