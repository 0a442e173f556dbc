"""Much of its code was rewritten in a release that calls itself a patch.

Patches mend. One that replaces most of the code was seldom read by anybody, and a changed owner often begins with one.

Looks at    the code of both versions, without tests and documentation. A file counts as rewritten when it is new, or
            its size changed by more than a tenth. Files that moved or were renamed are known by content and likeness.
Reports     low when that is half of the code or more, in packages with at least 8 KiB of it.
Blind to    rewriting that keeps the size, and whether the new code does anything else.
What to do  Compare the two versions, or wait until others have used the new one for a while.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.contents import Part, parts
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lineage import ancestors
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import FileFacts, Specimen
from app.core.version_order import is_patch

CARD = RuleCard(
    id="large-change",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)
_CODE = 8 << 10  # bytes of code from which shares of it say something
_SHARE = 0.5
_GROWN = 0.1  # of the larger size
_SHOWN = 3


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report a patch release that is mostly new code."""
    old, new = specimen.previous, specimen.package
    if specimen.before is None or old is None or not is_patch(new.ecosystem, old.version, new.version):
        return
    code = list(parts(specimen.after, Part.CODE))
    was = ancestors(specimen.before, specimen.after)
    rewritten = [file for file in code if _is_rewritten(file, was.get(file.path))]
    total, changed = (sum(file.size for file in files) for files in (code, rewritten))
    if total < _CODE or changed < total * _SHARE:
        return
    rewritten.sort(key=lambda file: (file.reach.rank, -file.size))
    yield CARD.finding(
        Words("{0} % of its code is not what it was in {1}", (str(changed * 100 // total), old.version)),
        [Evidence(file.path, 0, Words("is new or much changed")) for file in rewritten[:_SHOWN]],
        reach=rewritten[0].reach,
    )


def _is_rewritten(file: FileFacts, old: FileFacts | None) -> bool:
    return old is None or abs(file.size - old.size) > _GROWN * max(file.size, old.size)
