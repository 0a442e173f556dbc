"""Spreads itself in somebody else's name.

A worm uses the tokens that it finds: it publishes the victim's packages again with itself inside, plants workflows that
run on every push, and makes repositories to put there what it took.

Looks at    commands and calls that publish packages, push commits, make repositories or change files in them;
            workflows and other packages' manifests that are written; tokens of registries and of GitHub that are read
            beside.
Reports     critical where packages found elsewhere on the machine are changed and published, and where an install step
            or start-up hook publishes, pushes, writes workflows or makes repositories. High where imported code or a
            command adds install steps and publishes, or publishes with a token that it found, and where an install
            step adds itself to other packages. Medium for repositories that imported code makes with a token out of a
            file, and for a `setup.py` that can publish itself. Release tools that publish when they are told to are
            not told.
Blind to    what one file prepares and another publishes.
What to do  Do not install it. Where it ran, revoke the tokens of that machine and look at what was published and
            pushed.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Specimen
from app.core.spreading import spreads

CARD = RuleCard(
    id="self-propagation",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that spreads itself, by the gravest of what it does."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        for spread in spreads(file)[:1]:
            yield CARD.finding(
                Words(f"{subject(file.reach)} {spread.says}", (spread.value,)),
                [*step(artifact, file), *(shown(file, fact) for fact in spread.lines)],
                reach=file.reach,
                severity=spread.severity,
                confidence=Confidence.HIGH if spread.severity is Severity.CRITICAL else Confidence.MEDIUM,
            )
