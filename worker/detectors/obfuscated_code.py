"""Hides its code on purpose.

Minified code is short; this is code that somebody made unreadable. Packages share their source, so there is seldom a
good reason, and a bad one is common.

Looks at    what only tools for hiding write: names out of hexadecimal numbers, tables of strings that are shuffled,
            packers, steps in an order that is spelled out elsewhere, code without letters, letters written as escapes,
            names that look alike, text made of character codes, stored byte code, encrypted code, code behind a long
            blank.
Reports     each file, once: high when an upgrade brings it or it runs where the package is used, medium when nothing
            loads it, low in tests and documents. A line that decodes a blob and runs it is told by the rule for that.
Blind to    minified and bundled code, which it takes for ordinary; names that were only replaced by other short ones;
            and machines for a byte code of their own.
What to do  Ask the author for the readable source, or keep the old version. Nobody can review what nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.flow import executed
from app.core.lineage import ancestors
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Fact, FactId, FileFacts, OriginKind, Specimen

CARD = RuleCard(
    id="obfuscated-code",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_SHOWN = 3  # ways of hiding, of one file


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file whose code is hidden, and whether it was hidden before."""
    hidden = [(file, ways) for file in specimen.after.files if (ways := _ways(file))]
    was = ancestors(specimen.before, specimen.after) if specimen.before is not None and hidden else {}
    for file, ways in sorted(hidden, key=lambda found: found[0].reach.rank):
        old = was.get(file.path)
        new = old is None or not _ways(old)
        yield CARD.finding(
            Words(f"{subject(file.reach)} is hidden from readers ({{0}}: {{1}})", (file.path, ways[0].detail)),
            [*step(specimen.after, file), *(shown(file, fact, _says(fact)) for fact in ways[:_SHOWN])],
            reach=file.reach,
            new=new,
            severity=_severity(file.reach, gained=new and specimen.is_upgrade),
        )


def _ways(file: FileFacts) -> list[Fact]:
    """How the file hides its code, but for lines that are told as an encoded payload."""
    facts = [fact for fact in file.facts if fact.id is FactId.OBFUSCATED_CODE]
    told = {flow.sink.line for flow in executed(file, OriginKind.DECODED)} if facts else set()
    return [fact for fact in facts if fact.line not in told]


def _says(fact: Fact) -> Words:
    return Words("is {0}", (fact.detail,))


def _severity(reach: Reach, *, gained: bool) -> Severity:
    if reach in ASIDE:
        return Severity.LOW
    return Severity.HIGH if gained or reach is not Reach.NONE else Severity.MEDIUM
