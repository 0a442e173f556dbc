"""INI files are read as `configparser` reads them, with lines."""

from __future__ import annotations

import configparser

from hypothesis import given
from hypothesis import strategies as st

from app.core.ini_lines import read_ini
from app.core.lockfile import UnreadableLockfile

PIECES = ["[a]", "[b]", "[DEFAULT]", "x", "y z", "=", ":", " ", "  ", "\t", "\n", "\n", "\r\n", "#", ";", "]", "[", "é"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_the_standard_reader_reads_the_same(text: str) -> None:
    assert ours(text) == theirs(text)


def test_a_long_line_of_spaces_takes_no_time() -> None:
    """The patterns of the standard reader need minutes for it."""
    text = "[a]\nx = 1" + " " * 500_000 + "b\n"
    assert read_ini(text.encode())["a"]["x"].values == [(2, "1" + " " * 500_000 + "b")]


def ours(text: str) -> dict[str, dict[str, list[str]]] | None:
    try:
        read = read_ini(text.encode())
    except UnreadableLockfile:
        return None
    return {
        section: {name: [value for _, value in option.values] for name, option in options.items()}
        for section, options in read.items()
        if section != "DEFAULT" or options
    }


def theirs(text: str) -> dict[str, dict[str, list[str]]] | None:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text.replace("\r\n", "\n"))
    except configparser.Error:
        return None
    defaults = parser.defaults()
    sections = {name: dict(parser._sections[name]) for name in parser.sections()}  # type: ignore[attr-defined]
    if defaults:
        sections["DEFAULT"] = dict(defaults)
    return {
        section: {name: [line for line in value.split("\n") if line.strip()] for name, value in options.items()}
        for section, options in sections.items()
    }
