"""What version 1 of npm's lockfile owes beyond its cases: packages within packages, as deep and as many as you like."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import compare
from app.core.lockfile import Lockfile, UnreadableLockfile
from tests.lockfiles.test_contract import assert_kept
from worker.lockfiles import package_lock

MEGABYTE = 1 << 20
DEEP = 200_000


def parse(dependencies: dict[str, Any]) -> Lockfile:
    return package_lock.parse("package-lock.json", lock(dependencies))


def lock(dependencies: object) -> bytes:
    return json.dumps({"lockfileVersion": 1, "requires": True, "dependencies": dependencies}, indent=1).encode()


def a_package(version: str = "1.0.0", **requires: str) -> dict[str, Any]:
    return {"version": version, "requires": requires} if requires else {"version": version}


def within(depth: int, name: str = "a") -> dict[str, Any]:
    """A package in a package in a package."""
    inner: dict[str, Any] = {name: a_package()}
    for _ in range(depth - 1):
        inner = {name: {**a_package(), "dependencies": inner}}
    return inner


def test_a_hundred_thousand_packages_are_read() -> None:
    assert len(parse({f"p{number}": {"version": "1.0.0", "dev": True} for number in range(100_000)}).pins) == 100_000


def test_a_tree_as_deep_as_npm_could_make_it_is_read() -> None:
    lockfile = parse(within(64))
    assert len(lockfile.pins) == 64
    assert lockfile.pins[-1].location == "/".join(["node_modules/a"] * 64)


@pytest.mark.parametrize(("depth", "line"), [(65, 196), (200, 196)])
def test_a_deeper_one_is_refused(depth: int, line: int) -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(within(depth))
    assert (caught.value.line, caught.value.detail) == (line, "Its packages are nested too deeply.")


def test_names_without_end_within_each_other_are_problems() -> None:
    """A folder's name holds those of all above it: a few megabytes of names must not become gigabytes."""
    many = {f"p{number}": a_package() for number in range(10_000)}
    lockfile = parse({"x" * MEGABYTE: {**a_package(), "dependencies": many}})
    assert lockfile.pins == ()
    assert [problem.message for problem in lockfile.problems] == [
        "The folder of this entry is named too long or nested too deeply."
    ]


def test_more_packages_than_any_project_has_are_refused() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse({f"p{number}": {} for number in range(150_001)})
    assert caught.value.detail == "It has more than 150000 entries."


HOSTILE = {
    "deep packages": b'{"a": {"dependencies": ' * DEEP,
    "deep and closed": b'{"a": {"dependencies": ' * DEEP + b"{}" + b"}}" * DEEP,
    "deep requirements": b'{"a": {"requires": ' + b"[" * DEEP,
    "an entry that is a text": b'{"a": "1.0.0"}}',
    "dependencies of wrong types": b'{"a": {"version": "1.0.0", "dependencies": [1], "requires": [2]}}}',
    "dependencies twice": b'{"a": {"dependencies": {"b": {}}, "dependencies": {"b": {}}}}}',
    "an alias of nothing": b'{"a": {"version": "npm:"}, "b": {"version": "npm:@"}, "c": {"version": ":"}}}',
    "half of a character": b'{"\\ud800": {"version": "file:\\udfff"}}}',
    "a version of one megabyte": b'{"a": {"version": "' + b"1" * MEGABYTE + b'"}}}',
    "prototype names": b'{"__proto__": {"version": "1.0.0", "requires": {"constructor": "1"}}}}',
    "nothing after it": b"{}",
    "null": b"null}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packages_end_in_pins_or_in_a_reason(name: str) -> None:
    assert_kept(package_lock, b'{"lockfileVersion": 1, "dependencies": ' + HOSTILE[name])


@pytest.mark.parametrize("version", ["true", "1.0", "1e0", '"1"', "null", "[1]"])
def test_what_is_not_the_number_1_is_not_version_1(version: str) -> None:
    with pytest.raises(UnreadableLockfile):
        package_lock.parse("package-lock.json", b'{"lockfileVersion": %s, "dependencies": {}}' % version.encode())


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["1.0.0", "npm:b@1.0.0", "file:b", "git:b"]),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["a", "b", "version", "requires", "dependencies"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_any_json_ends_in_pins_or_in_a_reason(value: object) -> None:
    assert_kept(package_lock, lock(value))
    assert_kept(package_lock, lock({"a": value, "b": {"version": "1.0.0", "dependencies": value}}))


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    old = parse({"kit": {**a_package(tint="^2.0.0"), "dependencies": {"tint": a_package("2.0.0")}}})
    new = parse({"kit": {**a_package(tint="^2.0.0"), "dependencies": {"tint": a_package("2.1.0")}}})
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label, change.pin.line) == ("upgraded", "npm/tint@2.1.0", 11)
    assert (change.through, change.direct_line) == (("npm/kit@1.0.0",), 5)


def test_the_same_tree_in_version_1_and_in_version_3_is_no_change() -> None:
    """From version 7 on npm writes the whole file anew, and nothing happened to the packages."""
    new = {
        "node_modules/kit": {"version": "1.0.0", "dependencies": {"tint": "^2.0.0"}},
        "node_modules/kit/node_modules/tint": {"version": "2.0.0"},
    }
    project = {"": {"dependencies": {"kit": "^1.0.0"}}}
    after = package_lock.parse(
        "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {**project, **new}}).encode()
    )
    before = parse({"kit": {**a_package(tint="^2.0.0"), "dependencies": {"tint": a_package("2.0.0")}}})
    assert compare([before], [after]) == ()
    assert [(pin.package, pin.direct, pin.parents) for pin in before.pins] == [
        (pin.package, pin.direct, pin.parents) for pin in after.pins
    ]


def test_packages_deep_within_many_others_are_not_read_over_and_over() -> None:
    """Each level would be read once for each above it: past a few times the text, only what is new is read."""
    inner: dict[str, Any] = {f"p{number}": a_package() for number in range(20_000)}
    for _ in range(60):
        inner = {"a": {**a_package(), "dependencies": inner}}
    assert len(parse(inner).pins) == 20_060
