"""Comes from an address, not from a registry.

An address can answer something else tomorrow, has no versions, and no registry watches over it. Assay does not open it.

Looks at    entries that are new or changed and name an address that is not a registry's.
Reports     each of them; and whether the lockfile holds its bytes by a hash.
Blind to    what the address serves.
What to do  Use a published version, or keep the archive in a registry of your own.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.origins import host_of
from app.core.package import Ecosystem, SourceKind
from app.core.provenance import is_foreign, was_elsewhere
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="url-dependency",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a package that comes from an address, unless a graver rule tells of it."""
    before, pin = specimen.change.before, specimen.change.after
    if pin is None or pin.source.kind is not SourceKind.URL:
        return
    if was_elsewhere(specimen.change) is not None or is_foreign(specimen):
        return
    url = pin.source.url or ""
    held = "" if pin.digests else ", without a hash that holds its bytes"
    yield CARD.finding(
        Words(
            f"it comes from an address on {{0}}{held}, not from a registry; it is not examined", (host_of(url) or url,)
        ),
        [Evidence(specimen.change.file, pin.line, Words("names {0}", (url,)))],
        new=before is None or before.source.kind is not SourceKind.URL,
        tells=Reason.UNSUPPORTED_SOURCE,
    )
