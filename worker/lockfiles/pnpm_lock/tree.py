"""Who requires whom in pnpm's lockfile, and for what: every requirement names the key of the entry that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from app.core.escape import visible
from app.core.lockfile import Problem, Problems, Scope, UnreadableLockfile
from app.core.yaml_members import Members
from worker.lockfiles.pnpm_lock.document import Document, Entry, problem
from worker.lockfiles.pnpm_lock.key import key_of, without_peers

_SCOPES = {
    "dependencies": Scope.RUNTIME,
    "optionalDependencies": Scope.OPTIONAL,
    "configDependencies": Scope.BUILD,
    "packageManagerDependencies": Scope.BUILD,
    "devDependencies": Scope.DEVELOPMENT,
}
_EDGES = ("dependencies", "optionalDependencies")
_NOT_IN_SNAPSHOTS = ("resolution", "version", "name")


class Edge(NamedTuple):
    """A requirement: the name it is installed under, the entry's key, its line, and whether it may be missing."""

    name: str
    target: str
    line: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """`projects`: what the project's folders require, with the scope. `edges`: key → what that package requires."""

    projects: list[tuple[Scope, Edge]] = field(default_factory=list)
    edges: dict[str, list[Edge]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=Problems)

    def scopes(self) -> dict[str, Scope]:
        """Key → what it is needed for, the gravest first; what nothing leads to is not in it."""
        wanted: dict[Scope, list[str]] = {}
        for scope, edge in self.projects:
            wanted.setdefault(scope, []).append(edge.target)
        scopes = dict.fromkeys(self._reached(wanted.get(Scope.RUNTIME, ()), optional=False), Scope.RUNTIME)
        wanted.setdefault(Scope.OPTIONAL, []).extend(wanted.get(Scope.RUNTIME, ()))
        for scope in (Scope.OPTIONAL, Scope.BUILD, Scope.DEVELOPMENT):
            for key in self._reached(wanted.get(scope, ()), optional=True):
                scopes.setdefault(key, scope)
        return scopes

    def _reached(self, keys: Iterable[str], *, optional: bool) -> set[str]:
        reached = set(keys)
        waiting = list(reached)
        while waiting:
            for edge in self.edges.get(waiting.pop(), ()):
                if edge.target not in reached and (optional or not edge.optional):
                    reached.add(edge.target)
                    waiting.append(edge.target)
        return reached


def read_tree(document: Document) -> Tree:
    """Follow every requirement to the key of its entry. `UnreadableLockfile`."""
    tree = Tree()
    importers = [entry.fields for entry in document.entries("importers")]
    if "importers" not in document.body and not document.split:  # without workspaces
        importers = [document.body]
    for importer in importers:
        for section, scope in _SCOPES.items():
            tree.projects.extend((scope, edge) for edge in _edges(importer, section, document, tree))
    for entry in document.entries("snapshots" if document.split else "packages"):
        own = without_peers(entry.key) if document.split else entry.key
        edges = tree.edges.setdefault(own, [])
        for section in _EDGES:
            edges.extend(_edges(entry.fields, section, document, tree))
        if document.split:
            tree.problems.extend(_snapshot_problems(entry, own, document))
    tree.problems.extend(_missing(document, tree))
    return tree


def _snapshot_problems(entry: Entry, own: str, document: Document) -> Iterator[Problem]:
    """What pnpm never writes among the snapshots, though it would believe it."""
    strange = next((name for name in _NOT_IN_SNAPSHOTS if name in entry.fields), None)
    if strange is not None:
        yield entry.problem(f'{entry.shown} has a "{strange}" among "snapshots", where pnpm writes none.')
    if own not in document.section("packages") and "@file:" not in own:
        yield entry.problem(f'{entry.shown} stands among "snapshots" and has no entry in "packages".')


def _missing(document: Document, tree: Tree) -> Iterator[Problem]:
    """Requirements that no entry answers: the file was cut off, or pnpm would look for another version."""
    known = document.section("packages").keys() | tree.edges.keys()
    required = chain((edge for _, edge in tree.projects), *tree.edges.values())
    missing = {edge.target: edge for edge in required if edge.target not in known}
    for target, edge in missing.items():
        message = f'{visible(target, 80)} is required here and has no entry in "packages".'
        yield problem(edge.line, message, target, edge.name)


def _edges(holder: Members, section: str, document: Document, tree: Tree) -> list[Edge]:
    members = holder.get(section)
    if members is None:
        return []
    if not isinstance(members, Members):
        raise UnreadableLockfile(holder.lines[section], f'"{section}" is not a mapping.')
    edges = []
    for name, value in members.items():
        line = members.lines[name]
        reference = value.get("version") if isinstance(value, Members) else value
        if not isinstance(reference, str):
            tree.problems.append(problem(line, f"{visible(name, 80)} is required in no version.", name, value))
            continue
        target = key_of(reference, name, document.major)
        if target is not None:
            target = without_peers(target) if document.split else target
            edges.append(Edge(name, target, line, section == "optionalDependencies"))
    return edges
