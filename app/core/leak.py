"""Credentials of its author that an artifact holds: each once, with its places, told in the words that rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from app.core.drops import drop_of
from app.core.evidence import ASIDE
from app.core.finding import Confidence, Evidence, Finding, Severity, Words
from app.core.rule import RuleCard
from app.core.secret import Mark
from app.core.secret_kinds import Proof
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

# Words of a path: what stands there was made to be published.
_PUBLISHED = frozenset(
    {"test", "tests", "testing", "testdata", "spec", "specs", "fixture", "fixtures", "mock", "mocks", "dummy"}
    | {"demo", "demos", "example", "examples", "sample", "samples", "tutorial", "tutorials", "doc", "docs", "readme"}
    | {"vectors", "snakeoil", "localhost", "selfsigned"}
)
_PRETENDING = ("dummy", "fake", "mock")  # begin the names of servers for tests: `dummyserver`
_WEBHOOKS = frozenset({"discord-webhook", "slack-webhook", "teams-webhook", "telegram-bot-token"})
_WORD = re2.compile(r"[A-Za-z]+")
_SHOWN = 3
_CROWD = 4  # of one kind are told together
_SEVERITIES = {Proof.PROVED: Severity.HIGH, Proof.FORM: Severity.MEDIUM, Proof.WEAK: Severity.LOW}
_CONFIDENCES = {Proof.PROVED: Confidence.HIGH, Proof.FORM: Confidence.MEDIUM, Proof.WEAK: Confidence.LOW}

Place = tuple[FileFacts, Fact]


@dataclass(frozen=True, slots=True)
class Leak:
    """One credential with the places that hold it, those that run first."""

    mark: Mark
    places: tuple[Place, ...]
    new: bool

    @property
    def file(self) -> FileFacts:
        """The file that matters most."""
        return self.places[0][0]


def told(card: RuleCard, specimen: Specimen, wanted: Callable[[Mark], bool]) -> Iterator[Finding]:
    """Each credential once, with the files that hold it; a crowd of one kind, and those of tests, together."""
    groups: dict[str, list[Leak]] = {}
    aside: list[Leak] = []
    for leak in leaks(specimen, wanted):
        kind = aside if is_aside(leak.file) else groups.setdefault(leak.mark.credential, [])
        kind.append(leak)
    for group in groups.values():
        for together in [[one] for one in group] if len(group) < _CROWD else [group]:
            yield _told(card, together)
    if aside:
        yield _told_aside(card, aside)


def leaks(specimen: Specimen, wanted: Callable[[Mark], bool]) -> Iterator[Leak]:
    """The credentials of an artifact whose mark is wanted."""
    old = _credentials(specimen.before).keys() if specimen.before else frozenset[str]()
    for key, (mark, places) in _credentials(specimen.after).items():
        if wanted(mark):
            places.sort(key=lambda place: (is_aside(place[0]), place[0].reach.rank))
            yield Leak(mark, tuple(places), new=key not in old)


def is_aside(file: FileFacts) -> bool:
    """Whether a file was made to be published with what it holds: tests, documents and examples."""
    return file.reach in ASIDE or _is_published(file.path)


@lru_cache(maxsize=4096)  # a file may hold hundreds, and each asks
def _is_published(path: str) -> bool:
    words = [word.lower() for word in _WORD.findall(path)]
    return any(word in _PUBLISHED or word.startswith(_PRETENDING) for word in words)


def _told(card: RuleCard, found: list[Leak]) -> Finding:
    first, *more = found
    ships = "ships" if first.mark.kind.proof is Proof.PROVED else "may ship"
    values = (first.file.path, first.mark.fingerprint)
    words = Words(f"it {ships} {first.mark.name()} in {{0}} (fingerprint {{1}})", values)
    if more:
        words = Words(f"it {ships} {first.mark.name()} in {{0}} and {len(more):,} more of the kind", values[:1])
    return _finding(card, found, words, _SEVERITIES[first.mark.kind.proof])


def _told_aside(card: RuleCard, found: list[Leak]) -> Finding:
    first, *more = found
    others = f" and {len(more):,} other credential{'s' if len(more) > 1 else ''}" if more else ""
    words = f"its tests, documents or examples hold {first.mark.name()}{others}, first in {{0}}"
    return _finding(card, found, Words(words, (first.file.path,)), Severity.LOW)


def _finding(card: RuleCard, found: list[Leak], message: Words, severity: Severity) -> Finding:
    places = found[0].places if len(found) == 1 else [one.places[0] for one in found]
    return card.finding(
        message,
        [_shown(*place) for place in places[:_SHOWN]],
        reach=min((one.file.reach for one in found), key=lambda reach: reach.rank),
        new=any(one.new for one in found),
        severity=severity,
        confidence=_CONFIDENCES[found[0].mark.kind.proof],
    )


def _shown(file: FileFacts, fact: Fact) -> Evidence:
    """The line, what it holds, and who can make an end of that."""
    mark = Mark.parse(fact.detail)
    issuer = mark.kind.issuer if mark is not None else ""
    says = f"holds {{0}}; its owner revokes it with {issuer}" if issuer else "holds {0}; its owner replaces it"
    return Evidence(file.path, fact.line, Words(says, (fact.detail,)), fact.evidence)


def _credentials(artifact: ArtifactFacts) -> dict[str, tuple[Mark, list[Place]]]:
    found: dict[str, tuple[Mark, list[Place]]] = {}
    for file in artifact.files:
        for fact in file.facts:
            mark = Mark.parse(fact.detail) if fact.id is FactId.SECRET else None
            if mark is not None and not _is_told_as_a_drop(file, mark, fact):
                found.setdefault(f"{mark.credential} {mark.fingerprint}", (mark, []))[1].append((file, fact))
    return found


def _is_told_as_a_drop(file: FileFacts, mark: Mark, fact: Fact) -> bool:
    """Whether the line talks to the place that the credential is for: then `exfiltration-host` tells that it does."""
    if mark.credential not in _WEBHOOKS or is_aside(file):
        return False
    hosts = [host for one in file.facts if one.id is FactId.NETWORK and one.line == fact.line for host in one.hosts]
    return any(drop_of(host) is not None for host in hosts)
