"""Ships an archive that does not mean the same to everybody.

A reviewer, a scanner and an installer each open the archive with a reader of their own. An archive can be built so that
they see different files, write outside their directory, or run out of memory: what was reviewed is then not what is
installed.

Looks at    what the readers of archives recorded: links, devices, names, doubles, types, why an archive was refused.
Reports     critical where readers are known to get different files. High for what leaves its directory, exhausts its
            reader, or is another file on another platform. Medium for what an installer drops or renames, low for what
            it reads as everybody does and honest tools hardly ever write.
Blind to    archives inside the archive, and readers that nobody has compared yet.
What to do  Do not install this version by any tool. Look at the files that are named, and ask the author how the
            archive was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import Reason
from app.core.evidence import beside_the_old
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, ArtifactKind, Oddity, Specimen

CARD = RuleCard(
    id="archive-anomaly",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_SHOWN = 3  # members that are named as evidence
_REFUSED = {"disagreement": Reason.MALFORMED, "bomb": Reason.BOMB}  # the archive as a whole: it was not opened


@dataclass(frozen=True, slots=True)
class _Kind:
    """How grave an oddity is, and what it means: alone, and with the file it is about."""

    severity: Severity
    whole: str
    member: str


_KINDS = {
    "disagreement": _Kind(
        Severity.CRITICAL,
        "its archive shows different files to different readers",
        "its archive shows different files to different readers, {0} among them",
    ),
    "bomb": _Kind(Severity.HIGH, "its archive is built to exhaust whoever unpacks it", ""),
    "escape": _Kind(Severity.HIGH, "", "its archive names a place outside the package for {0}"),
    "device": _Kind(Severity.HIGH, "", "its archive holds {0}, which is a device, a pipe or a socket and no file"),
    "unknown-type": _Kind(
        Severity.HIGH, "", "its archive holds {0} under a type that some readers take for a file and others leave out"
    ),
    "name-collision": _Kind(Severity.HIGH, "", "its archive holds {0}, which is another file on another platform"),
    "entry-point": _Kind(Severity.HIGH, "", "it declares a command in {0} that no installer should make"),
    "bad-name": _Kind(Severity.MEDIUM, "", "its archive holds {0} under a name that readers write differently"),
    "comment": _Kind(Severity.MEDIUM, "its archive carries a comment that is long or no text", ""),
    "link": _Kind(Severity.MEDIUM, "", "its archive holds {0} as a link, which some installers make and others drop"),
    "duplicate-name": _Kind(Severity.LOW, "", "its archive holds {0} more than once, with the same content"),
    "top-directory": _Kind(Severity.LOW, "", "its archive holds {0} outside its top directory"),
    "reserved-name": _Kind(Severity.LOW, "", "its archive holds {0}, a name that Windows keeps for itself"),
    "vendor-header": _Kind(Severity.LOW, "its archive has headers that no known tool writes", ""),
}


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each kind of oddity once, with the first files that have it."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    found: dict[str, list[Oddity]] = {}
    for oddity in artifact.oddities:
        if oddity.id in _KINDS and not _is_usual(artifact.kind, oddity):
            found.setdefault(oddity.id, []).append(oddity)
    differing = {oddity.member for oddity in found.get("disagreement", ())}
    for name, kind in _KINDS.items():
        # A file that readers get differently is told once, with the gravest word for it.
        oddities = [one for one in found.get(name, ()) if name == "disagreement" or one.member not in differing]
        if oddities:
            yield CARD.finding(
                _message(kind, oddities[0].member),
                [_evidence(artifact, oddity) for oddity in oddities[:_SHOWN]],
                severity=kind.severity,
                tells=None if oddities[0].member else _REFUSED.get(name),
            )


def _is_usual(kind: ArtifactKind, oddity: Oddity) -> bool:
    """Source distributions are made from trees with links in them; pip writes those that stay inside."""
    return kind is ArtifactKind.SDIST and oddity.id == "link"


def _message(kind: _Kind, member: str) -> Words:
    return Words(kind.member, (member,)) if member and kind.member else Words(kind.whole or kind.member, (member,))


def _evidence(artifact: ArtifactFacts, oddity: Oddity) -> Evidence:
    return Evidence(oddity.member or artifact.filename, 0, Words("{0}", (oddity.detail,)))
