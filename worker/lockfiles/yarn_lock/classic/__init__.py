"""The lockfile of yarn 1 ("classic") → its pins: whose requirement a package is, the patterns of its header tell."""

from __future__ import annotations

from itertools import chain

from app.core.escape import visible
from app.core.lockfile import Pin, Problem, Problems, Scope
from worker.lockfiles.yarn_lock.classic.blocks import Block, read_blocks
from worker.lockfiles.yarn_lock.classic.entry import Dependency, Entry, read_entry

_PROJECT = frozenset({""})  # stands among the labels of those who ask for a package


def read_classic(text: str) -> tuple[tuple[Pin, ...], list[Problem]]:
    """What the file pins, and what of it cannot be read. `UnreadableLockfile`."""
    blocks = read_blocks(text)
    entries = [read_entry(block) for block in blocks]
    problems = [*_repeated(blocks), *(problem for entry in entries for problem in entry.problems)]
    return _pins(entries), problems


def _repeated(blocks: list[Block]) -> list[Problem]:
    """A pattern that stands in two headers: yarn believes the last one."""
    seen: set[str] = set()
    problems: list[Problem] = Problems()
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
