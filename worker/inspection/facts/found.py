"""The facts of one file while it is read: each once a line, with everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.core.specimen import Fact, FactId, Origin, OriginKind
from worker.inspection.facts.extracted import line_evidence

WHOLE = "*"  # the detail that stands for the whole environment


@dataclass(slots=True, eq=False)
class Found:
    """Facts by id, line, detail and hosts: two callers of one line may send different things to different hosts.

    `lines` are the file's, for the evidence.
    """

    lines: list[bytes]
    _facts: dict[tuple[FactId, int, str, tuple[str, ...]], Fact] = field(default_factory=dict)

    def add(
        self, fact_id: FactId, line: int, detail: str, origins: Iterable[Origin] = (), hosts: Iterable[str] = (),
        programs: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Add a fact, or what is new about one that is there; a host is a fact of its own, as is the environment."""
        origins, hosts = tuple(origins), tuple(dict.fromkeys(hosts))
        key = (fact_id, line, detail, hosts)
        known = self._facts.get(key) or Fact(fact_id, line, detail, line_evidence(self.lines, line), hosts=hosts)
        started = tuple(dict.fromkeys((*known.programs, *programs)))
        self._facts[key] = replace(known, origins=tuple(sorted({*known.origins, *origins})), programs=started)
        for host in hosts:
            self.add(FactId.HOST, line, host)
        for origin in origins:
            if origin.kind is OriginKind.ENVIRONMENT and origin.detail == WHOLE:
                self.add(FactId.ENVIRONMENT, origin.line, WHOLE)

    def facts(self) -> tuple[Fact, ...]:
        """All of them, in line order."""
        return tuple(sorted(self._facts.values(), key=lambda fact: fact.line))
