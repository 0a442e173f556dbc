"""Sections with the lines of their entries, and what readers of JSON could take differently."""

from __future__ import annotations

import pytest

from app.core.json_document import decode_json
from app.core.json_sections import Entry, read_sections, texts_within
from app.core.lockfile import UnreadableLockfile

TEXT = """{
  "version": 1,
  "packages": {
    "a": {"b": 1},
    "c": 7
  },
  "inner": {
    "more": {"d": null}
  }
}
"""


def test_the_entries_of_a_section_have_their_lines_and_other_sections_their_values() -> None:
    sections = read_sections(TEXT, ("packages", "more"), within="inner")
    assert sections.listed("packages") == {"a": Entry("a", 4, {"b": 1}), "c": Entry("c", 5, 7)}
    assert sections.listed("more") == {"d": Entry("d", 8, None)}
    assert sections.listed("others") == {}
    assert sections.values == {"version": 1}
    assert sections.lines == {"version": 2, "packages": 3, "inner": 7, "more": 8}
    assert sections.problems == []


def test_a_section_that_nobody_knows_is_named() -> None:
    sections = read_sections(TEXT, ("packages",))
    assert sections.strange(("version", "packages", "inner")) is None
    assert sections.strange(("version", "packages")) == "inner"


def test_an_entry_shows_itself_and_has_fields_if_it_is_an_object() -> None:
    entries = read_sections(TEXT, ("packages",)).listed("packages")
    assert [(entry.shown, entry.fields) for entry in entries.values()] == [("a", {"b": 1}), ("c", {})]
    problem = entries["a"].problem("It is odd.")
    assert (problem.line, problem.message, problem.subject, problem.entry) == (4, "It is odd.", "a", '["a",{"b":1}]')


def test_of_two_equal_keys_the_last_is_read_and_it_is_said() -> None:
    sections = read_sections('{"p": {"a": 1, "b": {"c": 1, "c": 2},\n"a": 2}}', ("p",))
    assert list(sections.listed("p").values()) == [Entry("b", 1, {"c": 2}), Entry("a", 2, 2)]
    assert [problem.message for problem in sections.problems] == [
        '"c" stands here twice; of two equal keys the last one was read.',
        '"a" stands here twice; of two equal keys the last one was read.',
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"p": {},\n"p": {}}', 2, '"p" stands here twice, and readers differ in which of them they believe.'),
        ('{\n"p": []}', 2, 'An object was expected as "p".'),
        ('{"p": {}\n}\n{}', 3, "This is not JSON (something stands after its end)."),
        ('{"p": {\n1}}', 2, "This is not JSON (a key in double quotes was expected)."),
        ("", 1, "This is not JSON (an object was expected)."),
    ],
)
def test_what_is_no_lockfile_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        read_sections(text, ("p",))
    assert (caught.value.line, caught.value.detail) == (line, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}".encode("utf-16"), "The file is in UTF-16; it reads UTF-8 only."),
        (b"\xff{}", "The file is not UTF-8."),
        (b"<<<<<<<=======>>>>>>>", "It holds merge conflict markers (<<<<<<<), so it says two things at once."),
    ],
)
def test_what_is_no_text_of_one_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        decode_json(content, 100, "it")
    assert caught.value.detail == message


def test_all_texts_within_a_value_are_found_however_deep() -> None:
    assert sorted(texts_within({"a": ["b", {"c": "d"}], "e": 1, "f": None})) == ["b", "d"]
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    assert texts_within(deep) == ["x"]
