"""YAML that a tool wrote: texts, lines, and nothing that two readers could take differently."""

from __future__ import annotations

import pytest

from app.core.yaml_members import Members, read_members
from app.core.yaml_tree import NotYaml


def test_every_scalar_is_a_text_and_every_key_knows_its_line() -> None:
    (document,) = read_members("a: 1.10\n# a comment\n'b': [no, 2024-01-01]\nc:\n  d: 0x10\n  e:\n")
    assert document == {"a": "1.10", "b": ["no", "2024-01-01"], "c": {"d": "0x10", "e": None}}
    assert isinstance(document, Members)
    assert document.lines == {"a": 1, "b": 3, "c": 4}
    assert isinstance(document["c"], Members)
    assert document["c"].lines == {"d": 5, "e": 6}


def test_nothing_is_what_stands_without_quotes() -> None:
    assert read_members("[~, null, '', 'null', \"~\"]") == [[None, None, "", "null", "~"]]


def test_documents_come_in_their_order_and_an_empty_text_has_none() -> None:
    assert read_members("---\na: b\n---\n- c\n") == [{"a": "b"}, ["c"]]
    assert read_members("# nothing\n") == []
    assert read_members("---\n---\n") == [None, None]


def test_names_of_prototypes_are_keys() -> None:
    assert read_members("__proto__: {constructor: 1}") == [{"__proto__": {"constructor": "1"}}]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\n'a': 3\n", 3, "the same key stands here twice"),
        ("a: &x 1\nb: *x\n", 1, "anchors and tags are not used here"),
        ("a: 1\nb: *x\n", 2, "aliases are not used here"),
        ("a: !!str 1\n", 1, "anchors and tags are not used here"),
        ("a: !!python/object/apply:print [x]\n", 1, "anchors and tags are not used here"),
        ("b:\n  <<: {a: 1}\n", 2, "merge keys are not used here"),
        ("? [a]\n: b\n", 1, "a key is a plain text here"),
        ("a:\n  " + "[" * 40, 2, "values are nested too deeply"),
        ("a: 1\nb: \u2028 2\n", 2, "U+2028 stands here, which ends a line for some readers only"),
        ("a: 1\nb: 2\rc: 3\n", 2, "a carriage return stands here without its line feed"),
        ("a: 1\nb: \x01\n", 2, "control characters are not allowed"),
        ("a:\n\t- b\n", 2, "found character that cannot start any token"),
        ("a: 'b\n", 2, "found unexpected end of stream"),
    ],
)
def test_what_readers_could_take_differently_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(NotYaml) as caught:
        read_members(text)
    assert message in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "? " * 200_000, "a: 'b" * 100_000])
def test_hostile_nesting_is_refused(text: str) -> None:
    with pytest.raises(NotYaml):
        read_members(text)
