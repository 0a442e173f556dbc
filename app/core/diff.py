"""Two sets of lockfiles → what was added, removed, upgraded, downgraded, re-sourced and re-hashed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.collector import collector_at_rest
from app.core.lockfile import Lineage, Lockfile, Pin, Problem
from app.core.variants import Variant, comparable, differing_pins, everywhere, grouped, is_older, other_origin, paired
from app.core.ways import Ways


class ChangeKind(StrEnum):
    """What happened to one package between merge base and head.

    An upgrade or a downgrade may come from another place as well: both pins say where from. Two spellings of one
    version (`1.0`, `1.0.0`) count as an upgrade.
    """

    ADDED = "added"
    REMOVED = "removed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    RESOURCED = "re-sourced"  # same version, from another place
    REHASHED = "re-hashed"  # same version, other bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One change in one dependency file.

    `before` is None for an addition, `after` for a removal. `through` is the shortest path of package labels from the
    direct dependency (first) down to this package (excluded); empty for a direct one. `direct_line` is the line of that
    direct dependency's own entry in the file, or of the package itself when it is direct. `lineage` is what the file
    tells of such things at all.
    """

    kind: ChangeKind
    file: str
    before: Pin | None
    after: Pin | None
    through: tuple[str, ...] = ()
    direct_line: int = 0
    manifest: tuple[str, int] | None = None  # file and line where a manifest names the direct dependency
    lineage: Lineage = Lineage.FULL

    @property
    def pin(self) -> Pin:
        """The pin that counts: the new one, or the old one of a removal."""
        pin = self.after or self.before
        assert pin is not None
        return pin


def compare(before: Sequence[Lockfile], after: Sequence[Lockfile]) -> tuple[Change, ...]:
    """Compare the dependency files of two revisions, file by file; a file on one side only is all added or removed.

    Equal pins at several places of a file are one (`app.core.variants`). Whatever the head names that the base did not
    is in a change: another version, the same one from another place, the same one with other bytes. Sorted by file,
    line and package. Linear in the number of pins.
    """
    old, new = ({lockfile.path: lockfile for lockfile in side} for side in (before, after))
    with collector_at_rest():
        changes = [
            change for path in old.keys() | new.keys() for change in _compare_file(path, old.get(path), new.get(path))
        ]
    changes.sort(key=lambda change: (change.file, change.pin.line, change.pin.package, change.kind))
    return tuple(changes)


def new_problems(before: Sequence[Lockfile], after: Sequence[Lockfile]) -> tuple[tuple[str, Problem], ...]:
    """Problems of the new revision that the old one did not have, with the file's path; a changed entry is new."""
    known = {(lockfile.path, *_sameness(problem)) for lockfile in before for problem in lockfile.problems}
    return tuple(
        (lockfile.path, problem)
        for lockfile in after
        for problem in lockfile.problems
        if (lockfile.path, *_sameness(problem)) not in known
    )


def _sameness(problem: Problem) -> tuple[str, str, str]:
    return problem.reason, problem.subject, problem.entry


_Step = tuple[ChangeKind, Pin | None, Pin | None]


def _compare_file(path: str, before: Lockfile | None, after: Lockfile | None) -> Iterator[Change]:
    had, has = (side.pins if side else () for side in (before, after))
    differing = differing_pins(comparable(had, has), has)
    old, new = (grouped(pins) for pins in differing)
    ways = Ways(had), Ways(has)
    for name in old.keys() | new.keys():
        for kind, was, now in _compare_versions(old.get(name, []), new.get(name, [])):
            pin, way, side = (now, ways[1], after) if now else (was, ways[0], before)
            assert pin is not None
            assert side is not None
            yield Change(kind, path, was, now, *way.to(pin), lineage=side.lineage)


def _compare_versions(old: Sequence[Variant], new: Sequence[Variant]) -> Iterator[_Step]:
    """All that happened to one name in one file."""
    known: dict[str, list[Variant]] = {}
    for variant in old:
        known.setdefault(variant.version, []).append(variant)
    for variant in new:
        if variant.version in known and (other := other_origin(known[variant.version], variant)):
            was, is_place = other
            yield ChangeKind.RESOURCED if is_place else ChangeKind.REHASHED, was.pin, variant.pin
    come: dict[str, list[Variant]] = {}
    staying = {variant.version for variant in new}
    for variant in new:
        if variant.version not in known:
            come.setdefault(variant.version, []).append(variant)
    gone = [everywhere(variants) for version, variants in known.items() if version not in staying]
    for before, after in paired(gone, [everywhere(variants) for variants in come.values()]):
        base = before.pin if before else None
        if after is None:
            yield ChangeKind.REMOVED, base, None
            continue
        kind = _direction(before, after) if before else ChangeKind.ADDED
        yield from ((kind, base, variant.pin) for variant in come[after.version])


def _direction(before: Variant, after: Variant) -> ChangeKind:
    return ChangeKind.DOWNGRADED if is_older(after.pin.package, before.pin.package) else ChangeKind.UPGRADED
