"""What yarn's lockfile owes beyond its cases: size, hostile text, and two revisions compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import compare
from app.core.lockfile import Lockfile, UnreadableLockfile
from worker.lockfiles import yarn_lock

HEAD = "# yarn lockfile v1\n\n\n"
MEGABYTE = 1 << 20


def parse(body: str, head: str = HEAD) -> Lockfile:
    return yarn_lock.parse("yarn.lock", (head + body).encode())


def entry(name: str, version: str, **dependencies: str) -> str:
    address = f"https://registry.example/{name}/-/{name}-{version}.tgz"
    lines = [f"{name}@^{version}:", f'  version "{version}"', f'  resolved "{address}"']
    lines += ["  dependencies:"] if dependencies else []
    lines += [f'    {required} "{wanted}"' for required, wanted in dependencies.items()]
    return "\n".join(lines) + "\n\n"


def test_a_hundred_thousand_packages_are_read() -> None:
    lockfile = parse("".join(f'p{number}@1:\n  version "1.0.0"\n\n' for number in range(100_000)))
    assert len(lockfile.pins) == 100_000


def test_a_file_of_more_patterns_than_any_project_has_is_refused() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(", ".join(f"p@{number}" for number in range(150_001)).replace("@", "@^") + ":\n")
    assert (caught.value.line, caught.value.detail) == (4, "It names more than 150000 packages.")


def test_a_header_that_names_many_packages_at_once_is_refused() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(", ".join(f"p{number}@1" for number in range(17)) + ":\n")
    assert (caught.value.line, caught.value.detail) == (4, "A header names more than 16 packages at once.")


def test_entries_that_are_all_broken_are_one_reason() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse("".join(f"p{number}@^1:\n  version none\n\n" for number in range(2_000)))
    assert caught.value.line == 4
    assert (
        caught.value.detail == "2000 of its entries cannot be read. The first: p0 names none, which is not a version."
    )


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('a@1:\n  version "1.0.0"\rb@1:\n', 5),
        ('a@1:\n\tversion "1.0.0"\n', 5),
        ('a@1:\n   version "1.0.0"\n', 5),
        ("a@1:\n  version 1.0.0\n", 5),
        ('a@1:\n  version "1.0.0\n', 5),
        ('a@1:\n  version "1.\\u0030.0"\n', 5),
        ("a@1:\n  version\n", 5),
        ('a@1:\n  version "1.0.0"\n    b "1"\n', 6),
        ('a@1:\n  version "1.0.0"\n  \nb@1:\n', 6),
        ('a@1:\n  version "1.0.0"\n  # a comment\n', 6),
        ('a@1 "b@1"\n', 4),
        ('true@1:\n  version "1.0.0"\n', 4),
        ('"a@1"b@1:\n', 4),
        ('"":\n', 4),
        (":\n", 4),
        ('  version "1.0.0"\n', 4),
        ('a@1:\n  version "1.0.0" # a comment\n', 5),
        ('a@1:\n  version "1.0.0\u2028"\n', 5),
        ('a@1:\n  version "1.0.0\u202e"\n', 5),
        ('a@1:\n  version "1.0.0"\n__metadata:\n', 6),
        ('a@1:\n  version "1.0.0"\n# yarn lockfile v9\n', 6),
    ],
)
def test_a_line_that_yarn_would_not_have_written_makes_the_file_unreadable(body: str, line: int) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(body)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "body",
    [
        '"' * MEGABYTE,
        '"a@1", ' * (MEGABYTE // 8) + "b@1:",
        "a," * (MEGABYTE // 2) + ":",
        "\\" * MEGABYTE,
        '"' + "\\\\" * MEGABYTE + '":\n',
        " " * MEGABYTE,
        "a" * MEGABYTE + ":\n",
        "@" * MEGABYTE + ":\n",
        "a@" * MEGABYTE + ":\n",
        'a@1:\n  resolved "' + "#" * MEGABYTE + '"\n',
        'a@1:\n  integrity "' + "sha512-x " * (MEGABYTE // 9) + '"\n',
        "a@1:\n  dependencies:\n" + '    a "1"\n' * (MEGABYTE // 10),
        "a@1:\n" * (MEGABYTE // 5),
    ],
)
def test_a_megabyte_of_anything_ends_in_pins_or_in_a_reason(body: str) -> None:
    try:
        lockfile = parse(body)
    except UnreadableLockfile as error:
        assert len(error.detail) < 500  # noqa: PT017 - both ends are right, an endless one is not
    else:
        assert lockfile.pins or lockfile.problems


@given(
    st.lists(st.sampled_from(["a@1", '"b@npm:c@2"', ", ", ":", "\n", "  ", "version", " ", '"1.0.0"', "dependencies:"]))
)
def test_pieces_in_any_order_end_in_pins_or_in_a_reason(pieces: list[str]) -> None:
    try:
        lockfile = parse("".join(pieces))
    except UnreadableLockfile as error:
        assert error.line >= 1  # noqa: PT017
    else:
        assert all(pin.line >= 4 for pin in lockfile.pins)


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    old = parse(entry("kit", "1.0.0", tint="^2.0.0") + entry("tint", "2.0.0"))
    new = parse(
        entry("kit", "1.0.0", tint="^2.0.0")
        + entry("tint", "2.0.0").replace("2.0.0.tgz", "2.1.0.tgz").replace('"2.0.0"', '"2.1.0"')
    )
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label) == ("upgraded", "npm/tint@2.1.0")
    assert (change.through, change.direct_line) == (("npm/kit@1.0.0",), 4)
