"""Tables with their lines, statements told apart from what only looks like them, and one kind of error."""

from __future__ import annotations

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from app.core.lockfile import UnreadableLockfile
from app.core.toml_tables import read_toml


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[[a]]\n[[a]]\n", [1, 2]),
        ("\n\n  [[a]]\t\n[[a]]", [3, 4]),
        ("[[a]] # one\nx = 1\n[[ a ]]\n", [1, 3]),
        ('[["a"]]\n[[\'a\']]\n[["\\u0061"]]\n', [1, 2, 3]),
        ("[[b.a]]\n[c]\n", []),
        ("[[a]]\n[[a.a]]\n[[a]]\n", [1, 3]),
        ('x = """\n[[a]]\n"""\n[[a]]\n', [4]),
        ('x = """\\"""\n[[a]]\n"""\n[[a]]\n', [4]),
        ('x = """""\n[[a]]\n"""""\n[[a]]\n', [4]),
        ("x = '''\n[[a]]'''''\n[[a]]\n", [3]),
        ("x = '''\\'''\n[[a]]\n", [2]),
        ('x = "\'\'\'"\n[[a]]\ny = """ \'\'\' """\n[[a]]\n', [2, 4]),
        ("x = [\n[['a']],\n[ # ]\n'''\n]''' ] ]\n[[a]]\n", [6]),
        ("# '''\n[[a]]\n# \"\"\"\n", [2]),
        ("x = {y = [\n{ z = '''\n[[a]]\n''' }]}\n[[a]]\n", [5]),
        ("\ufeff[[a]]\r\nx = '''\r\n[[a]]\r\n'''\r\n[[a]]\r\n", [1, 5]),
    ],
)
def test_only_real_headers_have_lines(text: str, lines: list[int]) -> None:
    assert read_toml(text.encode()).table_lines("a") == lines


def test_tables_in_an_inline_list_have_no_lines() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        read_toml(b"# one\na = [{}, {}]\n").table_lines("a")
    assert (caught.value.line, caught.value.detail) == (2, "Its tables are not written as [[a]], one by one.")


PIECES = (
    "[[a]]",
    " [[a]] # [[a]]",
    "[['a']]",
    'x{n} = """\n[[a]]\n\\""" """',
    "x{n} = '''\n[[a]]\n'''''",
    "x{n} = '[[a]]'",
    'x{n} = "\\"[[a]]"',
    "x{n} = [\n[['a']], # [[a]]\n]",
    "# '''",
    "",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_as_many_lines_as_tables_and_each_of_them_a_header(pieces: list[str]) -> None:
    text = "\n".join(piece.format(n=number) if "{n}" in piece else piece for number, piece in enumerate(pieces))
    file = read_toml(text.encode())
    lines = file.table_lines("a")
    assert len(lines) == len(tomli.loads(text).get("a", []))
    for line in lines:
        below = text.split("\n")[line - 1 :]
        assert tomli.loads(below[0]) == {"a": [{}]}
        assert len(tomli.loads("\n".join(below)).get("a", [])) == len(lines) - lines.index(line)


def test_keys_and_tables_have_lines() -> None:
    file = read_toml(b'version = 1\nlist = [\n"x = 1",\n]\n[b.c]\nversion = 2\n[metadata]\n"k" = 3\nversion = 4\n')
    assert [file.key_line("version"), file.key_line("list"), file.key_line("b"), file.key_line("metadata")] == [
        1,
        2,
        5,
        7,
    ]
    assert file.key_line("version", "metadata") == 9
    assert file.key_line("nothing") == 1


def test_a_name_right_below_its_header_is_the_line_to_look_at() -> None:
    file = read_toml('[[a]]\r\nname = "é"\r\n[[a]]\nversion = "1"\nname = "b"\n[[a]]'.encode())
    assert [file.name_line(1, "é"), file.name_line(3, "b"), file.name_line(6, "c")] == [2, 3, 6]


@pytest.mark.parametrize(
    ("content", "line", "detail"),
    [
        (b"a = 1\nb = \n", 2, "This is not TOML (invalid value)."),
        (b"a = 1\na = 2\n", 2, "This is not TOML (cannot overwrite a value)."),
        (b"a = 1\n<<<<<<< HEAD\n", 2, "It holds merge conflict markers (<<<<<<<), so it says two things at once."),
        (b"a = 1\nb = '\xff'\n", 2, "The file is not UTF-8."),
        (b"a = 1\nb = " + b"[" * 500, 1, "Its values are nested too deeply."),
        (b"a = 1\n" + b".".join([b"b"] * 40) + b" = 1\n", 2, "It has a key of more than 32 parts."),
        (b"a = " + b"9" * 5000, 1, "It holds a number of too many digits."),
        (b"[[a]]\n" * 100_001, 1, "It has more than 200000 tables and lists."),
        (b"#" * (17 << 20), 1, "The file is larger than 16 MiB."),
    ],
)
def test_what_is_no_toml_is_named_with_its_line(content: bytes, line: int, detail: str) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        read_toml(content)
    assert (caught.value.line, caught.value.detail) == (line, detail)


def test_dots_within_texts_are_no_parts_of_keys() -> None:
    text = ".".join(["1"] * 30)
    assert read_toml(f'a = "{text}"\n"b.{text}" = 1\n'.encode()).values["a"] == text
