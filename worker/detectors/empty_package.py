"""Holds nothing: no code, no types, no data.

A package without anything in it does nothing for whoever installs it. It may keep a name for later, for somebody's good
or for the next version's harm.

Looks at    all files but manifests, licences, prose, settings of tools, tests, documentation and examples.
Reports     low when none is left, and the package names no other that it would bring along.
Blind to    files that hold something and are of no use.
What to do  See whether you need it; a wrong name is likely. What is not installed cannot change under you.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.contents import Part, brings_others, parts
from app.core.evidence import beside_the_old
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Specimen

CARD = RuleCard(
    id="empty-package",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report a package in which there is nothing."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    something = any(True for _ in parts(artifact, Part.CODE, Part.NATIVE, Part.TYPES, Part.DATA))
    if artifact.files and not something and not brings_others(artifact):
        yield CARD.finding(Words("there is nothing in it but its manifest and papers"))
