"""Has no hash in the lockfile.

Without a hash an installer takes whatever is served, and nobody can say afterwards whether it was what was reviewed.

Looks at    entries that are new or changed and come from a registry, in formats whose entries can name hashes.
Reports     entries without one; softly in a requirements file that names none at all, and for packages of certain
            platforms in a lockfile of Yarn Berry, which leaves their checksums out.
Blind to    weak hashes, and plain addresses and repositories, which rules of their own tell of; outside npm and
            PyPI, files that name no hash at all.
What to do  Make the lockfile anew with its own tool; for requirements files, pip-compile and uv write hashes if asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.package import INSPECTED, Ecosystem, SourceKind
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="integrity-missing",
    category=Category.INTEGRITY,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report an entry that names no hash. One that lost its hash is `integrity-changed`'s affair."""
    change, pin = specimen.change, specimen.change.after
    if not change.file or pin is None or pin.is_hashed or change.kind is ChangeKind.REHASHED:
        return
    if pin.source.kind is not SourceKind.REGISTRY:
        return
    if pin.package.ecosystem not in INSPECTED and not specimen.around.hashed:
        return  # most of their formats cannot carry any
    others = "" if specimen.around.hashed else ", as no entry of this file does"
    before = change.before
    yield CARD.finding(
        Words("the lockfile names no hash for it, so it fixes a version but not its bytes"),
        [Evidence(change.file, pin.line, Words(f"names no hash{others}"))],
        severity=_severity(specimen, pin),
        new=before is None or before.is_hashed or before.source.kind is not SourceKind.REGISTRY,
    )


def _severity(specimen: ChangeSpecimen, pin: Pin) -> Severity:
    """Naming hashes is a choice in a requirements file, and yarn names none for packages of some platforms only.

    A file that made that choice, and such a package, are told softly.
    """
    if pin.checksum:
        return Severity.LOW
    is_choice = pin.package.ecosystem is Ecosystem.PYPI and not specimen.around.hashed
    return Severity.LOW if is_choice else Severity.MEDIUM
