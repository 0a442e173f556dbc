"""Deletes or overwrites what is not its own.

Code that wipes a home folder or a disk leaves nothing to investigate. Some of it waits for a date or a place, so that
it worked for whoever tried it.

Looks at    files, folders and disks that are deleted or overwritten as a whole, by calls and by commands: homes, the
            system's folders, disks, backups, the folders above the package and the one it is run in.
Reports     critical where a home, the system, a disk, backups or the folders above go, in code that an installer, an
            import or a command runs; high where nothing loads that code, and for the folder that it is run in. Low in
            tests and documents.
Blind to    paths that are computed in a way that the constant folding does not follow, and files chosen one by one.
What to do  Do not install it. Where it ran, take the machine off the network and restore what is gone from a backup.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen
from app.core.vital_places import PROJECT, vital_place

CARD = RuleCard(
    id="destructive-action",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that wipes a place, by the gravest of its lines."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        acts = [(fact, _severity(file, fact)) for fact in file.facts if fact.id is FactId.WIPE]
        told = [(fact, severity) for fact, severity in acts if severity is not None]
        for fact, severity in sorted(told, key=lambda act: -act[1].rank)[:1]:
            yield CARD.finding(
                _message(file.reach, fact),
                [*step(artifact, file), shown(file, fact)],
                reach=file.reach,
                severity=severity,
            )


def _message(reach: Reach, fact: Fact) -> Words:
    verb, _, path = fact.detail.partition(" ")
    place = vital_place(path)
    does = f"{subject(reach)} {'deletes' if verb == 'deletes' else 'overwrites'}"
    return Words(f"{does} {place} ({{0}})", (path,)) if place is not None else Words(f"{does} {{0}}", (path,))


def _severity(file: FileFacts, fact: Fact) -> Severity | None:
    """None for the folder that an installer runs it in: that is the package's own."""
    near = vital_place(fact.detail.partition(" ")[2]) == PROJECT
    if near and file.reach in UNASKED:
        return None
    if file.reach in ASIDE:
        return Severity.LOW
    if near:
        return Severity.MEDIUM if file.reach is Reach.NONE else Severity.HIGH
    return Severity.HIGH if file.reach is Reach.NONE else Severity.CRITICAL
