"""Comments and trailing commas become spaces, and everything else stays where it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json_comments import strict_json
from app.core.json_members import NotJson


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ('{"a": [1, 2,],}', '{"a": [1, 2 ] }'),
        ('{"a": 1, // one, }\n}', '{"a": 1' + " " * 11 + "\n}"),
        ('{"a": 1, /* ]\n */ /* b */ }', '{"a": 1' + " " * 6 + "\n" + " " * 12 + "}"),
        ('{"a": "x,} // y", "b\\",]": 2}', '{"a": "x,} // y", "b\\",]": 2}'),
        ('{"a": 1}', '{"a": 1}'),
        ('{"a": 1, // }\n"b": 2}', '{"a": 1,     \n"b": 2}'),
        ('{"a": 1, /* } */ "b": 2}', '{"a": 1,         "b": 2}'),
        ('// "\n{}', "    \n{}"),
        ('{"a": 1,,}', '{"a": 1, }'),
        ("[,]", "[ ]"),
        ("", ""),
    ],
)
def test_what_is_loose_becomes_spaces(loose: str, strict: str) -> None:
    assert strict_json(loose) == strict


@pytest.mark.parametrize(
    "broken", ['{"a": "b', '{"a": 1, /* }', "[1, // ]", '{"a": 1 /* b }', '{"a": 1 / 2}', '{"a": "b\\', "{'a': 1,}"]
)
def test_what_is_broken_stays_broken(broken: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json.loads(strict_json(broken))


@given(st.text(st.sampled_from('"\\,/*[]{} \na')))
def test_every_position_and_line_stays(text: str) -> None:
    strict = strict_json(text)
    assert len(strict) == len(text)
    assert [place for place, one in enumerate(strict) if one == "\n"] == [
        place for place, one in enumerate(text) if one == "\n"
    ]


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_strict_json_stays_as_it_is(value: object) -> None:
    text = json.dumps(value)
    assert strict_json(text) == text


@pytest.mark.parametrize(
    "piece",
    ["/*", "//", ",", '"', '\\"', "/* */", ", /* */", "/**/,]", '/*"a"', ',/* "', "\\", "*", "/* *", '"\\\n', "//a"],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece: str) -> None:
    assert len(strict_json(piece * ((1 << 19) // len(piece)))) == (1 << 19) // len(piece) * len(piece)


def test_a_file_of_nothing_else_is_refused_before_it_takes_long() -> None:
    with pytest.raises(NotJson) as caught:
        strict_json("[" + "// a\n" * 1_000_000)
    assert caught.value.cause == "more comments and loose commas than any tool writes stand before it"
