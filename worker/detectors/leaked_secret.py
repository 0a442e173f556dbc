"""Ships a credential of its author.

A token or a private key in a published package is public. Whoever finds it can publish the next version in the author's
name, or get at the systems that the package talks to, and you would install the result.

Looks at    tokens and keys in every file whatever its name, by the form their provider gives them. Only those count
            that prove themselves: by a checksum, a structure, or a key that can be read. Nobody is asked.
Reports     high when the credential is complete, low in tests, documents and examples, and for halves that open nothing
            alone. The credential is never shown: its kind, length and the beginning of its SHA-256 are.
Blind to    passwords and tokens without a form of their own, most encoded ones, and whether it still works.
What to do  Do not adopt this version. Tell the author to revoke it with its provider and to publish without it; what
            the package talks to may be in other hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import re2

from app.core.evidence import ASIDE, shown
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.secret import Mark
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="leaked-secret",
    category=Category.SECRETS,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_HALVES = frozenset({"aws-key-id", "jwt"})  # open nothing alone, or often are public
_BY_FORM = frozenset({"openai-key", "anthropic-key", "azure-storage-key", "discord-bot-token", "docker-login"})
_ASIDE = frozenset(
    {"test", "tests", "testing", "testdata", "spec", "specs", "fixture", "fixtures", "mock", "mocks", "dummy", "demo"}
    | {
        "demos",
        "example",
        "examples",
        "sample",
        "samples",
        "doc",
        "docs",
        "vectors",
        "snakeoil",
        "localhost",
        "selfsigned",
    }
)  # words of a path: what stands there was made to be published
_WORDS = re2.compile(r"[A-Za-z]+")
_SHOWN = 3
_CROWD = 4  # of one kind are told together

_Place = tuple[FileFacts, Fact]


@dataclass(frozen=True, slots=True)
class _Found:
    """One credential with the places that hold it, those that run first."""

    mark: Mark
    places: tuple[_Place, ...]
    new: bool

    @property
    def file(self) -> FileFacts:
        return self.places[0][0]


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each credential once, with the files that hold it; a crowd of one kind, and those of tests, together."""
    old = _credentials(specimen.before).keys() if specimen.before else frozenset[str]()
    groups: dict[str, list[_Found]] = {}
    aside: list[_Found] = []
    for key, (mark, places) in _credentials(specimen.after).items():
        places.sort(key=lambda place: (_is_aside(place[0]), place[0].reach.rank))
        found = _Found(mark, tuple(places), new=key not in old)
        kind = aside if _is_aside(found.file) else groups.setdefault(mark.credential, [])
        kind.append(found)
    for group in groups.values():
        for together in [[one] for one in group] if len(group) < _CROWD else [group]:
            yield _told(together)
    if aside:
        yield _told_aside(aside)


def _told(found: list[_Found]) -> Finding:
    """One credential, or a crowd of one kind."""
    first, *more = found
    words = Words(
        f"it ships {first.mark.name()} in {{0}} (fingerprint {{1}})", (first.file.path, first.mark.fingerprint)
    )
    if more:
        words = Words(f"it ships {first.mark.name()} in {{0}} and {len(more):,} more of the kind", (first.file.path,))
    severity = Severity.LOW if first.mark.credential in _HALVES else Severity.HIGH
    return _finding(found, words, severity)


def _told_aside(found: list[_Found]) -> Finding:
    first, *more = found
    others = f" and {len(more):,} other credential{'s' if len(more) > 1 else ''}" if more else ""
    told = f"its tests, documents or examples hold {first.mark.name()}{others}, first in {{0}}"
    return _finding(found, Words(told, (first.file.path,)), Severity.LOW)


def _finding(found: list[_Found], message: Words, severity: Severity) -> Finding:
    places = found[0].places if len(found) == 1 else [one.places[0] for one in found]
    return CARD.finding(
        message,
        [shown(*place) for place in places[:_SHOWN]],
        reach=min((one.file.reach for one in found), key=lambda reach: reach.rank),
        new=any(one.new for one in found),
        severity=severity,
        confidence=_confidence(found[0].mark),
    )


def _credentials(artifact: ArtifactFacts) -> dict[str, tuple[Mark, list[_Place]]]:
    found: dict[str, tuple[Mark, list[_Place]]] = {}
    for file in artifact.files:
        for fact in file.facts:
            mark = Mark.parse(fact.detail) if fact.id is FactId.SECRET else None
            if mark is not None:
                found.setdefault(_key(mark), (mark, []))[1].append((file, fact))
    return found


def _key(mark: Mark) -> str:
    return f"{mark.credential} {mark.fingerprint}"


def _is_aside(file: FileFacts) -> bool:
    return file.reach in ASIDE or any(word.lower() in _ASIDE for word in _WORDS.findall(file.path))


def _confidence(mark: Mark) -> Confidence:
    if mark.credential in _HALVES:
        return Confidence.LOW
    return Confidence.MEDIUM if mark.credential in _BY_FORM else Confidence.HIGH
