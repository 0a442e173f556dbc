"""Comes from another place than before.

The name stays the same while the code now comes from a repository, an address, or another index: other people decide
what is in it. The reasons may be good, such as a fix that is not released yet; somebody should know them.

Looks at    where the lockfile takes a package from, on the base branch and on the head.
Reports     packages that move from a registry to git or to an address, to another repository, host or index.
Blind to    packages that move to a registry (they are examined), and another path on a host while the hash stays.
What to do  Ask why it moved. If that is only for a while, say in the exception until when.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.package import Ecosystem, SourceKind
from app.core.provenance import is_foreign, was_elsewhere
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="source-changed",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_KIND = {SourceKind.GIT: "git", SourceKind.URL: "an address", SourceKind.PATH: "a folder of the repository"}


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a package that comes from another place than on the base branch."""
    before, after = was_elsewhere(specimen.change), specimen.change.after
    if before is None or after is None or after.source.url in specimen.around.declared or is_foreign(specimen):
        return
    is_opened = after.source.kind is SourceKind.REGISTRY
    rest = "" if is_opened else "; it is not examined"
    message = Words(
        f"now comes from {_said(after, 0)}, not from {_said(before, 1)} as before{rest}", _urls(after, before)
    )
    says = Words("names {0} where the base branch names {1}", _urls(after, before))
    yield CARD.finding(
        message,
        [Evidence(specimen.change.file, after.line, says)],
        tells=None if is_opened else Reason.UNSUPPORTED_SOURCE,
    )


def _said(pin: Pin, position: int) -> str:
    """`git ({0})`, or `the index {0}`; `the registry` when the lockfile names no address."""
    if pin.source.kind is not SourceKind.REGISTRY:
        return f"{_KIND[pin.source.kind]} ({{{position}}})"
    return f"the index {{{position}}}" if pin.source.url else "the registry"


def _urls(*pins: Pin) -> tuple[str, ...]:
    return tuple(pin.source.url or pin.source.reference or "the registry" for pin in pins)
