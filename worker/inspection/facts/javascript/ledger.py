"""The facts of one file as they are found: one of a kind a line, joined, with their evidence, and never too many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from app.core.specimen import Fact, FactId, Origin, OriginKind
from worker.inspection.facts.extracted import EVIDENCE, Extracted
from worker.inspection.facts.javascript.index import anchor
from worker.inspection.facts.javascript.literals import shown

MOST = 20_000  # facts of one file that are collected; far fewer are kept in the end
LONGEST_DETAIL = 240
_BEFORE = 40  # characters shown before the place, in a line too long to be shown whole
_FAR = 120  # characters from the start of a line at which that start is no evidence any more

_RUNS_OR_KEEPS = frozenset({FactId.DYNAMIC_CODE, FactId.PROCESS, FactId.FILE_WRITE})
_LATENT = {OriginKind.DECODED: FactId.DECODE, OriginKind.ENVIRONMENT: FactId.ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Place:
    """A 1-based line, and the byte at which the evidence stands."""

    line: int
    offset: int


@dataclass(slots=True)
class _Entry:
    offset: int
    origins: set[Origin] = field(default_factory=set)
    hosts: dict[str, None] = field(default_factory=dict)
    programs: dict[str, None] = field(default_factory=dict)


class Ledger:
    """Collects the facts of one file."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._entries: dict[tuple[FactId, int, str], _Entry] = {}
        self._once: dict[str, int] = {}  # hosts, with the line on which each was seen first
        self._loads: dict[str, None] = {}
        self._runs: dict[str, None] = {}
        self._partly: str | None = None
        self._lines: list[int] | None = None

    def add(
        self, fact: FactId, place: Place, detail: str, origins: Iterable[Origin] = (), hosts: Iterable[str] = (),
        programs: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Note a fact; the same one on the same line is joined with it. A host is noted once a file."""
        detail = shown(detail)[:LONGEST_DETAIL]
        line = self._once.setdefault(detail, place.line) if fact is FactId.HOST else place.line
        entry = self._entry((fact, line, detail), place.offset)
        if entry is None:
            return
        if origins and not entry.origins:
            entry.offset = place.offset  # of two calls on one line, the one that data flows into is the evidence
        entry.origins.update(origins)
        entry.hosts.update(dict.fromkeys(hosts))
        entry.programs.update(dict.fromkeys(programs))
        for origin in origins:
            if origin.kind is not OriginKind.DECODED or fact in _RUNS_OR_KEEPS:
                self._latent(origin)

    def load(self, reference: str | None) -> None:
        """Note a file of the package that this one loads."""
        if reference is not None:
            self._loads[reference] = None

    def run(self, reference: str | None) -> None:
        """Note a file of the package that this one starts."""
        if reference is not None:
            self._runs[reference] = None

    def include(self, found: Extracted, place: Place, origins: Iterable[Origin] = ()) -> None:
        """Note what code inside this code does, at the line where it is run. `origins` are those of that code."""
        for fact in found.facts:
            moved = {Origin(origin.kind, place.line, origin.detail) for origin in fact.origins}
            if fact.id in (FactId.PROCESS, FactId.DYNAMIC_CODE):
                moved.update(origins)
            self.add(fact.id, place, fact.detail, moved, fact.hosts, fact.programs)
        self._loads.update(dict.fromkeys(found.loads))
        self._runs.update(dict.fromkeys(found.runs))
        self._partly = self._partly or found.partly

    def extracted(self, partly: str | None = None) -> Extracted:
        """Everything that was noted, by line."""
        facts = [
            Fact(
                kind, line, detail, self._evidence(entry.offset), tuple(sorted(entry.origins)), tuple(entry.hosts),
                tuple(entry.programs),
            )
            for (kind, line, detail), entry in self._entries.items()
        ]  # fmt: skip
        return Extracted(
            facts=tuple(sorted(facts, key=lambda fact: (fact.line, fact.id, fact.detail))),
            loads=tuple(self._loads),
            runs=tuple(self._runs),
            partly=partly or self._partly,
        )

    def _entry(self, key: tuple[FactId, int, str], offset: int) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= MOST:
                self._partly = f"it does more than {MOST:,} different things"
                return None
            entry = self._entries[key] = _Entry(offset)
        return entry

    def _latent(self, origin: Origin) -> None:
        """What is no fact of its own as long as nothing comes of it: the whole environment, single characters."""
        kind = _LATENT.get(origin.kind)
        if kind is None or (kind is FactId.ENVIRONMENT and origin.detail != "*"):
            return
        self._entry((kind, origin.line, origin.detail), self._start(origin.line))

    def _start(self, line: int) -> int:
        if self._lines is None:
            self._lines = [0]
            at = self._source.find(b"\n")
            while at >= 0:
                self._lines.append(at + 1)
                at = self._source.find(b"\n", at + 1)
        return self._lines[min(line, len(self._lines)) - 1]

    def _evidence(self, offset: int) -> str:
        """The line around a byte: from its start, or, in a line too long to be shown, from just before the byte."""
        source = self._source
        start = source.rfind(b"\n", 0, offset) + 1
        end = source.find(b"\n", offset)
        end = len(source) if end < 0 else end
        head = source[start : start + 4 * EVIDENCE]
        start += len(head) - len(head.lstrip())
        far = start < offset - _FAR and end - start > EVIDENCE
        start = offset - _BEFORE if far else start
        text = source[start : min(end, start + 4 * EVIDENCE)].decode("utf-8", "replace").strip("\ufffd \t\r")
        return f"… {text}"[:EVIDENCE] if far else text[:EVIDENCE]


def place_of(node: Node) -> Place:
    """Where a reader looks for a node."""
    at = anchor(node)
    return Place(at.start_point[0] + 1, at.start_byte)
