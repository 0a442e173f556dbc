"""Collects the facts of one file: each once a line, with everything that is known of it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from app.core.specimen import Fact, FactId, Origin
from worker.inspection.facts.extracted import Extracted, line_evidence
from worker.inspection.facts.found import Found
from worker.inspection.facts.python import constants
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.known import HERE, has_hole

_NESTING = 8  # layers of code inside constants

Reader = Callable[[str, int, int], Extracted]
"""`(code, line, level)` → what Python code inside a constant does, as facts of that line."""


@dataclass(slots=True, eq=False)
class Collector:
    """The facts found so far. `level` counts the constants around this code; `read` looks into one more."""

    ev: Evaluator
    found: Found
    level: int
    read: Reader
    line_map: tuple[int, ...] = ()
    loads: dict[str, None] = field(default_factory=dict)
    runs: dict[str, None] = field(default_factory=dict)
    inline: dict[tuple[str, str], None] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)  # path → the constant text that is written there
    partly: str | None = None
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def add(
        self, fact_id: FactId, line: int, detail: str, origins: Iterable[Origin] = (), hosts: Iterable[str] = (),
        programs: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Add a fact, or what is new about one that is there."""
        self.found.add(fact_id, line, detail, origins, hosts, programs)

    def hosts(self, line: int, text: str) -> None:
        """The hosts in a constant."""
        constants.add_hosts(self.found, line, text)

    def code(self, text: str, line: int) -> None:
        """Python code that stands in a constant: what it does is done at the line that runs it."""
        if self.level < _NESTING and len(text) > 2 and (text, line) not in self._seen:
            self._seen.add((text, line))
            self.merge(self.read(text, line, self.level + 1))

    def merge(self, found: Extracted, origins: Iterable[Origin] = ()) -> None:
        """Facts that are already of this file's lines."""
        for fact in found.facts:
            extra = origins if fact.id is FactId.NETWORK else ()
            self.add(fact.id, fact.line, fact.detail, {*fact.origins, *extra}, fact.hosts, fact.programs)
        self.loads |= dict.fromkeys(found.loads)
        self.runs |= dict.fromkeys(found.runs)
        self.inline |= dict.fromkeys(found.inline)
        self.partly = self.partly or found.partly

    def at(self, found: Extracted, line: int) -> Extracted:
        """The same facts at one line of this file."""
        evidence = line_evidence(self.found.lines, line)
        return replace(
            found,
            facts=tuple(
                replace(
                    fact,
                    line=line,
                    evidence=evidence,
                    origins=tuple(Origin(origin.kind, line, origin.detail) for origin in fact.origins),
                )
                for fact in found.facts
            ),
        )

    def own_files(self, text: str) -> list[str]:
        """The files of the package that a path in the code may mean: from its root, and beside this file."""
        if not text or len(text) > 512 or has_hole(text.replace(HERE, "")):
            return []
        text = text.replace("\\", "/")
        if text.startswith(HERE):
            candidates = [text.removeprefix(HERE).lstrip("/")]
        elif text.startswith(("/", "~", "%")) or "://" in text or "\n" in text:
            return []
        else:
            folder = posixpath.dirname(self.ev.path)
            beside = bool(folder) and text.partition("/")[0] != folder.partition("/")[0]
            candidates = [text, *([f"{folder}/{text}"] if beside else [])]
        paths = [posixpath.normpath(one) for one in candidates]
        return [one for one in paths if one not in {"", "."} and not one.startswith("../") and HERE not in one]

    def result(self) -> Extracted:
        """All of it, in line order."""
        facts = self.found.facts()
        if self.line_map:
            facts = tuple(self._mapped(fact) for fact in facts)
        return Extracted(facts, tuple(self.loads), tuple(self.runs), self.partly, tuple(self.inline))

    def _mapped(self, fact: Fact) -> Fact:
        origins = (replace(origin, line=self._line(origin.line)) for origin in fact.origins)
        return replace(fact, line=self._line(fact.line), origins=tuple(origins))

    def _line(self, line: int) -> int:
        return self.line_map[line - 1] if 0 < line <= len(self.line_map) else line
