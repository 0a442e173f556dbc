"""Issues or believes tokens that anybody can make.

A signature is worth as much as its key. A key that stands in a published package, or a signature that nobody checks,
lets everybody log in as everybody.

Looks at    calls that sign or check web tokens with a key that is written out, keys of a site's sessions that are
            written out, options that switch the check of a signature or of its end off or allow the algorithm `none`,
            and tokens that are issued for more than a year.
Reports     medium for constant keys and for tokens that are believed unchecked, low for long lives.
Blind to    keys that are constants under another name, checks that are made by hand afterwards, and minified code.
What to do  Set a key of your own and verify before you trust a token that it handed you. If it was used with the key of
            the code, treat all sessions as forged.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-unsafe-default",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each way to make or to believe tokens without a secret."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    match practice:
        case Practice.CONSTANT_KEY:
            return Severity.MEDIUM, Words("uses a key that stands in its code ({0})", (word,))
        case Practice.UNVERIFIED:
            return Severity.MEDIUM, Words("believes tokens without checking {0}", (word,))
        case Practice.LONG_LIVED:
            return Severity.LOW, Words("issues tokens that live {0}", (word,))
        case _:
            return None
