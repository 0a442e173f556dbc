"""Who asks for whom in uv's lockfile: what is direct, through whom the rest comes in, and what it is needed for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.escape import visible
from app.core.lockfile import Problem, Problems, Scope, UnreadableLockfile
from worker.lockfiles.uv_lock.entry import Entry, Wanted

_MOST_FORKS = 32  # packages of one name; a fork for every Python and platform makes a dozen
_MOST_EDGES = 100_000

_Node = tuple[int, str]  # an entry, and one of its extras; "" for the entry itself


class Graph:
    """The packages of one file by their number. `direct` are those that a folder or the manifest asks for.

    `problems` are requirements that no package of the file answers (uv refuses such a file), and packages that it holds
    twice.
    """

    def __init__(
        self, entries: Sequence[Entry], manifest_line: int, requirements: Sequence[Wanted], groups: Sequence[Wanted]
    ) -> None:
        self.problems: list[Problem] = Problems()
        self.direct: set[int] = set()
        self._entries = entries
        self._named: dict[str, list[int]] = {}
        self._parents: dict[int, set[str]] = {}
        self._scopes: dict[int, Scope] = {}
        self._answers: dict[Wanted, tuple[_Node, ...]] = {}
        self._index()
        roots: dict[Scope, list[_Node]] = {Scope.RUNTIME: [], Scope.OPTIONAL: [], Scope.DEVELOPMENT: []}
        roots[Scope.RUNTIME] += self._asked(requirements, "the manifest", manifest_line)
        roots[Scope.DEVELOPMENT] += self._asked(groups, "the manifest", manifest_line)
        edges = 0
        for number, entry in enumerate(entries):
            edges += self._note(entry)
            if edges > _MOST_EDGES:
                raise UnreadableLockfile(entry.line, f"Its packages ask for more than {_MOST_EDGES} others.")
            if entry.is_local:
                roots[Scope.RUNTIME].append((number, ""))
                roots[Scope.OPTIONAL] += ((number, extra) for extra in entry.extras)
                roots[Scope.DEVELOPMENT] += self._targets(entry.groups)
        seen: set[_Node] = set()
        for scope, nodes in roots.items():  # the gravest first
            self._walk(scope, nodes, seen)

    def scope(self, number: int) -> Scope:
        """The gravest scope that leads to this package; run time when nothing does."""
        return self._scopes.get(number, Scope.RUNTIME)

    def parents(self, number: int) -> tuple[str, ...]:
        """Labels of the packages that ask for this one, sorted."""
        return tuple(sorted(self._parents.get(number, ())))

    def _index(self) -> None:
        known: set[tuple[str, str, str]] = set()
        for number, entry in enumerate(self._entries):
            if not entry.name:
                continue
            named = self._named.setdefault(entry.name, [])
            named.append(number)
            if len(named) > _MOST_FORKS:
                shown = visible(entry.name, 80)
                raise UnreadableLockfile(entry.line, f"It has more than {_MOST_FORKS} packages of the name {shown}.")
            identity = (entry.name, str(entry.version), str(entry.source))
            if identity in known:
                shown = visible(entry.name, 80)
                message = f"{shown} {visible(str(entry.version), 80)} stands in the file twice; uv refuses that."
                self.problems.append(Problem(entry.line, message, shown, entry=str(identity)))
            known.add(identity)

    def _note(self, entry: Entry) -> int:
        """Keep who asks for whom: labels for packages, directness where a folder asks. Returns for how many."""
        wanted = [*entry.requires, *(one for extra in entry.extras.values() for one in extra), *entry.groups]
        targets = {target for target, _ in self._asked(wanted, entry.name or "an entry", entry.line, entry.is_local)}
        if entry.package is not None:
            for target in targets:
                self._parents.setdefault(target, set()).add(entry.package.label)
        return len(wanted)

    def _asked(self, wanted: Iterable[Wanted], who: str, line: int, is_direct: bool = True) -> list[_Node]:
        """The packages asked for; where nobody answers, a problem."""
        nodes: list[_Node] = []
        for one in wanted:
            found = list(self._targets([one]))
            if not found:
                message = f"{visible(who, 80)} asks for {visible(one.name, 80)}, which the file does not hold."
                self.problems.append(Problem(line, message, visible(one.name, 80), entry=f"{who} {one}"))
            nodes += found
        if is_direct:
            self.direct.update(number for number, _ in nodes)
        return nodes

    def _targets(self, wanted: Iterable[Wanted]) -> Iterator[_Node]:
        """The packages that answer, with the extras asked for."""
        for one in wanted:
            if one not in self._answers:
                self._answers[one] = tuple(self._answers_to(one))
            yield from self._answers[one]

    def _answers_to(self, one: Wanted) -> Iterator[_Node]:
        for number in self._named.get(one.name, ()):
            entry = self._entries[number]
            if one.version in (None, entry.version) and one.source in (None, entry.source):
                yield number, ""
                yield from ((number, extra) for extra in one.extras)

    def _walk(self, scope: Scope, nodes: list[_Node], seen: set[_Node]) -> None:
        waiting = [node for node in nodes if node not in seen]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            number, extra = node
            self._scopes.setdefault(number, scope)
            entry = self._entries[number]
            wanted = entry.extras.get(extra, ()) if extra else entry.requires
            waiting += (target for target in self._targets(wanted) if target not in seen)
