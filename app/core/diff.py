"""Two sets of lockfiles → what was added, removed, upgraded, downgraded, re-sourced and re-hashed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.integrity import Digest
from app.core.lockfile import Lockfile, Pin, Problem
from app.core.package import Package, Source, SourceKind, version_order


class ChangeKind(StrEnum):
    """What happened to one package between merge base and head."""

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
    direct dependency's own entry in the file, or of the package itself when it is direct.
    """

    kind: ChangeKind
    file: str
    before: Pin | None
    after: Pin | None
    through: tuple[str, ...] = ()
    direct_line: int = 0
    manifest: tuple[str, int] | None = None  # file and line where a manifest names the direct dependency

    @property
    def pin(self) -> Pin:
        """The pin that counts: the new one, or the old one of a removal."""
        pin = self.after or self.before
        assert pin is not None
        return pin


def compare(before: Sequence[Lockfile], after: Sequence[Lockfile]) -> tuple[Change, ...]:
    """Compare the dependency files of two revisions, file by file; a file on one side only is all added or removed.

    Sorted by file, line and package. Linear in the number of pins.
    """
    old, new = ({lockfile.path: lockfile for lockfile in side} for side in (before, after))
    changes: list[Change] = []
    for path in sorted(old.keys() | new.keys()):
        left, right = (side[path].pins if path in side else () for side in (old, new))
        paths = _Paths(left), _Paths(right)
        for kind, was, now in _compare_pins(left, right):
            pin, graph = (now, paths[1]) if now else (was, paths[0])
            assert pin is not None
            through = graph.to(pin)
            line = graph.line(through[0]) if through else pin.line
            changes.append(Change(kind, path, was, now, through, line or pin.line))
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
_Place = tuple[SourceKind, str | None, str | None]


def _compare_pins(before: Iterable[Pin], after: Iterable[Pin]) -> Iterator[_Step]:
    """Pair what both sides have first, then versions of one name with each other; the rest was added or removed."""
    old, new = _by_name(before), _by_name(after)
    for name in old.keys() | new.keys():
        left, right = old.get(name, {}), new.get(name, {})
        for package in left.keys() & right.keys():
            yield from _compare_same(left[package], right[package])
        gone = [pins[0] for package, pins in left.items() if package not in right]
        come = [pins for package, pins in right.items() if package not in left]
        for was, now in _pair(gone, come):
            if now is None:
                yield ChangeKind.REMOVED, was, None
                continue
            kind = ChangeKind.ADDED if was is None else _direction(was.package, now[0].package)
            yield from ((kind, was, pin) for pin in _distinct(now))


def _by_name(pins: Iterable[Pin]) -> dict[str, dict[Package, list[Pin]]]:
    found: dict[str, dict[Package, list[Pin]]] = {}
    for pin in pins:
        found.setdefault(pin.package.key, {}).setdefault(pin.package, []).append(pin)
    return found


def _distinct(pins: Iterable[Pin]) -> list[Pin]:
    """One pin for each place and set of hashes: the same package at several locations is one change."""
    kept: dict[tuple[_Place, frozenset[Digest]], Pin] = {}
    for pin in pins:
        key = (_place(pin.source), frozenset(pin.digests))
        if key not in kept or pin.line < kept[key].line:
            kept[key] = pin
    return list(kept.values())


def _compare_same(before: list[Pin], after: list[Pin]) -> Iterator[_Step]:
    """The same package on both sides: every place and every set of hashes that is new is a change."""
    for pin in _distinct(after):
        twins = [other for other in before if _same_place(other.source, pin.source)]
        if not twins:
            yield ChangeKind.RESOURCED, _nearest(before, pin), pin
        elif all(_bytes_differ(other.digests, pin.digests) for other in twins):
            yield ChangeKind.REHASHED, _nearest(twins, pin), pin


def _nearest(pins: list[Pin], pin: Pin) -> Pin:
    return next((other for other in pins if other.location == pin.location), pins[0])


def _place(source: Source) -> _Place:
    """What tells two sources apart; the registry's address is evidence only, a mirror is the same registry."""
    if source.kind is SourceKind.REGISTRY:
        return source.kind, _host(source.url), None
    return source.kind, source.url, source.reference


def _same_place(before: Source, after: Source) -> bool:
    """Whether nothing says that these are two places: a lockfile may leave the registry's address out."""
    old, new = _place(before), _place(after)
    unsaid = before.kind is after.kind is SourceKind.REGISTRY and None in (old[1], new[1])
    return unsaid or old == new


def _host(url: str | None) -> str | None:
    """Scheme and host of an address; None when the lockfile names none."""
    if url is None:
        return None
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.partition('/')[0]}".lower()


def _bytes_differ(before: Sequence[Digest], after: Sequence[Digest]) -> bool:
    """Whether hashes were swapped, or taken away. More hashes for the same bytes are no change of bytes."""
    old, new = set(before), set(after)
    shared = {digest.algorithm for digest in old} & {digest.algorithm for digest in new}
    if old and not new:
        return True
    return any(
        not {digest for digest in old if digest.algorithm == name} & {d for d in new if d.algorithm == name}
        for name in shared
    ) or (bool(old and new) and not shared)


def _pair(gone: list[Pin], come: list[list[Pin]]) -> Iterator[tuple[Pin | None, list[Pin] | None]]:
    """Pair old and new versions of one name: at the same location first, then in the order of their versions."""
    left = sorted(gone, key=_sort_key)
    right = sorted(come, key=lambda pins: _sort_key(pins[0]))
    waiting = []
    for pins in right:
        locations = {pin.location for pin in pins if pin.location}
        match = next((pin for pin in left if pin.location in locations), None)
        if match is None:
            waiting.append(pins)
        else:
            left.remove(match)
            yield match, pins
    for pins in waiting:
        yield (left.pop() if left else None), pins
    yield from ((pin, None) for pin in left)


def _sort_key(pin: Pin) -> tuple[bool, object, str]:
    order = version_order(pin.package.ecosystem, pin.package.version)
    return order is not None, order or 0, pin.package.version


def _direction(before: Package, after: Package) -> ChangeKind:
    old, new = (version_order(package.ecosystem, package.version) for package in (before, after))
    if old is None or new is None:
        return ChangeKind.UPGRADED
    return ChangeKind.DOWNGRADED if new < old else ChangeKind.UPGRADED  # type: ignore[operator]


class _Paths:
    """Shortest ways from direct dependencies to every package of one file."""

    def __init__(self, pins: Iterable[Pin]) -> None:
        self._lines: dict[str, int] = {}
        self._above: dict[str, str | None] = {}
        below: dict[str, set[str]] = {}
        for pin in pins:
            label = pin.package.label
            for parent in pin.parents:
                below.setdefault(parent, set()).add(label)
            if pin.direct:
                self._above.setdefault(label, None)
            if pin.direct or label not in self._lines:
                self._lines[label] = pin.line
        waiting = deque(sorted(self._above))
        while waiting:
            label = waiting.popleft()
            for child in sorted(below.get(label, ())):
                if child not in self._above:
                    self._above[child] = label
                    waiting.append(child)

    def to(self, pin: Pin) -> tuple[str, ...]:
        """Labels from the direct dependency down to this pin's parent; empty for a direct or orphaned one."""
        if pin.direct:
            return ()
        way: list[str] = []
        label = self._above.get(pin.package.label)
        while label is not None:
            way.append(label)
            label = self._above[label]
        return tuple(reversed(way))

    def line(self, label: str) -> int:
        """The line of a package's entry; of the direct one where there are several."""
        return self._lines.get(label, 0)
