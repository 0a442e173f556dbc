"""Which dependency files differ between two trees, and what each of them was before."""

from __future__ import annotations

from collections.abc import Mapping

from worker.changed_files import FilePair, Formats, Side, changed_files
from worker.lockfiles.register import looks_like_dependency_file, parser_for

LOCK = "flask==3.0.0\nrich==13.0.0\nclick==8.1.0\n"


def side(files: Mapping[str, str]) -> Side:
    return Side({path: f"{hash(text)}" for path, text in files.items()}, lambda path: files[path].encode())


def differing(
    before: Mapping[str, str], after: Mapping[str, str], ignored: str = "nothing/"
) -> list[tuple[str, str | None, str | None, str | None]]:
    """Path, what it was called, content before and after."""
    formats = Formats(parser_for, looks_like_dependency_file)
    pairs = changed_files(side(before), side(after), formats, lambda path: path.startswith(ignored))
    return [(pair.path, pair.was, _text(pair.before), _text(pair.after)) for pair in pairs]


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()


def test_what_differs_is_read_and_the_rest_is_not() -> None:
    before = {"requirements.txt": "a==1\n", "poetry.lock": "same", "README.md": "old"}
    after = {"requirements.txt": "a==2\n", "poetry.lock": "same", "README.md": "new"}
    assert differing(before, after) == [("requirements.txt", None, "a==1\n", "a==2\n")]


def test_a_file_that_moved_is_compared_with_what_it_was() -> None:
    assert differing({"a/requirements.txt": LOCK}, {"b/requirements.txt": LOCK}) == [
        ("b/requirements.txt", "a/requirements.txt", LOCK, LOCK)
    ]


def test_a_file_that_moved_and_changed_is_compared_with_what_it_was() -> None:
    more = LOCK + "evil==6.6.6\n"
    assert differing({"a/requirements.txt": LOCK}, {"requirements-dev.txt": more}) == [
        ("requirements-dev.txt", "a/requirements.txt", LOCK, more)
    ]


def test_of_several_that_went_the_most_alike_is_what_it_was() -> None:
    before = {"a/requirements.txt": "x==1\ny==1\nclick==8.1.0\n", "b/requirements.txt": LOCK}
    found = differing(before, {"c/requirements.txt": LOCK + "z==1\n"})
    assert [(path, was) for path, was, _, _ in found] == [
        ("a/requirements.txt", None),
        ("c/requirements.txt", "b/requirements.txt"),
    ]


def test_a_file_with_other_lines_is_another_file() -> None:
    found = differing({"a/requirements.txt": LOCK}, {"b/requirements.txt": "other==1\nthings==2\n"})
    assert [(path, was) for path, was, _, _ in found] == [("a/requirements.txt", None), ("b/requirements.txt", None)]


def test_a_file_of_another_format_is_another_file() -> None:
    found = differing({"poetry.lock": LOCK}, {"requirements.txt": LOCK})
    assert [(path, was) for path, was, _, _ in found] == [("poetry.lock", None), ("requirements.txt", None)]


def test_a_copy_of_a_file_that_stays_is_new() -> None:
    """It is installed at a place where nobody looked at it."""
    found = differing({"a/requirements.txt": LOCK}, {"a/requirements.txt": LOCK, "b/requirements.txt": LOCK})
    assert found == [("b/requirements.txt", None, None, LOCK)]


def test_what_moves_out_of_an_ignored_folder_was_never_looked_at() -> None:
    assert differing({"examples/requirements.txt": LOCK}, {"requirements.txt": LOCK}, "examples/") == [
        ("requirements.txt", None, None, LOCK)
    ]
    assert differing({"node_modules/x/yarn.lock": LOCK}, {"yarn.lock": LOCK}) == [("yarn.lock", None, None, LOCK)]


def test_one_file_that_went_is_what_one_file_was() -> None:
    found = differing({"a/requirements.txt": LOCK}, {"b/requirements.txt": LOCK, "c/requirements.txt": LOCK})
    assert [(path, was) for path, was, _, _ in found] == [
        ("b/requirements.txt", "a/requirements.txt"),
        ("c/requirements.txt", None),
    ]


def test_files_in_folders_that_are_left_out_are_named_and_not_read() -> None:
    after = {"examples/requirements.txt": LOCK, "node_modules/x/yarn.lock": LOCK, "vendor/y/Cargo.lock": LOCK}
    pairs = list(
        changed_files(
            Side({}, lambda path: after[path].encode()),
            Side(dict.fromkeys(after, "1"), lambda path: b""),
            Formats(parser_for, looks_like_dependency_file),
            lambda path: path.startswith("examples/"),
        )
    )
    assert pairs == [FilePair(path, None, None, left_out=True) for path in sorted(after)]


def test_what_went_from_a_folder_that_is_left_out_is_not_worth_a_word() -> None:
    assert differing({"node_modules/x/yarn.lock": LOCK}, {}) == []


def test_a_format_that_nobody_parses_is_named() -> None:
    assert differing({}, {"pixi.lock": "x"}) == [("pixi.lock", None, None, None)]
