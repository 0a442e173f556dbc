"""What the lockfile of yarn 2 and later owes beyond its cases: size, hostile text, and two revisions compared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import ChangeKind, compare
from app.core.lockfile import Lockfile, UnreadableLockfile
from app.core.package import SourceKind
from tests.lockfiles.test_contract import assert_kept
from worker.lockfiles import yarn_lock
from worker.lockfiles.yarn_lock.berry.locator import Locator, asked, meant_name, read_locator

DEEP = 200_000
MEGABYTE = 1 << 20
HEAD = "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"
GOOD, EVIL = "a1" * 64, "e4" * 64


def parse(body: str, head: str = HEAD) -> Lockfile:
    return yarn_lock.parse("yarn.lock", (head + body).encode())


def entry(name: str, version: str, checksum: str = f"10c0/{GOOD}", **dependencies: str) -> str:
    lines = [f'"{name}@npm:^{version}":', f"  version: {version}", f'  resolution: "{name}@npm:{version}"']
    lines += ["  dependencies:"] if dependencies else []
    lines += [f'    {required}: "npm:{wanted}"' for required, wanted in dependencies.items()]
    lines += [f"  checksum: {checksum}"] if checksum else []
    return "\n".join([*lines, "  languageName: node", "  linkType: hard", "", ""])


def changed(before: str, after: str, **heads: str) -> list[ChangeKind]:
    """What happened between two revisions; `old` and `new` may be other heads."""
    return [
        change.kind
        for change in compare([parse(before, heads.get("old", HEAD))], [parse(after, heads.get("new", HEAD))])
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ms@npm:2.1.3", Locator("ms", "npm:2.1.3", "npm:", "2.1.3", "", {})),
        ("@a/b@npm:1.0.0", Locator("@a/b", "npm:1.0.0", "npm:", "1.0.0", "", {})),
        (
            "a@npm:1.0.0::__archiveUrl=https%3A%2F%2Ffiles.example%2Fa.tgz",
            Locator("a", "npm:1.0.0", "npm:", "1.0.0", "", {"__archiveUrl": "https://files.example/a.tgz"}),
        ),
        (
            "a@patch:a@npm%3A1.0.0#./a.patch::version=1.0.0&hash=e1&locator=b%40workspace%3A.",
            Locator(
                "a",
                "patch:a@npm%3A1.0.0#./a.patch",
                "patch:",
                "a@npm:1.0.0",
                "./a.patch",
                {"version": "1.0.0", "hash": "e1", "locator": "b@workspace:."},
            ),
        ),
        ("a@b/c#commit=1", Locator("a", "b/c#commit=1", "", "b/c", "commit=1", {})),
        ("nameless", Locator("nameless", "", "", "", "", {})),
    ],
)
def test_a_locator_has_a_name_and_a_place(text: str, parts: Locator) -> None:
    assert read_locator(text) == parts


def test_a_requirement_and_a_key_are_compared_without_what_yarn_adds_to_them() -> None:
    assert asked("a", "npm:^1") == asked("a", "^1") == "a@^1"
    assert asked("a", "file:./b::locator=c%40workspace%3A.") == asked("a", "file:./b")
    assert asked("a", "npm:b@^1") != asked("a", "npm:^1")


@pytest.mark.parametrize(
    ("wanted", "name"), [("npm:^1", "a"), ("npm:b@^1", "b"), ("npm:@b/c@^1", "@b/c"), ("^1", "a"), ("file:x@y", "a")]
)
def test_a_range_may_mean_a_package_of_another_name(wanted: str, name: str) -> None:
    assert meant_name("a", wanted) == name


def test_a_hundred_thousand_packages_are_read() -> None:
    body = "".join(f'"p{n}@npm:1.0.0":\n  version: 1.0.0\n  resolution: "p{n}@npm:1.0.0"\n' for n in range(100_000))
    assert len(parse(body).pins) == 100_000


def test_a_package_under_more_names_than_any_project_has_is_refused() -> None:
    keys = ("a@npm:1.0.0", *(f"n{number}@npm:a@1.0.0" for number in range(3_000)))
    body = f'? "{", ".join(keys)}"\n:\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n'
    assert len(parse(body).pins) == 3_001
    body = "".join(body.replace("a@npm", f"a{number}@npm").replace("npm:a@", f"npm:a{number}@") for number in range(60))
    with pytest.raises(UnreadableLockfile) as caught:
        parse(body)
    assert caught.value.detail == "It names more than 150000 packages."


def test_entries_that_are_all_broken_are_one_reason() -> None:
    with pytest.raises(UnreadableLockfile) as caught:
        parse("".join(f'"p{number}@npm:1":\n  version: none\n' for number in range(2_000)))
    assert caught.value.line == 5
    assert caught.value.detail == (
        '2000 of its entries cannot be read. The first: The entry p0@npm:1 has no "resolution".'
    )


def test_requirements_that_nothing_answers_are_followed_in_linear_time() -> None:
    """Each of ten thousand asks for a range of one name that a thousand keys have, and no key holds that range."""
    keys = "".join(f'"a@npm:{n}.0.0":\n  version: {n}.0.0\n  resolution: "a@npm:{n}.0.0"\n' for n in range(1_000))
    asking = "".join(
        f'"p{n}@npm:1.0.0":\n  version: 1.0.0\n  resolution: "p{n}@npm:1.0.0"\n  dependencies:\n    a: ">={n}"\n'
        for n in range(10_000)
    )
    lockfile = parse(keys + asking)
    assert len(lockfile.pins) == 11_000
    assert sum(len(pin.parents) for pin in lockfile.pins) == 16 * 10_000


def test_a_patch_of_a_patch_without_end_is_followed_a_few_times() -> None:
    ring = "".join(
        f'"a@patch:{n}":\n  version: 1.0.0\n  resolution: "a@patch:a@patch%3A{(n + 1) % 20}#x"\n' for n in range(20)
    )
    assert_kept(yarn_lock, (HEAD + ring).encode())
    assert parse(ring.replace("#x", "")).pins == ()


HOSTILE = {
    "deep flow": '"a@npm:1": ' + "[" * DEEP,
    "deep mappings": '"a@npm:1": ' + "{a: " * DEEP,
    "deep blocks": "".join(" " * depth + "a:\n" for depth in range(2_000)),
    "question marks": "? " * DEEP,
    "an alias bomb": "a: &a [x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*a, *a]\n" for n in range(12)),
    "a key of one megabyte": '? "' + "x@npm:1, " * (MEGABYTE // 9) + 'x@npm:2"\n: {resolution: "x@npm:1.0.0"}\n',
    "a key of commas": '? "' + "," * MEGABYTE + '"\n: {resolution: "x@npm:1.0.0"}\n',
    "a resolution of one megabyte": '"a@npm:1":\n  resolution: "a@npm:' + "1" * MEGABYTE + '"\n',
    "bindings of one megabyte": '"a@npm:1":\n  resolution: "a@npm:1.0.0::' + "a=b&" * (MEGABYTE // 4) + '"\n',
    "percent signs": '"a@npm:1":\n  resolution: "a@patch:' + "%25" * (MEGABYTE // 3) + '"\n',
    "half of a character": '"a@npm:1":\n  resolution: "a@npm:1.0.0::__archiveUrl=%ED%A0%80"\n  version: "\\uD800"\n',
    "a NUL in an address": '"a@npm:1":\n  resolution: "a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fx.example%2F%00"\n',
    "fields of wrong types": '"a@npm:1":\n  resolution: [a]\n  checksum: {a: b}\n',
    "meta of wrong types": '"a@npm:1":\n  resolution: "a@npm:1.0.0"\n  dependenciesMeta: {b: c, d: [e]}\n',
    "prototype names": '"__proto__@npm:1":\n  resolution: "__proto__@npm:1.0.0"\n  dependencies: {constructor: "1"}\n',
    "metadata twice": "__metadata:\n  version: 8\n",
    "a long version": HEAD.replace("8", "9" * 5_000, 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_pins_or_in_a_reason(name: str) -> None:
    assert_kept(yarn_lock, ((HEAD if name != "a long version" else "") + HOSTILE[name]).encode())


VALUES = st.recursive(
    st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(
        ["a@npm:1.0.0", "a@patch:a@npm%3A1.0.0#x", "b@workspace:.", "a@https://x.example/a.git#commit=1"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "optional"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("version", "resolution", "dependencies", "dependenciesMeta", "checksum", "conditions")


@given(VALUES, st.sampled_from(FIELDS))
def test_any_value_of_any_field_ends_in_pins_or_in_a_reason(value: object, field: str) -> None:
    fields = {"version": "1.0.0", "resolution": "a@npm:1.0.0", field: value}
    assert_kept(yarn_lock, f'{HEAD}"a@npm:^1.0.0": {json.dumps(fields)}\n'.encode())


def test_two_revisions_give_an_upgrade_with_the_way_to_it() -> None:
    project = (
        '"shop@workspace:.":\n  version: 0\n  resolution: "shop@workspace:."\n  dependencies:\n    kit: "npm:^1.0.0"\n'
    )
    old = parse(entry("kit", "1.0.0", tint="^2.0.0") + entry("tint", "2.0.0") + project)
    new = parse(
        entry("kit", "1.0.0", tint="^2.0.0")
        + entry("tint", "2.0.0").replace("2.0.0", "2.1.0").replace("^2.1.0", "^2.0.0")
        + project
    )
    (change,) = compare([old], [new])
    assert (change.kind, change.pin.package.label) == ("upgraded", "npm/tint@2.1.0")
    assert (change.through, change.direct_line) == (("npm/kit@1.0.0",), 5)


def test_another_checksum_at_the_same_version_is_re_hashed() -> None:
    others = entry("tint", "2.0.0")
    assert changed(entry("kit", "1.0.0") + others, entry("kit", "1.0.0", f"10c0/{EVIL}") + others) == ["re-hashed"]


def test_a_checksum_that_is_gone_is_re_hashed() -> None:
    others = entry("tint", "2.0.0")
    assert changed(entry("kit", "1.0.0") + others, entry("kit", "1.0.0", "") + others) == ["re-hashed"]
    assert changed(entry("kit", "1.0.0"), entry("kit", "1.0.0", "")) == ["re-hashed"]


def test_a_checksum_of_another_kind_beside_those_of_the_old_kind_is_re_hashed() -> None:
    """Otherwise one letter before the slash would be enough to swap the bytes unseen."""
    others = entry("tint", "2.0.0")
    assert changed(entry("kit", "1.0.0") + others, entry("kit", "1.0.0", f"9/{EVIL}") + others) == ["re-hashed"]


def test_a_newer_yarn_makes_all_checksums_anew_and_nothing_changed() -> None:
    old, new = HEAD.replace("10c0", "8"), HEAD
    before = entry("kit", "1.0.0", GOOD) + entry("tint", "2.0.0", GOOD)
    after = entry("kit", "1.0.0", f"10c0/{EVIL}") + entry("tint", "2.0.0", f"10c0/{EVIL}")
    assert changed(before, after, old=old, new=new) == []


def test_yarn_2_in_the_place_of_yarn_1_changes_no_package() -> None:
    classic = (
        '# yarn lockfile v1\n\n\nkit@^1.0.0:\n  version "1.0.0"\n'
        f'  resolved "https://registry.example/kit/-/kit-1.0.0.tgz"\n  integrity sha512-{"A" * 86}==\n'
    )
    assert compare([parse("", classic)], [parse(entry("kit", "1.0.0"))]) == ()
    assert compare([parse(entry("kit", "1.0.0"))], [parse("", classic)])[0].kind == "re-sourced"


def test_an_archive_elsewhere_is_another_source() -> None:
    away = entry("kit", "1.0.0").replace(
        "kit@npm:1.0.0", "kit@npm:1.0.0::__archiveUrl=https%3A%2F%2Fdrop.example%2Fkit%2F-%2Fkit-1.0.0.tgz"
    )
    (change,) = compare([parse(entry("kit", "1.0.0"))], [parse(away)])
    assert change.kind == "re-sourced"
    assert change.after is not None
    assert change.after.source.kind is SourceKind.REGISTRY
    assert change.after.source.url == "https://drop.example/kit/-/kit-1.0.0.tgz"


def test_a_package_that_asks_for_much_that_is_not_there_costs_no_more_than_its_text() -> None:
    """A problem for each that held the whole entry would be gigabytes."""
    asking = "".join(f'    p{number}: "npm:1"\n' for number in range(20_000))
    with pytest.raises(UnreadableLockfile) as caught:
        parse(f'"a@npm:1.0.0":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  dependencies:\n{asking}')
    assert caught.value.line == 5
