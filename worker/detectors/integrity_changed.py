"""Has other bytes than before under the same version.

A published version does not change. When a lockfile names another hash for the same version, somebody replaced the
archive, the lockfile was made from another registry, or somebody edited it by hand.

Looks at    the hashes that the lockfile names for one version on the base branch and on the head; the checksums of Yarn
            Berry while they are made in the same way.
Reports     a version that stays the same while its hashes do not, or that is left without any. Where the registry has
            other bytes than the new hash says, integrity-mismatch tells it.
Blind to    hashes that are added beside those that were there (another platform's file), and formats without hashes.
What to do  Restore the old hash, or make the lockfile anew from the registry that you trust, and compare.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.package import Ecosystem
from app.core.provenance import has_other_bytes
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="integrity-changed",
    category=Category.INTEGRITY,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_SHOWN = 24  # characters of a hash that people compare
_NONE = "no hash"


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a version whose hash differs from the base branch's."""
    change = specimen.change
    if change.kind is not ChangeKind.REHASHED or change.before is None or change.after is None:
        return
    if change.before.digests and set(change.before.digests) <= set(change.after.digests):
        return  # files were added beside those that were there: they are examined, the old ones are what they were
    if has_other_bytes(specimen):
        return
    old, new = _named(change.before, beside=change.after), _named(change.after, beside=change.before)
    message = "its bytes are not those of the base branch, though the version is the same"
    if new == _NONE:
        message = "the lockfile names no hash for it any more, though the version is the same"
    says = Words("names {0} where the base branch names {1}", (new[:_SHOWN], old[:_SHOWN]))
    yield CARD.finding(Words(message), [Evidence(change.file, change.after.line, says)])


def _named(pin: Pin, beside: Pin) -> str:
    """A hash that only this one of the two names, or its tool's own checksum."""
    digest = max(set(pin.digests) - set(beside.digests), default=None)
    if digest is not None:
        return str(digest)
    return str(pin.checksum) if pin.checksum and pin.checksum.hex else _NONE
