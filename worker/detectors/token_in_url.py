"""Puts a token into an address.

Addresses are written down where nobody expects a secret: in the logs of every server and proxy on the way, in the
history of browsers, and in the header that tells the next site where somebody came from.

Looks at    texts in JavaScript and Python that fill a parameter named like a token (`access_token`, `api_key`,
            `client_secret` and the like) of an address with a value.
Reports     medium, once for each parameter. Links that are made to be sent to people (to reset a password, to confirm,
            to invite) are not reported.
Blind to    parameters that are put together elsewhere, minified code, and services that accept nothing else.
What to do  Use the package for tokens of little worth only, or ask its author to send the token in the Authorization
            header.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-in-url",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each parameter of an address that is filled with a token."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("puts a token into an address (parameter {0})", (word,)))
        if practice is Practice.IN_URL
        else None
    )
