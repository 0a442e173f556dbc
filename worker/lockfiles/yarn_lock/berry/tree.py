"""Who requires whom in berry's lockfile: a requirement names a descriptor, and the key that holds it is its entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.lockfile import Scope
from worker.lockfiles.yarn_lock.berry.entry import Member
from worker.lockfiles.yarn_lock.berry.locator import asked

_DEEPEST_WRAPPING = 8  # a patch of a patch; nobody writes three
_MOST_LIKELY = 16  # entries that may answer one requirement


class Edge(NamedTuple):
    """A requirement: the entry that asks, the one that answers, the name it is installed under, whether it may fail."""

    asking: int
    target: int
    name: str
    optional: bool


class Tree:
    """The requirements between the entries of a file, each by its number."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._by_locator = {member.locator: number for number, member in enumerate(members)}
        self._keys: dict[str, int] = {}
        self._named: dict[str, list[int]] = {}
        for number, member in enumerate(members):
            for name, wanted in member.asked:
                self._keys[asked(name, wanted)] = number
                if number not in self._named.setdefault(name, [])[-1:]:
                    self._named[name].append(number)
        self.missing: list[tuple[int, str, str]] = []  # who asks for a name and range that the file does not hold
        self.edges: list[Edge] = []
        self._follow()

    def wrapped(self, number: int) -> int | None:
        """The entry of the package itself, where patches stand around it; None where the file does not hold it."""
        for _ in range(_DEEPEST_WRAPPING):
            wraps = self._members[number].wraps
            if not wraps:
                return number
            inner = self._by_locator.get(wraps)
            if inner is None:
                return None
            number = inner
        return None

    def scopes(self) -> dict[int, Scope]:
        """What entries are needed for: what a requirement that may fail leads to is optional, the rest is runtime."""
        leads: dict[int, list[Edge]] = {}
        for edge in self.edges:
            leads.setdefault(edge.asking, []).append(edge)
        folders = [number for number, member in enumerate(self._members) if member.is_folder]
        needed = _reached(folders, leads, optional=False)
        scopes = dict.fromkeys(_reached(folders, leads, optional=True), Scope.OPTIONAL)
        return scopes | dict.fromkeys(needed, Scope.RUNTIME)

    def _follow(self) -> None:
        loose: list[tuple[int, str, str, bool]] = []
        asked_for: set[int] = set()
        for number, member in enumerate(self._members):
            for name, wanted, optional in member.requires:
                target = self._keys.get(asked(name, wanted))
                if target is None:
                    loose.append((number, name, wanted, optional))
                    continue
                asked_for.add(target)
                self._add(number, target, name, optional=optional)
        likely = {name: self._answers(name, asked_for) for _, name, _, _ in loose}
        for number, name, wanted, optional in loose:
            if not likely[name]:
                self.missing.append((number, name, wanted))
            for target in likely[name]:
                self._add(number, target, name, optional=optional)

    def _answers(self, name: str, asked_for: set[int]) -> list[int]:
        """The entries of a name that may answer where `resolutions` or a catalog put another range in place of one."""
        answers = self._named.get(name, [])
        return [one for one in answers if one not in asked_for][:_MOST_LIKELY] or answers[:1]

    def _add(self, asking: int, target: int, name: str, *, optional: bool) -> None:
        """A patch asks in the name of the package that it changes, and whoever asks for a patch gets that package."""
        by, inner = self.wrapped(asking), self.wrapped(target)
        if by is not None and inner is not None:
            self.edges.append(Edge(by, inner, name, optional))


def _reached(numbers: Iterable[int], leads: dict[int, list[Edge]], *, optional: bool) -> set[int]:
    reached = set(numbers)
    waiting = list(reached)
    while waiting:
        for edge in leads.get(waiting.pop(), ()):
            if edge.target not in reached and (optional or not edge.optional):
                reached.add(edge.target)
                waiting.append(edge.target)
    return reached
