"""Two revisions of the dependency files, compared: everything new is in a change, and nothing old is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diff import Change, compare, new_problems
from app.core.integrity import Checksum, Digest
from app.core.lockfile import Lockfile, Pin, Problem, Scope
from app.core.package import REGISTRY, Source, SourceKind
from app.core.variants import checksums_moved_on
from tests.builders import a_pin

GIT = Source(SourceKind.GIT, "git+https://git.example/a.git", "4f9c2b1")


def a_lockfile(*pins: Pin, path: str = "package-lock.json") -> Lockfile:
    """A lockfile that was read without problems."""
    return Lockfile(path, "package-lock", pins)


def sha(*texts: str, algorithm: str = "sha512") -> tuple[Digest, ...]:
    """Hashes that can be told apart by eye."""
    return tuple(Digest(algorithm, text * 4) for text in texts)


def at(host: str, path: str = "/fast-colour/-/fast-colour-2.4.1.tgz") -> Source:
    """The registry, as a lockfile names it."""
    return Source(SourceKind.REGISTRY, f"https://{host}{path}")


def told(before: Sequence[Pin], after: Sequence[Pin]) -> list[str]:
    """Each change as `kind old → new`, with its way and its line."""
    return [_line(change) for change in compare([a_lockfile(*before)], [a_lockfile(*after)])]


def _line(change: Change) -> str:
    old, new = (pin.package.label if pin else "nothing" for pin in (change.before, change.after))
    through = f" through {' > '.join(change.through)}" if change.through else ""
    return f"{change.kind}: {old} → {new}{through}, line {change.direct_line}"


class TestKinds:
    def test_nothing_changes_between_equal_files(self) -> None:
        assert told([a_pin()], [a_pin()]) == []

    def test_a_package_that_was_not_there_is_added(self) -> None:
        assert told([], [a_pin(line=3)]) == ["added: nothing → npm/fast-colour@2.4.1, line 3"]

    def test_a_package_that_is_gone_is_removed(self) -> None:
        assert told([a_pin(line=3)], []) == ["removed: npm/fast-colour@2.4.1 → nothing, line 3"]

    @pytest.mark.parametrize(
        ("old", "new", "kind"),
        [
            ("npm/a@1.9.0", "npm/a@1.10.0", "upgraded"),
            ("npm/a@1.10.0", "npm/a@1.9.0", "downgraded"),
            ("npm/a@1.0.0", "npm/a@1.0.0-rc.1", "downgraded"),
            ("npm/a@1.0.0+one", "npm/a@1.0.0+two", "upgraded"),
            ("pypi/a@1.9", "pypi/a@1.10", "upgraded"),
            ("pypi/a@1!0.1", "pypi/a@2.0", "downgraded"),
            ("pypi/a@1.0", "pypi/a@1.0.0", "upgraded"),
        ],
    )
    def test_versions_are_ordered_as_their_ecosystem_orders_them(self, old: str, new: str, kind: str) -> None:
        assert told([a_pin(old)], [a_pin(new)]) == [f"{kind}: {old} → {new}, line 12"]

    def test_the_same_name_in_two_ecosystems_is_two_packages(self) -> None:
        assert told([a_pin("npm/a@1.0.0")], [a_pin("pypi/a@1.0.0")]) == [
            "removed: npm/a@1.0.0 → nothing, line 12",
            "added: nothing → pypi/a@1.0.0, line 12",
        ]

    def test_a_file_on_one_side_only_is_all_added_or_all_removed(self) -> None:
        moved = compare(
            [a_lockfile(a_pin(), path="a/package-lock.json")], [a_lockfile(a_pin(), path="b/package-lock.json")]
        )
        assert [(change.file, change.kind) for change in moved] == [
            ("a/package-lock.json", "removed"),
            ("b/package-lock.json", "added"),
        ]

    def test_changes_stand_in_the_order_of_files_and_lines(self) -> None:
        files = [
            a_lockfile(a_pin("npm/z@1.0.0", line=2), a_pin("npm/a@1.0.0", line=9), path=path) for path in ("b", "a")
        ]
        assert [(change.file, change.pin.line) for change in compare([], files)] == [
            ("a", 2),
            ("a", 9),
            ("b", 2),
            ("b", 9),
        ]


class TestPlaces:
    """Same version from another place. Strong hashes hold the bytes where only an address is written differently."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (REGISTRY, GIT),
            (GIT, REGISTRY),
            (GIT, Source(SourceKind.GIT, GIT.url, "0000000")),
            (at("registry.example"), at("mirror.example")),
            (at("registry.example"), Source(SourceKind.URL, "https://registry.example/fast-colour.tgz")),
            (Source(SourceKind.PATH, None, "a.tgz"), Source(SourceKind.PATH, None, "b.tgz")),
        ],
    )
    def test_another_place_is_a_change_even_with_the_same_hash(self, before: Source, after: Source) -> None:
        digests = sha("a")
        found = told([a_pin(source=before, digests=digests)], [a_pin(source=after, digests=digests)])
        assert found == ["re-sourced: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 12"]

    def test_the_configured_registry_is_no_new_place(self) -> None:
        assert told([a_pin(source=at("registry.example"))], [a_pin(source=REGISTRY)]) == []

    @pytest.mark.parametrize("before", [REGISTRY, at("registry.example", "/npm/fast-colour/-/fast-colour-2.4.1.tgz")])
    def test_an_address_that_appears_is_no_new_place_while_a_strong_hash_holds_the_bytes(self, before: Source) -> None:
        after = at("registry.example")
        assert told([a_pin(source=before, digests=sha("a"))], [a_pin(source=after, digests=sha("a"))]) == []
        for digests in ((), sha("a", algorithm="sha1")):
            found = told([a_pin(source=before, digests=digests)], [a_pin(source=after, digests=digests)])
            assert found == ["re-sourced: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 12"]


class TestBytes:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (sha("a"), sha("b")),
            (sha("a", "b"), sha("b", "c")),
            (sha("a"), ()),
            (sha("a"), sha("a", algorithm="sha1")),
            (sha("a") + sha("x", algorithm="sha1"), sha("b") + sha("x", algorithm="sha1")),
        ],
        ids=["another", "one of two swapped", "taken away", "a weaker one", "the stronger one swapped"],
    )
    def test_a_hash_that_does_not_speak_of_the_old_bytes_is_a_change(
        self, before: tuple[Digest, ...], after: tuple[Digest, ...]
    ) -> None:
        found = told([a_pin(digests=before)], [a_pin(digests=after)])
        assert found == ["re-hashed: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 12"]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ((), sha("a")),
            (sha("a", "b"), sha("b")),
            (sha("a", algorithm="sha1"), sha("a")),
            (sha("a"), sha("a") + sha("x", algorithm="sha1")),
        ],
        ids=["named at last", "fewer files", "a stronger one", "a weaker one beside it"],
    )
    def test_a_hash_that_may_speak_of_the_old_bytes_is_none(
        self, before: tuple[Digest, ...], after: tuple[Digest, ...]
    ) -> None:
        assert told([a_pin(digests=before)], [a_pin(digests=after)]) == []

    def test_a_file_added_to_an_old_release_is_looked_at(self) -> None:
        """A hash beside the old ones lets other bytes in: somebody may have added a file to a release of last year."""
        found = told([a_pin(digests=sha("a"))], [a_pin(digests=sha("a", "b"))])
        assert found == ["re-hashed: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 12"]


class TestSeveralPinsOfOneName:
    def test_a_package_at_several_places_is_one_change_on_its_first_line(self) -> None:
        pins = [a_pin(line=line, location=f"{line}") for line in (30, 10, 20)]
        assert told([], pins) == ["added: nothing → npm/fast-colour@2.4.1, line 10"]

    def test_no_place_hides_what_another_says(self) -> None:
        """A development dependency on the first line must not lend its scope to a runtime one further down."""
        first = a_pin(line=10, location="a", scope=Scope.DEVELOPMENT, direct=False, parents=("npm/x@1.0.0",))
        second = a_pin(line=20, location="b", parents=("npm/w@1.0.0",), alias="colour")
        (change,) = compare([], [a_lockfile(first, second)])
        assert change.pin == a_pin(line=10, location="a", parents=("npm/w@1.0.0", "npm/x@1.0.0"), alias="colour")

    def test_another_source_or_hash_at_one_place_is_a_change_of_its_own(self) -> None:
        good = [a_pin(location="a", line=1, digests=sha("a")), a_pin(location="b", line=2, digests=sha("a"))]
        bad = [good[0], a_pin(location="b", line=2, digests=sha("b")), a_pin(location="c", line=3, source=GIT)]
        assert told(good, bad) == [
            "re-hashed: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 2",
            "re-sourced: npm/fast-colour@2.4.1 → npm/fast-colour@2.4.1, line 3",
        ]

    def test_the_odd_one_out_of_a_new_version_is_a_change_of_its_own(self) -> None:
        new = [a_pin("npm/a@2.0.0", location="a", line=1), a_pin("npm/a@2.0.0", location="b", line=2, source=GIT)]
        assert told([a_pin("npm/a@1.0.0", location="a")], new) == [
            "upgraded: npm/a@1.0.0 → npm/a@2.0.0, line 1",
            "upgraded: npm/a@1.0.0 → npm/a@2.0.0, line 2",
        ]

    def test_the_same_place_decides_which_version_replaced_which(self) -> None:
        old = [a_pin("npm/a@1.0.0", location="x", line=1), a_pin("npm/a@2.0.0", location="y", line=2)]
        new = [a_pin("npm/a@2.1.0", location="x", line=1), a_pin("npm/a@1.1.0", location="y", line=2)]
        assert told(old, new) == [
            "upgraded: npm/a@1.0.0 → npm/a@2.1.0, line 1",
            "downgraded: npm/a@2.0.0 → npm/a@1.1.0, line 2",
        ]

    def test_else_the_nearest_version_does(self) -> None:
        old = [a_pin(f"npm/a@{version}", line=1) for version in ("1.0.0", "2.0.0", "5.0.0")]
        new = [a_pin(f"npm/a@{version}", line=line) for line, version in enumerate(("2.0.1", "1.4.0"), 1)]
        assert told(old, new) == [
            "upgraded: npm/a@2.0.0 → npm/a@2.0.1, line 1",
            "removed: npm/a@5.0.0 → nothing, line 1",
            "upgraded: npm/a@1.0.0 → npm/a@1.4.0, line 2",
        ]

    def test_a_second_version_beside_the_first_is_added(self) -> None:
        old = [a_pin("npm/a@1.0.0", location="x")]
        assert told(old, [*old, a_pin("npm/a@2.0.0", location="y")]) == ["added: nothing → npm/a@2.0.0, line 12"]

    def test_thousands_of_versions_of_one_name_end(self) -> None:
        old, new = ([a_pin(f"npm/a@{major}.0.{n}") for n in range(3000)] for major in (1, 2))
        assert len(told(old, new)) == 3000


class TestTheWay:
    def test_it_leads_from_the_direct_dependency_to_the_one_above_the_package(self) -> None:
        pins = [
            a_pin("npm/kit@1.0.0", line=4),
            a_pin("npm/mid@1.0.0", line=5, direct=False, parents=("npm/kit@1.0.0",)),
            a_pin("npm/leaf@1.0.0", line=6, direct=False, parents=("npm/mid@1.0.0",)),
        ]
        assert told(pins[:2], pins) == ["added: nothing → npm/leaf@1.0.0 through npm/kit@1.0.0 > npm/mid@1.0.0, line 4"]

    def test_the_shortest_one_counts_and_the_first_by_name_of_equals(self) -> None:
        pins = [
            a_pin("npm/b@1.0.0", line=1),
            a_pin("npm/a@1.0.0", line=2),
            a_pin("npm/mid@1.0.0", line=3, direct=False, parents=("npm/a@1.0.0",)),
            a_pin("npm/leaf@1.0.0", line=4, direct=False, parents=("npm/a@1.0.0", "npm/b@1.0.0", "npm/mid@1.0.0")),
        ]
        assert told(pins[:3], pins) == ["added: nothing → npm/leaf@1.0.0 through npm/a@1.0.0, line 2"]

    def test_a_direct_dependency_needs_no_way_though_others_require_it(self) -> None:
        pins = [a_pin("npm/a@1.0.0", line=1), a_pin("npm/b@1.0.0", line=2, parents=("npm/a@1.0.0",))]
        assert told(pins[:1], pins) == ["added: nothing → npm/b@1.0.0, line 2"]

    def test_what_nothing_leads_to_keeps_its_own_line(self) -> None:
        stray = a_pin("npm/stray@1.0.0", line=7, direct=False, parents=("npm/gone@1.0.0", "npm/stray@1.0.0"))
        assert told([], [stray]) == ["added: nothing → npm/stray@1.0.0, line 7"]

    def test_cycles_end(self) -> None:
        pins = [
            a_pin("npm/a@1.0.0", line=1, parents=("npm/c@1.0.0",)),
            a_pin("npm/b@1.0.0", line=2, direct=False, parents=("npm/a@1.0.0",)),
            a_pin("npm/c@1.0.0", line=3, direct=False, parents=("npm/b@1.0.0",)),
        ]
        assert told(pins[:2], pins) == ["added: nothing → npm/c@1.0.0 through npm/a@1.0.0 > npm/b@1.0.0, line 1"]

    def test_a_removed_package_is_led_to_by_what_led_to_it(self) -> None:
        pins = [a_pin("npm/a@1.0.0", line=1), a_pin("npm/b@1.0.0", line=2, direct=False, parents=("npm/a@1.0.0",))]
        assert told(pins, pins[:1]) == ["removed: npm/b@1.0.0 → nothing through npm/a@1.0.0, line 1"]

    def test_a_very_long_way_keeps_its_first_and_its_last_labels(self) -> None:
        """A chain of thousands would otherwise be written down thousands of times."""
        pins = [a_pin("npm/p0@1.0.0", line=1)]
        pins += [a_pin(f"npm/p{n}@1.0.0", direct=False, parents=(f"npm/p{n - 1}@1.0.0",)) for n in range(1, 3000)]
        change = next(change for change in compare([], [a_lockfile(*pins)]) if change.pin.package.name == "p2999")
        assert len(change.through) == 32
        assert (change.through[0], change.through[1], change.through[-1]) == (
            "npm/p0@1.0.0",
            "npm/p2968@1.0.0",
            "npm/p2998@1.0.0",
        )


class TestProblems:
    OLD = Problem(4, "a fixes no version.", "a", entry="a>=1")

    def test_a_problem_the_base_had_is_not_new_wherever_it_stands(self) -> None:
        moved = Problem(9, "a fixes no version.", "a", entry="a>=1")
        assert self.fresh(self.OLD, moved) == []

    @pytest.mark.parametrize("changes", [{"entry": "a>=2"}, {"subject": "b"}])
    def test_an_entry_that_changed_is_a_new_problem(self, changes: dict[str, Any]) -> None:
        new = replace(self.OLD, **changes)
        assert self.fresh(self.OLD, new) == [("requirements.txt", new)]

    def test_a_problem_of_another_file_does_not_count(self) -> None:
        lockfiles = [Lockfile(path, "requirements", (), (self.OLD,)) for path in ("a.txt", "b.txt")]
        assert new_problems(lockfiles[:1], lockfiles[1:]) == (("b.txt", self.OLD),)

    @staticmethod
    def fresh(old: Problem, new: Problem) -> list[tuple[str, Problem]]:
        before, after = (Lockfile("requirements.txt", "requirements", (), (problem,)) for problem in (old, new))
        return list(new_problems([before], [after]))


SOURCES = st.sampled_from([REGISTRY, at("registry.example"), at("mirror.example"), GIT])
DIGESTS = st.sampled_from([(), sha("a"), sha("b"), sha("a", "b"), sha("a", algorithm="sha1")])
PINS = st.builds(
    a_pin,
    st.sampled_from([f"npm/{name}@{version}.0.0" for name in "ab" for version in (1, 2, 3)]),
    source=SOURCES,
    digests=DIGESTS,
    line=st.integers(1, 50),
    scope=st.sampled_from(Scope),
    direct=st.booleans(),
    location=st.sampled_from(["", "x", "y", "z"]),
    parents=st.lists(st.sampled_from(["npm/a@1.0.0", "npm/b@2.0.0"]), max_size=2).map(tuple),
)
FILES = st.lists(PINS, max_size=8).map(lambda pins: a_lockfile(*pins))


@given(FILES)
def test_a_file_compared_with_itself_has_not_changed(file: Lockfile) -> None:
    assert compare([file], [file]) == ()


@given(FILES, st.randoms())
def test_the_order_of_entries_says_nothing(file: Lockfile, random: Any) -> None:
    pins = list(file.pins)
    random.shuffle(pins)
    assert compare([file], [a_lockfile(*pins)]) == ()


@given(FILES, FILES)
def test_whatever_is_new_is_in_a_change_and_only_that(before: Lockfile, after: Lockfile) -> None:
    """A version, a source or a set of hashes that the base did not name is in a change, unless the base allowed it."""
    changes = compare([before], [after])
    old, new = ({(pin.package, pin.source, pin.digests) for pin in file.pins} for file in (before, after))
    told_of = {(change.after.package, change.after.source, change.after.digests) for change in changes if change.after}
    assert told_of <= new
    versions = {package for package, _, _ in old}
    assert {one for one in new if one[0] not in versions} <= told_of
    assert not told_of & old
    foreign = {one for one in new - old if one[1] == GIT and not any(one[:2] == other[:2] for other in old)}
    assert foreign <= told_of


@given(FILES, FILES)
def test_a_version_goes_and_comes_once(before: Lockfile, after: Lockfile) -> None:
    changes = compare([before], [after])
    gone = [change.before.package for change in changes if change.kind == "removed" and change.before]
    assert len(gone) == len(set(gone))
    assert not {pin.package for pin in after.pins} & set(gone)
    replaced = {
        change.before.package for change in changes if change.before and change.kind in ("upgraded", "downgraded")
    }
    assert {pin.package for pin in before.pins} - {pin.package for pin in after.pins} == set(gone) | replaced


class TestChecksums:
    """A tool's own checksum says something beside another that is made in the same way, and nothing beside a hash."""

    OLD, NEW = Checksum("10c0", "a1" * 64), Checksum("10c0", "e4" * 64)

    def kinds(self, before: Sequence[Pin], after: Sequence[Pin]) -> list[str]:
        return [change.kind for change in compare([a_lockfile(*before)], [a_lockfile(*after)])]

    def test_another_one_is_other_bytes(self) -> None:
        assert self.kinds([a_pin(checksum=self.OLD)], [a_pin(checksum=self.OLD)]) == []
        assert self.kinds([a_pin(checksum=self.OLD)], [a_pin(checksum=self.NEW)]) == ["re-hashed"]

    def test_one_that_is_gone_is_other_bytes(self) -> None:
        for left in (None, Checksum("10c0", "")):
            assert self.kinds([a_pin(checksum=self.OLD)], [a_pin(checksum=left)]) == ["re-hashed"]

    def test_one_that_appears_is_nothing(self) -> None:
        for was in (None, Checksum("10c0", "")):
            assert self.kinds([a_pin(checksum=was)], [a_pin(checksum=self.NEW)]) == []

    def test_made_in_another_way_it_cannot_be_compared(self) -> None:
        moved = a_pin(checksum=Checksum("11c0", "e4" * 64))
        assert self.kinds([a_pin(checksum=self.OLD)], [moved]) == []
        assert checksums_moved_on([a_pin(checksum=self.OLD)], [moved])

    def test_but_not_while_another_entry_is_made_as_before(self) -> None:
        moved, beside = a_pin(checksum=Checksum("11c0", "e4" * 64)), a_pin("npm/tint@1.0.0", checksum=self.OLD)
        assert self.kinds([a_pin(checksum=self.OLD), beside], [moved, beside]) == ["re-hashed"]
        assert not checksums_moved_on([beside], [moved, beside])

    def test_hashes_and_checksums_replace_each_other(self) -> None:
        hashed, summed = a_pin(digests=sha("a1" * 16)), a_pin(checksum=self.OLD)
        assert self.kinds([hashed], [summed]) == []
        assert self.kinds([summed], [hashed]) == []
