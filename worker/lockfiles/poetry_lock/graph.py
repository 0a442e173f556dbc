"""Who requires whom in Poetry's lockfile: what must be direct, through whom the rest comes in, and its scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.escape import visible
from app.core.lockfile import Scope, UnreadableLockfile
from app.core.python_release import python_name
from worker.lockfiles.poetry_lock.entry import Entry

_MOST_FORKS = 32  # packages of one name; a version for every Python and platform makes a dozen
_MOST_EDGES = 100_000


class Graph:
    """The packages of one file by their number. `direct`: what the file shows that the project asks for (see the page).

    Where a name has several versions, whoever requires it counts as requiring all of them.
    """

    def __init__(self, entries: Sequence[Entry], extras: Iterable[str]) -> None:
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
                if entries[target] is not entry:
                    required.setdefault(target, set()).update(entry.groups)
            if entry.package is not None:
                for target in targets:
                    self._parents.setdefault(target, set()).add(entry.package.label)
        self.direct.update(target for name in extras for target in self._named.get(python_name(name) or "", ()))
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
