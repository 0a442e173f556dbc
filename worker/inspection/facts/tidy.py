"""Facts as they may leave the sealed child: strings that can be encoded, and a bounded number of them a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.specimen import Fact, FactId, Origin, OriginKind
from worker.inspection.facts.declared import storable
from worker.inspection.facts.extracted import EVIDENCE, Extracted

MOST_FACTS = 400  # of one file
MOST_OF_A_KIND = 12  # places of one id and detail in one file
MOST_REFERENCES = 4000  # loads and runs of one file
_MOST_ORIGINS = 20  # of one fact; also hosts and programs
_MILD = frozenset({OriginKind.FILE, OriginKind.PROCESS})
_DETAIL = 200  # characters
_TELLING = frozenset(
    {
        *(FactId.INSTALL_SCRIPT, FactId.STARTUP_HOOK, FactId.CREDENTIAL_FILE, FactId.HIDDEN_TEXT, FactId.SECRET),
        *(FactId.WIPE, FactId.SPREAD),
    }
)
_PLENTY = frozenset(
    {FactId.HOST, FactId.ENCODED_DATA, FactId.FILE_READ, FactId.COMMAND_NAME, FactId.COIN_ADDRESS, FactId.SURROUNDINGS}
)  # a list of them is data


def tidied(found: Extracted) -> Extracted:
    """The same facts, bounded: those with origins and steps first, then every kind once, then more places of a kind.

    A file that has more of what matters than the bound says so in `partly`: hiding in a crowd is not being clean.
    """
    facts, crowded = _bounded([_encodable(fact) for fact in found.facts])
    references = len(found.loads) > MOST_REFERENCES or len(found.runs) > MOST_REFERENCES
    partly = found.partly
    if partly is None and crowded:
        partly = f"it does more different things than the {MOST_FACTS} that are kept"
    if partly is None and references:
        partly = f"it refers to more files than the {MOST_REFERENCES:,} that are followed"
    return Extracted(
        facts=facts,
        loads=_paths(found.loads),
        runs=_paths(found.runs),
        partly=None if partly is None else storable(partly),
    )


def _bounded(facts: list[Fact]) -> tuple[tuple[Fact, ...], bool]:
    """At most `MOST_FACTS`, in line order; and whether something that matters was dropped."""
    places: dict[tuple[FactId, str], int] = {}
    ranked: list[tuple[int, int, Fact]] = []
    for at, fact in enumerate(dict.fromkeys(facts)):
        seen = places[fact.id, fact.detail] = places.get((fact.id, fact.detail), 0) + 1
        matters = bool(fact.origins) or fact.id in _TELLING
        if matters or seen <= MOST_OF_A_KIND:
            rank = 0 if matters else 3 if seen > 1 else 2 if fact.id in _PLENTY else 1
            ranked.append((rank, at, fact))
    ranked.sort(key=lambda item: item[:2])
    crowded = any(rank < 2 for rank, _, _ in ranked[MOST_FACTS:])
    kept = sorted((fact for _, _, fact in ranked[:MOST_FACTS]), key=lambda fact: fact.line)
    return tuple(kept), crowded


def _encodable(fact: Fact) -> Fact:
    """A fact whose strings can be encoded and are not endless."""
    ordered = sorted(fact.origins, key=lambda origin: (origin.kind in _MILD, origin))
    origins = tuple(Origin(origin.kind, origin.line, _short(origin.detail)) for origin in ordered)
    return replace(
        fact,
        detail=_short(fact.detail),
        evidence=storable(fact.evidence)[:EVIDENCE],
        origins=origins[:_MOST_ORIGINS],
        hosts=tuple(_short(host) for host in fact.hosts)[:_MOST_ORIGINS],
        programs=tuple(_short(program) for program in fact.programs)[:_MOST_ORIGINS],
    )


def _short(text: str) -> str:
    return storable(text)[:_DETAIL]


def _paths(references: Iterable[str]) -> tuple[str, ...]:
    return tuple(storable(reference) for reference in list(references)[:MOST_REFERENCES] if len(reference) <= 1024)
