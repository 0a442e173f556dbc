"""Python's lockfiles in TOML: what hostile files end in, who comes in through whom, and where files come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import ChangeKind, compare
from app.core.lockfile import Index, IndexKind, Lockfile, UnreadableLockfile
from app.core.ports import Parser
from tests.lockfiles.test_contract import assert_kept
from worker.lockfiles import poetry_lock, uv_lock

DEEP = 200_000
END = b'[metadata]\nlock-version = "2.1"\n'  # without it, no lockfile of Poetry; uv has no use for it
BOTH = pytest.mark.parametrize("parser", [uv_lock, poetry_lock], ids=["uv", "poetry"])


def keys(key: bytes, count: int) -> bytes:
    return b"".join(b"%s.b%d = 1\n" % (key, number) for number in range(count))


HOSTILE = {
    "deep arrays": b"a = " + b"[" * DEEP,
    "deep tables": b"a = " + b"{a=" * DEEP,
    "a key of many parts": b".".join([b"a"] * DEEP) + b" = 1\n",
    "many keys of many parts": keys(b".".join([b"a"] * 900), 1000),
    "many keys of quoted parts": keys(b" . ".join([rb'"\"."'] * 300), 1000),
    "a header of many parts": b"[" + b".".join([b"a"] * 900) + b"]\n" + keys(b".".join([b"a"] * 900), 500),
    "a number without end": b"a = " + b"9" * 500_000,
    "a number beyond 64 bits": b"revision = 99999999999999999999\n" + END,
    "not a number": b"revision = nan\na = inf\n" + END,
    "a date that is none": b"a = 2026-99-99\n",
    "wrong types at the top": b'revision = "x"\nmanifest = 1\nextras = 1\npackage = 1\n' + END,
    "one table where a list belongs": b'[package]\nname = "a"\n' + END,
    "numbers where tables belong": b"package = [1, 2]\n" + END,
    "fields of wrong types": b'[[package]]\nname = []\nversion = {}\nsource = [1]\nwheels = 1\nsdist = "a"\nfiles = {}\n'
    b"dependencies = 1.5\noptional-dependencies = [1]\ndev-dependencies = {a = 1}\ngroups = {}\ncategory = 2\n" + END,
    "lists of wrong types": b'[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "https://r.example"}\n'
    b'wheels = [1, {url = 1}, {url = "a", hash = 1}]\nsdist = []\ndependencies = [1, {name = 1}, {name = "b", extra = 1}]\n'
    b"groups = [1]\nfiles = [1, {hash = 1}, {}]\n" + END,
    "a manifest of wrong types": b"[manifest]\nrequirements = 1\ndependency-groups = [[1]]\n" + END,
    "one name very often": b'[[package]]\nname = "a"\nversion = "1"\n' * 5000 + END,
    "headers alone": b"[[package]]\n" * 80_000 + END,
    "a million tables": b"".join(b"[a%d]\n" % number for number in range(1_000_000)),
    "a hundred thousand places": b'[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "https://r.example"}\n'
    b"wheels = ["
    + b"".join(b'{url = "https://%d.example/a-1-py3-none-any.whl"},' % n for n in range(100_000))
    + b"]\n"
    + END,
    "a long text without end": b'name = """' + b"[[package]]\n" * 1000,
    "a megabyte of escapes": b'name = "' + rb"\\" * (1 << 19) + b'"\n' + END,
    "a megabyte of quotes in a text": b"name = '''" + b"''\n" * (1 << 18) + b"'''\n[[package]]\n" + END,
    "a megabyte of brackets in a text": b'name = """' + b"[{\n" * (1 << 18) + b'"""\n[[package]]\n' + END,
    "a megabyte in one name": b'[[package]]\nname = "' + b"a-" * (1 << 19) + b'a"\nversion = "1"\n' + END,
    "a megabyte in one version": b'[[package]]\nname = "a"\nversion = "1' + b".1" * (1 << 19) + b'"\n' + END,
    "control characters": b'[[package]]\nname = "\\u001b[31m"\nversion = "\\u202e1"\nsource = {git = "\\u0000"}\n'
    + END,
    "a NUL": b"a = 1\0\n",
    "an old line end": b"a = 1\rb = 2\r" + END,
    "paths that lead away": b'[[package]]\nname = "a"\nsource = {directory = "..\\\\..\\\\a"}\n'
    b'[[package]]\nname = "b"\nsource = {type = "directory", url = "C:/b"}\n' + END,
}


@BOTH
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables_end_in_pins_or_in_a_reason(parser: Parser, name: str) -> None:
    """With the version that uv asks for at the top, so that it does not stop there."""
    assert_kept(parser, b"version = 1\n" + HOSTILE[name])


@BOTH
@given(
    value=st.recursive(
        st.text(max_size=8) | st.sampled_from(["1", "1.5", "true", "1979-05-27"]).map(lambda text: text.encode()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    )
)
def test_any_value_of_any_field_ends_in_pins_or_in_a_reason(parser: Parser, value: object) -> None:
    for field in (
        "name",
        "version",
        "source",
        "wheels",
        "sdist",
        "dependencies",
        "files",
        "groups",
        "dev-dependencies",
    ):
        package = f'[[package]]\nname1 = "a"\n{field} = {toml(value)}\n'.encode()
        assert_kept(parser, b"version = 1\n" + package + END)


@BOTH
def test_entries_without_a_name_are_problems_each_for_itself(parser: Parser) -> None:
    nameless = b'[[package]]\nversion = "1"\nsource = {registry = "https://r.example"}\n' * 40
    lockfile = parser.parse("x", b"version = 1\n" + nameless + END)
    assert len(lockfile.problems) == 40
    assert [problem.line for problem in lockfile.problems[:2]] == [2, 5]


def test_a_poetry_lock_cut_off_is_never_a_shorter_one() -> None:
    content = b'[[package]]\nname = "a"\nversion = "1"\nfiles = []\n\n' + END
    for end in range(len(content) - len(b'"\n')):
        with pytest.raises(UnreadableLockfile):
            poetry_lock.parse("poetry.lock", content[:end])


def test_a_uv_lock_cut_off_between_packages_misses_what_others_ask_for() -> None:
    """TOML has no end, so the file cannot say it itself."""
    content = uv("a", "b", asking={"a": "b"})
    cut = content[: content.index(b'[[package]]\nname = "b"')]
    assert [problem.message for problem in read(content).problems] == []
    assert [problem.message for problem in read(cut).problems] == ["a asks for b, which the file does not hold."]


def test_one_wheel_from_elsewhere_is_seen_though_the_source_says_registry() -> None:
    """Each file is fetched from the address in the lockfile; uv does not ask the index that it names."""
    clean = uv("a").replace(b",\n]\n", b',\n    {url = "https://files.example/a-1.0-cp312-cp312-win32.whl"},\n]\n', 1)
    poisoned = clean.replace(b"https://files.example/a-1.0-cp312", b"https://drop.example/a-1.0-cp312")
    (change,) = compare([read(clean)], [read(poisoned)])
    assert change.kind is ChangeKind.RESOURCED
    assert change.after is not None
    assert change.after.source.reference == "https://drop.example"


@pytest.mark.parametrize("path", ["uv.lock", "app/uv.lock", "/srv/checkout/uv.lock", "../other/uv.lock"])
def test_the_project_itself_is_no_folder_outside_wherever_the_file_was_named_from(path: str) -> None:
    project = b'version = 1\n[[package]]\nname = "shop"\nversion = "1"\nsource = { %s = "%s" }\n'
    assert uv_lock.parse(path, project % (b"editable", b".")).problems == ()
    (problem,) = uv_lock.parse(path, project % (b"editable", b"../../beside")).problems
    assert problem.message == "shop comes from ../../beside, a folder outside of the repository."


def test_files_from_very_many_places_are_not_pins_without_end() -> None:
    content = HOSTILE["a hundred thousand places"]
    lockfile = read(b"version = 1\n" + content)
    assert len(lockfile.pins) == 16
    assert [problem.message for problem in lockfile.problems] == [
        "a: its files come from more than 16 places; the others are not examined."
    ]


def test_files_that_move_to_another_host_with_their_hashes_are_the_same_files() -> None:
    content = uv("a")
    assert compare([read(content)], [read(content.replace(b"files.example", b"mirror.example"))]) == ()


def test_the_same_version_from_another_index_is_another_source() -> None:
    content = uv("a")
    (change,) = compare([read(content)], [read(content.replace(b"registry.example", b"drop.example"))])
    assert change.kind is ChangeKind.RESOURCED


def test_each_index_is_named_where_the_first_package_comes_from_it() -> None:
    content = uv("a", "b", "c").replace(b"registry.example", b"other.example", 2).replace(b"other", b"registry", 1)
    assert read(content).indexes == (
        Index("https://registry.example/simple", 3, IndexKind.SOURCE),
        Index("https://other.example/simple", 10, IndexKind.SOURCE),
    )


def test_a_host_of_files_beside_the_usual_one_counts_as_an_index() -> None:
    """Where an index keeps its files nobody says but the file itself: the most used host is believed, no other."""
    content = uv("a", "b", "c")
    strange = content.replace(b"https://files.example/b", b"https://drop.example/b")
    assert read(content).indexes == (Index("https://registry.example/simple", 3, IndexKind.SOURCE),)
    assert read(strange).indexes[1:] == (Index("https://drop.example", 10, IndexKind.SOURCE),)


def test_an_index_of_poetry_is_named_where_the_first_package_comes_from_it() -> None:
    package = (
        b'[[package]]\nname = "%s"\nversion = "1"\nsource = {type = "legacy", url = "https://pip.example/simple"}\n'
    )
    content = b'[[package]]\nname = "a"\nversion = "1"\n' + package % b"b" + package % b"c" + END
    assert poetry_lock.parse("poetry.lock", content).indexes == (
        Index("https://pip.example/simple", 5, IndexKind.SOURCE),
    )


def uv(*names: str, asking: dict[str, str] | None = None) -> bytes:
    """A lockfile of uv with these packages, each with one wheel; `asking` names what some of them ask for."""
    packages = []
    for number, name in enumerate(names):
        other = (asking or {}).get(name)
        packages.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "https://registry.example/simple" }}\n'
            f'wheels = [\n    {{ url = "https://files.example/{name}-1.0-py3-none-any.whl", hash = "sha256:{number:064x}" }},\n]\n'
            + (f'dependencies = [{{ name = "{other}" }}]\n' if other else "")
        )
    return ("version = 1\n" + "".join(packages)).encode()


def read(content: bytes) -> Lockfile:
    return uv_lock.parse("uv.lock", content)


def toml(value: object) -> str:
    """A value as TOML; bytes stand for themselves."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
    return '"' + "".join(f"\\U{ord(character):08X}" for character in str(value)) + '"'
