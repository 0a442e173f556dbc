"""Keys with their places, values by the standard decoder, and one kind of error for all that JSON is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json_members import NotJson, ValueReader, after_space, walk_object, walk_objects

Members = list[tuple[str, int, object]]


def walked(text: str) -> Members:
    """Each member of the object: its key, where the key begins, its value."""
    members: Members = []
    values = ValueReader()

    def on_member(key: str, at: int, value_at: int) -> int:
        value, end = values.read(text, value_at)
        members.append((key, at, value))
        return end

    assert walk_object(text, after_space(text, 0), on_member) <= len(text)
    return members


def test_a_key_stands_where_its_quote_stands() -> None:
    assert walked('\n{ "a": {"b": "}{"},\r\n\t"c" : [1, "\\"a\\":"] }') == [
        ("a", 3, {"b": "}{"}),
        ("c", 23, [1, '"a":']),
    ]


@pytest.mark.parametrize(
    ("text", "key"), [('{"\\u0061": 1}', "a"), ('{"a\\"b": 1}', 'a"b'), ('{"": 1}', ""), ('{"é": 1}', "é")]
)
def test_escapes_in_keys_are_read(text: str, key: str) -> None:
    assert walked(text) == [(key, 1, 1)]


@pytest.mark.parametrize(
    ("text", "position", "cause"),
    [
        ("", 0, "an object was expected"),
        ("[]", 0, "an object was expected"),
        ("{", 1, "a key in double quotes was expected"),
        ("{'a': 1}", 1, "a key in double quotes was expected"),
        ('{"a" 1}', 5, "a colon was expected after the key"),
        ('{"a": 1 "b": 2}', 8, "a comma or the end of the object was expected"),
        ('{"a": 1,}', 8, "a key in double quotes was expected"),
        ('{"a": 1', 7, "a comma or the end of the object was expected"),
        ('{"a": NaN}', 6, "NaN is not JSON"),
        ('{"a": ' + "9" * 500 + "}", 6, "a number has too many digits"),
        ('{"a": ' + "[" * 100_000, 6, "values are nested too deeply"),
        ('{"a\nb": 1}', 3, "invalid control character at"),
    ],
)
def test_what_is_no_json_has_a_place_and_a_cause(text: str, position: int, cause: str) -> None:
    with pytest.raises(NotJson) as caught:
        walked(text)
    assert (caught.value.position, caught.value.cause) == (position, cause)


def test_keys_that_repeat_within_a_value_are_told_and_the_last_one_wins() -> None:
    values = ValueReader()
    assert values.read('{"a": 1, "b": {"c": 2, "c": 3}, "a": 4}', 0) == ({"a": 4, "b": {"c": 3}}, 39)
    assert sorted(values.repeated) == ["a", "c"]


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), st.booleans())
def test_it_reads_what_the_standard_library_writes(value: dict[str, object], plain: bool) -> None:
    text = json.dumps(value, ensure_ascii=plain, indent=None if plain else 2)
    members = walked(text)
    assert {key: member for key, _, member in members} == value
    assert all(text[at] == '"' for _, at, _ in members)


def test_objects_within_objects_are_walked_where_it_is_asked_for() -> None:
    """Keys with the depth at which they stand; `skip` is read as a value."""
    told: list[str] = []
    depth = [0]
    values = ValueReader()
    text = '{"a": {"b": {}, "c": {"d": 1} }, "skip": {"e": 2}, "f": {\n}}  '

    def on_member(key: str, _at: int, value_at: int) -> int | None:
        told.append(f"{'  ' * depth[0]}{key}")
        if key == "skip" or text[value_at] != "{":
            return values.read(text, value_at)[1]
        depth[0] += 1
        return None

    def on_end() -> None:
        depth[0] -= 1

    assert text[walk_objects(text, 0, on_member, on_end) :] == "  "
    assert told == ["a", "  b", "  c", "    d", "skip", "f"]
    assert depth == [-1]


@pytest.mark.parametrize(
    ("text", "position"), [('{"a": {"b": 1', 13), ('{"a": {,}}', 7), ('{"a": {"b": {}}', 15), ('{"a": {} {}}', 9)]
)
def test_objects_within_objects_that_do_not_end_are_not_json(text: str, position: int) -> None:
    with pytest.raises(NotJson) as caught:
        walk_objects(text, 0, lambda _key, _at, at: None if text[at] == "{" else at + 1, lambda: None)
    assert caught.value.position == position


def test_two_hundred_thousand_objects_within_each_other_are_walked() -> None:
    text = '{"a":' * 200_000 + "{}" + "}" * 200_000
    assert walk_objects(text, 0, lambda _key, _at, _value_at: None, lambda: None) == len(text)
