"""Who requires whom in bun's lockfile: a name leads to the nearest place of that name, from within upwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.lockfile import Scope
from worker.lockfiles.bun_lock.entry import Member, Requirement

_GRAVEST_FIRST = (Scope.RUNTIME, Scope.OPTIONAL, Scope.PEER, Scope.DEVELOPMENT)


class Edge(NamedTuple):
    """A requirement that is answered: the member that asks, the one that answers, and what is asked for."""

    asking: int
    target: int
    requirement: Requirement


class Tree:
    """The requirements between the members of a file, each by its number. Folders of the repository are projects."""

    def __init__(self, members: Sequence[Member], projects: Iterable[Member]) -> None:
        self._inside: dict[tuple[str, ...], dict[str, int]] = {}
        for number, member in enumerate(members):
            self._inside.setdefault(member.path[:-1], {})[member.path[-1]] = number
        self._above: dict[tuple[str, ...], list[dict[str, int]]] = {}
        self.edges: list[Edge] = []
        self.projects: list[Edge] = []  # asked for by the repository itself; nobody's number stands there
        self.missing: list[tuple[Member, Requirement]] = []
        for project in projects:
            self._follow(project, None)
        for number, member in enumerate(members):
            self._follow(member, None if member.dependency is None else number)

    def scopes(self) -> dict[int, Scope]:
        """What members are needed for, the gravest first."""
        leads: dict[int, list[Edge]] = {}
        for edge in self.edges:
            leads.setdefault(edge.asking, []).append(edge)
        scopes: dict[int, Scope] = {}
        allowed: set[Scope] = set()
        for scope in _GRAVEST_FIRST:
            allowed.add(scope)
            waiting = [edge.target for edge in self.projects if edge.requirement.scope is scope]
            waiting += [
                edge.target for asking in scopes for edge in leads.get(asking, ()) if edge.requirement.scope in allowed
            ]
            while waiting:
                number = waiting.pop()
                if number not in scopes:
                    scopes[number] = scope
                    waiting += [edge.target for edge in leads.get(number, ()) if edge.requirement.scope in allowed]
        return scopes

    def _follow(self, member: Member, number: int | None) -> None:
        seen = self._seen_from(member.path)
        for requirement in member.requires:
            target = next((inside[requirement.name] for inside in seen if requirement.name in inside), None)
            if target is None:
                self.missing.append((member, requirement))
            elif number is None:
                self.projects.append(Edge(-1, target, requirement))
            else:
                self.edges.append(Edge(number, target, requirement))

    def _seen_from(self, path: tuple[str, ...]) -> list[dict[str, int]]:
        """What lies below this place and below all above it, the nearest first. Kept for the many of one place."""
        if path not in self._above:
            places = (path[:depth] for depth in range(len(path), -1, -1))
            self._above[path] = [self._inside[place] for place in places if place in self._inside]
        return self._above[path]
