"""Makes secrets from random numbers that can be foretold.

`Math.random` and Python's `random` are made for games: whoever has seen some of their numbers can compute the next, and
with them the next password, session or token.

Looks at    such numbers in the value of a variable, a key or a function that is named like a token, a password, a
            secret, a session's id or a code for one use.
Reports     medium, once for each name. Names that use the words for something else (`cancelToken`, parsers, tests) are
            not reported.
Blind to    secrets under other names, and minified code.
What to do  Do not rely on what it makes for anything that must be secret. Ask its author for `crypto.randomBytes` or
            `secrets`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-weak-randomness",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each secret that is made from weak random numbers."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("makes {0} from random numbers that can be foretold", (word,)))
        if practice is Practice.WEAK_RANDOM
        else None
    )
