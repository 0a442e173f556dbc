"""What an extractor gives for one file, and what is known of an expression while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.specimen import Fact, Origin
from worker.inspection.facts.tree import Budget

EVIDENCE = 200  # characters of a line that are kept
NO_ORIGINS: frozenset[Origin] = frozenset()


@dataclass(frozen=True, slots=True)
class Extracted:
    """Facts of one file; `loads` and `runs` as in `FileFacts`; `partly` a reason or None.

    `inline` is code that a command hands to an interpreter, as `(language, source)`: `node -e …`, `python -c …`.
    `programs` are what a command line starts, as in `Fact.programs`.
    """

    facts: tuple[Fact, ...] = ()
    loads: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    partly: str | None = None
    inline: tuple[tuple[str, str], ...] = ()
    programs: tuple[str, ...] = ()


Extractor = Callable[[str, bytes, Budget], Extracted]
"""`(path, source, budget)` → facts. Never raises for what the source holds, except `OutOfBudget`."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of an expression.

    `constant` is its text (or bytes) when it is constant after folding. `name` is the resolved dotted name when it is
    something imported or built in ("child_process.exec", "os.environ"). `origins` say where its data comes from.
    """

    constant: str | bytes | None = None
    name: str | None = None
    origins: frozenset[Origin] = field(default=NO_ORIGINS)


UNKNOWN = Value()


def line_evidence(lines: list[bytes], line: int) -> str:
    """The 1-based line as evidence: decoded leniently, stripped, cut to `EVIDENCE` characters."""
    if not 0 < line <= len(lines):
        return ""
    return lines[line - 1][: EVIDENCE * 4].decode("utf-8", "replace").strip()[:EVIDENCE]
