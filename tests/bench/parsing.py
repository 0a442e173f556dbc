"""Dependency files of the size that large projects have: both sides parsed and compared, by format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType

from app.core.diff import compare
from tests.bench import large_compared, large_lockfiles
from tests.bench.figures import measured
from tests.lockfiles.test_contract import PATHS
from worker.lockfiles.register import FORMATS


def figures() -> Iterator[str]:
    """One row a format; every format has one."""
    for name in FORMATS:
        write = writer_of(name)
        before, after = write("1.0.0"), write("1.0.1")
        size = f"{len(before) / 1e6:.1f} MB"
        yield measured(partial(_compare, name, before, after)).line(f"{name}, {size}")


def writer_of(name: str) -> Callable[[str], bytes]:
    """What writes a file of this format."""
    rooms: tuple[ModuleType, ...] = (large_lockfiles, large_compared)
    function = name.replace("-", "_")
    write: Callable[[str], bytes] = next(getattr(room, function) for room in rooms if hasattr(room, function))
    return write


def _compare(name: str, before: bytes, after: bytes) -> None:
    parser = FORMATS[name]
    old, new = (parser.parse(PATHS[name], content) for content in (before, after))
    assert compare([old], [new]) or (old.directives, old.indexes) != (new.directives, new.indexes), name
