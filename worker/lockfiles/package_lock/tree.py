"""Who requires whom in npm's lockfile, by the rules with which Node finds a package: in the nearest `node_modules`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.core.lockfile import Scope
from worker.lockfiles.package_lock.entry import FOLDER, Folder


@dataclass(frozen=True, slots=True)
class Tree:
    """`parents`: location → labels of the packages that require it. `direct`: required by the project itself.

    `runtime`: what the project's `dependencies` lead to without an optional or peer edge on the way.
    """

    parents: dict[str, list[str]] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    runtime: set[str] = field(default_factory=set)


def add_project(folders: dict[str, Folder]) -> None:
    """Version 1 does not say what the project requires: it must be what lies on top and nobody else requires."""
    parents = work_out_tree(folders).parents
    top = {name: folder for name, folder in _on_top(folders) if folder.location not in parents}
    needs = tuple(name for name, folder in top.items() if folder.scope is not Scope.DEVELOPMENT)
    folders[""] = Folder("", 1, is_project=True, requires=tuple(top), needs=needs)


def work_out_tree(folders: Mapping[str, Folder], *, plain: bool = False) -> Tree:
    """Follow every requirement to the folder that answers it; those that nothing answers are left out.

    Requirements are `plain` where they do not say which of them are optional: then the flag of the folder does.
    """
    tree = Tree()
    nearby = _Lookup(folders)
    needed: dict[str, list[str]] = {}
    parents, find = tree.parents, nearby.find
    for location, folder in folders.items():
        if not folder.requires:
            continue
        found = find(location, folder.requires)
        if folder.needs is folder.requires:
            needed[location] = found
        if folder.is_project:
            tree.direct.update(found)
            continue
        if folder.dependency is None:
            continue
        label = folder.dependency.package.label
        for target in found:
            if target in parents:
                parents[target].append(label)
            else:
                parents[target] = [label]
    runtime = tree.runtime
    waiting = [location for location, folder in folders.items() if folder.is_project]
    while waiting:
        location = waiting.pop()
        found = needed[location] if location in needed else nearby.find(location, folders[location].needs)
        for target in found:
            if target not in runtime and not (plain and folders[target].scope is Scope.OPTIONAL):
                runtime.add(target)
                waiting.append(target)
    return tree


def _on_top(folders: Mapping[str, Folder]) -> Iterator[tuple[str, Folder]]:
    """Name → folder, for those in the project's own `node_modules`."""
    for location, folder in folders.items():
        before, found, name = location.rpartition(FOLDER)
        if found and not before:
            yield name, folder


class _Lookup:
    """Folder and name → the folder that answers, or nothing."""

    def __init__(self, folders: Mapping[str, Folder]) -> None:
        self._inside: dict[str, dict[str, str]] = {}  # "packages/a/" → name → location
        self._places: dict[str, str] = {}  # location → the folder whose `node_modules` holds it, or the folder above it
        self._above: dict[str, list[dict[str, str]]] = {}
        for location in folders:
            before, found, name = location.rpartition(FOLDER)
            if found:
                self._places[location] = before
                if before in self._inside:
                    self._inside[before][name] = location
                else:
                    self._inside[before] = {name: location}
            elif location:
                self._places[location] = location.rpartition("/")[0]

    def find(self, location: str, names: Iterable[str]) -> list[str]:
        """The folders that answer to these names for a package at `location`: the nearest `node_modules` wins."""
        if not names:
            return []
        own = self._inside.get(f"{location}/" if location else "")
        place = self._places.get(location)
        above = [] if place is None else self._above.get(place) or self._seen_from(place)
        nearest_first = above if own is None else [own, *above]
        if len(nearest_first) == 1:
            (inside,) = nearest_first
            return [inside[name] for name in names if name in inside]
        found = []
        for name in names:
            for inside in nearest_first:
                if name in inside:
                    found.append(inside[name])
                    break
        return found

    def _seen_from(self, place: str) -> list[dict[str, str]]:
        """The `node_modules` of this folder and of all above it. Kept for the many packages of one folder."""
        if place not in self._above:
            above = [self._inside[folder] for folder in _upwards(place.rstrip("/")) if folder in self._inside]
            self._above[place] = above
        return self._above[place]


def _upwards(place: str) -> Iterator[str]:
    """The folder and all above it, each ending in `/`; the project's is empty."""
    while place:
        yield f"{place}/"
        place = place.rpartition("/")[0]
    yield ""
