"""Who requires whom in a lockfile that does not say what the project asks for: what must be direct, and its scope.

Poetry, pdm and PEP 751 leave that to the manifest. What the file itself shows: an entry that no other package requires
was asked for by the project, and so was one of a group that nobody who requires it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.escape import visible
from app.core.lockfile import Pin, Scope, UnreadableLockfile
from app.core.package import Package
from app.core.python_files import Origin
from app.core.python_release import python_name

_MOST_FORKS = 32  # packages of one name; a version for every Python and platform makes a dozen
_MOST_EDGES = 100_000


class Required(NamedTuple):
    """A dependency by its normalised name. `needed`: not only with an extra."""

    name: str
    needed: bool = True


class Entry(NamedTuple):
    """One package of the file.

    `name` is normalised, empty when it cannot be read. `package` is None for a folder of the repository (`is_local`),
    and for an entry that cannot be a pin; `origins` are the places it comes from, with their hashes. `groups` are those
    that it says it belongs to, `claimed` is the scope they mean. `location` tells it apart from others of its name and
    version.
    """

    line: int
    name: str
    is_local: bool
    package: Package | None
    origins: tuple[Origin, ...]
    groups: frozenset[str]
    claimed: Scope
    requires: tuple[Required, ...]
    location: str = ""


def pins_of(entries: Sequence[Entry], asked: Iterable[str] = ()) -> tuple[Pin, ...]:
    """The pins of a file, in its order: one for each place that a package comes from.

    `asked` are names that the file says the project asks for. `UnreadableLockfile` where it exceeds all measure.
    """
    graph = _Graph(entries, asked)
    return tuple(
        Pin(
            package=entry.package,
            source=source,
            line=entry.line,
            scope=graph.scope(number),
            direct=number in graph.direct,
            parents=graph.parents(number),
            digests=digests,
            location=entry.location,
        )
        for number, entry in enumerate(entries)
        if entry.package is not None
        for source, digests in entry.origins
    )


class _Graph:
    """The packages of one file by their number. `direct`: what the file shows that the project asks for.

    Where a name has several versions, whoever requires it counts as requiring all of them; of packages that only
    require one another, the first is direct.
    """

    def __init__(self, entries: Sequence[Entry], asked: Iterable[str]) -> None:
        self.direct: set[int] = set()
        self._entries = entries
        self._named: dict[str, list[int]] = {}
        self._parents: dict[int, set[str]] = {}
        self._index()
        required: dict[int, set[str]] = {}  # with the groups of those that require it
        for entry in entries:
            targets = [target for one in entry.requires for target in self._named.get(one.name, ())]
            if entry.is_local:
                self.direct.update(targets)
                continue
            for target in targets:
                if entries[target].name == entry.name:  # itself, or itself with an extra
                    continue
                required.setdefault(target, set()).update(entry.groups)
                if entry.package is not None:
                    self._parents.setdefault(target, set()).add(entry.package.label)
        self.direct.update(target for name in asked for target in self._named.get(python_name(name) or "", ()))
        for number, entry in enumerate(entries):
            if number not in required or not entry.groups <= required[number]:
                self.direct.add(number)
        self._complete()
        self._runtime = self._needed_at_run_time()

    def scope(self, number: int) -> Scope:
        """What the entry claims, unless a package that is needed at run time needs it."""
        return Scope.RUNTIME if number in self._runtime else self._entries[number].claimed

    def parents(self, number: int) -> tuple[str, ...]:
        """Labels of the packages that require this one, sorted."""
        return tuple(sorted(self._parents.get(number, ())))

    def _index(self) -> None:
        edges = 0
        for number, entry in enumerate(self._entries):
            named = self._named.setdefault(entry.name, []) if entry.name else []
            named.append(number)
            if len(named) > _MOST_FORKS:
                shown = visible(entry.name, 80)
                raise UnreadableLockfile(entry.line, f"It has more than {_MOST_FORKS} packages of the name {shown}.")
            edges += len(entry.requires)
            if edges > _MOST_EDGES:
                raise UnreadableLockfile(entry.line, f"Its packages require more than {_MOST_EDGES} others.")

    def _complete(self) -> None:
        """Packages that only require one another have no beginning: the first of them stands for it."""
        reached: set[int] = set()
        self._reach(self.direct, reached)
        for number in range(len(self._entries)):
            if number not in reached:
                self.direct.add(number)
                self._reach([number], reached)

    def _reach(self, numbers: Iterable[int], reached: set[int], *, needed_only: bool = False) -> None:
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            for one in self._entries[number].requires:
                if one.needed or not needed_only:
                    waiting += self._named.get(one.name, ())

    def _needed_at_run_time(self) -> set[int]:
        claimed = [number for number, entry in enumerate(self._entries) if entry.claimed is Scope.RUNTIME]
        reached: set[int] = set()
        self._reach(claimed, reached, needed_only=True)
        return reached
