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
from app.core.origins import host_of
from app.core.package import Ecosystem, SourceKind
from app.core.provenance import can_move, is_foreign, was_elsewhere
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


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a package that comes from another place than on the base branch."""
    before, after = was_elsewhere(specimen.change), specimen.change.after
    if before is None or after is None or after.source.url in specimen.around.declared or is_foreign(specimen):
        return
    is_opened = after.source.kind is SourceKind.REGISTRY
    moves = " at a name that can move to other code" if can_move(after.source) else ""
    rest = "" if is_opened else "; it is not examined"
    same_host = before.source.kind is after.source.kind and _host(before) == _host(after)
    other = "another place on the same host" if same_host else f"{_said(before)} ({{1}})"
    says = Words("names {0} where the base branch names {1}", (_where(after), _where(before)))
    yield CARD.finding(
        Words(
            f"it now comes from {_said(after)} ({{0}}){moves}, before from {other}{rest}", (_host(after), _host(before))
        ),
        [Evidence(specimen.change.file, after.line, says)],
        tells=None if is_opened else Reason.UNSUPPORTED_SOURCE,
    )


def _said(pin: Pin) -> str:
    match pin.source.kind:
        case SourceKind.GIT:
            return "git"
        case SourceKind.URL:
            return "an address"
        case SourceKind.PATH:
            return "a folder of the repository"
        case SourceKind.REGISTRY:
            return "a registry"


def _host(pin: Pin) -> str:
    if pin.source.kind is SourceKind.REGISTRY and pin.source.url is None:
        return "the configured one"
    return host_of(pin.source.url) or _where(pin)


def _where(pin: Pin) -> str:
    return pin.source.url or pin.source.reference or "the registry"
