"""Goes back to an older version.

An older version lacks the fixes of the newer one. It may be meant; it is also what a lockfile looks like that somebody
merged by hand.

Looks at    the versions of one package in one dependency file, on the base branch and on the head.
Reports     a lower version in the place of a higher one, as the ecosystem sorts them.
Blind to    versions that the ecosystem cannot sort.
What to do  Ask why, and whether the newer version's fixes are needed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diff import ChangeKind
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="downgrade",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report an older version that takes the place of a newer one."""
    change = specimen.change
    if change.kind is not ChangeKind.DOWNGRADED or change.before is None or change.after is None:
        return
    versions = (change.after.package.version, change.before.package.version)
    yield CARD.finding(
        Words("it goes back to {0} from {1}", versions),
        [Evidence(change.file, change.after.line, Words("names {0} where the base branch names {1}", versions))],
    )
