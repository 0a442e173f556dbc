"""yarn's lockfile of version 1: `yarn.lock` as yarn 1 ("classic") writes it.

Shape    Looks like YAML and is not. A header lists the patterns that one package answers (`a@^1, a@^1.2:`); indented
         below stand its version, `resolved` (an address, and after its `#` a SHA-1 of the archive or a commit),
         `integrity` (hashes as npm writes them) and what it requires, again as patterns. `a@npm:b@^1` is the package
         `b`, installed as `a`. The file does not say what the project itself asks for, nor for what: a pattern that no
         other entry requires must be the project's, so its package is direct (one that is asked for by both with the
         same range counts as transitive), and every scope is runtime. The format has no end: a file cut off between two
         entries cannot be told from a shorter one, since workspaces answer patterns that no entry does.
Line     the header of the entry.
Skips    folders of the repository (`link:`, `file:` without an archive): its own code. What they require is direct.
Refuses  lockfiles of yarn 2 and later (`__metadata`), which are another format; text that is not UTF-8; merge conflict
         markers; any line that yarn 1 would not have written: its reader takes such lines otherwise than people do.
"""

from __future__ import annotations

from itertools import chain

from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.package import Ecosystem
from worker.lockfiles.yarn_lock.blocks import Block, read_blocks
from worker.lockfiles.yarn_lock.entry import Dependency, Entry, read_entry

FORMAT = "yarn-lock"
ECOSYSTEM = Ecosystem.NPM

_MOST_PROBLEMS = 1000  # a file with more is not a lockfile; listing them would bury everything else
_PROJECT = frozenset({""})  # stands among the labels of those who ask for a package


def claims(path: str) -> bool:
    """Whether a file of this path is yarn's lockfile, by its name."""
    return path.rpartition("/")[2] == "yarn.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    blocks = read_blocks(content)
    entries = [read_entry(block) for block in blocks]
    problems = [*_repeated(blocks), *(problem for entry in entries for problem in entry.problems)]
    if len(problems) > _MOST_PROBLEMS:
        first = problems[0]
        raise UnreadableLockfile(
            first.line, f"{len(problems)} of its entries cannot be read. The first: {first.message}"
        )
    problems.sort(key=lambda problem: (problem.line, problem.message))
    return Lockfile(path, FORMAT, _pins(entries), tuple(problems))


def _repeated(blocks: list[Block]) -> list[Problem]:
    """A pattern that stands in two headers: yarn believes the last one."""
    seen: set[str] = set()
    problems = []
    for block in blocks:
        twice = next((pattern for pattern in block.patterns if pattern in seen), None)
        seen.update(block.patterns)
        if twice is not None:
            problems.append(block.problem(f"{visible(twice, 80)} stands in the file twice; yarn reads the last one."))
    return problems


def _pins(entries: list[Entry]) -> tuple[Pin, ...]:
    asked_by = _asked_by(entries)
    return tuple(
        _pin(entry.line, dependency, _labels(dependency, asked_by))
        for entry in entries
        for dependency in entry.dependencies
    )


def _labels(dependency: Dependency, asked_by: dict[str, list[frozenset[str]]]) -> frozenset[str]:
    """Labels of all that ask for it; a pattern that no entry requires is the project's."""
    asking = chain.from_iterable(asked_by.get(pattern, [_PROJECT]) for pattern in dependency.patterns)
    return frozenset().union(*asking)


def _pin(line: int, dependency: Dependency, asked_by: frozenset[str]) -> Pin:
    return Pin(
        package=dependency.package,
        source=dependency.source,
        line=line,
        scope=Scope.RUNTIME,
        direct=not asked_by.isdisjoint(_PROJECT),
        parents=tuple(sorted(asked_by - _PROJECT)),
        digests=dependency.digests,
        alias=dependency.alias,
    )


def _asked_by(entries: list[Entry]) -> dict[str, list[frozenset[str]]]:
    """Pattern → labels of the packages of each entry that requires it, or the project when none does."""
    asked_by: dict[str, list[frozenset[str]]] = {}
    for entry in entries:
        labels = frozenset(dependency.package.label for dependency in entry.dependencies)
        for pattern in entry.requires:
            asked_by.setdefault(pattern, []).append(labels or _PROJECT)  # a folder of the repository
    return asked_by
