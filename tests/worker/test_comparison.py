"""Two revisions of dependency files are compared, and what cannot be read is never an empty file."""

from __future__ import annotations

import json

from app.core.diff import ChangeKind
from app.core.errors import Reason
from tests.stories.theatre import npm_files, sri
from worker import comparison
from worker.changed_files import FilePair
from worker.comparison import Comparison, compare_files, name_manifest_lines
from worker.lockfiles.register import parser_for

LEFT = npm_files({"left": ("1.0.0", sri(b"1"))})
LEFTER = npm_files({"left": ("1.0.1", sri(b"2"))})


def compare(before: str | None, after: str | None, path: str = "package-lock.json") -> Comparison:
    pair = FilePair(path, before and before.encode(), after and after.encode())  # type: ignore[arg-type]
    return compare_files([pair], parser_for)


def kinds(found: Comparison) -> list[str]:
    return [f"{change.kind} {change.pin.package.label}" for change in found.changes]


def test_an_upgrade_is_one_change() -> None:
    found = compare(LEFT["package-lock.json"], LEFTER["package-lock.json"])
    assert kinds(found) == ["upgraded npm/left@1.0.1"]
    assert [(file.path, file.format, file.pins) for file in found.files] == [("package-lock.json", "package-lock", 1)]


def test_a_head_that_cannot_be_read_is_a_gap_and_not_a_removal() -> None:
    found = compare(LEFT["package-lock.json"], "{")
    assert found.changes == ()
    (gap,) = found.gaps
    assert (gap.path, gap.line, gap.gap.reason) == ("package-lock.json", 1, Reason.UNREADABLE_FILE)
    assert gap.gap.detail.endswith("Nothing in this file was examined.")


def test_a_base_that_cannot_be_read_counts_as_empty_and_is_told() -> None:
    found = compare("{", LEFT["package-lock.json"])
    assert kinds(found) == ["added npm/left@1.0.0"]
    assert found.notes == ("A dependency file could not be read on the base branch; all its packages count as added.",)


def test_a_file_that_goes_away_takes_its_packages_along() -> None:
    found = compare(LEFT["package-lock.json"], None)
    assert [change.kind for change in found.changes] == [ChangeKind.REMOVED]


def test_a_file_of_an_unknown_format_is_named_and_not_read() -> None:
    found = compare(None, None, "pixi.lock")
    assert [(file.path, file.format) for file in found.files] == [("pixi.lock", None)]


def test_an_entry_without_a_version_is_a_gap_only_when_it_is_new() -> None:
    assert compare("flask>=3\n", "flask>=3\nrich>=13\n", "requirements.txt").gaps[0].line == 2
    assert compare("flask>=3\n", "flask>=3\n# more\n", "requirements.txt").gaps == ()


def test_a_file_that_is_too_large_is_a_gap() -> None:
    found = compare(None, " " * (comparison.LARGEST + 1))
    (gap,) = found.gaps
    assert gap.gap.detail == "package-lock.json is larger than 64 MiB. Nothing in this file was examined."


def test_a_change_points_to_the_line_of_its_direct_dependency_in_a_manifest_that_changed() -> None:
    found = compare(LEFT["package-lock.json"], LEFTER["package-lock.json"])
    named = name_manifest_lines(found, lambda path: LEFTER[path].encode())
    assert [change.manifest for change in named.changes] == [("package.json", 4)]


def test_a_manifest_that_did_not_change_is_left_alone() -> None:
    found = compare(LEFT["package-lock.json"], LEFTER["package-lock.json"])
    assert [change.manifest for change in name_manifest_lines(found, lambda _path: None).changes] == [None]


def test_a_package_that_another_one_takes_under_an_alias_as_well_stands_on_its_own_line() -> None:
    """It is one package, wherever it is installed; the manifest of the project knows it by its own name."""
    packages = {
        "": {"dependencies": {"kit": "1.0.0", "left": "1.0.0"}},
        "node_modules/kit": {"version": "1.0.0", "dependencies": {"other": "npm:left@1.0.0"}},
        "node_modules/left": {"version": "1.0.0"},
        "node_modules/other": {"name": "left", "version": "1.0.0"},
    }
    found = compare(None, json.dumps({"lockfileVersion": 3, "packages": packages}))
    manifest = b'{\n  "dependencies": {\n    "kit": "1.0.0",\n    "left": "1.0.0"\n  }\n}\n'
    named = name_manifest_lines(found, lambda _path: manifest)
    assert [(change.pin.package.name, change.pin.alias, change.manifest) for change in named.changes] == [
        ("kit", None, ("package.json", 3)),
        ("left", "other", ("package.json", 4)),
    ]


def test_a_package_stands_on_the_line_of_its_alias_where_there_is_one() -> None:
    packages = {
        "": {"dependencies": {"old": "npm:left@1.0.0"}},
        "node_modules/old": {"name": "left", "version": "1.0.0"},
    }
    found = compare(None, json.dumps({"lockfileVersion": 3, "packages": packages}))
    manifest = b'{"dependencies": {\n"left": "2.0.0",\n"old": "npm:left@1.0.0"}}'
    named = name_manifest_lines(found, lambda _path: manifest)
    assert [change.manifest for change in named.changes] == [("package.json", 3)]


def test_a_file_that_moved_brings_in_only_what_it_gained() -> None:
    sides = (LEFT["package-lock.json"].encode(), LEFTER["package-lock.json"].encode())
    found = compare_files([FilePair("b/package-lock.json", *sides, was="a/package-lock.json")], parser_for)
    assert kinds(found) == ["upgraded npm/left@1.0.1"]
    assert [change.file for change in found.changes] == ["b/package-lock.json"]
    assert found.notes == ("b/package-lock.json is compared with a/package-lock.json, which it was before.",)


def test_a_file_in_a_folder_that_is_left_out_is_named_and_not_read() -> None:
    found = compare_files([FilePair("node_modules/x/yarn.lock", None, None, left_out=True)], parser_for)
    assert [(file.path, file.left_out, file.is_read) for file in found.files] == [
        ("node_modules/x/yarn.lock", True, False)
    ]
    assert found.changes == ()
