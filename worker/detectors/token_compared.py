"""Compares a signature with an ordinary operator.

An operator stops at the first character that differs. Whoever can measure how long that takes finds a right signature
one character after the other.

Looks at    hashes with a key (HMAC) in JavaScript and Python, kept in a variable, given by a function or used on the
            spot, that are compared with `==` or the like to something that is not constant.
Reports     medium. A file that knows a comparison of constant time is not reported, and no comparison is by the names
            of variables alone: parsers are full of tokens.
Blind to    hashes that are compared in other files, other kinds of secrets, and minified code.
What to do  Put a limit on attempts in front of it. Ask its author for `timingSafeEqual` or `compare_digest`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-compared",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each comparison of a signature that takes a telling time."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("compares a signature with {0}, which takes a telling time", (word,)))
        if practice is Practice.COMPARED
        else None
    )
