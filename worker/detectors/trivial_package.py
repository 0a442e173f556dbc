"""Holds hardly any code.

Each dependency is one more account that can be taken over, and one more name to mistype. A few lines are seldom worth
that.

Looks at    the size of the code that is neither test, documentation nor setting, and whether there is anything else.
Reports     low when it is 512 bytes or less, and there are no data, no native code and no other packages with it.
Blind to    long comments around a few lines, and lines that nothing uses.
What to do  Read the lines; mostly they can stand in your own code.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.contents import Part, brings_others, parts, sizes
from app.core.evidence import beside_the_old
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Specimen

CARD = RuleCard(
    id="trivial-package",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_HARDLY = 512  # bytes
_TYPES = 2_048  # bytes of declarations, from which they are what the package is for


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report a package with hardly any code."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    held = sizes(artifact.files)
    if not 0 < held[Part.CODE] <= _HARDLY or held[Part.TYPES] > _TYPES or brings_others(artifact):
        return
    if held[Part.DATA] > _HARDLY or held[Part.NATIVE]:
        return
    file = max(parts(artifact, Part.CODE), key=lambda file: file.size)
    yield CARD.finding(
        Words("it holds hardly any code (at most 512 bytes)"),
        [Evidence(file.path, 0, Words("{0} bytes", (f"{file.size:,}",)))],
        reach=file.reach,
    )
