"""Names: nothing is left out for its name, and every name that means two things is said to be odd."""

from __future__ import annotations

import pytest

from tests.worker.inspection.archives import NPM, SDIST, WHEEL, entry, long_name, read, tgz
from tests.worker.inspection.zips import Zipped, wheel_of
from worker.inspection.archive.names import collision_key, leaves, shown, visible

NAMES = {
    "a plain name": ("package/a.js", "a.js", set()),
    "a name with spaces and signs": ("package/a (1) + [b]@2~.js", "a (1) + [b]@2~.js", set()),
    "a name in another script": ("package/日本語.js", "日本語.js", set()),
    "a hidden file": ("package/.eslintrc", ".eslintrc", set()),
    "a top directory of another name": ("other/a.js", "a.js", set()),
    "a backslash": ("package/lib\\a.js", "lib/a.js", {"bad-name"}),
    "a way out": ("package/../../a.js", "a.js", {"escape"}),
    "a way out in the middle": ("package/lib/../../../a.js", "a.js", {"escape"}),
    "a way out and back in": ("package/lib/../a.js", "a.js", {"escape"}),
    "a way out instead of a top directory": ("../a.js", "a.js", {"escape"}),
    "a way out in backslashes": ("package\\..\\..\\a.js", "a.js", {"bad-name", "escape"}),
    "an absolute path": ("/package/a.js", "a.js", {"escape"}),
    "an absolute path with two slashes": ("//host/share/a.js", "share/a.js", {"escape"}),
    "a path of another machine": ("\\\\host\\share\\a.js", "share/a.js", {"escape", "bad-name"}),
    "a drive": ("C:/windows/a.js", "windows/a.js", {"escape"}),
    "a drive without a slash": ("C:a.js", "C:a.js", {"escape", "reserved-name", "top-directory"}),
    "a hidden stream": ("package/a.js:hidden", "a.js:hidden", {"reserved-name"}),
    "a device of Windows": ("package/aux.js", "aux.js", {"reserved-name"}),
    "a device of Windows, as a directory": ("package/NUL/a.js", "NUL/a.js", {"reserved-name"}),
    "a device of Windows with a superscript": ("package/com¹.js", "com¹.js", {"reserved-name"}),
    "a dot at the end": ("package/a.js.", "a.js.", {"bad-name"}),
    "a space at the end": ("package/a.js ", "a.js ", {"bad-name"}),
    "a directory with a dot at its end": ("package/lib./a.js", "lib./a.js", {"bad-name"}),
    "a dot for a directory": ("package/./a.js", "a.js", {"bad-name"}),
    "a dot before the top directory, which some installers take for it": ("./package/a.js", "a.js", {"bad-name"}),
    "dots before the top directory": ("././package/a.js", "a.js", {"bad-name"}),
    "an empty part": ("package//a.js", "a.js", {"bad-name"}),
    "text that runs backwards": ("package/a\u202esj.exe", "a<U+202E>sj.exe", {"bad-name"}),
    "an isolate": ("package/a\u2066.js", "a<U+2066>.js", {"bad-name"}),
    "a space of no width": ("package/a\u200b.js", "a<U+200B>.js", {"bad-name"}),
    "a mark of byte order": ("package/\ufeffa.js", "<U+FEFF>a.js", {"bad-name"}),
    "an invisible letter": ("package/a\u3164.js", "a<U+3164>.js", {"bad-name"}),
    "a line feed": ("package/a\n.js", "a<U+000A>.js", {"bad-name"}),
    "an escape sequence": ("package/a\x1b[2J.js", "a<U+001B>[2J.js", {"bad-name"}),
    "a byte that is not UTF-8": (b"package/a\xff.js", "a<0xFF>.js", {"bad-name"}),
    "half a pair of surrogates": (b"package/a\xed\xa0\x80.js", "a<0xED><0xA0><0x80>.js", {"bad-name"}),
    "a file beside the top directory": ("a.js", "a.js", {"top-directory"}),
}

COLLISIONS = {
    "case": ("a.js", "A.js"),
    "case of a directory": ("lib/a.js", "LIB/a.js"),
    "composed and decomposed": ("caf\u00e9.js", "cafe\u0301.js"),
    "a ligature": ("file.js", "\ufb01le.js"),
    "full-width letters": ("a.js", "\uff41.js"),
    "the German sharp s": ("strasse.js", "stra\u00dfe.js"),
    "a dot that Windows cuts off": ("a.js", "a.js."),
    "the Kelvin sign": ("k.js", "\u212a.js"),
}

PAST_LIMITS = {
    "3,000 directories deep": b"package/" + b"a/" * 3000 + b"a.js",
    "65 directories deep": b"package/" + b"a/" * 64 + b"a.js",
    "a name of 64 KiB": b"package/" + b"a" * 65536,
    "a part of 256 bytes": b"package/" + b"a" * 256,
    "many long parts": b"package/" + b"/".join([b"a" * 200] * 6),
}


@pytest.mark.parametrize(("name", "path", "odd"), NAMES.values(), ids=NAMES.keys())
def test_a_file_is_inspected_whatever_its_name(name: str | bytes, path: str, odd: set[str]) -> None:
    reading = read(tgz(entry(name)), NPM)
    assert (reading.paths, reading.ids) == ((path,), odd)


@pytest.mark.parametrize(("one", "other"), COLLISIONS.values(), ids=COLLISIONS.keys())
def test_two_names_that_are_one_file_somewhere_are_said_to_collide(one: str, other: str) -> None:
    assert collision_key(one) == collision_key(other)
    reading = read(tgz(entry(f"package/{one}"), entry(f"package/{other}")), NPM)
    assert len(reading.files) == 2
    assert f"name-collision {other}" in reading.oddities


@pytest.mark.parametrize("name", PAST_LIMITS.values(), ids=PAST_LIMITS.keys())
def test_a_name_past_the_limits_refuses_the_archive(name: bytes) -> None:
    assert str(read(tgz(long_name(name), entry())).refused).startswith("malformed: holds a name ")


def test_a_file_that_is_also_a_directory_is_a_collision() -> None:
    assert "name-collision lib" in read(tgz(entry("package/lib"), entry("package/lib/a.js"))).oddities


def test_a_file_without_a_name_refuses_the_archive() -> None:
    assert read(tgz(entry(b""))).refused == "malformed: holds a file without a name"
    assert read(tgz(entry("package/.."))).refused == "malformed: holds a file without a name"


def test_npm_merges_what_stands_in_two_top_directories_and_so_do_we() -> None:
    reading = read(tgz(entry("package/a.js", b"1"), entry("evil/a.js", b"2")), NPM)
    assert reading.paths == ("a.js", "a.js")
    assert reading.oddities == ("top-directory a.js", "duplicate-name a.js", "disagreement a.js")


def test_in_an_sdist_a_second_top_directory_stays_in_the_path() -> None:
    reading = read(tgz(entry("a-1.0.0/a.py"), entry("evil/a.py"), entry("evil/b.py")), SDIST)
    assert reading.paths == ("a.py", "evil/a.py", "evil/b.py")
    assert reading.oddities == ("top-directory evil/a.py",), "said once a directory"


def test_a_file_beside_the_top_directory_of_an_sdist_does_not_take_its_place() -> None:
    reading = read(tgz(entry("setup.py"), entry("a-1.0.0/a.py")), SDIST)
    assert reading.paths == ("setup.py", "a.py")
    assert reading.oddities == ("top-directory setup.py",)


def test_a_wheel_has_no_top_directory() -> None:
    assert read(wheel_of(Zipped("lib/a.py"), Zipped("b.py")), WHEEL).paths[:2] == ("lib/a.py", "b.py")


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("a", "b", False),
        ("a", "../b", True),
        ("lib/a", "../b", False),
        ("lib/a", "../../b", True),
        ("lib/a", "x/../../../b", True),
        ("a", "/etc/passwd", True),
        ("a", "C:\\windows", True),
        ("lib/a", "..\\..\\b", True),
        ("a", "./b", False),
    ],
)
def test_a_link_leaves_the_package_when_its_target_is_outside(path: str, target: str, out: bool) -> None:
    assert leaves(path, target) is out


def test_what_nobody_would_see_is_written_out_and_long_names_are_cut() -> None:
    assert visible("a\u202eb\x00\udcff") == "a<U+202E>b<U+0000><0xFF>"
    assert shown("a" * 200) == "a" * 119 + "…"
