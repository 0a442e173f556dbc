"""Is installed under another name.

Code asks for the alias and gets another package. That is a feature of npm, and a way to make a lockfile read as
something that it is not.

Looks at    entries whose package has another name than the folder it is installed in.
Reports     aliases that the base did not have.
Blind to    what the alias makes a reader believe.
What to do  Make sure that the package behind the alias is the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="alias-dependency",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a package that is newly installed under another name."""
    before, pin = specimen.change.before, specimen.change.after
    if pin is None or pin.alias is None or (before is not None and before.alias == pin.alias):
        return
    yield CARD.finding(
        Words("it is installed under another name, {0}", (pin.alias,)),
        [Evidence(specimen.change.file, pin.line, Words("installs {0} as {1}", (pin.package.name, pin.alias)))],
    )
