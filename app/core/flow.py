"""Data that reaches a place where it runs: directly, or through a file that is written first and run then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.specimen import Fact, FactId, FileFacts, Origin, OriginKind

_RUNS = frozenset({FactId.DYNAMIC_CODE, FactId.PROCESS})
_SHORTEST = 4  # characters of a file's name that is looked for in a command


@dataclass(frozen=True, slots=True)
class Flow:
    """`origin` reaches `sink`; `through` is the write that carries it, when it goes through a file."""

    sink: Fact
    origin: Origin
    through: Fact | None = None


def executed(file: FileFacts, kind: OriginKind) -> Iterator[Flow]:
    """Each place of one file that runs data of this kind of origin."""
    for fact in file.facts:
        origin = _of_kind(fact, kind)
        if origin is None:
            continue
        if fact.id in _RUNS:
            yield Flow(fact, origin)
        elif fact.id is FactId.FILE_WRITE:
            runner = _runner(file, fact)
            if runner is not None:
                yield Flow(runner, origin, fact)


def _runner(file: FileFacts, written: Fact) -> Fact | None:
    """The fact that runs, or loads, a file with the constant name that was written."""
    name = posixpath.basename(written.detail.replace("\\", "/"))
    if len(name) < _SHORTEST:
        return None
    for fact in file.facts:
        if fact.id in _RUNS and fact.line != written.line and name in fact.evidence:
            return fact
    stem = posixpath.splitext(name)[0]
    started = any(posixpath.basename(reference) in (name, stem) for reference in (*file.runs, *file.loads))
    return written if started else None


def _of_kind(fact: Fact, kind: OriginKind) -> Origin | None:
    return next((origin for origin in fact.origins if origin.kind is kind), None)
