"""Is not what the lockfile names.

The bytes that the registry serves have another hash than the one in the lockfile. An installer refuses them; whoever
installs without the lockfile gets something that nobody locked.

Looks at    hashes computed while downloading, beside the hashes that the lockfile names and those that the index names.
Reports     bytes that no hash of the lockfile matches, and bytes that differ from the index's own word.
Blind to    packages that the lockfile gives no hash for, hashes over something else than the archive (Yarn Berry), and
            on PyPI a hash that fits no file while another one does.
What to do  Do not merge. Find out whether the lockfile was edited, or whether the registry serves other bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.integrity import Digest, Outcome, compare
from app.core.package import Ecosystem
from app.core.provenance import has_other_bytes
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="integrity-mismatch",
    category=Category.INTEGRITY,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_SHOWN = 24  # characters of a hash that people compare


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report bytes that are not those that the lockfile, or the index, names."""
    pin = specimen.change.after
    if pin is None:
        return
    place = (specimen.change.file, pin.line)
    if has_other_bytes(specimen):
        yield CARD.finding(
            Words("the bytes served are not the bytes that the lockfile names"),
            [Evidence(*place, _says(specimen, pin.digests))],
        )
    for artifact in specimen.served:
        if compare(artifact.index, artifact.computed) is Outcome.MISMATCH:
            words = (artifact.filename, _short(artifact.index), _short(artifact.computed, like=artifact.index))
            says = Words("{0}: the index names {1}, the bytes served have {2}", words)
            yield CARD.finding(
                Words("the bytes served are not the bytes that the registry's own index names"),
                [Evidence(*place, says)],
            )


def _says(specimen: ChangeSpecimen, named: tuple[Digest, ...]) -> Words:
    """The hash that the lockfile names beside one that the registry has; one of the base branch's, if it has that."""
    change = specimen.change
    has = specimen.served[0].computed if specimen.served else specimen.offered
    known = {digest for artifact in specimen.served for digest in artifact.computed} | set(specimen.offered)
    was = change.before.digests if change.kind is ChangeKind.REHASHED and change.before else ()
    still = tuple(digest for digest in was if digest in known)
    who = "the registry has {1}, as on the base branch" if still else "the registry has {1}"
    return Words(f"names {{0}}; {who}", (_short(named), _short(still or has, like=named)))


def _short(digests: tuple[Digest, ...], like: tuple[Digest, ...] = ()) -> str:
    """One hash for the eye: of the same algorithm as the one that it is compared with, else the longest."""
    algorithms = {digest.algorithm for digest in like}
    fitting = [digest for digest in digests if digest.algorithm in algorithms] or list(digests)
    strongest = max(fitting, key=lambda digest: len(digest.hex), default=None)
    return str(strongest)[:_SHOWN] if strongest else "no hash"
