"""What pnpm's lockfile owes beyond its cases: size, hostile YAML, names of keys, and two revisions compared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import compare
from app.core.lockfile import Lockfile, UnreadableLockfile
from worker.lockfiles import pnpm_lock
from worker.lockfiles.pnpm_lock.key import Key, key_of, read_key, without_peers

DEEP = 200_000
MEGABYTE = 1 << 20
SECTIONS = ("importers", "packages", "snapshots", "patchedDependencies")


def parse(body: str, version: str = "9.0") -> Lockfile:
    return pnpm_lock.parse("pnpm-lock.yaml", f"lockfileVersion: '{version}'\n{body}".encode())


def packages(count: int, resolution: str = "{}") -> str:
    return "packages:\n" + "".join(f"  p{number}@1.0.0:\n    resolution: {resolution}\n" for number in range(count))


@pytest.mark.parametrize(
    ("key", "major", "parts"),
    [
        ("/ms/2.1.3", 5, Key("ms", "2.1.3")),
        ("/@acme/kit/1.0.0_react@18.2.0+ms@2.1.3", 5, Key("@acme/kit", "1.0.0")),
        ("npm.example+8080/@acme/kit/1.0.0", 5, Key("@acme/kit", "1.0.0", "npm.example:8080")),
        ("/ms@2.1.3", 6, Key("ms", "2.1.3")),
        ("/@acme/kit@1.0.0(react@18.2.0)(@a/b@1.0.0(c@2.0.0))", 6, Key("@acme/kit", "1.0.0")),
        ("npm.example/kit@1.0.0", 6, Key("kit", "1.0.0", "npm.example")),
        ("ms@2.1.3", 9, Key("ms", "2.1.3")),
        ("@acme/kit@1.0.0(patch_hash=abc)(react@18.2.0)", 9, Key("@acme/kit", "1.0.0")),
        ("kit@https://files.example/a@1.0.0.tgz", 9, Key("kit", "https://files.example/a@1.0.0.tgz")),
        ("kit@file:libs/a(b)c", 9, Key("kit", "file:libs/a(b)c")),
        ("nameless", 9, Key("", "")),
    ],
)
def test_a_key_has_a_name_and_a_version(key: str, major: int, parts: Key) -> None:
    assert read_key(key, major) == parts


@pytest.mark.parametrize(
    ("reference", "major", "key"),
    [
        ("2.1.3", 5, "/ms/2.1.3"),
        ("2.1.3_react@18.2.0", 5, "/ms/2.1.3_react@18.2.0"),
        ("/real/1.0.0", 5, "/real/1.0.0"),
        ("file:vendor/a.tgz", 5, "file:vendor/a.tgz"),
        ("2.1.3(@a/b@1.0.0)", 6, "/ms@2.1.3(@a/b@1.0.0)"),
        ("/real@1.0.0", 6, "/real@1.0.0"),
        ("file:vendor/a.tgz", 6, "file:vendor/a.tgz"),
        ("2.1.3(@a/b@1.0.0)", 9, "ms@2.1.3(@a/b@1.0.0)"),
        ("real@1.0.0", 9, "real@1.0.0"),
        ("@acme/real@1.0.0", 9, "@acme/real@1.0.0"),
        ("https://me@files.example/a.tgz", 9, "ms@https://me@files.example/a.tgz"),
        ("file:vendor/a.tgz", 9, "ms@file:vendor/a.tgz"),
        ("link:../b", 9, None),
        ("link:../b", 5, None),
    ],
)
def test_a_requirement_leads_to_a_key(reference: str, major: int, key: str | None) -> None:
    assert key_of(reference, "ms", major) == key


@pytest.mark.parametrize("key", ["a@1(b", "a@1)", "a@1)(", "(a@1)", "((", ""])
def test_parentheses_that_do_not_match_are_part_of_the_key(key: str) -> None:
    assert without_peers(key) in (key, "a@1)"[: len(key)])


def test_a_hundred_thousand_packages_are_read() -> None:
    assert len(parse(packages(100_000)).pins) == 100_000


def test_a_package_under_more_names_than_any_project_has_is_refused() -> None:
    names = "".join(f"  n{number}: /a@1.0.0\n" for number in range(150_001))
    with pytest.raises(UnreadableLockfile) as caught:
        parse(f"packages:\n  /a@1.0.0:\n    resolution: {{}}\ndependencies:\n{names}", "6.0")
    assert caught.value.detail == "It names more than 150000 packages."


def test_entries_that_are_all_broken_are_one_reason() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(packages(2_000, "{tarball: 'npm:evil@6.6.6'}"))
    assert caught.value.line == 3
    assert caught.value.detail == (
        "2000 of its entries cannot be read. The first: p0@1.0.0 names no address that pnpm writes."
    )


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", ["7", "[]", "[a]", "'x'"])
def test_a_section_of_the_wrong_kind_is_refused_with_its_line(section: str, value: str) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(f"{section}: {value}\n")
    assert (caught.value.line, caught.value.detail) == (2, f'"{section}" is not a mapping.')


@pytest.mark.parametrize(
    "body",
    [
        "packages: " + "[" * DEEP,
        "packages: " + "{a: " * DEEP,
        "packages:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 2_000)),
        "packages:\n  " + "? " * DEEP,
        "a: &a [x]\n" + "".join(f"{chr(98 + step)}: &{chr(98 + step)} [*a, *a]\n" for step in range(12)),
        "packages:\n  '" + "x" * MEGABYTE + "': {}\n",
        "packages:\n  ? '" + "x" * MEGABYTE + "'\n  : {resolution: {}}\n",
        "packages:\n  ? 'a@1.0.0" + ")" * MEGABYTE + "'\n  : {resolution: {}}\n",
        "packages:\n  ? 'a@1.0.0" + "()" * MEGABYTE + "'\n  : {resolution: {}}\n",
        "packages:\n  a@1.0.0: {resolution: {integrity: '" + "sha512-x " * (MEGABYTE // 9) + "'}}\n",
        "packages: {" + "a: b, " * (MEGABYTE // 6) + "}\n",
        "packages: [" + "a, " * (MEGABYTE // 3) + "]\n",
        "packages: [" + "a," * (2 * MEGABYTE) + "]\n",
        "packages: |\n" + "  a\n" * (MEGABYTE // 4),
        "packages: '" + "\n" * MEGABYTE + "'\n",
        "#" * MEGABYTE,
        "---\n" * (MEGABYTE // 4),
        "%YAML 1.1\n" * (MEGABYTE // 10),
    ],
)
def test_hostile_yaml_ends_in_pins_or_in_a_reason(body: str) -> None:
    try:
        lockfile = parse(body)
    except UnreadableLockfile as error:
        assert len(error.detail) < 500  # noqa: PT017 - both ends are right, an endless one is not
    else:
        assert lockfile.problems or not lockfile.pins


VALUES = st.recursive(
    st.none()
    | st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(["1.0.0", "link:a", "file:a", "a@1.0.0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "version", "type"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ("resolution", "version", "name", "dependencies", "optionalDependencies", "integrity", "tarball", "directory")


@given(VALUES, st.sampled_from(FIELDS), st.sampled_from(["5.4", "6.0", "9.0"]))
def test_any_value_anywhere_ends_in_pins_or_in_a_reason(value: object, field: str, version: str) -> None:
    body = {"resolution": {"integrity": "", field: value}, field: value}
    keys = ("/a/1.0.0", "/a@1.0.0", "a@1.0.0", "b@file:b.tgz")
    document = {
        "packages": dict.fromkeys(keys, body),
        "importers": {".": {field: value}},
        "snapshots": {"a@1.0.0": body},
    }
    try:
        lockfile = parse("".join(f"{name}: {json.dumps(said)}\n" for name, said in document.items()), version)
    except UnreadableLockfile as error:
        assert error.detail.endswith(".")  # noqa: PT017
    else:
        assert lockfile.format == "pnpm-lock"


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    old = parse(
        "importers:\n  .:\n    dependencies:\n      kit: {specifier: ^1, version: 1.0.0}\n"
        "packages:\n  kit@1.0.0: {resolution: {}}\n  tint@2.0.0: {resolution: {}}\n"
        "snapshots:\n  kit@1.0.0:\n    dependencies: {tint: 2.0.0}\n  tint@2.0.0: {}\n"
    )
    new = parse(
        "importers:\n  .:\n    dependencies:\n      kit: {specifier: ^1, version: 1.0.0}\n"
        "packages:\n  kit@1.0.0: {resolution: {}}\n  tint@2.1.0: {resolution: {}}\n"
        "snapshots:\n  kit@1.0.0:\n    dependencies: {tint: 2.1.0}\n  tint@2.1.0: {}\n"
    )
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label) == ("upgraded", "npm/tint@2.1.0")
    assert (change.through, change.direct_line) == (("npm/kit@1.0.0",), 7)
