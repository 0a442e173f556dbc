"""Ships a credential of its author.

A token or a private key in a published package is public. Whoever finds it can publish the next version in the author's
name, or get at the systems that the package talks to, and you would install the result.

Looks at    tokens and keys in every file whatever its name, by the form their provider gives them. Only those count
            that prove themselves: by a checksum, a structure, or a key that can be read. Nobody is asked.
Reports     high when the credential is complete, low in tests, documents and examples, and for halves that open nothing
            alone. The credential is never shown: its kind, length and the beginning of its SHA-256 are.
Blind to    passwords and tokens without a form of their own, encoded or encrypted ones, and whether it still works.
What to do  Do not adopt this version. Tell the author to revoke it with its provider and to publish without it; what
            the package talks to may be in other hands.
"""

from __future__ import annotations

from collections.abc import Iterator

import re2

from app.core.evidence import ASIDE, shown
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.secret import Mark
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="leaked-secret",
    category=Category.SECRETS,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_HALVES = frozenset({"aws-key-id", "jwt"})  # open nothing alone, or often are public
_BY_FORM = frozenset({"openai-key", "anthropic-key", "azure-storage-key", "discord-bot-token", "docker-login"})
_ASIDE = frozenset(
    {"test", "tests", "testing", "testdata", "spec", "specs", "fixture", "fixtures", "mock", "mocks", "dummy", "demo"}
    | {"demos", "example", "examples", "sample", "samples", "doc", "docs", "snakeoil", "localhost", "selfsigned"}
)  # words of a path: what stands there was made to be published
_WORDS = re2.compile(r"[A-Za-z]+")
_SHOWN = 3

_Places = list[tuple[FileFacts, Fact]]


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each credential once, with the files that hold it; those of tests and documents together."""
    old = _credentials(specimen.before).keys() if specimen.before else frozenset[str]()
    aside: list[tuple[Mark, _Places]] = []
    for mark, places in _credentials(specimen.after).values():
        places.sort(key=lambda place: (_is_aside(place[0]), place[0].reach.rank))
        if _is_aside(places[0][0]):
            aside.append((mark, places))
        else:
            yield _told(mark, places, new=_key(mark) not in old)
    if aside:
        yield _told_together(aside, new=any(_key(mark) not in old for mark, _ in aside))


def _told(mark: Mark, places: _Places, *, new: bool) -> Finding:
    file = places[0][0]
    return CARD.finding(
        Words(f"it ships {mark.name()} in {{0}} (fingerprint {{1}})", (file.path, mark.fingerprint)),
        [shown(*place) for place in places[:_SHOWN]],
        reach=file.reach,
        new=new,
        severity=Severity.LOW if mark.credential in _HALVES else Severity.HIGH,
        confidence=_confidence(mark),
    )


def _told_together(found: list[tuple[Mark, _Places]], *, new: bool) -> Finding:
    (mark, places), *more = found
    others = f" and {len(more):,} other credential{'s' if len(more) > 1 else ''}" if more else ""
    reaches = {places[0][0].reach for _, places in found}
    return CARD.finding(
        Words(f"its tests, documents or examples hold {mark.name()}{others}, first in {{0}}", (places[0][0].path,)),
        [shown(*places[0]) for _, places in found[:_SHOWN]],
        reach=min(reaches, key=lambda reach: reach.rank),
        new=new,
        severity=Severity.LOW,
        confidence=_confidence(mark),
    )


def _credentials(artifact: ArtifactFacts) -> dict[str, tuple[Mark, _Places]]:
    found: dict[str, tuple[Mark, _Places]] = {}
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
