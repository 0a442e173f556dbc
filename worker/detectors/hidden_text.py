"""Holds characters in its code that readers do not see, or see in another place or shape.

Bidirectional controls make an editor show code in another order than it runs; zero-width and look-alike characters make
two different names look the same.

Looks at    bidirectional controls, zero-width characters and look-alike letters in files of code; rows of invisible
            characters that carry data, in any file.
Reports     one alert for each kind: high, medium when nothing loads the file, low in tests and documents.
Blind to    characters that are written as escapes, and names that look alike within one alphabet.
What to do  Look at the named line in an editor that shows control characters. Honest code loses nothing without them.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, beside_the_old, shown
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="hidden-text",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)
_SAYS = {
    "bidirectional": "bidirectional characters make its code read otherwise than it runs ({0})",
    "zero-width": "its code holds characters without width ({0})",
    "homoglyph": "its code has names with look-alike letters of another alphabet ({0})",
    "variation-selector": "a file of it holds data in characters that nobody sees ({0})",
    "tag": "a file of it holds data in characters that nobody sees ({0})",
}
_ANYWHERE = frozenset({"variation-selector", "tag"})  # rows of them carry data, in code or beside it
_LINES = 3  # of evidence


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each kind of hidden text in the code of the version under review."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    places: dict[str, list[tuple[FileFacts, Fact]]] = {}
    for file in sorted(artifact.files, key=lambda file: file.reach.rank):
        for fact in file.facts:
            kind = fact.detail.partition(" ")[0]
            if fact.id is FactId.HIDDEN_TEXT and (file.language is not None or kind in _ANYWHERE):
                places.setdefault(kind, []).append((file, fact))
    for kind, found in sorted(places.items()):
        first = found[0][0]
        yield CARD.finding(
            Words(_SAYS.get(kind, "its code holds characters that readers do not see ({0})"), (first.path,)),
            [shown(*place, Words("holds {0}", (place[1].detail,))) for place in found[:_LINES]],
            reach=first.reach,
            severity=_severity(first.reach),
        )


def _severity(reach: Reach) -> Severity:
    if reach in ASIDE:
        return Severity.LOW
    return Severity.MEDIUM if reach is Reach.NONE else Severity.HIGH
