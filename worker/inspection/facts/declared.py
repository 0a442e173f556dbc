"""What the manifests of a package declare: steps and commands with their lines, and where its code is entered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.core.declaration import Declaration
from app.core.finding import Reach
from app.core.specimen import Fact, NotExamined, Oddity, Origin
from worker.inspection.facts.extracted import EVIDENCE, Extracted

FIELD = 200  # characters of a manifest's field that are kept
NOTHING = Extracted()


@dataclass(frozen=True, slots=True)
class Root:
    """Where code is entered: a reference as in `FileFacts.loads` (`*` stands for anything), and what enters it."""

    reference: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Declared:
    """What all manifests of one archive say together.

    `extracted` are facts, loads and runs that belong to a manifest file, by its path. `mains` name what stands for a
    directory when it is loaded (npm's `main`), by directory ("" for the package itself).
    """

    extracted: Mapping[str, Extracted] = field(default_factory=dict)
    roots: tuple[Root, ...] = ()
    mains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: tuple[tuple[str, str], ...] = ()
    manifest: Declaration = ()
    oddities: tuple[Oddity, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()


def storable(text: str) -> str:
    """A stranger's string that can be encoded: JSON may hold half of a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def both_ends(text: str) -> str:
    """At most `EVIDENCE` characters: a long command keeps its head and its tail, so that neither hides the other."""
    text = storable(" ".join(text.split()))
    half = (EVIDENCE - 3) // 2
    return text if len(text) <= EVIDENCE else f"{text[:half]} … {text[-half:]}"


def merge(parts: Iterable[Extracted]) -> Extracted:
    """Several extractions of one file as one."""
    facts: dict[Fact, None] = {}
    loads: dict[str, None] = {}
    runs: dict[str, None] = {}
    programs: dict[str, None] = {}
    partly = None
    for part in parts:
        programs.update(dict.fromkeys(part.programs))
        facts.update(dict.fromkeys(part.facts))
        loads.update(dict.fromkeys(part.loads))
        runs.update(dict.fromkeys(part.runs))
        partly = partly or part.partly
    ordered = tuple(sorted(facts, key=lambda fact: fact.line))
    return Extracted(ordered, tuple(loads), tuple(runs), partly, programs=tuple(programs))


def moved(found: Extracted, line: int, evidence: str, base: str = "") -> Extracted:
    """Facts of code that stands inside a manifest, at the manifest's line; `base` is the package's own directory."""
    return Extracted(
        facts=tuple(
            replace(
                fact,
                line=line,
                evidence=evidence,
                origins=tuple(sorted({Origin(origin.kind, line, origin.detail) for origin in fact.origins})),
            )
            for fact in found.facts
        ),
        loads=tuple(base + reference for reference in found.loads),
        runs=tuple(base + reference for reference in found.runs),
        partly=found.partly,
    )
