"""Shows its token to whatever host an answer names.

A server may answer that something lives elsewhere. Clients leave the token behind when the host changes; one that takes
it along hands it to whoever can make a server answer so.

Looks at    clients that switch that protection off: `rebuild_auth` or `should_strip_auth` of requests made empty, a
            `beforeRedirect` that sets the Authorization header, curl's `--location-trusted` and its like.
Reports     low.
Blind to    clients that follow answers by hand, and settings that are computed.
What to do  Use it with hosts that you trust to answer only. Ask its author to drop the header when the host changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-redirect-leak",
    category=Category.SECRETS,
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each way in which a token follows an answer."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.LOW, Words("shows its token to whatever host an answer names ({0})", (word,)))
        if practice is Practice.REDIRECTED
        else None
    )
