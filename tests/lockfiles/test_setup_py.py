"""`setup.py`: what is written in it is read, what it makes is told once, and nothing is run."""

from __future__ import annotations

import pytest

from app.core.diff import new_problems
from app.core.lockfile import Lockfile, UnreadableLockfile
from worker.lockfiles import setup_py

MADE = """\
import os
from setuptools import setup

VERSION = "{version}"
HERE = os.path.dirname(__file__)


def required(name):
    with open(os.path.join(HERE, name)) as file:
        return {lines}


setup(
    name="shop",
    version=VERSION,
    install_requires=required("list.txt"){more},
)
"""


def made(version: str = "1.0", lines: str = "list(file)", more: str = "") -> Lockfile:
    return setup_py.parse("setup.py", MADE.format(version=version, lines=lines, more=more).encode())


def test_a_new_version_of_the_project_says_nothing_of_a_list_that_is_made() -> None:
    """Every release would have a line that nobody can mend."""
    assert new_problems([made()], [made(version="1.1")]) == ()


def test_another_argument_of_setup_says_nothing_either() -> None:
    assert new_problems([made()], [made(more=',\n    author="somebody"')]) == ()


def test_other_code_behind_a_list_that_is_made_is_told() -> None:
    ((path, problem),) = new_problems([made()], [made(lines='["evil"]')])
    assert (path, problem.line) == ("setup.py", 16)
    assert problem.message == ("install_requires is made when the script runs; what it asks for there is not examined.")


def test_another_expression_is_told() -> None:
    assert len(new_problems([made()], [made(more=' + ["evil"]')])) == 1


def test_a_list_that_is_bound_and_then_changed_is_told_when_the_change_changes() -> None:
    text = "from setuptools import setup\nasked = ['a==1.0']\nasked.append('{}')\nsetup(install_requires=asked)\n"
    before, after = (setup_py.parse("setup.py", text.format(name).encode()) for name in ("b", "evil"))
    assert len(new_problems([before], [after])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "-" * 100_000 + "1",
        "a" + ".b" * 60_000,
        "+".join(["1"] * 60_000),
        "if 1: pass\n" + "elif 1: pass\n" * 9_000,
        "9" * 100_000,
        "a" * (129 << 10),
    ],
    ids=["brackets", "signs", "attributes", "sums", "branches", "digits", "size"],
)
def test_code_that_exhausts_its_reader_is_refused(text: str) -> None:
    with pytest.raises(UnreadableLockfile):
        setup_py.parse("setup.py", text.encode())


def test_lists_that_hold_each_other_end() -> None:
    """Thirty lists of two would be a billion texts."""
    lists = "".join(f"a{number} = [*a{number - 1}, *a{number - 1}]\n" for number in range(1, 31))
    read = setup_py.parse("setup.py", f"a0 = ['x']\n{lists}setup(install_requires=a30)\n".encode())
    assert (len(read.pins), len(read.problems)) == (0, 1)


def test_odd_escapes_do_not_warn() -> None:
    read = setup_py.parse("setup.py", rb'setup(install_requires=["a==1.0"], version="\d")')
    assert [pin.package.label for pin in read.pins] == ["pypi/a@1.0"]


def test_an_alias_of_setup_is_setup() -> None:
    read = setup_py.parse("setup.py", b"from setuptools import setup as go\ngo(install_requires=['a==1.0'])\n")
    assert [pin.package.label for pin in read.pins] == ["pypi/a@1.0"]


def test_an_encoding_in_which_the_text_is_another_is_refused() -> None:
    with pytest.raises(UnreadableLockfile):
        setup_py.parse("setup.py", b"# coding: utf-7\nsetup(install_requires=['a==1.0'])\n")
