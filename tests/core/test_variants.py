"""What is left out of a comparison because nothing happened to it, and that nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.core.diff import Change, compare
from app.core.integrity import Digest
from app.core.lockfile import Lockfile, Pin, Scope
from app.core.package import REGISTRY, Ecosystem, Package, Source, SourceKind
from app.core.variants import differing_pins

SOURCES = (
    REGISTRY,
    Source(SourceKind.REGISTRY, "https://mirror.example/a"),
    Source(SourceKind.GIT, "git+https://g", "c"),
)
HASHES = ((), (Digest("sha512", "0" * 128),), (Digest("sha512", "1" * 128), Digest("sha1", "2" * 40)))

PIN = st.builds(
    Pin,
    package=st.builds(
        Package, st.just(Ecosystem.NPM), st.sampled_from("ab"), st.sampled_from(["1.0.0", "1.1.0", "2.0.0"])
    ),
    source=st.sampled_from(SOURCES),
    line=st.integers(1, 9),
    scope=st.sampled_from(Scope),
    direct=st.booleans(),
    parents=st.sampled_from([(), ("npm/a@1.0.0",)]),
    digests=st.sampled_from(HASHES),
    location=st.sampled_from(["", "node_modules/a", "node_modules/b/node_modules/a"]),
)
PINS = st.lists(PIN, max_size=5)


@given(before=PINS, after=PINS, unmoved=PINS, lines=st.integers(0, 100))
def test_names_that_are_the_same_on_both_sides_change_nothing(
    before: list[Pin], after: list[Pin], unmoved: list[Pin], lines: int
) -> None:
    """Not whatever stands beside them, nor on which lines they stand now."""
    same = [structs.replace(pin, package=replace(pin.package, name=f"same-{pin.package.name}")) for pin in unmoved]
    moved = [structs.replace(pin, line=pin.line + lines, scope=Scope.PEER, parents=()) for pin in same]
    assert {pin.package.name for side in differing_pins(same + before, moved + after) for pin in side} <= {"a", "b"}
    assert told(compared(before + same, after + moved)) == told(compared(before, after))


@given(before=PINS, after=PINS)
def test_whatever_changes_is_among_those_that_differ(before: list[Pin], after: list[Pin]) -> None:
    left, right = differing_pins(before, after)
    assert told(compared(left, right)) == told(compared(before, after))


def compared(before: list[Pin], after: list[Pin]) -> tuple[Change, ...]:
    return compare([Lockfile("f", "x", tuple(before))], [Lockfile("f", "x", tuple(after))])


def told(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    """Without the ways, which lead through names that are the same."""
    return sorted(
        (
            change.kind,
            *(repr((pin.package, pin.source, pin.digests)) if pin else "" for pin in (change.before, change.after)),
        )
        for change in changes
    )
