"""What deno's lockfile owes beyond its cases: size, hostile text, and two revisions compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import compare, new_problems
from app.core.lockfile import Lockfile, UnreadableLockfile
from tests.lockfiles.test_contract import assert_kept
from worker.lockfiles import deno_lock

MEGABYTE = 1 << 20
DEEP = 200_000


def parse(**sections: object) -> Lockfile:
    return deno_lock.parse("deno.lock", lock(**sections))


def lock(**sections: object) -> bytes:
    return json.dumps({"version": "5", **sections}, indent=1).encode()


def test_a_hundred_thousand_packages_are_read() -> None:
    assert len(parse(npm={f"p{number}@1.0.0": {} for number in range(100_000)}).pins) == 100_000


def test_more_packages_than_any_project_has_are_refused() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(npm={f"p{number}@1.0.0": {} for number in range(150_001)})
    assert caught.value.detail == "It has more than 150000 entries."


def test_entries_that_are_all_broken_are_one_reason() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse(npm={f"p{number}": {} for number in range(2_000)})
    assert caught.value.detail == "2000 of its entries cannot be read. The first: p0 names no version."


def test_modules_from_very_many_places_are_told_of_by_host() -> None:
    remote = {f"https://deno.example/x/kit{number}@1.0.0/mod.ts": "00" for number in range(1_000)}
    (problem,) = parse(remote=remote).problems
    assert problem.message == (
        "1000 modules come from https://deno.example: what is fetched by its address is of no registry and is not "
        "examined."
    )


def test_a_module_that_changes_is_a_new_problem_and_the_others_are_not() -> None:
    old = {"https://deno.example/x/a@1/mod.ts": "00", "https://deno.example/x/b@1/mod.ts": "11"}
    new = {**old, "https://deno.example/x/b@1/mod.ts": "22"}
    ((_, problem),) = new_problems([parse(remote=old)], [parse(remote=new)])
    assert problem.subject == "https://deno.example/x/b@1"


HOSTILE = {
    "deep arrays": b'{"version": "5", "npm": {"a@1.0.0": ' + b"[" * DEEP,
    "deep packages": b'{"version": "3", "packages": ' * DEEP,
    "packages within packages": b'{"version": "3", "packages": {"packages": {"npm": {"a@1.0.0": {}}}}}',
    "a deep workspace": b'{"version": "5", "workspace": ' + b"[" * 900 + b"]" * 900 + b"}",
    "a key of one megabyte": b'{"version": "5", "npm": {"a@1.0.0' + b"_a@1.0.0" * (MEGABYTE // 8) + b'": {}}}',
    "an address of one megabyte": b'{"version": "5", "remote": {"https://' + b"a/@" * (MEGABYTE // 3) + b'": "00"}}',
    "a range of one megabyte": b'{"version": "5", "specifiers": {"npm:a@' + b"1" * MEGABYTE + b'": "1.0.0"}}',
    "half of a character": b'{"version": "5", "npm": {"a@1.0.0": {"integrity": "\\ud800", "tarball": "\\ud800"}}, '
    b'"jsr": {"@a/b@1.0.0": {"integrity": "\\udfff"}}, "remote": {"\\ud800": "\\ud800"}, "specifiers": {"\\ud800": 1}}',
    "half of a character in a requirement": b'{"version": "5", "npm": {"a@1.0.0": {"dependencies": ["\\ud800"]}}}',
    "nothing in the names": b'{"version": "5", "npm": {"": {}, "@": {}, "@1.0.0": {}}, "jsr": {"@/@": {}}}',
    "specifiers of wrong types": b'{"version": "5", "specifiers": {"npm:a": 1, "b": "c", "npm:": "", ":": "1.0.0"}}',
    "requirements of wrong types": b'{"version": "5", "npm": {"a@1.0.0": {"dependencies": 1, '
    b'"optionalDependencies": [1, ["a"]], "peerDependencies": {"a": 1}}}, "jsr": {"@a/b@1.0.0": {"dependencies": {}}}}',
    "prototype names": b'{"version": "5", "npm": {"__proto__@1.0.0": {"dependencies": ["constructor"]}}}',
    "a version beyond measure": b'{"version": "' + b"9" * 4000 + b'"}',
    "npm's file": b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_pins_or_in_a_reason(name: str) -> None:
    assert_kept(deno_lock, HOSTILE[name])


@pytest.mark.parametrize("version", ["5", "true", '"five"', "null", '"-5"', '"5.0"', '["5"]', '"\\u0665"'])
def test_a_version_that_is_no_number_in_quotes_is_refused(version: str) -> None:
    with pytest.raises(UnreadableLockfile):
        deno_lock.parse("deno.lock", b'{"version": %s, "npm": {}}' % version.encode())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=6)
    | st.sampled_from(["a@1.0.0", "npm:a@1", "jsr:@a/b@1", "x@npm:a@1.0.0"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["dependencies", "integrity", "tarball", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_json_anywhere_ends_in_pins_or_in_a_reason(value: Any) -> None:
    for field in ("integrity", "tarball", "dependencies", "optionalDependencies"):
        entry = {field: value}
        assert_kept(deno_lock, lock(npm={"a@1.0.0": entry, "b@1.0.0": value}, jsr={"@a/b@1.0.0": entry}))
    assert_kept(deno_lock, lock(workspace=value, specifiers={"npm:a@1": value}, remote={"https://a.example/": value}))
    for section in ("npm", "jsr", "remote", "packages", "specifiers", "redirects"):
        assert_kept(deno_lock, lock(**{section: value}))


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    specifiers = {"npm:kit@1": "1.0.0"}
    old = parse(specifiers=specifiers, npm={"kit@1.0.0": {"dependencies": ["tint"]}, "tint@2.0.0": {}})
    new = parse(specifiers=specifiers, npm={"kit@1.0.0": {"dependencies": ["tint"]}, "tint@2.1.0": {}})
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label) == ("upgraded", "npm/tint@2.1.0")
    assert (change.through, change.direct_line) == (("npm/kit@1.0.0",), 7)


def test_the_same_packages_in_version_3_and_in_version_5_are_no_change() -> None:
    old = parse(
        version="3",
        packages={
            "specifiers": {"npm:kit@1": "npm:kit@1.0.0"},
            "npm": {"kit@1.0.0": {"dependencies": {"tint": "tint@2.0.0"}}, "tint@2.0.0": {}},
        },
    )
    new = parse(specifiers={"npm:kit@1": "1.0.0"}, npm={"kit@1.0.0": {"dependencies": ["tint"]}, "tint@2.0.0": {}})
    assert compare([old], [new]) == ()
    assert [(pin.direct, pin.parents) for pin in old.pins] == [(pin.direct, pin.parents) for pin in new.pins]
