"""What bun's lockfile owes beyond its cases: size, hostile text, and two revisions compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import compare
from app.core.lockfile import Lockfile, UnreadableLockfile
from tests.lockfiles.test_contract import assert_kept
from worker.lockfiles import bun_lock

MEGABYTE = 1 << 20
DEEP = 200_000
HASH = f"sha512-{'A' * 86}=="


def parse(packages: object, **root: object) -> Lockfile:
    return bun_lock.parse("bun.lock", lock(packages, **root))


def lock(packages: object, **root: object) -> bytes:
    return json.dumps({"lockfileVersion": 1, "workspaces": {"": root}, "packages": packages}, indent=1).encode()


def a_package(name: str, version: str, **requires: str) -> list[Any]:
    return [f"{name}@{version}", "", {"dependencies": requires}, HASH]


def test_a_hundred_thousand_packages_are_read() -> None:
    assert len(parse({f"p{number}": [f"p{number}@1.0.0", "", {}, ""] for number in range(100_000)}).pins) == 100_000


def test_more_packages_than_any_project_has_are_refused() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse({f"p{number}": [] for number in range(150_001)})
    assert caught.value.detail == "It has more than 150000 entries."


def test_entries_that_are_all_broken_are_one_reason() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse({f"p{number}": [] for number in range(2_000)})
    assert caught.value.detail == (
        '2000 of its entries cannot be read. The first: The entry "p0" does not begin with what it is.'
    )


def test_places_below_each_other_are_read_as_deep_as_anybody_installs() -> None:
    depth = 64
    packages = {"/".join(["a"] * level): a_package("a", f"{level}.0.0", a="*") for level in range(1, depth + 3)}
    lockfile = parse(packages)
    assert len(lockfile.pins) == depth
    assert {problem.message for problem in lockfile.problems} == {
        "The place of this entry is named too long or nested too deeply."
    }
    assert lockfile.pins[-1].parents == ("npm/a@63.0.0", "npm/a@64.0.0")


def test_the_binary_form_is_refused_under_either_name() -> None:
    for path, content in (("bun.lockb", b"{}"), ("bun.lock", b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0")):
        with pytest.raises(UnreadableLockfile) as caught:
            bun_lock.parse(path, content)
        assert caught.value.detail == (
            "It is bun's binary lockfile, which Assay does not read. "
            "`bun install --save-text-lockfile` writes bun.lock in its place."
        )


PACKAGES = b'{"lockfileVersion": 1, "packages": '
HOSTILE = {
    "deep arrays": PACKAGES + b'{"a": ' + b"[" * DEEP,
    "deep and closed": PACKAGES + b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "deep overrides": b'{"lockfileVersion": 3, "overrides": ' + b'{"a":' * 900 + b'"b"' + b"}" * 900 + b"}",
    "a megabyte of commas": PACKAGES + b"," * MEGABYTE,
    "a megabyte of comments": b"/**/" * (MEGABYTE // 4) + b"{}",
    "a megabyte of lines of comments": b"//\n" * (MEGABYTE // 3) + b"{}",
    "a megabyte of quotes": b'{"lockfileVersion": "' + b'\\"' * (MEGABYTE // 2) + b'"}',
    "a place of one megabyte": PACKAGES + b'{"' + b"a/" * (MEGABYTE // 2) + b'a": ["a@1.0.0", "", {}, ""]}}',
    "a name of one megabyte": PACKAGES + b'{"a": ["' + b"a" * MEGABYTE + b'@1.0.0", "", {}, ""]}}',
    "a version of one megabyte": PACKAGES + b'{"a": ["a@' + b"1" * MEGABYTE + b'", "", {}, ""]}}',
    "half of a character": PACKAGES
    + b'{"\\ud800": [], "a": ["a@\\udfff"], "b": ["b@1.0.0", "\\ud800", {}, "\\udfff"]}}',
    "nothing in the names": PACKAGES + b'{"": ["@", "", {}, ""], "a": ["@"], "@": ["@@"], "@a/": ["@a/@1"]}}',
    "arrays of wrong types": PACKAGES + b'{"a": [1], "b": ["b@1.0.0", 1, {}, ""], "c": {"0": "c@1.0.0"}, "d": null}}',
    "requirements of wrong types": PACKAGES + b'{"a": ["a@1.0.0", "", {"dependencies": [1], "optionalPeers": 1}, ""]}}',
    "names of wrong types": b'{"lockfileVersion": 1, "workspaces": {"a": {"name": 1, "dependencies": {"b": {}}}}}',
    "workspaces of wrong types": b'{"lockfileVersion": 1, "workspaces": {"": 1, "a": [], "b": "c"}}',
    "patches of wrong types": b'{"lockfileVersion": 1, "patchedDependencies": {"a": [1]}}',
    "prototype names": PACKAGES
    + b'{"__proto__": ["__proto__@1.0.0", "", {"dependencies": {"constructor": "1"}}, ""]}}',
    "a version beyond measure": b'{"lockfileVersion": ' + b"9" * 4000 + b', "packages": {}}',
    "another format's file": b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_pins_or_in_a_reason(name: str) -> None:
    assert_kept(bun_lock, HOSTILE[name])


@pytest.mark.parametrize("version", ["true", "1.0", '"1"', "null", "-1", "[1]"])
def test_a_version_that_is_no_number_is_refused(version: str) -> None:
    with pytest.raises(UnreadableLockfile):
        bun_lock.parse("bun.lock", b'{"lockfileVersion": %s, "packages": {}}' % version.encode())


def test_npms_lockfile_under_this_name_is_not_taken_for_bun_s() -> None:
    content = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'
    lockfile = bun_lock.parse("bun.lock", content)
    assert lockfile.pins == ()
    assert len(lockfile.problems) == 1


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=6)
    | st.sampled_from(["a@1.0.0", "b@workspace:b", "a@git+https://x#1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["dependencies", "optionalPeers", "name", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_json_anywhere_ends_in_pins_or_in_a_reason(value: object) -> None:
    assert_kept(bun_lock, lock({"a": value, "b": ["b@1.0.0", "", value, ""], "b/a": [value, "", {}, ""]}, name=value))
    document = {"lockfileVersion": 1, "workspaces": {"": value, "a": value}, "overrides": value, "packages": {}}
    assert_kept(bun_lock, json.dumps(document).encode())


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    root = {"dependencies": {"kit": "^1.0.0"}}
    old = parse({"kit": a_package("kit", "1.0.0", tint="^2.0.0"), "tint": a_package("tint", "2.0.0")}, **root)
    new = parse({"kit": a_package("kit", "1.0.0", tint="^2.0.0"), "tint": a_package("tint", "2.1.0")}, **root)
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label) == ("upgraded", "npm/tint@2.1.0")
    assert change.through == ("npm/kit@1.0.0",)


def test_a_package_that_moves_within_the_tree_is_no_change() -> None:
    old = parse({"kit": a_package("kit", "1.0.0", tint="^2.0.0"), "tint": a_package("tint", "2.0.0")})
    new = parse({"kit": a_package("kit", "1.0.0", tint="^2.0.0"), "kit/tint": a_package("tint", "2.0.0")})
    assert compare([old], [new]) == ()
